import { type Column, FlatColumn, Int64Column, TemporalColumn } from '../../../kernel/columns/column.ts'
import type { Bits } from '../../check.ts'
import { markRow } from './mark.ts'
import type { KeyBatch } from './unique-in-memory.ts'

/** Whole numbers of a batch: in 32 bits, or as pairs of words. */
type Integers =
  | { readonly narrow: Int32Array; readonly words?: never }
  | { readonly words: Int32Array; readonly signed: boolean; readonly narrow?: never }

/** What is known of all keys together. */
interface Range {
  low: number
  high: number
  count: number
  /** Whether each is above the one before it. */
  rising: boolean
  last: number
}

/** Bits of a bitmap of the range that a key may cost. */
const bitsForKey = 64

/**
 * Repeated keys where the keys are integers or times of one column: none where they increase, otherwise by a bitmap of their range. Undefined where
 * this is no way: other types, integers beyond 2^53, a range that is too wide.
 */
export function repeatedIntegers(
  batches: readonly KeyBatch[],
  lose: 'all' | 'later',
): readonly (Bits | undefined)[] | undefined {
  const cells = batches.map(({ columns }) => (columns.length === 1 ? integersOf(columns[0] as Column) : undefined))
  if (cells.some((own) => own === undefined)) return undefined
  const range: Range = { low: Infinity, high: -Infinity, count: 0, rising: true, last: -Infinity }
  batches.forEach(({ present }, i) => {
    const own = cells[i] as Integers
    if (own.narrow === undefined) widen(range, own.words, own.signed, present)
    else widenNarrow(range, own.narrow, present)
  })
  if (range.rising) return batches.map(() => undefined)
  const { low, high, count } = range
  const span = high - low + 1
  if (low < -Number.MAX_SAFE_INTEGER || high > Number.MAX_SAFE_INTEGER) return undefined
  if (span > bitsForKey * count + 1024 || span > 2 ** 31) return undefined
  const once = new Int32Array(Math.ceil(span / 32))
  const again = new Int32Array(once.length)
  const mark = (pass: typeof markSeen) => {
    const scratch = new Int32Array(Math.max(...batches.map(({ length }) => length)))
    return batches.map(({ present, length }, i) => {
      const bits = new Uint8Array((length + 7) >> 3)
      const places = placesOf(cells[i] as Integers, low, scratch.subarray(0, length))
      return pass(places, present, once, again, bits) > 0 ? bits : undefined
    })
  }
  const found = mark(markSeen)
  return lose === 'later' || found.every((bits) => bits === undefined) ? found : mark(markAgain)
}

function integersOf(column: Column): Integers | undefined {
  if (column.type.kind === 'null') return { narrow: new Int32Array(0) }
  if (column instanceof Int64Column || column instanceof TemporalColumn) {
    const { values } = column
    if (values instanceof Int32Array) return { narrow: values }
    const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
    return { words, signed: values instanceof BigInt64Array }
  }
  if (!(column instanceof FlatColumn) || column.type.kind !== 'int' || column.values instanceof Uint32Array)
    return undefined
  return { narrow: column.values instanceof Int32Array ? column.values : Int32Array.from(column.values) }
}

function widenNarrow(range: Range, values: Int32Array, present: Bits | undefined): void {
  let { low, high, count, rising, last } = range
  for (let row = 0; row < values.length; row++) {
    if (present !== undefined && (((present[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
    const value = values[row] as number
    if (value < low) low = value
    if (value > high) high = value
    if (value <= last) rising = false
    last = value
    count++
  }
  Object.assign(range, { low, high, count, rising, last })
}

function widen(range: Range, words: Int32Array, signed: boolean, present: Bits | undefined): void {
  let { low, high, count, rising, last } = range
  for (let row = 0; 2 * row < words.length; row++) {
    if (present !== undefined && (((present[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
    const top = words[2 * row + 1] as number
    const value = (signed ? top : top >>> 0) * 4_294_967_296 + ((words[2 * row] as number) >>> 0)
    if (value < low) low = value
    if (value > high) high = value
    // Beyond 2^53 two neighbours may round to one double, which then is no longer above the other.
    if (value <= last) rising = false
    last = value
    count++
  }
  Object.assign(range, { low, high, count, rising, last })
}

/** How far each value lies above the lowest one, written to `out`; what stands at absent rows means nothing. */
function placesOf(own: Integers, low: number, out: Int32Array): Int32Array {
  if (own.narrow !== undefined) {
    for (let row = 0; row < own.narrow.length; row++) out[row] = (own.narrow[row] as number) - low
    return out
  }
  // The low words are enough: no two values are 2^31 apart.
  const base = low | 0
  for (let row = 0; row < out.length; row++) out[row] = (own.words[2 * row] as number) - base
  return out
}

function markSeen(
  places: Int32Array,
  present: Bits | undefined,
  once: Int32Array,
  again: Int32Array,
  bits: Bits,
): number {
  let found = 0
  for (let row = 0; row < places.length; row++) {
    if (present !== undefined && (((present[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
    const place = places[row] as number
    const word = place >>> 5
    const bit = 1 << (place & 31)
    const seen = once[word] as number
    if ((seen & bit) === 0) once[word] = seen | bit
    else {
      again[word] = (again[word] as number) | bit
      markRow(bits, row)
      found++
    }
  }
  return found
}

function markAgain(
  places: Int32Array,
  present: Bits | undefined,
  _once: Int32Array,
  again: Int32Array,
  bits: Bits,
): number {
  let found = 0
  for (let row = 0; row < places.length; row++) {
    if (present !== undefined && (((present[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
    const place = places[row] as number
    if ((((again[place >>> 5] as number) >>> (place & 31)) & 1) === 0) continue
    markRow(bits, row)
    found++
  }
  return found
}
