import {
  BooleanColumn,
  type Column,
  countNulls,
  DecimalColumn,
  FlatColumn,
  Int64Column,
  isColumn,
  TemporalColumn,
} from '../../columns/column.ts'
import { exact, readInteger, wordsOf } from '../../columns/int64.ts'
import { BytesColumn, DictionaryColumn } from '../../columns/text.ts'
import { allPresent } from '../../columns/validity.ts'
import type { Cells } from './cells.ts'

/**
 * The cells of one column in a form that typed kernels compare: numbers as a step sees them (times and dates in milliseconds, booleans 0 and 1,
 * NaN kept), 64-bit integers seen as bigint beyond 2^53, text as codes, text or binary as bytes. `validity` as in columns.
 */
export type CellView =
  | { readonly kind: 'number'; readonly values: Float64Array; readonly validity: Uint8Array | undefined }
  | { readonly kind: 'bigint'; readonly column: Int64Column; readonly validity: Uint8Array | undefined }
  | { readonly kind: 'codes'; readonly column: DictionaryColumn; readonly validity: Uint8Array | undefined }
  | { readonly kind: 'bytes'; readonly column: BytesColumn; readonly validity: Uint8Array | undefined }

const views = new WeakMap<object, CellView>()

/**
 * The view of a column of any kind; undefined for what the kernels do not know: cells of several kinds, lists, structs, lone surrogates, columns of
 * other libraries. In plain arrays null and undefined are both absent. Views of typed columns, which cannot change, are made once.
 */
export function viewOf(cells: Cells): CellView | undefined {
  if (!isColumn(cells)) return Array.isArray(cells) ? arrayView(cells) : typedArrayView(cells)
  const known = views.get(cells)
  if (known !== undefined) return known
  const view = columnView(cells)
  if (view !== undefined) views.set(cells, view)
  return view
}

function columnView(column: Column): CellView | undefined {
  const { validity } = column
  if (column instanceof DictionaryColumn) return { kind: 'codes', column, validity }
  if (column instanceof BytesColumn) return { kind: 'bytes', column, validity }
  if (column instanceof Int64Column && column.sees === 'bigint' && column.firstInexact() >= 0)
    return { kind: 'bigint', column, validity }
  const values = numbersOf(column)
  if (values !== undefined) return { kind: 'number', values, validity }
  if (countNulls(validity, column.length) < column.length || column.length === 0) return undefined
  return { kind: 'number', values: new Float64Array(column.length), validity }
}

function numbersOf(column: Column): Float64Array | undefined {
  if (column instanceof FlatColumn || column instanceof BooleanColumn) return asDoubles(column.values)
  if (column instanceof Int64Column) return integers(column.values)
  if (column instanceof TemporalColumn) return milliseconds(column)
  if (!(column instanceof DecimalColumn)) return undefined
  const out = new Float64Array(column.length)
  for (let i = 0; i < out.length; i++) out[i] = column.at(i) ?? 0
  return out
}

function asDoubles(values: ArrayLike<number>): Float64Array {
  return values instanceof Float64Array ? values : new Float64Array(values)
}

function integers(values: BigInt64Array | BigUint64Array): Float64Array {
  const words = wordsOf(values)
  const signed = values instanceof BigInt64Array
  const out = new Float64Array(values.length)
  for (let i = 0; i < out.length; i++) out[i] = readInteger(words, i, signed)
  return out
}

/** As `TemporalColumn.at` computes them, bit for bit. */
function milliseconds(column: TemporalColumn): Float64Array {
  const { values, type, length } = column
  const out = new Float64Array(length)
  if (values instanceof Int32Array) {
    for (let i = 0; i < length; i++) out[i] = (values[i] as number) * 86_400_000
    return out
  }
  const unit = 'unit' in type ? type.unit : 's'
  const per = unit === 'us' ? 1e3 : unit === 'ns' ? 1e6 : 1
  const times = unit === 's' ? 1000 : 1
  const words = wordsOf(values)
  for (let i = 0; i < length; i++) {
    const value = readInteger(words, i, true)
    if (per === 1) {
      out[i] = value * times
    } else if (value > -exact && value < exact) {
      let whole = Math.trunc(value / per)
      // The quotient is rounded and may have reached the next integer.
      if (Math.abs(whole * per) > Math.abs(value)) whole -= Math.sign(value)
      out[i] = whole + (value - whole * per) / per
    } else {
      out[i] = column.milliseconds(i)
    }
  }
  return out
}

function typedArrayView(cells: Cells): CellView | undefined {
  if (!ArrayBuffer.isView(cells) || cells instanceof DataView) return undefined
  if (cells instanceof BigInt64Array || cells instanceof BigUint64Array) {
    const column = new Int64Column({ kind: 'int', bits: 64, signed: cells instanceof BigInt64Array }, cells)
    return columnView(column.seenAs('bigint'))
  }
  return { kind: 'number', values: asDoubles(cells as unknown as ArrayLike<number>), validity: undefined }
}

/** A plain array all of whose present cells are of one kind. */
function arrayView(cells: readonly unknown[]): CellView | undefined {
  const first = cells.find((cell) => cell !== null && cell !== undefined)
  if (typeof first === 'string') return textView(cells)
  const read = typeof first === 'object' ? dateNumber : first === undefined ? undefined : readers[typeof first]
  if (first !== undefined && read === undefined) return undefined
  const n = cells.length
  const values = new Float64Array(n)
  let validity: Uint8Array | undefined
  for (let i = 0; i < n; i++) {
    const cell = cells[i]
    if (cell === null || cell === undefined) {
      validity ??= allPresent(n)
      validity[i >> 3] = (validity[i >> 3] as number) & ~(1 << (i & 7))
      continue
    }
    const number = (read as Reader)(cell)
    if (number === undefined) return undefined
    values[i] = number
  }
  return { kind: 'number', values, validity }
}

type Reader = (cell: unknown) => number | undefined

const readers: Readonly<Record<string, Reader>> = {
  number: (cell) => (typeof cell === 'number' ? cell : undefined),
  boolean: (cell) => (typeof cell === 'boolean' ? Number(cell) : undefined),
  bigint: (cell) => (typeof cell === 'bigint' && cell < exact && cell > -exact ? Number(cell) : undefined),
}

function dateNumber(cell: unknown): number | undefined {
  return cell instanceof Date ? +cell : undefined
}

function textView(cells: readonly unknown[]): CellView | undefined {
  const n = cells.length
  const strings = new Array<string>(n)
  let validity: Uint8Array | undefined
  for (let i = 0; i < n; i++) {
    const cell = cells[i]
    if (typeof cell === 'string') {
      if (!cell.isWellFormed()) return undefined
      strings[i] = cell
    } else if (cell === null || cell === undefined) {
      validity ??= allPresent(n)
      validity[i >> 3] = (validity[i >> 3] as number) & ~(1 << (i & 7))
      strings[i] = ''
    } else {
      return undefined
    }
  }
  return { kind: 'bytes', column: BytesColumn.ofStrings(strings, validity), validity }
}
