import { cellJson } from '../cells/as-json.ts'
import { keyOf } from '../cells/cells.ts'
import { type Given, recordOf } from '../suite/given.ts'
import { collectDistinct, collectNumbers } from './collect.ts'
import type { AggregateDefinition, Answer, Define } from './definition.ts'
import { ofColumn } from './statistics.ts'
import { keysFor } from './values.ts'

/** Kullback-Leibler divergence of the column from a partition: of values, or of bins (the last one closed) with weights for the tails. */
const divergence: Define = (given) => {
  const partition = recordOf(given, 'partition_object')
  const threshold = given.optionalNumber('threshold')
  const tail = given.number('tail_weight_holdout', 0)
  const inner = given.number('internal_weight_holdout', 0)
  const bucketize = given.flag('bucketize_data', true)
  for (const [name, share] of [
    ['tail_weight_holdout', tail],
    ['internal_weight_holdout', inner],
  ] as const)
    if (!(share >= 0 && share <= 1)) given.refuse(`${name} is ${share}, it takes a share between 0 and 1`)
  if (threshold !== undefined && threshold < 0) given.refuse(`threshold is ${threshold}, it takes a number from 0 on`)
  const { values, bins, weights, tail_weights: tails } = partition
  if (!isNumbers(weights)) given.refuse('partition_object takes { values, weights } or { bins, weights }')
  const share = isNumbers(weights) ? weights : []
  const ends = isNumbers(tails) ? tails : undefined
  const whole = [...share, ...(ends ?? [])].reduce((sum, one) => sum + one, 0)
  if (share.length > 0 && Math.abs(whole - 1) > 1e-5)
    given.refuse(`the weights of partition_object add up to ${whole}, not to 1`)
  if (Array.isArray(values)) return categorical(given, values, share, { threshold, tail, inner })
  if (!bucketize) given.refuse('bucketize_data is false, but the partition_object has bins')
  if (
    !isNumbers(bins) ||
    bins.length !== share.length + 1 ||
    bins.some((bin, i) => i > 0 && !(bin > (bins[i - 1] as number)))
  )
    given.refuse('the bins of partition_object are not rising finite numbers, one more than weights')
  if (ends !== undefined && tail !== 0) given.refuse('tail_weight_holdout must be 0 beside tail_weights')
  return binned(given, isNumbers(bins) ? bins : [], share, ends, { threshold, tail, inner })
}

interface Holdouts {
  readonly threshold: number | undefined
  readonly tail: number
  readonly inner: number
}

function categorical(
  given: Given,
  values: readonly unknown[],
  weights: readonly number[],
  { threshold, tail, inner }: Holdouts,
) {
  if (inner > 0) given.refuse('internal_weight_holdout cannot be used with values')
  if (values.length !== weights.length) given.refuse('partition_object has not as many values as weights')
  return ofColumn(given, collectDistinct, ({ values: seen, found }) => {
    const keys = values.map((value) => [...keysFor([value as string], found)][0] as string)
    const total = seen.reduce((sum, { count }) => sum + count, 0)
    const counts = new Map(seen.map(({ cell, count }) => [keyOf(cell), count / total]))
    const more = seen.filter(({ cell }) => !keys.includes(keyOf(cell)))
    const observed = [...keys.map((key) => counts.get(key) ?? 0), ...more.map(({ count }) => count / total)]
    const kept = more.length > 0 ? 1 - tail : 1
    const expected = [...weights.map((weight) => weight * kept), ...more.map(() => tail / more.length)]
    const names = [...values, ...more.map(({ cell }) => cellJson(cell, found.field))]
    return answered(entropy(observed, expected), threshold, {
      observed_partition: { values: names, weights: observed },
      expected_partition: { values: names, weights: expected },
    })
  }) as AggregateDefinition
}

function binned(
  given: Given,
  bins: readonly number[],
  weights: readonly number[],
  tails: readonly number[] | undefined,
  { threshold, tail, inner }: Holdouts,
) {
  const empty = weights.filter((weight) => weight === 0).length
  const expected = weights.map((weight) => (weight === 0 && inner > 0 ? inner / empty : weight * (1 - tail - inner)))
  const ends = tails ?? [tail / 2, tail / 2]
  return ofColumn(
    given,
    (found) => collectNumbers(found, given.type),
    (sorted) => {
      const inBins = histogram(sorted, bins)
      const share = (count: number) => count / sorted.length
      const [below, ...rest] = inBins.map(share)
      const above = rest.pop() as number
      return answered(
        entropy([below as number, ...rest, above], [ends[0] as number, ...expected, ends[1] as number]),
        threshold,
        {
          observed_partition: { bins, weights: rest, tail_weights: [below, above] },
          expected_partition: { bins, weights: expected, tail_weights: ends },
        },
      )
    },
  ) as AggregateDefinition
}

/** Counts below the bins, in each, and above them. */
function histogram(sorted: Float64Array, bins: readonly number[]): number[] {
  const counts = new Array<number>(bins.length + 1).fill(0)
  const last = bins.length - 1
  for (const value of sorted) {
    let place = 0
    while (place <= last && value >= (bins[place] as number)) place++
    if (value === bins[last]) place = last
    counts[place] = (counts[place] as number) + 1
  }
  return counts
}

/** Sum of p log(p / q), both scaled to 1; infinite where q misses what p has. */
function entropy(p: readonly number[], q: readonly number[]): number {
  const [of, against] = [p, q].map((list) => list.reduce((sum, one) => sum + one, 0)) as [number, number]
  return p.reduce(
    (sum, one, i) => (one === 0 ? sum : sum + (one / of) * Math.log(one / of / ((q[i] as number) / against))),
    0,
  )
}

function answered(found: number, threshold: number | undefined, details: Answer['result']): Answer {
  const observed = Number.isFinite(found) ? found : null
  return { success: threshold === undefined || found <= threshold, result: { observed_value: observed, details } }
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => Number.isFinite(one))
}

export const divergenceRules: Readonly<Record<string, Define>> = {
  expect_column_kl_divergence_to_be_less_than: divergence,
}
