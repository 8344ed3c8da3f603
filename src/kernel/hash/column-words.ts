import {
  BooleanColumn,
  type Column,
  DecimalColumn,
  FlatColumn,
  Int64Column,
  TemporalColumn,
  ValuesColumn,
} from '../columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../columns/text.ts'
import { canonicalJson } from './canonical-json.ts'
import { murmur128 } from './murmur.ts'

/**
 * `content` tells -0 from 0; `key` does not, as grouping and uniqueness do not. NaN is one value in both.
 */
export type HashMode = 'content' | 'key'

/** A column's cells as 32-bit words, `width` a cell; with `codes`, cell i stands at `codes[i]`. What stands at absent rows means nothing. */
export interface ColumnWords {
  readonly words: Int32Array
  readonly width: 2 | 4
  readonly codes?: DictionaryColumn['codes']
}

/**
 * Equal values give equal words in every encoding: integers and times as 64-bit two's complement of their stored unit (so int32 5 equals
 * int64 5), floats as the bits of their float64, decimals as 128 bits, text and binary as the 128-bit hash of their bytes, lists and structs
 * as that of their canonical JSON.
 */
export function columnWords(column: Column, mode: HashMode): ColumnWords {
  if (column instanceof DictionaryColumn)
    return { words: dictionaryHashes(column.dictionary), width: 4, codes: column.codes }
  if (column instanceof BytesColumn) return { words: bytesHashes(column), width: 4 }
  if (column instanceof Int64Column) return { words: view(column.values), width: 2 }
  if (column instanceof DecimalColumn) return { words: view(column.words), width: 4 }
  if (column instanceof BooleanColumn) return { words: widened(column.values, false), width: 2 }
  if (column instanceof TemporalColumn) {
    return { words: column.values instanceof Int32Array ? widened(column.values, true) : view(column.values), width: 2 }
  }
  if (column instanceof FlatColumn) {
    if (column.type.kind === 'float') return { words: floatWords(new Float64Array(column.values), mode), width: 2 }
    return { words: widened(column.values, column.type.kind !== 'int' || column.type.signed), width: 2 }
  }
  return { words: valueHashes(column, column instanceof ValuesColumn && column.type.kind !== 'string'), width: 4 }
}

function view(values: BigInt64Array | BigUint64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2)
}

function widened(values: ArrayLike<number> & Iterable<number>, signed: boolean): Int32Array {
  const low = values instanceof Int32Array ? values : new Int32Array(values)
  const n = low.length
  const words = new Int32Array(2 * n)
  for (let i = 0; i < n; i++) {
    const value = low[i] as number
    words[2 * i] = value
    words[2 * i + 1] = signed ? value >> 31 : 0
  }
  return words
}

/** Changes `values`, which must be a copy. */
export function floatWords(values: Float64Array, mode: HashMode): Int32Array {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  for (let i = 0; i < words.length; i += 2) {
    const low = words[i] as number
    const high = words[i + 1] as number
    if ((high & 0x7ff00000) === 0x7ff00000) {
      if (((high & 0x000fffff) | low) !== 0) {
        words[i] = 0
        words[i + 1] = 0x7ff80000
      }
    } else if (mode === 'key' && low === 0 && high === -0x80000000) words[i + 1] = 0
  }
  return words
}

const known = new WeakMap<readonly string[], Int32Array>()

/** Once per dictionary object: dictionaries are immutable and shared between batches. */
function dictionaryHashes(dictionary: readonly string[]): Int32Array {
  let words = known.get(dictionary)
  if (words === undefined) {
    words = new Int32Array(4 * dictionary.length)
    const scratch = createScratch()
    for (let i = 0; i < dictionary.length; i++) scratch.hash(dictionary[i] as string, words, 4 * i)
    known.set(dictionary, words)
  }
  return words
}

function bytesHashes({ bytes, offsets, length }: BytesColumn): Int32Array {
  const words = new Int32Array(4 * length)
  let start = offsets[0] as number
  for (let i = 0; i < length; i++) {
    const end = offsets[i + 1] as number
    murmur128(bytes, start, end, words, 4 * i)
    start = end
  }
  return words
}

function valueHashes(column: Column, structured: boolean): Int32Array {
  const words = new Int32Array(4 * column.length)
  const scratch = createScratch()
  for (let i = 0; i < column.length; i++) {
    const value = column.at(i)
    if (value !== null) scratch.hash(structured ? canonicalJson(value) : String(value), words, 4 * i)
  }
  return words
}

const encoder = new TextEncoder()

function createScratch() {
  let bytes = new Uint8Array(256)
  return {
    hash(text: string, out: Int32Array, at: number): void {
      if (text.length * 3 > bytes.length) bytes = new Uint8Array(text.length * 6)
      murmur128(bytes, 0, encoder.encodeInto(text, bytes).written, out, at)
    },
  }
}
