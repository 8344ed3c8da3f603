import { BytesColumn, type LogicalType, TidegateError } from 'tidegate'
import type { ColumnReader } from './column-reader.ts'
import type { Bindings } from './native.ts'

/** A string of DuckDB is 16 bytes: its length and, up to this many bytes, the text itself; otherwise 4 bytes of it and a pointer. */
export const inlined = 12

/** DuckDB hands out at most so many rows at a time. */
export const chunkRows = 2048

/** How far apart two strings may lie in memory to be read with one call. Below a page, so that everything between them is mapped. */
const gap = 256

/** Text and binary as Arrow bytes. Strings that lie one after the other in DuckDB's memory (as it makes them) are fetched with one call. */
export function bytesReader(type: LogicalType, capacity: number, bindings: Bindings): ColumnReader & BytesSink {
  let offsets = new Int32Array(capacity + 1)
  let bytes = new Uint8Array(capacity * 8)
  let size = 0

  const room = (more: number) => {
    if (size + more <= bytes.length) return
    if (size + more > 0x7fff_ffff) {
      throw new TidegateError(
        'TYPE_UNSUPPORTED',
        `${size + more} bytes in ${chunkRows} rows of one column exceed what one column of a batch holds (2 GiB)`,
        { hint: 'Cut the values in the query.' },
      )
    }
    const larger = new Uint8Array(Math.max(size + more, bytes.length * 2))
    larger.set(bytes.subarray(0, size))
    bytes = larger
  }

  return {
    append(vector, rows, at, mask) {
      const data = bindings.vector_get_data(vector, rows * 16)
      const words = new Uint32Array(data.buffer, data.byteOffset, rows * 4)
      room(fillOffsets(words, rows, mask, offsets, at, size))
      copyShort(words, data, rows, mask, offsets, at, bytes)
      copyLong(words, data, rows, mask, offsets, at, bytes, bindings)
      size = offsets[at + rows] as number
    },
    size: () => size,
    push(at, value) {
      room(value.length)
      bytes.set(value, size)
      size += value.length
      offsets[at + 1] = size
    },
    finish(length, validity) {
      const column = new BytesColumn(type, offsets.subarray(0, length + 1), bytes.subarray(0, size), validity)
      offsets = new Int32Array(capacity + 1)
      bytes = new Uint8Array(Math.max(1024, size))
      size = 0
      return column
    },
  }
}

/** Takes single cells, for a reader that gives up codes for bytes in the middle of a batch. */
export interface BytesSink {
  size(): number
  push(at: number, value: Uint8Array): void
}

export function present(mask: Uint8Array | null, row: number): boolean {
  return mask === null || (((mask[row >> 3] as number) >> (row & 7)) & 1) === 1
}

/** Writes the ends of the cells and returns how many bytes they need. */
function fillOffsets(
  words: Uint32Array,
  rows: number,
  mask: Uint8Array | null,
  offsets: Int32Array,
  at: number,
  size: number,
): number {
  let end = size
  for (let row = 0; row < rows; row++) {
    if (present(mask, row)) end += words[row * 4] as number
    offsets[at + row + 1] = end
  }
  return end - size
}

function copyShort(
  words: Uint32Array,
  data: Uint8Array,
  rows: number,
  mask: Uint8Array | null,
  offsets: Int32Array,
  at: number,
  bytes: Uint8Array,
): void {
  for (let row = 0; row < rows; row++) {
    const length = words[row * 4] as number
    if (length > inlined || !present(mask, row)) continue
    let to = offsets[at + row] as number
    for (let from = row * 16 + 4, end = from + length; from < end; from++) bytes[to++] = data[from] as number
  }
}

function copyLong(
  words: Uint32Array,
  data: Uint8Array,
  rows: number,
  mask: Uint8Array | null,
  offsets: Int32Array,
  at: number,
  bytes: Uint8Array,
  bindings: Bindings,
): void {
  forEachRun(words, data, rows, mask, bindings, (first, last, run, start) => {
    const dense =
      (offsets[at + last + 1] as number) - (offsets[at + first] as number) === run.length &&
      contiguous(words, first, last, mask)
    if (dense) return bytes.set(run, offsets[at + first])
    for (let each = first; each <= last; each++) {
      const length = words[each * 4] as number
      if (length <= inlined || !present(mask, each)) continue
      const from = pointer(words, each) - start
      const to = offsets[at + each] as number
      if (length > 48) bytes.set(run.subarray(from, from + length), to)
      else for (let i = 0; i < length; i++) bytes[to + i] = run[from + i] as number
    }
    return undefined
  })
}

/** Long strings that lie one after the other, as one block of memory: rows first..last, the block, and the address of its begin. */
export function forEachRun(
  words: Uint32Array,
  data: Uint8Array,
  rows: number,
  mask: Uint8Array | null,
  bindings: Bindings,
  visit: (first: number, last: number, run: Uint8Array, start: number) => void,
): void {
  let row = nextLong(words, 0, rows, mask)
  while (row < rows) {
    const first = row
    const start = pointer(words, row)
    let end = start + (words[row * 4] as number)
    let last = row
    for (row = nextLong(words, row + 1, rows, mask); row < rows; row = nextLong(words, row + 1, rows, mask)) {
      const next = pointer(words, row)
      if (next < end || next - end > gap) break
      end = next + (words[row * 4] as number)
      last = row
    }
    visit(
      first,
      last,
      bindings.get_data_from_pointer(data.buffer as ArrayBuffer, data.byteOffset + first * 16 + 8, end - start),
      start,
    )
  }
}

/** True when rows first..last hold long strings only, so that their bytes are one block. */
function contiguous(words: Uint32Array, first: number, last: number, mask: Uint8Array | null): boolean {
  for (let row = first; row <= last; row++)
    if ((words[row * 4] as number) <= inlined && (words[row * 4] as number) > 0 && present(mask, row)) return false
  return true
}

function nextLong(words: Uint32Array, row: number, rows: number, mask: Uint8Array | null): number {
  while (row < rows && ((words[row * 4] as number) <= inlined || !present(mask, row))) row++
  return row
}

/** User-space addresses have at most 57 bits, in practice 47: exact as a number. */
export function pointer(words: Uint32Array, row: number): number {
  return (words[row * 4 + 3] as number) * 0x1_0000_0000 + (words[row * 4 + 2] as number)
}
