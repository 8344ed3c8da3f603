import type { Column } from 'tidegate'
import type { ColumnWriter } from './column-writer.ts'
import type { Bindings, Vector } from './native.ts'
import { inlined } from './text-bytes.ts'

const encoder = new TextEncoder()
const rowsAtMost = 2048

interface TextBuffers {
  readonly offsets?: Int32Array
  readonly bytes?: Uint8Array
  readonly codes?: ArrayLike<number>
  readonly dictionary?: readonly string[]
}

/**
 * Text and binary. All long cells of a window go into DuckDB's memory with one call, as one string; the 16-byte strings of the rows are then
 * made here, pointing into it. Short cells stand in the 16 bytes themselves.
 */
export function textWriter(bindings: Bindings): ColumnWriter {
  const words = new Uint32Array(rowsAtMost * 4)
  const cells = new Uint8Array(words.buffer)
  let heap = new Uint8Array(1 << 16)
  let source: Cells = { offsets: new Int32Array(1), bytes: new Uint8Array(0) }
  let validity: Uint8Array | undefined
  let known: { readonly dictionary: readonly string[]; readonly cells: Cells } | undefined
  /** Where the long text of a code lies in the heap of the window `stamp`. */
  let places = new Int32Array(0)
  let stamps = new Int32Array(0)
  let stamp = 0

  const write = (start: number, rows: number): number => {
    const { offsets, bytes, codes } = source
    let size = 0
    stamp++
    words.fill(0, 0, rows * 4)
    for (let row = 0; row < rows; row++) {
      const at = start + row
      if (validity !== undefined && (((validity[at >> 3] as number) >> (at & 7)) & 1) === 0) continue
      const cell = codes === undefined ? at : (codes[at] as number)
      const from = offsets[cell] as number
      const length = (offsets[cell + 1] as number) - from
      words[row * 4] = length
      let to = row * 16 + 4
      if (length <= inlined) {
        for (let i = 0; i < length; i++) cells[to++] = bytes[from + i] as number
        continue
      }
      for (let i = 0; i < 4; i++) cells[to++] = bytes[from + i] as number
      if (codes !== undefined && stamps[cell] === stamp) {
        words[row * 4 + 2] = places[cell] as number
        continue
      }
      if (size + length > heap.length) heap = larger(heap, size + length)
      if (length > 48) heap.set(bytes.subarray(from, from + length), size)
      else for (let i = 0; i < length; i++) heap[size + i] = bytes[from + i] as number
      words[row * 4 + 2] = size
      if (codes !== undefined) {
        stamps[cell] = stamp
        places[cell] = size
      }
      size += length
    }
    return size
  }

  return {
    begin(column) {
      validity = column.nullCount > 0 ? column.validity : undefined
      const { dictionary, codes } = column as TextBuffers
      if (dictionary === undefined || codes === undefined) {
        source = cellsOf(column)
        return
      }
      if (known?.dictionary !== dictionary) {
        known = { dictionary, cells: encodeAll(dictionary) }
        places = new Int32Array(dictionary.length)
        stamps = new Int32Array(dictionary.length)
        stamp = 0
      }
      source = { ...known.cells, codes }
    },
    write(vector, start, rows) {
      const size = write(start, rows)
      if (size > 0) point(bindings, vector, heap.subarray(0, size), words, rows)
      bindings.copy_data_to_vector(vector, 0, words.buffer, 0, rows * 16)
    },
  }
}

interface Cells {
  readonly offsets: Int32Array
  readonly bytes: Uint8Array
  readonly codes?: ArrayLike<number>
}

/** Hands the heap to DuckDB and turns places in it into addresses. */
function point(bindings: Bindings, vector: Vector, heap: Uint8Array, words: Uint32Array, rows: number): void {
  bindings.vector_assign_string_element_len(vector, 0, heap)
  const first = bindings.vector_get_data(vector, 16)
  const view = new DataView(first.buffer, first.byteOffset, 16)
  const low = view.getUint32(8, true)
  const high = view.getUint32(12, true)
  for (let row = 0; row < rows; row++) {
    if ((words[row * 4] as number) <= inlined) continue
    const address = low + (words[row * 4 + 2] as number)
    words[row * 4 + 2] = address
    words[row * 4 + 3] = address > 0xffff_ffff ? high + 1 : high
  }
}

function cellsOf(column: Column): Cells {
  const { offsets, bytes } = column as TextBuffers
  if (offsets !== undefined && bytes !== undefined) return { offsets, bytes }
  return encodeAll(Array.from(column as Iterable<unknown>))
}

function encodeAll(values: readonly unknown[]): Cells {
  const parts = values.map((value) =>
    value instanceof Uint8Array ? value : encoder.encode(value === null || value === undefined ? '' : String(value)),
  )
  const offsets = new Int32Array(parts.length + 1)
  for (let i = 0; i < parts.length; i++) offsets[i + 1] = (offsets[i] as number) + (parts[i] as Uint8Array).length
  const bytes = new Uint8Array(offsets[parts.length] as number)
  for (let i = 0; i < parts.length; i++) bytes.set(parts[i] as Uint8Array, offsets[i])
  return { offsets, bytes }
}

function larger(heap: Uint8Array<ArrayBuffer>, needed: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.max(needed, heap.length * 2))
  out.set(heap)
  return out
}
