import { BooleanColumn, BytesColumn, type Column, DictionaryColumn, type Field } from 'tidegate'
import { createFrequencies, type Frequencies } from '../sketch/frequencies.ts'
import { createSpread, type Spread } from '../sketch/spread.ts'
import { cutText } from './cell-text.ts'
import { compareBytes, hashCells } from './text-hash.ts'

/** So many bytes of the least and the greatest text are kept and compared. */
const kept = 1024
const decoder = new TextDecoder()

/** Everything about a column that is no number: text, binary, booleans, and lists and structs by their JSON. */
export interface TextState {
  readonly kind: 'text'
  readonly field: Field
  readonly frequencies: Frequencies
  readonly lengths: Spread
  readonly tally: Record<'nulls' | 'empty' | 'length', number>
  /** Beginnings of the least and the greatest one. */
  min: Uint8Array | undefined
  max: Uint8Array | undefined
  addColumn(column: Column): void
  merge(more: TextState): void
}

export function createTextState(field: Field): TextState {
  const frequencies = createFrequencies()
  const lengths = createSpread()
  const tally = { nulls: 0, empty: 0, length: 0 }
  const state: TextState = {
    field,
    kind: 'text',
    frequencies,
    lengths,
    tally,
    min: undefined,
    max: undefined,
    addColumn(column) {
      const none = column.type.kind === 'null'
      tally.nulls += none ? column.length : column.nullCount
      if (none || column.length === column.nullCount) return
      const cells = column instanceof BytesColumn || column instanceof DictionaryColumn ? column : asText(column)
      if (cells instanceof DictionaryColumn) addDictionary(cells)
      else addBytes(cells)
    },
    merge(more) {
      for (const key of Object.keys(tally) as (keyof typeof tally)[]) tally[key] += more.tally[key]
      frequencies.merge(more.frequencies)
      lengths.merge(more.lengths)
      for (const bytes of [more.min, more.max]) if (bytes !== undefined) widen(bytes, 0, bytes.length)
    },
  }
  function widen(bytes: Uint8Array, start: number, end: number): void {
    const stop = Math.min(end, start + kept)
    const { min, max } = state
    if (min === undefined || compareBytes(bytes, start, stop, min, 0, min.length) < 0)
      state.min = bytes.slice(start, stop)
    if (max === undefined || compareBytes(bytes, start, stop, max, 0, max.length) > 0)
      state.max = bytes.slice(start, stop)
  }
  function textAt(bytes: Uint8Array, start: number, end: number): string {
    if (field.type.kind === 'binary') return `${end - start} bytes`
    return cutText(decoder.decode(bytes.subarray(start, Math.min(end, start + kept))))
  }
  function addBytes({ bytes, offsets, length: rows, nullCount, validity }: BytesColumn): void {
    const hashes = new Int32Array(2 * rows)
    const sizes = new Float64Array(rows)
    hashCells(bytes, offsets, rows, field.type.kind !== 'binary', hashes, sizes)
    const present = nullCount === 0 ? undefined : validity
    for (let row = 0; row < rows; row++) {
      if (present !== undefined && (((present[row >> 3] as number) >> (row & 7)) & 1) === 0) {
        sizes[row] = Number.NaN
        continue
      }
      if (sizes[row] === 0) tally.empty++
      tally.length += sizes[row] as number
      widen(bytes, offsets[row] as number, offsets[row + 1] as number)
    }
    lengths.add(sizes, new Int32Array(sizes.buffer), 0, rows)
    frequencies.addHashes(hashes, present, 0, rows)
    frequencies.settle((row) => textAt(bytes, offsets[row] as number, offsets[row + 1] as number))
  }
  /** Each entry is looked at once. Counts are added at once while they are exact, else row by row, as other encodings are. */
  function addDictionary(column: DictionaryColumn): void {
    const { codes, length: rows, nullCount, validity } = column
    const { hashes, sizes, bytes, offsets } = hashesOf(column.dictionary)
    const present = nullCount === 0 ? undefined : validity
    const times = new Float64Array(sizes.length)
    for (let row = 0; row < rows; row++) {
      if (present !== undefined && (((present[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
      const code = codes[row] as number
      times[code] = (times[code] as number) + 1
    }
    let different = 0
    for (let code = 0; code < times.length; code++) if (times[code] !== 0) different++
    const bulk = frequencies.exact && frequencies.distinct.count + different <= 4096
    for (let code = 0; code < times.length; code++) {
      const count = times[code] as number
      if (count === 0) continue
      const start = offsets[code] as number
      const end = offsets[code + 1] as number
      if (sizes[code] === 0) tally.empty += count
      tally.length += count * (sizes[code] as number)
      widen(bytes, start, end)
      if (bulk)
        frequencies.add(hashes[2 * code] as number, hashes[2 * code + 1] as number, count, textAt(bytes, start, end))
    }
    lengths.addTimes(sizes, times)
    if (bulk) return
    const rowHashes = new Int32Array(2 * rows)
    for (let row = 0; row < rows; row++) {
      const code = codes[row] as number
      rowHashes[2 * row] = hashes[2 * code] as number
      rowHashes[2 * row + 1] = hashes[2 * code + 1] as number
    }
    frequencies.addHashes(rowHashes, present, 0, rows)
    frequencies.settle((row) =>
      textAt(bytes, offsets[codes[row] as number] as number, offsets[(codes[row] as number) + 1] as number),
    )
  }
  return state
}

interface Hashed {
  readonly hashes: Int32Array
  readonly sizes: Float64Array
  readonly bytes: Uint8Array
  readonly offsets: Int32Array
}

const known = new WeakMap<readonly string[], Hashed>()

/** Batches of one part share their dictionary: it is hashed once. */
function hashesOf(dictionary: readonly string[]): Hashed {
  const found = known.get(dictionary)
  if (found !== undefined) return found
  const { bytes, offsets } = BytesColumn.ofStrings(dictionary)
  const hashes = new Int32Array(2 * dictionary.length)
  const sizes = new Float64Array(dictionary.length)
  hashCells(bytes, offsets, dictionary.length, true, hashes, sizes)
  const made = { hashes, sizes, bytes, offsets }
  known.set(dictionary, made)
  return made
}

const words = ['false', 'true'] as const

/** Booleans by name, lists and structs by their JSON. */
function asText(column: Column): BytesColumn | DictionaryColumn {
  if (column instanceof BooleanColumn) {
    return new DictionaryColumn(column.values, words, column.validity)
  }
  const texts = Array.from({ length: column.length }, (_, row) => {
    const value = column.at(row)
    if (typeof value === 'string') return value
    return value === null
      ? ''
      : JSON.stringify(value, (__, cell: unknown) => (typeof cell === 'bigint' ? String(cell) : cell))
  })
  return BytesColumn.ofStrings(texts, column.validity)
}
