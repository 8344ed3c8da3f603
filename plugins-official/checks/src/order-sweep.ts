import {
  type Batch,
  type Bits,
  type Column,
  compareText,
  doubles,
  FlatColumn,
  fieldOf,
  Int64Column,
  isValid,
  markRow,
  someAbsent,
  type TableSchema,
  TemporalColumn,
} from 'tidegate'
import { bitsFor, hasBit } from './bits.ts'
import { comparable, compareExact, type Exact, unitExponent } from './exact.ts'

/** A value that outlives its batch: text, a double that says it all (an infinity), or an exact number. */
export type Held = string | number | Exact

/** Which of two neighbours break the order. */
export interface Order {
  readonly sign: 1 | -1
  readonly strict: boolean
}

export function breaks(before: Held, after: Held, { sign, strict }: Order): boolean {
  const side = compareHeld(after, before) * sign
  return strict ? side <= 0 : side < 0
}

function compareHeld(a: Held, b: Held): number {
  if (typeof a === 'string') return compareText(a, b as string)
  return typeof a === 'number' ? (a < (b as number) ? -1 : Number(a > (b as number))) : compareExact(a, b as Exact)
}

/** Goes through a column batch by batch and marks the rows that break the order with the present one before them. */
export interface Sweep {
  /** Rows whose bit in `gone` is 1 are passed over as if they were absent. Gives the failing rows, undefined where there are none. */
  add(batch: Batch, gone: Bits | undefined): Bits | undefined
  readonly first: { readonly row: number; readonly value: Held } | undefined
  readonly last: Held | undefined
}

export function createSweep(schema: TableSchema, column: string, name: string, order: Order): Sweep {
  const kinds = ['int', 'float', 'decimal', 'date', 'time', 'timestamp', 'string'] as const
  const { index } = fieldOf(schema, column, name, kinds, 'something with an order')
  let rows = 0
  let first: Sweep['first']
  let last: Held | undefined
  return {
    add(batch, gone) {
      const cells = batch.columns[index] as Column
      const start = rows
      rows += batch.length
      if (cells.type.kind === 'null') return undefined
      const failing = bitsFor(batch.length)
      const present = presentIn(cells, gone)
      const read = reader(cells)
      const from = firstRow(cells.length, present, read, failing)
      if (from < 0) return someOf(failing)
      const value = read(from) as Held
      if (last !== undefined && breaks(last, value, order)) markRow(failing, from)
      first ??= { row: start + from, value }
      last = read(sweep(cells, from, present, order, read, failing)) as Held
      return someOf(failing)
    },
    get first() {
      return first
    },
    get last() {
      return last
    },
  }
}

/** Validity without the rows that are gone. */
function presentIn(cells: Column, gone: Bits | undefined): Uint8Array | undefined {
  const validity = someAbsent(cells)
  return gone === undefined
    ? validity
    : gone.map((byte, i) => ~byte & (validity === undefined ? 0xff : (validity[i] as number)))
}

type Reader = (row: number) => Held | undefined

/** The first row with a value that has a place in the order, or -1; NaN fails. */
function firstRow(length: number, present: Uint8Array | undefined, read: Reader, failing: Bits): number {
  for (let row = 0; row < length; row++) {
    if (!isValid(present, row)) continue
    if (read(row) !== undefined) return row
    markRow(failing, row)
  }
  return -1
}

function someOf(bits: Bits): Bits | undefined {
  return bits.some((byte) => byte !== 0) ? bits : undefined
}

/** From a row with a value on; returns the last one. */
function sweep(
  cells: Column,
  from: number,
  present: Uint8Array | undefined,
  order: Order,
  read: Reader,
  failing: Bits,
): number {
  const { values } = cells as { readonly values?: unknown }
  if (values instanceof BigInt64Array) {
    const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
    return sweepWords(words, from, present, order, failing)
  }
  if (cells instanceof FlatColumn || cells.type.kind === 'date')
    return sweepDoubles(doubles(cells), from, present, order, failing)
  let last = from
  let before = read(from) as Held
  for (let row = from + 1; row < cells.length; row++) {
    if (!isValid(present, row)) continue
    const value = read(row) as Held
    if (breaks(before, value, order)) markRow(failing, row)
    before = value
    last = row
  }
  return last
}

function sweepWords(
  words: Int32Array,
  from: number,
  present: Uint8Array | undefined,
  { sign, strict }: Order,
  failing: Bits,
): number {
  const least = strict ? 1 : 0
  let last = from
  let low = (words[2 * from] as number) >>> 0
  let high = words[2 * from + 1] as number
  for (let row = from + 1; 2 * row < words.length; row++) {
    if (present !== undefined && (((present[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
    const nextLow = (words[2 * row] as number) >>> 0
    const nextHigh = words[2 * row + 1] as number
    const side = nextHigh === high ? nextLow - low : nextHigh - high
    if (side * sign < least) markRow(failing, row)
    low = nextLow
    high = nextHigh
    last = row
  }
  return last
}

function sweepDoubles(
  values: Float64Array,
  from: number,
  present: Uint8Array | undefined,
  { sign, strict }: Order,
  failing: Bits,
): number {
  let last = from
  let before = values[from] as number
  for (let row = from + 1; row < values.length; row++) {
    if (present !== undefined && (((present[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
    const value = values[row] as number
    const fine = sign > 0 ? (strict ? value > before : value >= before) : strict ? value < before : value <= before
    if (!fine) markRow(failing, row)
    // NaN fails, and is passed over.
    if (Number.isNaN(value)) continue
    before = value
    last = row
  }
  return last
}

/** Cells as values to hold; undefined for NaN. */
function reader(column: Column): Reader {
  const { type } = column
  if (type.kind === 'string') return (row) => column.at(row) as string
  if (column instanceof Int64Column) return (row) => ({ digits: column.values[row] as bigint, exponent: 0 })
  if (column instanceof TemporalColumn && 'unit' in type) {
    const exponent = unitExponent[type.unit]
    return (row) => ({ digits: BigInt(column.values[row] as bigint), exponent })
  }
  if (column instanceof FlatColumn) {
    return (row) => {
      const value = column.values[row] as number
      return Number.isNaN(value) ? undefined : value
    }
  }
  const { near, exact, slack } = comparable(column)
  return slack === undefined ? (row) => near[row] : exact
}

/** The rows of a batch that a sweep fails, as bits of all rows. */
export function placeBits(into: Bits, start: number, bits: Bits, length: number): void {
  for (let row = 0; row < length; row++) if (hasBit(bits, row)) markRow(into, start + row)
}
