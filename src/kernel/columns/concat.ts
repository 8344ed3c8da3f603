import type { LogicalType } from '../types.ts'
import {
  BooleanColumn,
  type Codes,
  type Column,
  DecimalColumn,
  FlatColumn,
  type FlatValues,
  Int64Column,
  isValid,
  TemporalColumn,
  ValuesColumn,
} from './column.ts'
import { BytesColumn, DictionaryColumn } from './text.ts'
import { type Layout, tooLarge } from './utf8.ts'
import { concatValidity } from './validity.ts'

/** Columns of one type laid end to end, keeping the encoding where all share it; dictionaries are merged. At least one column. */
export function concatColumns(columns: readonly Column[]): Column {
  const [first] = columns
  if (first === undefined) throw new RangeError('concatColumns needs at least one column')
  if (columns.length === 1) return first
  const validity = concatValidity(columns)
  if (
    first.type.kind !== 'null' &&
    columns.some((one) => one instanceof ValuesColumn !== first instanceof ValuesColumn)
  )
    return new ValuesColumn(
      first.type,
      columns.flatMap((column) => [...column]),
      validity,
    )
  if (first instanceof FlatColumn)
    return new FlatColumn(first.type, joined<FlatValues>(columns as FlatColumn[]), validity)
  if (first instanceof BooleanColumn) return new BooleanColumn(joined(columns as BooleanColumn[]), validity)
  if (first instanceof Int64Column)
    return new Int64Column(first.type, joined(columns as Int64Column[]), validity, first.sees)
  if (first instanceof TemporalColumn)
    return new TemporalColumn(first.type, joined(columns as TemporalColumn[]), validity)
  if (first instanceof DecimalColumn) {
    return new DecimalColumn(
      first.type,
      joined((columns as DecimalColumn[]).map(({ words }) => ({ values: words }))),
      validity,
    )
  }
  if (first instanceof ValuesColumn) {
    const values = (columns as ValuesColumn[]).flatMap((column) => column.values)
    return new ValuesColumn(first.type, values, validity, first.sees)
  }
  return columns.every((column) => column instanceof DictionaryColumn)
    ? concatDictionaries(columns, validity)
    : concatTexts(first.type, columns as (BytesColumn | DictionaryColumn)[], validity)
}

type Values = FlatValues | BigInt64Array | BigUint64Array

function joined<A extends Values>(parts: readonly { readonly values: A }[]): A {
  const total = parts.reduce((sum, { values }) => sum + values.length, 0)
  const out = new ((parts[0] as { values: A }).values.constructor as new (length: number) => A)(total)
  let start = 0
  for (const { values } of parts) {
    out.set(values as never, start)
    start += values.length
  }
  return out
}

function concatDictionaries(columns: readonly DictionaryColumn[], validity: Uint8Array | undefined): DictionaryColumn {
  const [{ codes: own, dictionary: shared }] = columns as readonly [DictionaryColumn]
  if (columns.every(({ codes, dictionary }) => dictionary === shared && codes.constructor === own.constructor))
    return new DictionaryColumn(joined<Codes>(columns.map(({ codes }) => ({ values: codes }))), shared, validity)
  const merged = new Map<string, number>()
  const tables = new Map<readonly string[], Int32Array>()
  let total = 0
  for (const { dictionary, length } of columns) {
    total += length
    if (tables.has(dictionary)) continue
    const table = new Int32Array(dictionary.length)
    dictionary.forEach((text, code) => {
      const known = merged.get(text)
      table[code] = known ?? merged.size
      if (known === undefined) merged.set(text, merged.size)
    })
    tables.set(dictionary, table)
  }
  const codes: Codes = new (merged.size <= 0x100 ? Uint8Array : merged.size <= 0x10000 ? Uint16Array : Int32Array)(
    total,
  )
  let start = 0
  for (const column of columns) {
    const table = tables.get(column.dictionary) as Int32Array
    const from = column.codes
    // A code at an absent row means nothing and may lie outside the dictionary.
    for (let i = 0; i < from.length; i++) codes[start + i] = table[from[i] as number] ?? 0
    start += from.length
  }
  return new DictionaryColumn(codes, [...merged.keys()], validity)
}

function concatTexts(
  type: LogicalType,
  columns: readonly (BytesColumn | DictionaryColumn)[],
  validity: Uint8Array | undefined,
): BytesColumn {
  if (columns.every((column) => column instanceof BytesColumn && !column.isEncoded)) {
    return BytesColumn.ofStrings(
      (columns as readonly BytesColumn[]).flatMap((column) => column.strings()),
      validity,
    )
  }
  const parts = columns.map((column) => (column instanceof DictionaryColumn ? spelledOut(column) : column))
  const rows = parts.reduce((sum, part) => sum + part.length, 0)
  return BytesColumn.deferred({ type, length: rows, validity }, parts, () => joinedTexts(parts, rows))
}

function joinedTexts(parts: readonly BytesColumn[], rows: number): Layout {
  const sizes = parts.map(({ offsets, length }) => (offsets[length] as number) - (offsets[0] as number))
  const size = sizes.reduce((sum, bytes) => sum + bytes, 0)
  if (size > 0x7fffffff) throw tooLarge()
  const offsets = new Int32Array(rows + 1)
  const bytes = new Uint8Array(size)
  let row = 0
  let at = 0
  parts.forEach((part, p) => {
    const from = part.offsets
    const base = from[0] as number
    bytes.set(part.bytes.subarray(base, base + (sizes[p] as number)), at)
    for (let i = 1; i <= part.length; i++) offsets[row + i] = at + (from[i] as number) - base
    row += part.length
    at += sizes[p] as number
  })
  return { offsets, bytes }
}

/** A dictionary column as bytes. */
function spelledOut(column: DictionaryColumn): BytesColumn {
  const rows = new Int32Array(column.length)
  for (let i = 0; i < column.length; i++) rows[i] = isValid(column.validity, i) ? (column.codes[i] as number) : -1
  const bytes = BytesColumn.ofStrings(column.dictionary)
  bytes.offsets
  return bytes.take(rows)
}
