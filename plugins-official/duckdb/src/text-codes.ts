import { type Column, DictionaryColumn, types } from 'tidegate'
import type { ColumnReader } from './column-reader.ts'
import { createLongTable } from './long-table.ts'
import type { Bindings, Vector } from './native.ts'
import { bytesReader, forEachRun, inlined, pointer, present } from './text-bytes.ts'
import { createWordTable } from './word-table.ts'

/** More distinct texts than this are no dictionary. */
const mostCodes = 8192
/** Nor are texts that together have more bytes. */
const mostBytes = 1 << 20

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Text as codes while few distinct texts appear, then as bytes to the end. No JavaScript string is made for a row: short texts
 * stand whole in DuckDB's 16 bytes and are looked up as four integers, longer ones by their bytes.
 */
export function codesReader(capacity: number, bindings: Bindings): ColumnReader {
  const plain = bytesReader(types.string, capacity, bindings)
  const short = createWordTable()
  const long = createLongTable()
  const tinyKeys = new Int32Array(4096)
  const tinyLengths = new Uint8Array(4096)
  const tinyCodes = new Uint16Array(4096)
  const texts: string[] = []
  const raw: Uint8Array[] = []
  let shared: readonly string[] = texts.slice()
  let codes = new Uint16Array(capacity)
  let size = 0
  let filled = 0
  let seen = 0
  let gaveUp = false
  /** Rows of this batch that are absent: bytes need them when codes are given up. */
  let absent: Uint8Array | undefined

  const remember = (bytes: Uint8Array): number => {
    texts.push(decoder.decode(bytes))
    raw.push(bytes.slice())
    size += bytes.length
    return texts.length - 1
  }

  const few = () => texts.length <= mostCodes && size <= mostBytes

  const shortCode = (data: Uint8Array, words: Int32Array, row: number, length: number): number => {
    const code = short.find(words, row * 4, texts.length)
    if (short.fresh()) remember(data.subarray(row * 16 + 4, row * 16 + 4 + length))
    return code
  }

  const encodeShort = (data: Uint8Array, words: Int32Array, row: number, length: number): number => {
    if (length > 4) return shortCode(data, words, row, length)
    // Airports, currencies, countries: one word is the whole key, and a direct-mapped cache in front of the table is 4x faster than it.
    const word = words[row * 4 + 1] as number
    const slot = Math.imul(word, 0x9e3779b1) >>> 20
    if (tinyKeys[slot] !== word || tinyLengths[slot] !== length + 1) {
      tinyCodes[slot] = shortCode(data, words, row, length)
      tinyKeys[slot] = word
      tinyLengths[slot] = length + 1
    }
    return tinyCodes[slot] as number
  }

  const encodeLong = (
    words: Uint32Array,
    data: Uint8Array,
    rows: number,
    at: number,
    mask: Uint8Array | null,
  ): void => {
    forEachRun(words, data, rows, mask, bindings, (first, last, run, start) => {
      for (let row = first; row <= last && few(); row++) {
        const length = words[row * 4] as number
        if (length <= inlined || !present(mask, row)) continue
        const from = pointer(words, row) - start
        let code = long.find(run, from, length)
        if (code === undefined) {
          code = remember(run.subarray(from, from + length))
          long.add(raw[code] as Uint8Array, code)
        }
        codes[at + row] = code
      }
    })
  }

  /** False when this column turns out to be no dictionary; rows before `at` keep their codes. */
  const encode = (vector: Vector, rows: number, at: number, mask: Uint8Array | null): boolean => {
    const data = bindings.vector_get_data(vector, rows * 16)
    const words = new Int32Array(data.buffer, data.byteOffset, rows * 4)
    let anyLong = false
    for (let row = 0; row < rows; row++) {
      if (!present(mask, row)) continue
      const length = words[row * 4] as number
      if (length <= inlined) codes[at + row] = encodeShort(data, words, row, length)
      else anyLong = true
    }
    if (anyLong) encodeLong(new Uint32Array(data.buffer, data.byteOffset, rows * 4), data, rows, at, mask)
    return few()
  }

  const giveUp = (rows: number): void => {
    gaveUp = true
    const empty = new Uint8Array(0)
    for (let row = 0; row < rows; row++)
      plain.push(row, absent?.[row] === 1 ? empty : (raw[codes[row] as number] as Uint8Array))
  }

  return {
    append(vector, rows, at, mask) {
      if (!gaveUp && !encode(vector, rows, at, mask)) giveUp(at)
      if (gaveUp) return plain.append(vector, rows, at, mask)
      if (mask !== null) absent = markAbsent(absent, capacity, mask, rows, at)
      filled = at + rows
      return undefined
    },
    size: () => (gaveUp ? plain.size() : 0),
    finish(length, validity) {
      seen += length
      if (!gaveUp && texts.length > 32 && texts.length * 2 > seen) giveUp(filled)
      if (gaveUp) return plain.finish(length, validity)
      if (shared.length !== texts.length) shared = texts.slice()
      const column: Column = new DictionaryColumn(
        codes.length === length ? codes : codes.slice(0, length),
        shared,
        validity,
      )
      codes = new Uint16Array(capacity)
      absent = undefined
      return column
    },
  }
}

function markAbsent(
  absent: Uint8Array | undefined,
  capacity: number,
  mask: Uint8Array,
  rows: number,
  at: number,
): Uint8Array {
  const marks = absent ?? new Uint8Array(capacity)
  for (let row = 0; row < rows; row++) if (!present(mask, row)) marks[at + row] = 1
  return marks
}
