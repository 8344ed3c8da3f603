// FlatBuffers (https://flatbuffers.dev/internals/), as far as Arrow's metadata needs them. Everything read is checked against the buffer.

/** What is wrong with an Arrow file, in words that follow its name. */
export class ArrowFault extends Error {}

export interface Flat {
  /** Position of the root table. */
  readonly root: number
  i16(table: number, field: number, otherwise: number): number
  i32(table: number, field: number, otherwise: number): number
  u8(table: number, field: number, otherwise: number): number
  /** @throws `ArrowFault` for a negative number or one beyond 2^53. */
  i64(table: number, field: number): number
  text(table: number, field: number): string | undefined
  /** Position of a table, 0 where there is none. */
  table(table: number, field: number): number
  /** Position and length of a vector of inline elements of `size` bytes. */
  vector(table: number, field: number, size: number): { readonly at: number; readonly length: number }
  /** The table that element `index` of a vector of offsets refers to. */
  element(at: number, index: number): number
  readonly view: DataView
}

export function openFlat(bytes: Uint8Array): Flat {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const slot = (table: number, field: number): number => {
    const vtable = table - view.getInt32(table, true)
    const entry = 4 + 2 * field
    if (entry >= view.getUint16(vtable, true)) return 0
    const offset = view.getUint16(vtable + entry, true)
    return offset === 0 ? 0 : table + offset
  }
  const follow = (at: number) => at + view.getUint32(at, true)
  const flat: Flat = {
    view,
    root: follow(0),
    i16: (table, field, otherwise) => {
      const at = slot(table, field)
      return at === 0 ? otherwise : view.getInt16(at, true)
    },
    i32: (table, field, otherwise) => {
      const at = slot(table, field)
      return at === 0 ? otherwise : view.getInt32(at, true)
    },
    u8: (table, field, otherwise) => {
      const at = slot(table, field)
      return at === 0 ? otherwise : view.getUint8(at)
    },
    i64: (table, field) => {
      const at = slot(table, field)
      return at === 0 ? 0 : size64(view, at)
    },
    text: (table, field) => {
      const at = slot(table, field)
      if (at === 0) return undefined
      const start = follow(at)
      const length = view.getUint32(start, true)
      if (start + 4 + length > bytes.length) throw new ArrowFault('has metadata that points beyond its end')
      return Buffer.from(bytes.buffer, bytes.byteOffset + start + 4, length).toString()
    },
    table: (table, field) => {
      const at = slot(table, field)
      return at === 0 ? 0 : follow(at)
    },
    vector: (table, field, size) => {
      const at = slot(table, field)
      if (at === 0) return { at: 0, length: 0 }
      const start = follow(at)
      const length = view.getUint32(start, true)
      if (start + 4 + length * size > bytes.length) throw new ArrowFault('has metadata that points beyond its end')
      return { at: start + 4, length }
    },
    element: (at, index) => follow(at + 4 * index),
  }
  return flat
}

/** A 64-bit length or offset. */
export function size64(view: DataView, at: number): number {
  const value = Number(view.getBigInt64(at, true))
  if (value < 0 || value > Number.MAX_SAFE_INTEGER) throw new ArrowFault(`states a length of ${value}`)
  return value
}
