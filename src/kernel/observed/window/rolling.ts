import { FlatColumn } from '../../columns/column.ts'
import { types } from '../../types.ts'
import type { Cells } from '../cells/cells.ts'
import type { NumberCells } from '../vector/numbers.ts'
import type { Bounds, Partitions } from './partitions.ts'

/** What is kept while rows enter and leave a frame: how many are valid, their sum, their mean, or their deviation from it as well. */
type Kept = 'valid' | 'sum' | 'mean' | 'deviation'

const kept: Readonly<Record<string, Kept>> = {
  valid: 'valid',
  invalid: 'valid',
  sum: 'sum',
  mean: 'mean',
  average: 'mean',
  variance: 'deviation',
  variancep: 'deviation',
  stdev: 'deviation',
  stdevp: 'deviation',
}

/** An aggregate over the frame of each row; undefined for aggregates left to Arquero. `cells` may be missing for `count`. */
export function rollingCells(
  name: string,
  cells: NumberCells | undefined,
  parts: Partitions,
  bounds: Bounds,
): Cells | undefined {
  if (name === 'count') return countFrames(parts, bounds)
  if (cells === undefined) return undefined
  const values = valuesInOrder(cells, parts)
  if (name === 'min' || name === 'max') return extremeFrames(values, parts, bounds, name === 'min' ? 1 : -1)
  return kept[name] === undefined ? undefined : rollFrames(name, values, parts, bounds)
}

/** The values in the order of the rows, NaN where they are not valid. */
function valuesInOrder({ values, validity }: NumberCells, { order }: Partitions): Float64Array {
  const out = new Float64Array(order.length)
  for (let i = 0; i < out.length; i++) {
    const row = order[i] as number
    const present = validity === undefined || (((validity[row >> 3] as number) >> (row & 7)) & 1) === 1
    out[i] = present ? (values[row] as number) : Number.NaN
  }
  return out
}

function countFrames({ order, total }: Partitions, { from, to }: Bounds): Cells {
  const out = new Float64Array(total)
  for (let i = 0; i < order.length; i++) out[order[i] as number] = (to[i] as number) - (from[i] as number)
  return new FlatColumn(types.float64, out)
}

/** Arquero's own steps: values are taken out again when they leave the frame, so a result carries the rounding of all before it. */
function rollFrames(
  name: string,
  values: Float64Array,
  { order, starts, total }: Partitions,
  { from, to }: Bounds,
): Cells {
  const keeps = kept[name] as Kept
  const sums = keeps === 'sum'
  const means = keeps === 'mean' || keeps === 'deviation'
  const out = new Float64Array(total)
  const missing: number[] = []
  const least = keeps === 'valid' ? 0 : keeps === 'deviation' ? 2 : 1
  const fewer = name.endsWith('p') ? 0 : 1
  const root = name.startsWith('stdev')
  for (let part = 0; part + 1 < starts.length; part++) {
    const start = starts[part] as number
    const end = starts[part + 1] as number
    let first = 0
    let next = 0
    let valid = 0
    let sum = 0
    let mean = 0
    let deviation = 0
    for (let i = start; i < end; i++) {
      const low = from[i] as number
      const high = to[i] as number
      for (; first < low; first++) {
        const value = values[start + first] as number
        if (Number.isNaN(value)) continue
        valid--
        if (sums) sum -= value
        if (!means) continue
        const change = value - mean
        mean -= valid > 0 ? change / valid : mean
        deviation -= change * (value - mean)
      }
      for (; next < high; next++) {
        const value = values[start + next] as number
        if (Number.isNaN(value)) continue
        valid++
        if (sums) sum += value
        if (!means) continue
        const change = value - mean
        mean += change / valid
        deviation += change * (value - mean)
      }
      const row = order[i] as number
      if (valid < least) missing.push(row)
      else if (keeps === 'deviation')
        out[row] = root ? Math.sqrt(deviation / (valid - fewer)) : deviation / (valid - fewer)
      else out[row] = sums ? sum : means ? mean : name === 'invalid' ? high - low - valid : valid
    }
  }
  return withMissing(out, missing)
}

/** The first of the least values of each frame (greatest for sign -1), by a queue of the rows that can still become it. */
function extremeFrames(
  values: Float64Array,
  { order, starts, total }: Partitions,
  { from, to }: Bounds,
  sign: 1 | -1,
): Cells {
  const out = new Float64Array(total)
  const missing: number[] = []
  const queue = new Int32Array(order.length)
  for (let part = 0; part + 1 < starts.length; part++) {
    const start = starts[part] as number
    let [head, tail, next] = [0, 0, 0]
    for (let i = start; i < (starts[part + 1] as number); i++) {
      for (; next < (to[i] as number); next++) {
        const value = (values[start + next] as number) * sign
        if (Number.isNaN(value)) continue
        while (tail > head && (values[start + (queue[tail - 1] as number)] as number) * sign > value) tail--
        queue[tail++] = next
      }
      while (head < tail && (queue[head] as number) < (from[i] as number)) head++
      const row = order[i] as number
      if (head === tail) missing.push(row)
      else out[row] = values[start + (queue[head] as number)] as number
    }
  }
  return withMissing(out, missing)
}

function withMissing(values: Float64Array, missing: readonly number[]): Cells {
  if (missing.length === 0) return new FlatColumn(types.float64, values)
  const out: unknown[] = Array.from(values)
  for (const row of missing) out[row] = undefined
  return out as never
}
