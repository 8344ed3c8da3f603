import type { Batch, TableSchema } from 'tidegate'
import { type Cell, cellAt, type Family, type Found, keyOf, mismatch } from '../cells/cells.ts'
import { compareCells } from '../cells/order.ts'
import { type Collector, expected, outside } from './definition.ts'

/** JSON with 64-bit integers and what JSON has no number for. */
export function packed(value: unknown): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify(value, (_, one) =>
      typeof one === 'bigint'
        ? { n: String(one) }
        : typeof one === 'number' && !Number.isFinite(one)
          ? { f: String(one) }
          : one,
    ),
  )
}

export function unpacked(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes), (_, one) =>
    typeof one?.n === 'string' ? BigInt(one.n) : typeof one?.f === 'string' ? Number(one.f) : one,
  )
}

function numeric(found: Found, check: string): void {
  if (found.family !== 'number' && found.family !== 'boolean') throw mismatch(check, found, 'a column of numbers')
}

export interface Sums {
  readonly count: number
  readonly sum: number
  /** NaN of fewer than two. */
  readonly stdev: number
}

/** Count, compensated sum, and squares around the mean by Welford's method; later rows join by Chan's formula. */
export function collectSums(found: Found, check: string): Collector<Sums> {
  numeric(found, check)
  let [count, mean, squares, sum, carry] = [0, 0, 0, 0, 0]
  const addSum = (value: number) => {
    const next = sum + value
    carry += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
    sum = next
  }
  return {
    add(batch, states) {
      const column = found.of(batch)
      for (let row = 0; row < states.length; row++) {
        if (states[row] !== expected) continue
        const value = Number(cellAt(column, row))
        count++
        const step = value - mean
        mean += step / count
        squares += step * (value - mean)
        addSum(value)
      }
    },
    merge(bytes) {
      const later = unpacked(bytes) as readonly [number, number, number, number, number]
      const total = count + later[0]
      if (later[0] === 0) return
      const step = later[1] - mean
      squares += later[2] + (step * step * count * later[0]) / total
      mean += (step * later[0]) / total
      count = total
      addSum(later[3])
      carry += later[4]
    },
    bytes: () => packed([count, mean, squares, sum, carry]),
    value: () => ({
      count,
      sum: Number.isFinite(sum) ? sum + carry : sum,
      stdev: count < 2 ? Number.NaN : Math.sqrt(squares / (count - 1)),
    }),
  }
}

/** All present numbers, sorted when asked for: 8 bytes each. */
export function collectNumbers(found: Found, check: string): Collector<Float64Array> {
  numeric(found, check)
  let values = new Float64Array(1024)
  let count = 0
  const push = (value: number) => {
    if (count === values.length) {
      const wider = new Float64Array(count * 2)
      wider.set(values)
      values = wider
    }
    values[count++] = value
  }
  return {
    add(batch, states) {
      const column = found.of(batch)
      for (let row = 0; row < states.length; row++) if (states[row] === expected) push(Number(cellAt(column, row)))
    },
    merge(bytes) {
      for (const value of new Float64Array(bytes.slice().buffer)) push(value)
    },
    bytes: () => new Uint8Array(values.slice(0, count).buffer),
    value: () => values.slice(0, count).sort(),
  }
}

export interface Distinct {
  /** In order of value. */
  readonly values: readonly { readonly cell: Exclude<Cell, null>; readonly count: number }[]
  readonly family: Family
  readonly found: Found
}

/** Every different present value, and how often it is there: memory grows with the number of different values. */
export function collectDistinct(found: Found): Collector<Distinct> {
  const seen = new Map<string, { cell: Exclude<Cell, null>; count: number }>()
  const put = (cell: Exclude<Cell, null>, times: number) => {
    const key = keyOf(cell)
    const before = seen.get(key)
    if (before === undefined) seen.set(key, { cell, count: times })
    else before.count += times
  }
  return {
    add(batch, states) {
      const column = found.of(batch)
      for (let row = 0; row < states.length; row++)
        if (states[row] === expected) put(cellAt(column, row) as Exclude<Cell, null>, 1)
    },
    merge(bytes) {
      for (const [cell, count] of unpacked(bytes) as readonly [Exclude<Cell, null>, number][]) put(cell, count)
    },
    bytes: () => packed([...seen.values()].map(({ cell, count }) => [cell, count])),
    value: () => ({
      values: [...seen.values()].sort((a, b) => compareCells(a.cell, b.cell)),
      family: found.family,
      found,
    }),
  }
}

export interface Extreme {
  readonly cell: Cell
  readonly found: Found
}

/** The least (-1) or greatest (1) present value; `read` may turn a cell into another or into nothing. */
export function collectExtreme(found: Found, side: 1 | -1, read: (cell: Cell) => Cell): Collector<Extreme> {
  let best: Cell = null
  const take = (cell: Cell) => {
    if (cell !== null && (best === null || compareCells(cell, best) * side > 0)) best = cell
  }
  return {
    add(batch, states) {
      const column = found.of(batch)
      for (let row = 0; row < states.length; row++) if (states[row] === expected) take(read(cellAt(column, row)))
    },
    merge: (bytes) => take((unpacked(bytes) as readonly [Cell])[0]),
    bytes: () => packed([best]),
    value: () => ({ cell: best, found }),
  }
}

export interface Counts {
  /** Rows that meet the condition. */
  readonly rows: number
  /** Those of them in which nothing is missing. */
  readonly present: number
}

export function collectCounts(): Collector<Counts> {
  let [rows, present] = [0, 0]
  return {
    add(_: Batch, states) {
      for (const state of states) {
        if (state !== outside) rows++
        if (state === expected) present++
      }
    },
    merge(bytes) {
      const [more, there] = unpacked(bytes) as readonly [number, number]
      rows += more
      present += there
    },
    bytes: () => packed([rows, present]),
    value: () => ({ rows, present }),
  }
}

/** What is known without a row. */
export function collectSchema(schema: TableSchema): Collector<TableSchema> {
  return { add: () => undefined, merge: () => undefined, bytes: () => new Uint8Array(0), value: () => schema }
}
