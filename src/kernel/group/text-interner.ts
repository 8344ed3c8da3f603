import { type Column, type DecimalColumn, isValid } from '../columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../columns/text.ts'
import { type BytesTable, createBytesTable } from './bytes-table.ts'
import { bytesValues, decimalValues, dictionaryValues } from './interned-values.ts'
import type { Interner } from './interner.ts'

const encoder = new TextEncoder()

/** Text: once per dictionary entry that occurs, otherwise by bytes. */
export function createTextInterner(): Interner {
  const table = createBytesTable()
  const tables = new WeakMap<readonly string[], Int32Array>()
  let dictionaries = false

  function idOfText(text: string): number {
    const bytes = encoder.encode(text)
    return table.add(bytes, 0, bytes.length) + 1
  }
  function dictionaryIds(column: DictionaryColumn): Int32Array {
    dictionaries = true
    const { codes, dictionary } = column
    let known = tables.get(dictionary)
    if (known === undefined) {
      known = new Int32Array(dictionary.length)
      tables.set(dictionary, known)
    }
    const validity = column.nullCount === 0 ? undefined : column.validity
    const out = new Int32Array(codes.length)
    for (let row = 0; row < codes.length; row++) {
      if (validity !== undefined && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
      const code = codes[row] as number
      let id = known[code] as number
      if (id === 0) {
        id = idOfText(dictionary[code] as string)
        known[code] = id
      }
      out[row] = id
    }
    return out
  }
  function plainIds(column: Column): Int32Array {
    const out = new Int32Array(column.length)
    for (let row = 0; row < column.length; row++) {
      const value = column.at(row)
      if (value !== null) out[row] = idOfText(String(value))
    }
    return out
  }
  return {
    get count() {
      return table.count + 1
    },
    ids(column) {
      if (column instanceof DictionaryColumn) return dictionaryIds(column)
      return column instanceof BytesColumn ? bytesIds(column, table) : plainIds(column)
    },
    values(ids) {
      const few = dictionaries && table.count * 2 <= ids.length
      return few ? dictionaryValues(table, ids) : bytesValues({ kind: 'string' }, table, ids)
    },
  }
}

/** Binary. */
export function createBinaryInterner(): Interner {
  const table = createBytesTable()
  return {
    get count() {
      return table.count + 1
    },
    ids: (column) => bytesIds(column as BytesColumn, table),
    values: (ids) => bytesValues({ kind: 'binary' }, table, ids),
  }
}

/** Decimals as their sixteen bytes. */
export function createDecimalInterner(type: DecimalColumn['type']): Interner {
  const table = createBytesTable()
  return {
    get count() {
      return table.count + 1
    },
    ids(column) {
      const { words } = column as DecimalColumn
      const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
      const out = new Int32Array(column.length)
      for (let row = 0; row < column.length; row++) {
        if (isValid(column.validity, row)) out[row] = table.add(bytes, 16 * row, 16 * row + 16) + 1
      }
      return out
    },
    values: (ids) => decimalValues(type, table, ids),
  }
}

function bytesIds(column: BytesColumn, table: BytesTable): Int32Array {
  const { bytes, offsets, length } = column
  const validity = column.nullCount === 0 ? undefined : column.validity
  const out = new Int32Array(length)
  for (let row = 0; row < length; row++) {
    if (validity !== undefined && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
    out[row] = table.add(bytes, offsets[row] as number, offsets[row + 1] as number) + 1
  }
  return out
}
