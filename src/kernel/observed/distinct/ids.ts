import { BooleanColumn, FlatColumn, type FlatValues, Int64Column, TemporalColumn } from '../../columns/column.ts'
import { wordsOf } from '../../columns/int64.ts'
import { BytesColumn, DictionaryColumn } from '../../columns/text.ts'
import { isValid } from '../../columns/validity.ts'
import type { Cells } from '../cells/cells.ts'
import { type CellView, viewOf } from '../cells/view.ts'
import { type KeyValue, keyValue } from '../join/value.ts'
import { numbersOf } from '../vector/numbers.ts'
import { rangeIds, textIds, wordIds } from './number.ts'

/** Cells as numbers below `count`, equal where Arquero's `groupby` and `distinct` take the cells as equal. Some numbers may not occur. */
export interface Ids {
  readonly ids: Int32Array
  readonly count: number
  /** The first row of each number, where all numbers occur and are given in the order of these rows. */
  readonly first?: Int32Array
}

/** Undefined for cells that are compared in other ways: lists, dates, objects, bigints beside numbers. */
export function idsOf(cells: Cells): Ids | undefined {
  if (cells instanceof DictionaryColumn) return dictionaryIds(cells)
  if (cells instanceof BytesColumn) return cells.type.kind === 'string' ? textIds(cells) : undefined
  if (cells instanceof BooleanColumn) return booleanIds(cells)
  if (cells instanceof Int64Column && cells.sees === 'bigint') return wordIds(wordsOf(cells.values), cells.validity)
  if (cells instanceof FlatColumn) return integerIds(cells.values, cells.validity)
  if (cells instanceof TemporalColumn && cells.values instanceof Int32Array)
    return integerIds(cells.values, cells.validity)
  const numbers = numbersOf(cells)
  if (numbers !== undefined) return doubleIds(asDoubles(numbers.values), numbers.validity)
  return Array.isArray(cells) ? arrayIds(cells as readonly unknown[]) : undefined
}

/** The numbers of the first `total` cells of any column, in part by their content. Null, undefined and NaN are each a value of its own; 0 and -0 are one. */
export function idsOfAny(cells: Cells, total: number): Ids {
  if (cells.length < total) return contentIds(cells, total)
  const ids = idsOf(cells)
  if (ids !== undefined) return ids
  // The view of an array takes undefined for null.
  const view = Array.isArray(cells) && cells.includes(undefined) ? undefined : viewOf(cells)
  return view === undefined ? contentIds(cells, total) : viewIds(view)
}

function viewIds(view: CellView): Ids {
  if (view.kind === 'codes') return dictionaryIds(view.column)
  if (view.kind === 'bytes') return textIds(view.column)
  return view.kind === 'bigint'
    ? wordIds(wordsOf(view.column.values), view.validity)
    : doubleIds(view.values, view.validity)
}

/** One number for several numbers a row, none of which is -1. */
export function pairIds(left: Ids, right: Ids): Ids {
  const [a, b] = [left.ids, right.ids]
  const n = a.length
  const width = right.count
  if (left.count * width <= Math.max(1 << 16, 2 * n)) {
    const ids = new Int32Array(n)
    for (let i = 0; i < n; i++) ids[i] = (a[i] as number) * width + (b[i] as number)
    return { ids, count: left.count * width }
  }
  const words = new Uint32Array(2 * n)
  for (let i = 0; i < n; i++) {
    words[2 * i] = a[i] as number
    words[2 * i + 1] = b[i] as number
  }
  return wordIds(words, undefined)
}

function asDoubles(values: FlatValues): Float64Array {
  return values instanceof Float64Array ? values : new Float64Array(values)
}

function integerIds(values: FlatValues, validity: Uint8Array | undefined): Ids {
  const whole = !(values instanceof Float64Array || values instanceof Float32Array || values instanceof Uint32Array)
  const wide = !whole ? undefined : values instanceof Int32Array ? values : new Int32Array(values)
  return (wide && rangeIds(wide, validity)) ?? doubleIds(asDoubles(values), validity)
}

function doubleIds(values: Float64Array, validity: Uint8Array | undefined): Ids {
  const n = values.length
  if (n === 0) return { ids: new Int32Array(0), count: 0 }
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  let whole = true
  for (let i = 0; i < n; i++) {
    const value = values[i] as number
    if (value < least) least = value
    if (value > most) most = value
    if (value !== Math.floor(value)) whole = false
  }
  if (whole && most - least < 1024 + 4 * n) {
    const ids = new Int32Array(n)
    for (let i = 0; i < n; i++) ids[i] = (values[i] as number) - least + 1
    if (validity !== undefined) for (let i = 0; i < n; i++) if (!isValid(validity, i)) ids[i] = 0
    return { ids, count: most - least + 2 }
  }
  const same = new Float64Array(n)
  // One form of NaN, and 0 for -0.
  for (let i = 0; i < n; i++) same[i] = !Number.isNaN(values[i]) ? (values[i] as number) + 0 : Number.NaN
  return wordIds(new Uint32Array(same.buffer), validity)
}

const numbered = new WeakMap<readonly string[], { readonly to: Int32Array | undefined; readonly count: number }>()

/** Codes plus 1, unless an entry stands in the dictionary twice; 0 for null, which is also what a code beyond the dictionary shows. */
function dictionaryIds({ codes, dictionary, validity, length }: DictionaryColumn): Ids {
  const { to, count } = numberEntries(dictionary)
  const ids = new Int32Array(length)
  const entries = dictionary.length
  for (let i = 0; i < length; i++) {
    const code = codes[i] as number
    ids[i] = code >= entries ? 0 : (to === undefined ? code : (to[code] as number)) + 1
  }
  if (validity !== undefined) for (let i = 0; i < length; i++) if (!isValid(validity, i)) ids[i] = 0
  return { ids, count: count + 1 }
}

function numberEntries(dictionary: readonly string[]) {
  const known = numbered.get(dictionary)
  if (known !== undefined) return known
  const numbers = new Map<string, number>()
  const to = Int32Array.from(dictionary, (text) => {
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  })
  const made = { to: numbers.size === dictionary.length ? undefined : to, count: numbers.size }
  numbered.set(dictionary, made)
  return made
}

/** Whether every entry of a dictionary is there once, so that codes stand for values. */
export function isDistinct(dictionary: readonly string[]): boolean {
  return numberEntries(dictionary).to === undefined
}

function booleanIds({ values, validity, length }: BooleanColumn): Ids {
  const ids = new Int32Array(length)
  for (let i = 0; i < length; i++) ids[i] = isValid(validity, i) ? (values[i] === 1 ? 2 : 1) : 0
  return { ids, count: 3 }
}

/** By value, as a `Map` compares: NaN equals NaN, -0 equals 0. A bigint would be one group with the equal number. */
function arrayIds(values: readonly unknown[]): Ids | undefined {
  const some = typeof values.find((value) => value !== null && value !== undefined)
  if ((some === 'number' || some === 'string') && !values.includes(undefined)) {
    const view = viewOf(values as never)
    if (view !== undefined) return viewIds(view)
  }
  const numbers = new Map<unknown, number>()
  const ids = new Int32Array(values.length)
  for (let i = 0; i < ids.length; i++) {
    const value = values[i]
    if (value !== null && (typeof value === 'object' || typeof value === 'bigint' || typeof value === 'function'))
      return undefined
    if (typeof value === 'symbol') return undefined
    let number = numbers.get(value)
    if (number === undefined) {
      number = numbers.size
      numbers.set(value, number)
    }
    ids[i] = number
  }
  return { ids, count: numbers.size }
}

const nothing = [Symbol('null'), Symbol('undefined'), Symbol('NaN')] as const

/** By content, as Arquero's `keyFunction` writes it. */
function contentIds(cells: Cells, total: number): Ids {
  const numbers = new Map<KeyValue | symbol, number>()
  const ids = new Int32Array(total)
  for (let i = 0; i < total; i++) {
    const cell = cells.at(i)
    const key =
      keyValue(cell instanceof Date ? +cell : cell, true) ?? nothing[cell === null ? 0 : cell === undefined ? 1 : 2]
    let id = numbers.get(key)
    if (id === undefined) {
      id = numbers.size
      numbers.set(key, id)
    }
    ids[i] = id
  }
  return { ids, count: numbers.size }
}
