import {
  BooleanColumn,
  type Codes,
  type Column,
  DecimalColumn,
  FlatColumn,
  Int64Column,
  isValid,
  TemporalColumn,
  ValuesColumn,
} from './column.ts'
import { concatColumns } from './concat.ts'
import { DictionaryColumn } from './text.ts'
import { allPresent } from './validity.ts'

/** The column with cell i of `cells` (of the same type) at row `rows[i]`. Buffers that are not written to are shared; the encoding is kept. */
export function replaceCells(column: Column, rows: Int32Array, cells: Column): Column {
  if (rows.length === 0) return column
  if (rows.length === column.length && isWhole(rows)) return cells
  if (column.type.kind === 'null') return cells.take(picked(column.length, rows, -1))
  const validity = replacedValidity(column, rows, cells)
  if (column instanceof FlatColumn && cells instanceof FlatColumn)
    return new FlatColumn(column.type, scattered(column.values, rows, cells.values), validity)
  if (column instanceof BooleanColumn && cells instanceof BooleanColumn)
    return new BooleanColumn(scattered(column.values, rows, cells.values), validity)
  if (column instanceof Int64Column && cells instanceof Int64Column)
    return new Int64Column(column.type, scattered(column.values, rows, cells.values), validity, column.sees)
  if (column instanceof TemporalColumn && cells instanceof TemporalColumn)
    return new TemporalColumn(column.type, scattered(column.values, rows, cells.values), validity)
  if (column instanceof DecimalColumn && cells instanceof DecimalColumn) {
    const words = column.words.slice()
    for (let i = 0; i < rows.length; i++) words.set(cells.words.subarray(2 * i, 2 * i + 2), 2 * (rows[i] as number))
    return new DecimalColumn(column.type, words, validity)
  }
  if (column instanceof DictionaryColumn) return withTexts(column, rows, cells, validity)
  if (column instanceof ValuesColumn) {
    const values = [...column.values]
    for (let i = 0; i < rows.length; i++) values[rows[i] as number] = cells.at(i)
    return new ValuesColumn(column.type, values, validity, column.sees)
  }
  // Bytes: what is kept and what is new, laid end to end and picked from.
  return concatColumns([column, cells]).take(picked(column.length, rows, column.length))
}

/** Row i at i, those of `rows` from `first` on; with -1 nothing at the others. */
function picked(length: number, rows: Int32Array, first: number): Int32Array {
  const order = new Int32Array(length).fill(-1)
  if (first >= 0) for (let row = 0; row < length; row++) order[row] = row
  for (let i = 0; i < rows.length; i++) order[rows[i] as number] = Math.max(first, 0) + i
  return order
}

function isWhole(rows: Int32Array): boolean {
  for (let i = 0; i < rows.length; i++) if (rows[i] !== i) return false
  return true
}

interface Values {
  slice(): this
  readonly [row: number]: unknown
}

function scattered<A extends Values>(values: A, rows: Int32Array, cells: A): A {
  const out = values.slice() as A & Record<number, unknown>
  for (let i = 0; i < rows.length; i++) out[rows[i] as number] = cells[i] as never
  return out
}

function replacedValidity(column: Column, rows: Int32Array, cells: Column): Uint8Array | undefined {
  if (column.validity === undefined && cells.nullCount === 0) return undefined
  const bits = column.validity?.slice() ?? allPresent(column.length)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number
    const bit = 1 << (row & 7)
    const byte = bits[row >> 3] as number
    bits[row >> 3] = isValid(cells.validity, i) && cells.type.kind !== 'null' ? byte | bit : byte & ~bit
  }
  return bits
}

interface Extension {
  readonly dictionary: readonly string[]
  readonly codes: ReadonlyMap<string, number>
}

/** The last extension of each dictionary: batches that share a dictionary mostly go on sharing one, with all that was computed of it. */
const extensions = new WeakMap<readonly string[], Extension>()

/** New texts are added to the dictionary; codes are widened where it grows out of them. */
function withTexts(
  column: DictionaryColumn,
  rows: Int32Array,
  cells: Column,
  validity: Uint8Array | undefined,
): DictionaryColumn {
  const texts = Array.from({ length: rows.length }, (_, i) => cells.at(i) as string | null)
  const { dictionary, codes: known } = extended(column.dictionary, texts)
  const size = dictionary.length
  const Wide = size <= 0x100 ? Uint8Array : size <= 0x10000 ? Uint16Array : Int32Array
  const codes: Codes =
    Wide.BYTES_PER_ELEMENT > column.codes.BYTES_PER_ELEMENT ? Wide.from(column.codes) : column.codes.slice()
  for (let i = 0; i < rows.length; i++) codes[rows[i] as number] = known.get(texts[i] as string) ?? 0
  return new DictionaryColumn(codes, dictionary, validity)
}

function extended(base: readonly string[], texts: readonly (string | null)[]): Extension {
  const before = extensions.get(base) ?? { dictionary: base, codes: codesOf(base) }
  const isNew = (text: string | null, codes: ReadonlyMap<string, number>) => text !== null && !codes.has(text)
  let found = before
  if (texts.some((text) => isNew(text, before.codes))) {
    const dictionary = [...(before.dictionary.length > 2 * base.length + 4096 ? base : before.dictionary)]
    const codes = codesOf(dictionary)
    for (const text of texts) if (isNew(text, codes)) codes.set(text as string, dictionary.push(text as string) - 1)
    found = { dictionary, codes }
  }
  extensions.set(base, found)
  return found
}

function codesOf(dictionary: readonly string[]): Map<string, number> {
  return new Map(dictionary.map((text, code) => [text, code]))
}

/** Positions at which two columns of one type and length hold different cells, ascending. -0 differs from 0; NaN is one value. */
export function differingRows(a: Column, b: Column): Int32Array {
  const differs = differenceOf(a, b)
  const found: number[] = []
  for (let row = 0; row < a.length; row++) {
    const [left, right] = [isPresent(a, row), isPresent(b, row)]
    if (left !== right || (left && differs(row))) found.push(row)
  }
  return Int32Array.from(found)
}

function isPresent(column: Column, row: number): boolean {
  return column.type.kind !== 'null' && isValid(column.validity, row)
}

function differenceOf(a: Column, b: Column): (row: number) => boolean {
  if (a instanceof TemporalColumn && b instanceof TemporalColumn) return (row) => a.values[row] !== b.values[row]
  if (a instanceof Int64Column && b instanceof Int64Column) return (row) => a.values[row] !== b.values[row]
  if (a instanceof DecimalColumn && b instanceof DecimalColumn) return (row) => a.unscaled(row) !== b.unscaled(row)
  if (a.type.kind === 'list' || a.type.kind === 'struct' || a.type.kind === 'binary')
    return (row) => nested(a.at(row)) !== nested(b.at(row))
  return (row) => !Object.is(a.at(row), b.at(row))
}

function nested(value: unknown): string | undefined {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return `${inner}n`
    if (typeof inner === 'number' && (!Number.isFinite(inner) || Object.is(inner, -0)))
      return ['number', `${1 / inner}`, String(inner)]
    return inner instanceof Uint8Array ? [...inner] : inner
  })
}
