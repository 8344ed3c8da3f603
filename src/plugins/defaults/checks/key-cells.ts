import type { Column } from '../../../kernel/columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../../../kernel/columns/text.ts'
import { columnWords } from '../../../kernel/hash/column-words.ts'

/** Cells of one key column of one batch, to be hashed and compared with those of other batches. Absent rows mean nothing. */
export interface KeyCells {
  /** Mixes 32 bits of each cell into `into[from + row]`. Equal cells of any two batches mix alike. */
  mix(into: Int32Array, from: number): void
  /** For `same`: what stands at a row. */
  readonly column: Column
  readonly words: { readonly words: Int32Array; readonly width: 2 | 4 } | undefined
}

/**
 * The cells of a key column, batch by batch. Text is read as bytes where all batches hold bytes or dictionaries, as strings otherwise; numbers and
 * times as their words (-0 is 0, NaN is one value), lists and structs as a 128-bit hash.
 */
export function keyCells(columns: readonly Column[]): readonly KeyCells[] {
  const isText = columns.some(({ type }) => type.kind === 'string')
  if (!isText) return columns.map(wordCells)
  const asBytes = columns.every((column) =>
    column instanceof BytesColumn
      ? column.isEncoded
      : column instanceof DictionaryColumn || column.type.kind === 'null',
  )
  return columns.map((column) => textCells(column, asBytes))
}

/** Whether two cells are equal, exactly (lists and structs: by 128 bits). */
export function same(a: KeyCells, i: number, b: KeyCells, j: number): boolean {
  if (a.words !== undefined && b.words !== undefined) {
    const { width } = a.words
    for (let lane = 0; lane < width; lane++)
      if (a.words.words[width * i + lane] !== b.words.words[width * j + lane]) return false
    return true
  }
  const [x, y] = [a.column, b.column]
  if (!(x instanceof BytesColumn && y instanceof BytesColumn && x.isEncoded && y.isEncoded)) return x.at(i) === y.at(j)
  let at = x.offsets[i] as number
  let other = y.offsets[j] as number
  const end = x.offsets[i + 1] as number
  if (end - at !== (y.offsets[j + 1] as number) - other) return false
  for (; at < end; at++, other++) if (x.bytes[at] !== y.bytes[other]) return false
  return true
}

const C = 0x9e3779b1

function wordCells(column: Column): KeyCells {
  const words = columnWords(column, 'key')
  return {
    column,
    words,
    mix(into, from) {
      const { words: all, width } = words
      for (let row = 0, at = 0; row < column.length; row++, at += width) {
        let h = (into[from + row] as number) ^ (all[at] as number)
        h = Math.imul(h ^ (h >>> 15), C)
        h ^= all[at + 1] as number
        if (width === 4) h = Math.imul(h ^ (h >>> 15), C) ^ (all[at + 2] as number) ^ (all[at + 3] as number)
        h = Math.imul(h ^ (h >>> 16), C)
        into[from + row] = h ^ (h >>> 15)
      }
    },
  }
}

function textCells(column: Column, asBytes: boolean): KeyCells {
  const mix = (into: Int32Array, from: number) => {
    if (column.type.kind === 'null') return
    if (column instanceof DictionaryColumn) mixCodes(column, entriesOf(column, asBytes), into, from)
    else if (asBytes) mixBytes(column as BytesColumn, into, from)
    else
      mixStrings(
        column instanceof BytesColumn ? column.strings() : [...column].map((cell) => String(cell ?? '')),
        into,
        from,
      )
  }
  return { column, words: undefined, mix }
}

function entriesOf({ dictionary }: DictionaryColumn, asBytes: boolean): Int32Array {
  const hashes = new Int32Array(dictionary.length)
  if (asBytes) mixBytes(BytesColumn.ofStrings(dictionary), hashes, 0)
  else mixStrings(dictionary, hashes, 0)
  return hashes
}

function mixCodes({ codes }: DictionaryColumn, entries: Int32Array, into: Int32Array, from: number): void {
  for (let row = 0; row < codes.length; row++) {
    into[from + row] = Math.imul(into[from + row] as number, C) + (entries[codes[row] as number] as number)
  }
}

/** Four bytes at a time; the last four overlap those before them. */
function mixBytes({ bytes, offsets, length }: BytesColumn, into: Int32Array, from: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let start = offsets[0] as number
  for (let row = 0; row < length; row++) {
    const end = offsets[row + 1] as number
    const size = end - start
    let h = size
    if (size >= 4) {
      const last = end - 4
      for (let at = start; at < last; at += 4) {
        h = Math.imul(h ^ view.getInt32(at, true), C)
        h ^= h >>> 15
      }
      h = Math.imul(h ^ view.getInt32(last, true), C)
    } else {
      for (let at = start; at < end; at++) h = Math.imul(h ^ (bytes[at] as number), C)
    }
    h = Math.imul(h ^ (h >>> 15), C)
    h = Math.imul(h ^ (h >>> 16), C)
    into[from + row] = Math.imul(into[from + row] as number, C) + (h ^ (h >>> 15))
    start = end
  }
}

function mixStrings(strings: readonly string[], into: Int32Array, from: number): void {
  for (let row = 0; row < strings.length; row++) {
    const text = strings[row] ?? ''
    let h = text.length
    for (let at = 0; at < text.length; at++) h = Math.imul(h ^ text.charCodeAt(at), C) ^ (h >>> 15)
    h = Math.imul(h ^ (h >>> 15), C)
    h = Math.imul(h ^ (h >>> 16), C)
    into[from + row] = Math.imul(into[from + row] as number, C) + (h ^ (h >>> 15))
  }
}
