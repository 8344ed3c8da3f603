import { isValid } from '../../columns/column.ts'
import type { BytesColumn } from '../../columns/text.ts'

/**
 * Distinct texts found so far. Their bytes stand side by side as words, so that a comparison stays in cache however far apart the rows are (open
 * addressing with linear probing: Knuth, The Art of Computer Programming 3, section 6.4).
 */
export interface TextTable {
  count: number
  /** For each text its number, its length in bytes and the words that stand for its bytes; from 1 on. */
  heap: Int32Array
  used: number
  /** Two numbers a slot: the hash, and where in the heap the text stands, 0 for nowhere. A power of two of them, at most half full. */
  slots: Int32Array
  mask: number
}

export function createTextTable(): TextTable {
  return { count: 0, heap: new Int32Array(1 << 12), used: 1, slots: new Int32Array(1 << 11), mask: (1 << 10) - 1 }
}

export function viewOfBytes({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

/**
 * The words that stand for a text of `size` bytes. They are read at fixed places from both ends and may overlap, so that texts of nearly the same
 * length take the same way: one word below 4 bytes, two up to 8, four up to 16, else every fourth byte and the last.
 */
export function wordCount(size: number): number {
  return size > 16 ? (size >> 2) + 1 : size > 8 ? 4 : size > 3 ? 2 : 1
}

/** A hash of which every bit depends on every byte [start, end); it only finds candidates. The finish is that of MurmurHash3 by Austin Appleby. */
export function hashText(view: DataView, start: number, end: number): number {
  const size = end - start
  let one = size
  let other = 0
  if (size > 8) {
    let at = start
    for (; at < end - 16; at += 8) {
      one = mixed(one ^ view.getInt32(at, true))
      other = mixed(other ^ view.getInt32(at + 4, true))
    }
    // The last 9 to 16 bytes.
    one = mixed(one ^ view.getInt32(at, true)) ^ view.getInt32(end - 8, true)
    other = mixed(other ^ view.getInt32(at + 4, true)) ^ view.getInt32(end - 4, true)
  } else if (size > 3) {
    one = one ^ view.getInt32(start, true)
    other = view.getInt32(end - 4, true)
  } else {
    one = one ^ (few(view, start, end) << 2)
  }
  const hash = mixed(one) ^ Math.imul(other, 0x85ebca6b)
  const last = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35)
  return last ^ (last >>> 15)
}

function mixed(value: number): number {
  const product = Math.imul(value, 0x9e3779b1)
  return product ^ (product >>> 15)
}

/** Up to three bytes as a word. */
function few(view: DataView, start: number, end: number): number {
  let word = 0
  for (let i = start; i < end; i++) word = (word << 8) | view.getUint8(i)
  return word
}

/** Writes the words of the bytes [start, end) to `heap` from `to` on. */
export function writeText(heap: Int32Array, to: number, view: DataView, start: number, end: number): void {
  const size = end - start
  if (size > 16) {
    let word = to
    for (let at = start; at + 4 <= end; at += 4) heap[word++] = view.getInt32(at, true)
    heap[word] = view.getInt32(end - 4, true)
  } else if (size > 8) {
    heap[to] = view.getInt32(start, true)
    heap[to + 1] = view.getInt32(start + 4, true)
    heap[to + 2] = view.getInt32(end - 8, true)
    heap[to + 3] = view.getInt32(end - 4, true)
  } else if (size > 3) {
    heap[to] = view.getInt32(start, true)
    heap[to + 1] = view.getInt32(end - 4, true)
  } else heap[to] = few(view, start, end)
}

/** Whether the words from `from` on stand for the bytes [start, end), the lengths being equal. */
function isText(heap: Int32Array, from: number, view: DataView, start: number, end: number): boolean {
  const size = end - start
  if (size > 16) {
    let word = from
    for (let at = start; at + 4 <= end; at += 4) if (heap[word++] !== view.getInt32(at, true)) return false
    return heap[word] === view.getInt32(end - 4, true)
  }
  if (size > 8) {
    return (
      heap[from] === view.getInt32(start, true) &&
      heap[from + 1] === view.getInt32(start + 4, true) &&
      heap[from + 2] === view.getInt32(end - 8, true) &&
      heap[from + 3] === view.getInt32(end - 4, true)
    )
  }
  if (size > 3) return heap[from] === view.getInt32(start, true) && heap[from + 1] === view.getInt32(end - 4, true)
  return heap[from] === few(view, start, end)
}

/** Where the bytes [start, end) stand in the heap, 0 where they do not. */
function place({ slots, mask, heap }: TextTable, view: DataView, start: number, end: number, hash: number): number {
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const entry = slots[2 * slot + 1] as number
    if (entry === 0) return 0
    if (slots[2 * slot] !== hash || heap[entry + 1] !== end - start) continue
    if (isText(heap, entry + 2, view, start, end)) return entry
  }
}

/** The same for 9 to 16 bytes, the most frequent case, in one loop. */
function placeShort(table: TextTable, view: DataView, start: number, end: number, hash: number): number {
  const { slots, mask, heap } = table
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const entry = slots[2 * slot + 1] as number
    if (entry === 0) return 0
    if (
      slots[2 * slot] === hash &&
      heap[entry + 1] === end - start &&
      heap[entry + 2] === view.getInt32(start, true) &&
      heap[entry + 3] === view.getInt32(start + 4, true) &&
      heap[entry + 4] === view.getInt32(end - 8, true) &&
      heap[entry + 5] === view.getInt32(end - 4, true)
    )
      return entry
  }
}

function add(table: TextTable, view: DataView, start: number, end: number, hash: number): number {
  const from = table.used
  const to = from + 2 + wordCount(end - start)
  if (to > table.heap.length) {
    const larger = new Int32Array(Math.max(to, table.heap.length * 2))
    larger.set(table.heap)
    table.heap = larger
  }
  const number = table.count++
  table.heap[from] = number
  table.heap[from + 1] = end - start
  writeText(table.heap, from + 2, view, start, end)
  table.used = to
  if (table.count * 2 > table.mask + 1) growSlots(table)
  occupy(table.slots, table.mask, hash, from)
  return number
}

function occupy(slots: Int32Array, mask: number, hash: number, entry: number): void {
  let slot = hash & mask
  while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask
  slots[2 * slot] = hash
  slots[2 * slot + 1] = entry
}

function growSlots(table: TextTable): void {
  const old = table.slots
  table.slots = new Int32Array(old.length * 4)
  table.mask = table.slots.length / 2 - 1
  for (let at = 0; at < old.length; at += 2) {
    if (old[at + 1] !== 0) occupy(table.slots, table.mask, old[at] as number, old[at + 1] as number)
  }
}

/** The number of the text of each row, -1 where there is none. */
export function findTexts(table: TextTable, column: BytesColumn): Int32Array {
  const { offsets, validity, length } = column
  const view = viewOfBytes(column.bytes)
  const { heap } = table
  const out = new Int32Array(length)
  let start = offsets[0] as number
  for (let i = 0; i < length; i++) {
    const end = offsets[i + 1] as number
    const entry = place(table, view, start, end, hashText(view, start, end))
    out[i] = entry === 0 ? -1 : (heap[entry] as number)
    start = end
  }
  if (validity !== undefined) for (let i = 0; i < length; i++) if (!isValid(validity, i)) out[i] = -1
  return out
}

export interface NumberedTexts {
  readonly ids: Int32Array
  readonly count: number
  /** The row in which each number occurs first. */
  readonly first: Int32Array
}

/**
 * Numbers the texts at `rows` (undefined: all) in order of first appearance, adding them to `table`, which must be empty. Absent rows have the number
 * -1, or, with `absentToo`, one of their own.
 */
export function numberTexts(
  table: TextTable,
  column: BytesColumn,
  rows: Int32Array | undefined,
  absentToo: boolean,
): NumberedTexts {
  const { offsets, validity } = column
  const view = viewOfBytes(column.bytes)
  const n = rows?.length ?? column.length
  const ids = new Int32Array(n)
  let first = new Int32Array(512)
  let absent = -1
  for (let i = 0; i < n; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    const before = table.count
    if (validity !== undefined && !isValid(validity, row)) {
      if (absent < 0 && absentToo) absent = table.count++
      ids[i] = absent
    } else {
      const start = offsets[row] as number
      const end = offsets[row + 1] as number
      const hash = hashText(view, start, end)
      const size = end - start
      const entry =
        size > 8 && size <= 16 ? placeShort(table, view, start, end, hash) : place(table, view, start, end, hash)
      ids[i] = entry === 0 ? add(table, view, start, end, hash) : (table.heap[entry] as number)
    }
    if (table.count === before) continue
    if (before === first.length) {
      const larger = new Int32Array(before * 4)
      larger.set(first)
      first = larger
    }
    first[before] = row
  }
  return { ids, count: table.count, first: first.subarray(0, table.count) }
}
