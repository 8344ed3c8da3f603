import { isValid } from '../../columns/column.ts'
import type { BytesColumn } from '../../columns/text.ts'
import { areMany } from './partitions.ts'
import { hashText, type NumberedTexts, viewOfBytes, wordCount, writeText } from './texts.ts'

const bits = 8
const parts = 1 << bits

/**
 * Numbers texts most of which occur once. Rows, hashes and the bytes themselves are first taken apart by the top bits of the hash, so that the table
 * and the texts of one part are in cache together (radix-partitioned hashing: Manegold, Boncz, Kersten 2002). Absent rows share a number.
 */
export function numberTextsApart(column: BytesColumn): NumberedTexts {
  const { validity, length: n } = column
  const { rows, hashes, entries, heap, starts } = takeApart(column)
  const ids = new Int32Array(n)
  const first = new Int32Array(n)
  let count = 0
  if (validity !== undefined) {
    for (let row = 0; row < n; row++) {
      if (isValid(validity, row)) continue
      if (count === 0) first[count++] = row
      ids[row] = 0
    }
  }
  let slots = new Int32Array(0)
  for (let p = 0; p < parts; p++) {
    const from = starts[p] as number
    const to = starts[p + 1] as number
    const mask = 2 ** (32 - Math.clz32(2 * (to - from))) - 1
    if (slots.length < 2 * (mask + 1)) slots = new Int32Array(2 * (mask + 1))
    else slots.fill(0, 0, 2 * (mask + 1))
    for (let i = from; i < to; i++) {
      const hash = hashes[i] as number
      const text = entries[i] as number
      let slot = hash & mask
      let known = slots[2 * slot + 1] as number
      while (known !== 0 && (slots[2 * slot] !== hash || !sameEntry(heap, known, text))) {
        slot = (slot + 1) & mask
        known = slots[2 * slot + 1] as number
      }
      if (known === 0) {
        slots[2 * slot] = hash
        slots[2 * slot + 1] = text
        first[count] = rows[i] as number
        heap[text - 1] = count
        ids[rows[i] as number] = count++
      } else ids[rows[i] as number] = heap[known - 1] as number
    }
  }
  return { ids, count, first: first.subarray(0, count) }
}

/** Lengths and words of two texts. */
function sameEntry(heap: Int32Array, a: number, b: number): boolean {
  const size = heap[a] as number
  if (heap[b] !== size) return false
  const words = wordCount(size)
  for (let i = 1; i <= words; i++) if (heap[a + i] !== heap[b + i]) return false
  return true
}

/** Present rows by part, in order inside: the row, its hash, and where in the heap its length stands (a number before it, words behind). */
function takeApart(column: BytesColumn) {
  const { offsets, validity, length: n } = column
  const view = viewOfBytes(column.bytes)
  const all = new Int32Array(n)
  const starts = new Int32Array(parts + 1)
  const wordStarts = new Int32Array(parts + 1)
  for (let row = 0; row < n; row++) {
    if (validity !== undefined && !isValid(validity, row)) continue
    const start = offsets[row] as number
    const end = offsets[row + 1] as number
    const hash = hashText(view, start, end)
    all[row] = hash
    const to = (hash >>> (32 - bits)) + 1
    starts[to] = (starts[to] as number) + 1
    wordStarts[to] = (wordStarts[to] as number) + 2 + wordCount(end - start)
  }
  for (let p = 0; p < parts; p++) {
    starts[p + 1] = (starts[p + 1] as number) + (starts[p] as number)
    wordStarts[p + 1] = (wordStarts[p + 1] as number) + (wordStarts[p] as number)
  }
  const present = starts[parts] as number
  const heap = new Int32Array(wordStarts[parts] as number)
  const rows = new Int32Array(present)
  const hashes = new Int32Array(present)
  const entries = new Int32Array(present)
  const next = starts.slice()
  for (let row = 0; row < n; row++) {
    if (validity !== undefined && !isValid(validity, row)) continue
    const hash = all[row] as number
    const p = hash >>> (32 - bits)
    const start = offsets[row] as number
    const end = offsets[row + 1] as number
    const to = next[p] as number
    next[p] = to + 1
    const entry = (wordStarts[p] as number) + 1
    wordStarts[p] = entry + 1 + wordCount(end - start)
    rows[to] = row
    hashes[to] = hash
    entries[to] = entry
    heap[entry] = end - start
    writeText(heap, entry + 1, view, start, end)
  }
  return { rows, hashes, entries, heap, starts }
}

/** Whether taking these texts apart pays; decides the way, never the result. */
export function areManyTexts({ offsets, bytes, length }: BytesColumn): boolean {
  const view = viewOfBytes(bytes)
  return areMany(length, (row) => hashText(view, offsets[row] as number, offsets[row + 1] as number))
}
