import fc from 'fast-check'
import {
  type Batch,
  buildColumn,
  type Check,
  type CondemningRule,
  type DatasetRule,
  type RowRule,
  sliceBatch,
  types,
} from 'tidegate'
import { describe, expect, test } from 'vitest'
import { fromGreatExpectations, validateWithGreatExpectations } from '../src/index.ts'

const fields = [
  { name: 'a', type: types.float64, nullable: true },
  { name: 'b', type: types.int64, nullable: true },
  { name: 's', type: types.string, nullable: true },
]
const cells = fc.tuple(
  fc.option(fc.constantFrom(0, -0, 1, 1.5, Number.NaN, 2, 100), { freq: 4 }),
  fc.option(fc.bigInt({ min: -2n, max: 3n }), { freq: 4 }),
  fc.option(fc.constantFrom('', 'a', 'b', 'zz'), { freq: 4 }),
)

function batchOf(rows: readonly (readonly unknown[])[]): Batch {
  const columns = fields.map((field, i) =>
    buildColumn(
      field.type,
      rows.map((row) => row[i]),
      { column: field.name },
    ),
  )
  return { schema: { fields }, length: rows.length, columns }
}

const conditions = [
  {},
  { row_condition: 'b > 0', condition_parser: 'pandas' },
  { row_condition: 'col("s").notnull()', condition_parser: 'great_expectations' },
]
const expectations = fc
  .tuple(
    fc.constantFrom(
      {
        type: 'expect_column_values_to_be_between',
        kwargs: { column: 'a', min_value: 0, max_value: 2, strict_min: true },
      },
      { type: 'expect_column_values_to_be_in_set', kwargs: { column: 's', value_set: ['a', 'b'] } },
      { type: 'expect_column_values_to_not_be_null', kwargs: { column: 'a' } },
      { type: 'expect_column_values_to_be_unique', kwargs: { column: 'b' } },
      { type: 'expect_column_values_to_be_increasing', kwargs: { column: 'b' } },
      {
        type: 'expect_column_value_z_scores_to_be_less_than',
        kwargs: { column: 'a', threshold: 1, double_sided: true },
      },
      {
        type: 'expect_compound_columns_to_be_unique',
        kwargs: { column_list: ['b', 's'], ignore_row_if: 'any_value_is_missing' },
      },
      {
        type: 'expect_column_pair_values_a_to_be_greater_than_b',
        kwargs: { column_A: 'a', column_B: 'b', ignore_row_if: 'neither' },
      },
      { type: 'expect_column_mean_to_be_between', kwargs: { column: 'a', max_value: 2 } },
      { type: 'expect_column_distinct_values_to_be_in_set', kwargs: { column: 's', value_set: ['a', 'zz'] } },
    ),
    fc.constantFrom(...conditions),
    fc.constantFrom(0, 0.3, 0.5, 0.9, 1),
  )
  .map(([{ type, kwargs }, condition, mostly]) => {
    const rows = /mean|distinct/.test(type) ? {} : { mostly }
    return { type, kwargs: { ...kwargs, ...condition, ...rows } }
  })

/** Whether a check passes over parts, and the rows that fail, counted from 0 over all parts; shares are taken as gates take them. */
async function judged(
  check: Check,
  parts: readonly Batch[],
): Promise<{ pass: boolean; rows: readonly number[] | undefined }> {
  const share = typeof check.atLeast === 'object' && 'share' in check.atLeast ? check.atLeast.share : 1
  const rule = check.rule as RowRule | CondemningRule | DatasetRule
  const rows: number[] = []
  let start = 0
  const note = (bits: Uint8Array, length: number) => {
    for (let row = 0; row < length; row++) if (((bits[row >> 3]! >> (row & 7)) & 1) === 1) rows.push(start + row)
    start += length
  }
  if (rule.scope === 'row') {
    let of = 0
    const mark = rule.compile({ fields })
    for (const part of parts) {
      const bits = new Uint8Array((part.length + 7) >> 3)
      of += mark(part, bits) ?? part.length
      note(bits, part.length)
    }
    return { pass: of === 0 || (of - rows.length) / of >= share, rows }
  }
  if (rule.scope === 'condemning') {
    const partials = parts.map((part) => {
      const collector = rule.collect({ fields })
      collector.add(part)
      return { rows: part.length, partial: async () => collector.finish() }
    })
    const found = await rule.condemn(partials, undefined as never)
    if (!('rows' in found)) throw new Error('no condemnation')
    for (const [i, part] of parts.entries())
      note(found.rows.get(i) ?? new Uint8Array((part.length + 7) >> 3), part.length)
    return { pass: found.dataset?.pass ?? rows.length === 0, rows }
  }
  const measure = Object.values(rule.measures)[0]!
  const whole = measure.create({ fields })
  for (const part of parts) {
    const own = measure.create({ fields })
    own.add(part, undefined, 1)
    whole.merge(own.state(1), undefined, 1)
  }
  const decision = await rule.decide({ [Object.keys(rule.measures)[0]!]: whole.finish(1).at(0) }, undefined as never)
  return { pass: decision.pass, rows: undefined }
}

describe('checks of a suite', () => {
  test('say what the validation of the suite says, however the rows are cut into parts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(cells, { maxLength: 24 }), expectations, fc.nat(24), async (rows, expectation, at) => {
        const batch = batchOf(rows)
        const cut = at % (rows.length + 1)
        const parts = [sliceBatch(batch, 0, cut), sliceBatch(batch, cut, rows.length)]
        const suite = { name: 's', expectations: [expectation] }
        const { results } = await validateWithGreatExpectations(batch, suite, { resultFormat: 'COMPLETE' })
        const ours = await judged(fromGreatExpectations(suite)[0]!, parts)
        expect(ours.pass).toBe(results[0]!.success)
        if (ours.rows !== undefined) expect(ours.rows).toEqual(results[0]!.result['unexpected_index_list'])
      }),
      { numRuns: 600 },
    )
  })
})
