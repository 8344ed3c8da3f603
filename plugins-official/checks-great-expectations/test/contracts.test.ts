import { timestamp } from 'tidegate'
import { checkContract } from 'tidegate/testing'
import { describe, test } from 'vitest'
import { z } from 'zod'
import { fromGreatExpectations } from '../src/index.ts'

type Subject = Parameters<typeof checkContract>[0]

const schema = z.object({
  id: z.int64(),
  n: z.number(),
  m: z.number(),
  name: z.string(),
  at: timestamp({ unit: 'ns' }),
})
const row = (id: bigint, n: number, name: string, more = {}) => ({
  id,
  n,
  m: n,
  name,
  at: Number(id % 1000n) * 1000,
  ...more,
})
const good = [row(1n, 1, 'a'), row(2n, 2, '10'), row(3n, 3, '😀b')]
const bad = [row(2n ** 53n + 1n, 70, 'long text', { m: 0 }), row(-1n, -5, '', { m: 4 })]

const one = (type: string, kwargs: object) => () =>
  fromGreatExpectations({ name: 's', expectations: [{ type, kwargs }] })[0]!
const about = (
  scope: Subject['scope'],
  type: string,
  kwargs: object,
  more: Partial<Subject> = {},
): [string, Subject] => [
  `${type} ${JSON.stringify(kwargs)}`,
  { schema, passing: good, failing: bad, scope, make: one(type, kwargs), ...more },
]
const condition = { row_condition: 'm >= 0 or m.isnull()', condition_parser: 'pandas' }

const subjects: Readonly<Record<string, Subject>> = Object.fromEntries([
  about('row', 'expect_column_values_to_be_between', { column: 'n', min_value: 0, max_value: 5 }),
  about('row', 'expect_column_values_to_be_between', { column: 'n', min_value: 0, max_value: 5, ...condition }),
  about('row', 'expect_column_values_to_be_in_set', { column: 'name', value_set: ['a', '10', '😀b'] }),
  about(
    'row',
    'expect_column_values_to_not_be_in_set',
    { column: 'id', value_set: [-1, 7] },
    { failing: [row(-1n, 1, 'a')] },
  ),
  about(
    'row',
    'expect_column_values_to_not_be_null',
    { column: 'n' },
    { failing: [{ ...row(1n, 1, 'a'), n: null }], nulls: 'fail' },
  ),
  about('row', 'expect_column_value_lengths_to_be_between', { column: 'name', min_value: 1, max_value: 2 }),
  about('row', 'expect_column_values_to_match_regex', { column: 'name', regex: '^.{1,2}$' }),
  about('row', 'expect_column_pair_values_to_be_equal', {
    column_A: 'n',
    column_B: 'm',
    ignore_row_if: 'either_value_is_missing',
  }),
  about(
    'row',
    'expect_multicolumn_sum_to_equal',
    { column_list: ['n', 'm'], sum_total: 4, ignore_row_if: 'any_value_is_missing' },
    { passing: [row(1n, 2, 'a')] },
  ),
  about('condemning', 'expect_column_values_to_be_unique', { column: 'name' }, { failing: [...good, ...good] }),
  about(
    'condemning',
    'expect_column_values_to_be_unique',
    { column: 'id', ...condition },
    { failing: [...good, ...good] },
  ),
  about(
    'condemning',
    'expect_compound_columns_to_be_unique',
    { column_list: ['id', 'name'] },
    { failing: [...good, ...good] },
  ),
  about(
    'condemning',
    'expect_column_values_to_be_increasing',
    { column: 'id', strictly: true },
    { failing: [row(2n ** 53n + 1n, 0, 'a'), row(2n ** 53n, 0, 'a')] },
  ),
  about(
    'condemning',
    'expect_column_value_z_scores_to_be_less_than',
    { column: 'n', threshold: 1.5, double_sided: true },
    { failing: [...good, ...good, row(1n, 900, 'a')] },
  ),
  about(
    'condemning',
    'expect_column_values_to_not_be_outliers',
    { column: 'n' },
    { failing: [...good, ...good, row(1n, 900, 'a')] },
  ),
  about('dataset', 'expect_column_mean_to_be_between', { column: 'n', min_value: 1, max_value: 3 }),
  about(
    'dataset',
    'expect_column_max_to_be_between',
    { column: 'name', max_value: 'b' },
    { passing: [row(1n, 0, 'a')] },
  ),
  about('dataset', 'expect_column_min_to_be_between', { column: 'id', min_value: 0 }),
  about('dataset', 'expect_column_median_to_be_between', { column: 'n', min_value: 2, max_value: 2, ...condition }),
  about('dataset', 'expect_column_stdev_to_be_between', { column: 'n', max_value: 2 }),
  about('dataset', 'expect_column_sum_to_be_between', { column: 'n', max_value: 6 }, { failing: [...good, ...good] }),
  about('dataset', 'expect_column_unique_value_count_to_be_between', { column: 'name', min_value: 3 }),
  about('dataset', 'expect_column_distinct_values_to_equal_set', { column: 'name', value_set: ['a', '10', '😀b'] }),
  about('dataset', 'expect_column_most_common_value_to_be_in_set', {
    column: 'name',
    value_set: ['a'],
    ties_okay: true,
  }),
  about(
    'dataset',
    'expect_column_proportion_of_non_null_values_to_be_between',
    { column: 'name', min_value: 0.9 },
    { failing: [{ ...row(1n, 1, 'a'), name: null }] },
  ),
  about('dataset', 'expect_column_kl_divergence_to_be_less_than', {
    column: 'name',
    partition_object: { values: ['a', '10', '😀b'], weights: [0.3, 0.3, 0.4] },
    threshold: 0.1,
  }),
  about('dataset', 'expect_table_row_count_to_equal', { value: 3 }),
])

describe.each(Object.entries(subjects))('%s', (_, subject) => {
  for (const { name, run } of checkContract(subject)) test(name, run)
})
