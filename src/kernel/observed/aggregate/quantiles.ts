import { validCounts } from './numbers.ts'
import type { Dense } from './rows.ts'

/** The values of each group, one group after the other: group g is [starts[g], starts[g + 1]). Quantiles put them in order as far as they need it. */
export interface GroupedValues {
  readonly values: Float64Array
  readonly starts: Int32Array
  /** Every group is in ascending order already. */
  readonly sorted: boolean
}

export function groupedValues(dense: Dense, size: number): GroupedValues {
  const { values, groups, length } = dense
  const starts = new Int32Array(size + 1)
  const counts = validCounts(dense, size)
  for (let group = 0; group < size; group++) starts[group + 1] = (starts[group] as number) + (counts[group] as number)
  const next = starts.slice()
  const out = new Float64Array(length)
  let negativeZero = false
  for (let i = 0; i < length; i++) {
    const group = groups === undefined ? 0 : (groups[i] as number)
    const value = values[i] as number
    if (Object.is(value, -0)) negativeZero = true
    const to = next[group] as number
    out[to] = value
    next[group] = to + 1
  }
  // Arquero takes -0 and 0 as equal and leaves them in row order: only a stable sort tells which of them stands where.
  if (negativeZero) {
    for (let group = 0; group < size; group++) {
      const part = out.subarray(starts[group], starts[group + 1])
      part.set([...part].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)))
    }
  }
  return { values: out, starts, sorted: negativeZero }
}

/** Arquero's quantile: linear between the two values next to (n - 1) * p. */
export function quantile(given: GroupedValues, group: number, p: number): number | undefined {
  const { starts } = given
  const start = starts[group] as number
  const n = (starts[group + 1] as number) - start
  if (n === 0) return undefined
  if (p <= 0 || n < 2) return ranked(given, group, 0)
  if (p >= 1) return ranked(given, group, n - 1)
  const at = (n - 1) * p
  if (Number.isNaN(at)) return Number.NaN
  const low = Math.floor(at)
  const value = ranked(given, group, low)
  return value + (follower(given, group, low) - value) * (at - low)
}

/** The value at a place of the ascending order; afterwards none before it is greater, and none behind it is less. */
function ranked({ values, starts, sorted }: GroupedValues, group: number, rank: number): number {
  const start = starts[group] as number
  if (!sorted) select(values, start, (starts[group + 1] as number) - 1, start + rank)
  return values[start + rank] as number
}

/** The value behind a place that was asked for: the least of those behind it. */
function follower({ values, starts, sorted }: GroupedValues, group: number, rank: number): number {
  const from = (starts[group] as number) + rank + 1
  const end = sorted ? from + 1 : (starts[group + 1] as number)
  let least = values[from] as number
  for (let i = from + 1; i < end; i++) if ((values[i] as number) < least) least = values[i] as number
  return least
}

/** Ranges shorter than this are sorted. */
const shortRange = 24

/**
 * Quickselect by Hoare's partition (Hoare 1961, Algorithm 65), the middle one of three values as pivot; where the range does not get shorter as it
 * should, it is sorted.
 */
function select(values: Float64Array, from: number, to: number, wanted: number): void {
  let [low, high] = [from, to]
  let steps = 2 * (32 - Math.clz32(to - from + 1))
  while (high - low >= shortRange && steps-- > 0) {
    const pivot = middleOf(values[low] as number, values[(low + high) >>> 1] as number, values[high] as number)
    let i = low
    let j = high
    while (i <= j) {
      while ((values[i] as number) < pivot) i++
      while ((values[j] as number) > pivot) j--
      if (i > j) break
      const value = values[i] as number
      values[i++] = values[j] as number
      values[j--] = value
    }
    if (wanted <= j) high = j
    else if (wanted >= i) low = i
    else return
  }
  values.subarray(low, high + 1).sort()
}

function middleOf(a: number, b: number, c: number): number {
  return a < b ? (b < c ? b : a < c ? c : a) : a < c ? a : b < c ? c : b
}
