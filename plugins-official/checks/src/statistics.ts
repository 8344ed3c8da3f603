import {
  type Aggregate,
  type Check,
  countDistinct,
  createCheck,
  type DatasetRule,
  described,
  fieldOf,
  type Measure,
  max,
  mean,
  min,
  quantile,
  stdev,
  sum,
} from 'tidegate'
import { callable } from './callable.ts'
import { inRange, type Range, rangeJson, rangeText, requireRange } from './range.ts'
import type { Anything, Holds } from './row-types.ts'

type StatisticFn = <K extends string>(column: K, range: Range<number | bigint>) => Check<Holds<K, number | bigint>>
type QuantileFn = <K extends string>(
  column: K,
  p: number,
  range: Range<number | bigint>,
) => Check<Holds<K, number | bigint>>
type DistinctFn = <K extends string>(column: K, range: Range) => Check<Anything<K>>

const numbers = ['int', 'float', 'decimal'] as const
const ordered = [...numbers, 'date', 'time', 'timestamp'] as const
type Kinds = typeof numbers | typeof ordered

/**
 * The least present value lies in the range; dates and times in milliseconds, 64-bit integers exactly. As with all statistics of this page: null
 * counts for nothing, a dataset without a value passes, and NaN anywhere in the column makes the statistic NaN, which fails.
 */
export const minBetween = statistic('min', 'minBetween', min, ordered)
/** The greatest present value lies in the range. */
export const maxBetween = statistic('max', 'maxBetween', max, ordered)
/** The arithmetic mean of the present values lies in the range. */
export const meanBetween = statistic('mean', 'meanBetween', mean, numbers)
/** The sum of the present values lies in the range; integers and decimals are summed exactly. Without a value it is 0. */
export const sumBetween = statistic('sum', 'sumBetween', sum, numbers)
/** The sample standard deviation (n - 1) of the present values lies in the range; passes below two values. */
export const stdevBetween = statistic('stdev', 'stdevBetween', stdev, numbers)
/** The median of the present values lies in the range: exact up to 256 values, beyond within 0.5 % (the measure `quantile`). */
export const medianBetween = statistic('median', 'medianBetween', (column) => quantile(column, 0.5), numbers)

/** The `p` quantile (0 to 1) of the present values lies in the range, with the exactness of `medianBetween`. */
export const quantileBetween = callable(
  { check: 'quantileBetween', arguments: ['column', 'p'], options: ['min', 'max'], dataset: true },
  (column: string, p: number, range: Range) =>
    ranged(`quantileBetween(${column}, ${p}, ${rangeText(range)})`, 'quantile', quantile(column, p), numbers, range, {
      column,
      p,
    }),
) as QuantileFn

/** The number of distinct present values lies in the range. Exact, by 128-bit hashes; -0 is 0, NaN is one value. */
export const distinctBetween = callable(
  { check: 'distinctBetween', arguments: ['column'], options: ['min', 'max'], dataset: true },
  (column: string, range: Range) =>
    ranged(
      `distinctBetween(${column}, ${rangeText(range)})`,
      'distinct values',
      countDistinct(column),
      undefined,
      range,
      { column },
    ),
) as DistinctFn

/** What other engines make as well; sketches of quantiles are ours. */
const aggregated: Readonly<Record<string, Aggregate['of']>> = {
  min: 'min',
  max: 'max',
  mean: 'mean',
  sum: 'sum',
  stdev: 'stdev',
  'distinct values': 'distinct',
}

function statistic(
  word: string,
  check: string,
  measure: (column: string) => Measure<never>,
  kinds: Kinds,
): StatisticFn {
  return callable(
    { check, arguments: ['column'], options: ['min', 'max'], dataset: true },
    (column: string, range: Range) =>
      ranged(`${check}(${column}, ${rangeText(range)})`, word, measure(column), kinds, range, { column }),
  ) as StatisticFn
}

function ranged(
  name: string,
  word: string,
  measure: Measure<never>,
  kinds: Kinds | undefined,
  range: Range<number | bigint>,
  parameters: Readonly<Record<string, unknown>>,
): Check {
  requireRange(name, range)
  const { min: low, max: high, ...options } = range
  const [column = ''] = measure.columns
  const checked: Measure = {
    ...(measure as Measure),
    create(schema) {
      if (kinds !== undefined)
        fieldOf(schema, column, name, kinds, kinds.length > 3 ? 'a number, date or time' : 'a number')
      return measure.create(schema)
    },
  }
  const rule: DatasetRule = {
    scope: 'dataset',
    measures: { value: checked },
    decide: ({ value }) => ({
      pass: inRange(value, range),
      observed: value === null ? `no ${word}` : `${word} ${String(value)}`,
    }),
  }
  const of = aggregated[word]
  const turns = [low, high].filter((bound) => bound !== undefined)
  if (of !== undefined) described(rule, { aggregates: { value: { of, column, turns } } })
  return createCheck(name, measure.columns, { ...parameters, ...rangeJson(range) }, options, rule)
}
