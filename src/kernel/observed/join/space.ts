import { BooleanColumn, isColumn, isValid } from '../../columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../../columns/text.ts'
import type { Cells } from '../cells/cells.ts'
import { viewOf } from '../cells/view.ts'
import { addGroup, createGroups, findPair, type Groups, hashPair } from '../distinct/table.ts'
import { createTextTable, findTexts, numberTexts, type TextTable } from '../distinct/texts.ts'
import { type KeyValue, keyValue } from './value.ts'

/** The distinct values of one key column of the indexed table, numbered from 0. */
export interface KeySpace {
  readonly count: number
  readonly several: boolean
  /** Numbers by value; made when a column of another kind asks. */
  readonly ids: () => ReadonlyMap<KeyValue, number>
  /** For whole numbers in a narrow range: value minus `base` to number, -1 where there is none. */
  readonly direct?: { readonly base: number; readonly ids: Int32Array }
  /** For other numbers: doubles as pairs of words. */
  readonly doubles?: { readonly groups: Groups; readonly words: Uint32Array }
  /** For text that stands as bytes. */
  readonly texts?: TextTable
  /** Dictionaries of probing columns, translated once: code to number, -1 where there is none. */
  readonly dictionaries: WeakMap<readonly string[], Int32Array>
}

interface Numbered {
  readonly space: KeySpace
  readonly ids: Int32Array
}

const widest = 1 << 22

/** Numbers the values of `column` at `rows` in order of appearance; -1 for what never matches. */
export function numberKeys(column: Cells, rows: Int32Array, several: boolean): Numbered {
  if (column instanceof BytesColumn && column.type.kind === 'string') return numberTextKeys(column, rows, several)
  const values = numbersOf(column)
  return values === undefined ? numberAny(column, rows, several) : numberNumbers(column, values, rows, several)
}

/** Cells that are numbers (NaN where absent); undefined for other columns. Booleans and big integers are no numbers as keys. */
function numbersOf(column: Cells): Float64Array | undefined {
  if (!isColumn(column) || column instanceof BooleanColumn) return undefined
  if ('sees' in column && column.sees === 'bigint') return undefined
  const view = viewOf(column)
  if (view?.kind !== 'number' || view.validity === undefined) return view?.kind === 'number' ? view.values : undefined
  const values = view.values.slice()
  for (let i = 0; i < values.length; i++) if (!isValid(view.validity, i)) values[i] = Number.NaN
  return values
}

/** A space and a map by value that reads one row of each number. */
function spaceOf(
  column: Cells,
  first: ArrayLike<number>,
  count: number,
  several: boolean,
  ways: Partial<KeySpace>,
): KeySpace {
  let made: Map<KeyValue, number> | undefined
  const ids = () => {
    if (made !== undefined) return made
    made = new Map()
    for (let id = 0; id < count; id++) made.set(keyValue(column.at(first[id] as number), several), id)
    return made
  }
  return { ids, count, several, dictionaries: new WeakMap(), ...ways }
}

function numberAny(column: Cells, rows: Int32Array, several: boolean): Numbered {
  const numbers = new Map<KeyValue, number>()
  const ids = new Int32Array(rows.length)
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
    }
    ids[i] = id
  }
  return { ids, space: { ids: () => numbers, count: numbers.size, several, dictionaries: new WeakMap() } }
}

function numberTextKeys(column: BytesColumn, rows: Int32Array, several: boolean): Numbered {
  const table = createTextTable()
  const { ids, first, count } = numberTexts(table, column, rows, false)
  return { ids, space: spaceOf(column, first, count, several, { texts: table }) }
}

function numberNumbers(column: Cells, values: Float64Array, rows: Int32Array, several: boolean): Numbered {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  let integers = true
  for (let i = 0; i < rows.length; i++) {
    const value = values[rows[i] as number] as number
    if (value < low) low = value
    if (value > high) high = value
    if (!Number.isSafeInteger(value) && !Number.isNaN(value)) integers = false
  }
  if (integers && low <= high && high - low < Math.min(widest, 1024 + 8 * rows.length)) {
    const table = new Int32Array(high - low + 1).fill(-1)
    const first = new Int32Array(Math.min(rows.length, table.length))
    const ids = new Int32Array(rows.length)
    let count = 0
    for (let i = 0; i < rows.length; i++) {
      const value = values[rows[i] as number] as number
      if (Number.isNaN(value)) {
        ids[i] = -1
        continue
      }
      let id = table[value - low] as number
      if (id < 0) {
        id = count++
        table[value - low] = id
        first[id] = rows[i] as number
      }
      ids[i] = id
    }
    return { ids, space: spaceOf(column, first, count, several, { direct: { base: low, ids: table } }) }
  }
  const words = wordsOfDoubles(values)
  const groups = createGroups()
  const ids = new Int32Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number
    if (Number.isNaN(values[row])) {
      ids[i] = -1
      continue
    }
    const hash = hashPair(words[2 * row] as number, words[2 * row + 1] as number)
    const found = findPair(groups, words, words[2 * row] as number, words[2 * row + 1] as number, hash)
    ids[i] = found < 0 ? addGroup(groups, row, hash) : found
  }
  return { ids, space: spaceOf(column, groups.first, groups.count, several, { doubles: { groups, words } }) }
}

/** The bits of doubles, 0 for -0. */
function wordsOfDoubles(values: Float64Array): Uint32Array {
  const same = new Float64Array(values.length)
  for (let i = 0; i < same.length; i++) same[i] = (values[i] as number) + 0
  return new Uint32Array(same.buffer)
}

/** The number of each cell of `column` in `space`, -1 for what does not occur there. */
export function translate(space: KeySpace, column: Cells): Int32Array {
  if (column instanceof DictionaryColumn) return translateCodes(space, column)
  if (column instanceof BytesColumn && column.type.kind === 'string') return translateTexts(space, column)
  const values = space.direct !== undefined || space.doubles !== undefined ? numbersOf(column) : undefined
  if (values !== undefined) return translateNumbers(space, values)
  const { several } = space
  const ids = space.ids()
  const n = column.length
  const out = new Int32Array(n)
  const array = Array.isArray(column) ? (column as readonly unknown[]) : undefined
  for (let i = 0; i < n; i++) out[i] = ids.get(keyValue(array === undefined ? column.at(i) : array[i], several)) ?? -1
  return out
}

function translateCodes(space: KeySpace, column: DictionaryColumn): Int32Array {
  const { codes, dictionary, validity, length } = column
  let table = space.dictionaries.get(dictionary)
  if (table === undefined) {
    const ids = space.ids()
    table = Int32Array.from(dictionary, (text) => ids.get(text) ?? -1)
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

function translateTexts(space: KeySpace, column: BytesColumn): Int32Array {
  if (space.texts !== undefined && column.isEncoded) return findTexts(space.texts, column)
  const { validity, length } = column
  const out = new Int32Array(length)
  const ids = space.ids()
  const strings = column.strings()
  for (let i = 0; i < length; i++) out[i] = isValid(validity, i) ? (ids.get(strings[i] as string) ?? -1) : -1
  return out
}

function translateNumbers({ direct, doubles }: KeySpace, values: Float64Array): Int32Array {
  const n = values.length
  const out = new Int32Array(n)
  if (direct !== undefined) {
    const { base, ids: table } = direct
    const width = table.length
    for (let i = 0; i < n; i++) {
      const value = values[i] as number
      const offset = value - base
      out[i] = offset >= 0 && offset < width && value === Math.floor(value) ? (table[offset] as number) : -1
    }
    return out
  }
  const { groups, words: known } = doubles as NonNullable<KeySpace['doubles']>
  const words = wordsOfDoubles(values)
  for (let i = 0; i < n; i++) {
    const low = words[2 * i] as number
    const high = words[2 * i + 1] as number
    out[i] = !Number.isNaN(values[i]) ? findPair(groups, known, low, high, hashPair(low, high)) : -1
  }
  return out
}
