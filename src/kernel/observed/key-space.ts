import { FlatColumn } from '../columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../columns/text.ts'
import { type KeyValue, keyValue } from './join-value.ts'

/** What a join needs of a column: typed columns, plain arrays and foreign Arrow columns all have it. */
export interface Cells {
  readonly length: number
  at(row: number): unknown
}

/** The distinct values of one key column of the indexed table, numbered from 0. */
export interface KeySpace {
  readonly ids: Map<KeyValue, number>
  readonly several: boolean
  /** For integer keys in a narrow range: value minus `base` to number, -1 where there is none. */
  readonly direct: { readonly base: number; readonly ids: Int32Array } | undefined
  /** Dictionaries of probing columns, translated once: code to number, -1 where there is none. */
  readonly dictionaries: WeakMap<readonly string[], Int32Array>
}

const widest = 1 << 22

/** Numbers the values of `column` at `rows` in order of appearance; -1 for what never matches. */
export function numberKeys(
  column: Cells,
  rows: Int32Array,
  several: boolean,
): { readonly space: KeySpace; readonly ids: Int32Array } {
  const numbers = new Map<KeyValue, number>()
  const ids = new Int32Array(rows.length)
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  let integers = true
  for (let i = 0; i < rows.length; i++) {
    const key = keyValue(column.at(rows[i] as number), several)
    if (key === undefined) {
      ids[i] = -1
      continue
    }
    let id = numbers.get(key)
    if (id === undefined) {
      id = numbers.size
      numbers.set(key, id)
      if (typeof key !== 'number' || !Number.isSafeInteger(key)) integers = false
      else if (key < low) low = key
      if ((key as number) > high) high = key as number
    }
    ids[i] = id
  }
  const narrow = integers && numbers.size > 0 && high - low < Math.min(widest, 1024 + 8 * numbers.size)
  const direct = narrow ? { base: low, ids: new Int32Array(high - low + 1).fill(-1) } : undefined
  if (direct !== undefined) for (const [key, id] of numbers) direct.ids[(key as number) - low] = id
  return { ids, space: { ids: numbers, several, direct, dictionaries: new WeakMap() } }
}

/** The number of each cell of `column` in `space`, -1 for what does not occur there. */
export function translate(space: KeySpace, column: Cells): Int32Array {
  if (column instanceof DictionaryColumn) return translateCodes(space, column)
  if (column instanceof FlatColumn) return translateNumbers(space, column)
  const n = column.length
  const out = new Int32Array(n)
  const { ids, several } = space
  if (column instanceof BytesColumn && column.type.kind === 'string') {
    const { validity } = column
    const strings = column.strings()
    for (let i = 0; i < n; i++) {
      const present = validity === undefined || (((validity[i >> 3] as number) >> (i & 7)) & 1) === 1
      out[i] = present ? (ids.get(strings[i] as string) ?? -1) : -1
    }
    return out
  }
  const array = Array.isArray(column) ? (column as readonly unknown[]) : undefined
  for (let i = 0; i < n; i++) out[i] = ids.get(keyValue(array === undefined ? column.at(i) : array[i], several)) ?? -1
  return out
}

function translateCodes(space: KeySpace, column: DictionaryColumn): Int32Array {
  const { codes, dictionary, validity, length } = column
  let table = space.dictionaries.get(dictionary)
  if (table === undefined) {
    table = Int32Array.from(dictionary, (text) => space.ids.get(text) ?? -1)
    space.dictionaries.set(dictionary, table)
  }
  const out = new Int32Array(length)
  if (validity === undefined) {
    for (let i = 0; i < length; i++) out[i] = table[codes[i] as number] as number
    return out
  }
  for (let i = 0; i < length; i++) {
    const present = ((validity[i >> 3] as number) >> (i & 7)) & 1
    out[i] = present === 1 ? (table[codes[i] as number] as number) : -1
  }
  return out
}

function translateNumbers({ ids, direct, several }: KeySpace, { values, validity, length }: FlatColumn): Int32Array {
  const out = new Int32Array(length)
  if (direct === undefined) {
    for (let i = 0; i < length; i++) out[i] = ids.get(keyValue(values[i], several)) ?? -1
  } else {
    const { base, ids: table } = direct
    const width = table.length
    for (let i = 0; i < length; i++) {
      const value = values[i] as number
      const offset = value - base
      out[i] = offset >= 0 && offset < width && Number.isInteger(value) ? (table[offset] as number) : -1
    }
  }
  if (validity !== undefined) {
    for (let i = 0; i < length; i++) if ((((validity[i >> 3] as number) >> (i & 7)) & 1) === 0) out[i] = -1
  }
  return out
}
