import { cellJson } from '../cells/as-json.ts'
import { type Found, findColumn, keyOf } from '../cells/cells.ts'
import { within } from '../cells/order.ts'
import { readCondition } from '../condition/condition.ts'
import { type Given, recordOf } from '../suite/given.ts'
import { parseDate } from '../text/date-parse.ts'
import { collectCounts, collectDistinct, collectExtreme, collectNumbers, collectSums, type Sums } from './collect.ts'
import type { AggregateDefinition, Answer, Collector, Define } from './definition.ts'
import { interpolations, quantileOf } from './moments.ts'
import { type Bounds, fitted, rangeFor, readBounds } from './range.ts'
import { keysFor, parsesTimes } from './values.ts'

/** A statistic of one column. */
export function ofColumn<V>(
  given: Given,
  open: (found: Found) => Collector<V>,
  answer: (value: V) => Answer,
): AggregateDefinition<V> {
  const column = given.text('column')
  return {
    kind: 'aggregate',
    columns: [column],
    condition: readCondition(given),
    open: (schema) => open(findColumn(schema, column, given.type)),
    answer,
  }
}

/** A number within bounds; of nothing there is no number, and none is within. */
export function numberWithin(value: number, { min, max, strictMin, strictMax }: Bounds, check: string): Answer {
  if (Number.isNaN(value)) return { success: false, result: { observed_value: null } }
  const fit = (bound: Bounds['min']) =>
    bound === undefined
      ? undefined
      : fitted(bound, 'number', () => new Error(`${check} compares a number with ${JSON.stringify(bound)}`))
  const success = within(value, { min: fit(min), max: fit(max), strictMin, strictMax })
  return { success, result: { observed_value: Number.isFinite(value) ? value : String(value) } }
}

function readNumberBounds(given: Given): Bounds {
  const bounds = readBounds(given)
  for (const bound of [bounds.min, bounds.max])
    if (typeof bound === 'string') given.refuse(`a number is compared with ${JSON.stringify(bound)}`)
  if (given.dialect === '0.18' && given.value('auto') === true) given.refuse('auto is not estimated here')
  return bounds
}

const ofSums =
  (pick: (sums: Sums) => number): Define =>
  (given) => {
    const bounds = readNumberBounds(given)
    return ofColumn(
      given,
      (found) => collectSums(found, given.type),
      (sums) => numberWithin(pick(sums), bounds, given.type),
    ) as AggregateDefinition
  }

const extreme =
  (side: 1 | -1): Define =>
  (given) => {
    const bounds = readBounds(given)
    const parses = parsesTimes(given)
    const open = (found: Found) => {
      const asTime = parses && found.family === 'text'
      const kept = asTime
        ? {
            ...found,
            family: 'instant' as const,
            field: { ...found.field, type: { kind: 'timestamp', unit: 'ms' } as const },
          }
        : found
      rangeFor(bounds, kept, given.type)
      return collectExtreme(kept, side, (cell) => (asTime ? (parseDate(String(cell)) ?? null) : cell))
    }
    return ofColumn(given, open, ({ cell, found }) => {
      if (cell === null) return { success: false, result: { observed_value: null } }
      const success = within(cell, rangeFor(bounds, found, given.type))
      return { success, result: { observed_value: cellJson(cell, found.field) } }
    }) as AggregateDefinition
  }

const median: Define = (given) => {
  const bounds = readNumberBounds(given)
  return ofColumn(
    given,
    (found) => collectNumbers(found, given.type),
    (sorted) => numberWithin(quantileOf(sorted, 0.5, 'linear') ?? Number.NaN, bounds, given.type),
  ) as AggregateDefinition
}

const quantiles: Define = (given) => {
  const { quantiles: asked, value_ranges: ranges } = recordOf(given, 'quantile_ranges')
  const how = given.value('allow_relative_error') || 'nearest'
  if (!interpolations.includes(how as never))
    given.refuse(`allow_relative_error is ${JSON.stringify(how)}, it takes false, ${interpolations.join(', ')}`)
  const fits =
    isNumbers(asked) && asked.every((q) => q >= 0 && q <= 1) && isRanges(ranges) && ranges.length === asked.length
  if (!fits)
    given.refuse(
      'quantile_ranges takes { quantiles, value_ranges }: shares from 0 to 1, and a pair [low, high] for each',
    )
  const places = fits ? asked : []
  const pairs = (fits ? ranges : []).map(
    ([low, high]) => [low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY] as const,
  )
  return ofColumn(
    given,
    (found) => collectNumbers(found, given.type),
    (sorted) => {
      const values = places.map((q) => quantileOf(sorted, q, how as (typeof interpolations)[number]) ?? null)
      const details = values.map((value, i) => value !== null && inPair(value, pairs[i] as readonly [number, number]))
      return {
        success: details.every((one) => one),
        result: { observed_value: { quantiles: places, values }, details: { success_details: details } },
      }
    },
  ) as AggregateDefinition
}

/** Ends count as met within a relative 1e-4, as Great Expectations has it. */
function inPair(value: number, [low, high]: readonly [number, number]): boolean {
  const close = (end: number) => Number.isFinite(end) && Math.abs(value - end) <= 1e-8 + 1e-4 * Math.abs(end)
  return close(low) || close(high) || (low <= value && value <= high)
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'number')
}
function isRanges(value: unknown): value is readonly (readonly [number | null, number | null])[] {
  return (
    Array.isArray(value) &&
    value.every(
      (pair) =>
        Array.isArray(pair) && pair.length === 2 && pair.every((end) => end === null || typeof end === 'number'),
    )
  )
}

const uniqueCount: Define = (given) => {
  const bounds = readNumberBounds(given)
  return ofColumn(given, collectDistinct, ({ values }) =>
    numberWithin(values.length, bounds, given.type),
  ) as AggregateDefinition
}

const uniqueShare: Define = (given) => {
  const bounds = readNumberBounds(given)
  return ofColumn(given, collectDistinct, ({ values }) => {
    const present = values.reduce((sum, { count }) => sum + count, 0)
    return numberWithin(present === 0 ? 0 : values.length / present, bounds, given.type)
  }) as AggregateDefinition
}

const presentShare: Define = (given) => {
  const bounds = readNumberBounds(given)
  return ofColumn(given, collectCounts, ({ rows, present }) =>
    numberWithin(rows === 0 ? 0 : present / rows, bounds, given.type),
  ) as AggregateDefinition
}

/** The most frequent values, all of them where several are. */
const mostCommon: Define = (given) => {
  const values = given.plains('value_set') ?? []
  const tiesOkay = given.flag('ties_okay')
  return ofColumn(given, collectDistinct, ({ values: seen, found }) => {
    const most = seen.reduce((top, { count }) => Math.max(top, count), 0)
    const modes = seen.filter(({ count }) => count === most)
    const keys = keysFor(values, found)
    const hits = modes.filter(({ cell }) => keys.has(keyOf(cell))).length
    const success = tiesOkay ? hits > 0 : modes.length === 1 && hits === 1
    return { success, result: { observed_value: modes.map(({ cell }) => cellJson(cell, found.field)) } }
  }) as AggregateDefinition
}

export const statisticRules: Readonly<Record<string, Define>> = {
  expect_column_min_to_be_between: extreme(-1),
  expect_column_max_to_be_between: extreme(1),
  expect_column_mean_to_be_between: ofSums(({ sum, count }) => sum / count),
  expect_column_sum_to_be_between: ofSums(({ sum }) => sum),
  expect_column_stdev_to_be_between: ofSums(({ stdev }) => stdev),
  expect_column_median_to_be_between: median,
  expect_column_quantile_values_to_be_between: quantiles,
  expect_column_unique_value_count_to_be_between: uniqueCount,
  expect_column_proportion_of_unique_values_to_be_between: uniqueShare,
  expect_column_proportion_of_non_null_values_to_be_between: presentShare,
  expect_column_most_common_value_to_be_in_set: mostCommon,
}
