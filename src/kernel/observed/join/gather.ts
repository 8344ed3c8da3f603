import { type Column, FlatColumn, Int64Column, isColumn } from '../../columns/column.ts'
import { gather } from '../../columns/gather.ts'
import { DictionaryColumn } from '../../columns/text.ts'
import type { Cells } from '../cells/cells.ts'
import type { Pairs } from './pairs.ts'

/** The cells at `rows`; -1 gives null in typed columns and undefined in others, as Arquero does. `rows` are never changed afterwards. */
export function gatherCells(cells: Cells, rows: Int32Array): Cells {
  if (isColumn(cells)) return gatherColumn(cells as Column, rows)
  const out = new Array<unknown>(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number
    out[i] = row < 0 ? undefined : cells.at(row)
  }
  return out
}

/** Columns without absent cells are absent where there is no row, all of them alike: that is found out once. */
function gatherColumn(column: Column, rows: Int32Array): Column {
  if (column.validity !== undefined) return column.take(rows)
  if (column instanceof FlatColumn) return new FlatColumn(column.type, gather(column.values, rows), presentAt(rows))
  if (column instanceof Int64Column)
    return new Int64Column(column.type, gather(column.values, rows), presentAt(rows), column.sees)
  if (column instanceof DictionaryColumn)
    return new DictionaryColumn(gather(column.codes, rows), column.dictionary, presentAt(rows))
  return column.take(rows)
}

const present = new WeakMap<Int32Array, { readonly bits: Uint8Array | undefined }>()

/** A bit for each row that is one, undefined where all are. */
function presentAt(rows: Int32Array): Uint8Array | undefined {
  const known = present.get(rows)
  if (known !== undefined) return known.bits
  const bits = bitsOf(rows)
  present.set(rows, { bits })
  return bits
}

function bitsOf(rows: Int32Array): Uint8Array | undefined {
  const n = rows.length
  let signs = 0
  for (let i = 0; i < n; i++) signs |= rows[i] as number
  if (signs >= 0) return undefined
  const out = new Uint8Array((n + 7) >> 3)
  const whole = n >> 3
  for (let byte = 0, i = 0; byte < whole; byte++, i += 8) {
    const absent =
      ((rows[i] as number) >>> 31) |
      (((rows[i + 1] as number) >>> 30) & 2) |
      (((rows[i + 2] as number) >>> 29) & 4) |
      (((rows[i + 3] as number) >>> 28) & 8) |
      (((rows[i + 4] as number) >>> 27) & 16) |
      (((rows[i + 5] as number) >>> 26) & 32) |
      (((rows[i + 6] as number) >>> 25) & 64) |
      (((rows[i + 7] as number) >>> 24) & 128)
    out[byte] = ~absent
  }
  for (let i = whole << 3; i < n; i++)
    if ((rows[i] as number) >= 0) out[i >> 3] = (out[i >> 3] as number) | (1 << (i & 7))
  return out
}

/**
 * The cells of one column, and of the other where the one has no row, in columns of one type that have no absent cells; undefined for others. Every
 * pair has a row on one side.
 */
export function mergeCells(one: Cells, other: Cells, { left, right }: Pairs): Cells | undefined {
  if (left === undefined) return isWhole(one) && isWhole(other) ? one : undefined
  if (one instanceof FlatColumn && other instanceof FlatColumn && isWhole(one) && isWhole(other)) {
    const values = gather(one.values, left)
    const from = other.values
    if (values.constructor !== from.constructor) return undefined
    for (let i = 0; i < left.length; i++) if ((left[i] as number) < 0) values[i] = from[right[i] as number] as number
    return new FlatColumn(one.type, values)
  }
  if (one instanceof Int64Column && other instanceof Int64Column && isWhole(one) && isWhole(other)) {
    const values = gather(one.values, left)
    const to = halves(values)
    const from = halves(other.values)
    for (let i = 0; i < left.length; i++) {
      if ((left[i] as number) >= 0) continue
      const row = right[i] as number
      to[2 * i] = from[2 * row] as number
      to[2 * i + 1] = from[2 * row + 1] as number
    }
    return new Int64Column(one.type, values, undefined, one.sees)
  }
  return undefined
}

function isWhole(cells: Cells): boolean {
  return (cells instanceof FlatColumn || cells instanceof Int64Column) && cells.validity === undefined
}

function halves({ buffer, byteOffset, length }: BigInt64Array | BigUint64Array): Int32Array {
  return new Int32Array(buffer, byteOffset, 2 * length)
}
