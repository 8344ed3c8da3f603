/** A field of a table, undefined where it is left out. Offsets are what `text`, `vector`, `structs` and `table` return. */
export type FlatField =
  | readonly [kind: 'u8' | 'i16' | 'i32' | 'offset', value: number]
  | readonly [kind: 'i64', value: bigint]
  | undefined

const sizes = { u8: 1, i16: 2, i32: 4, offset: 4, i64: 8 } as const

/** Writes a FlatBuffer from its end to its beginning (https://flatbuffers.dev/internals/): what is referred to comes first. */
export function createFlatWriter() {
  let bytes = new Uint8Array(1024)
  let view = new DataView(bytes.buffer)
  let space = bytes.length
  let widest = 1
  const written = () => bytes.length - space

  /** Room for `size` bytes that will be aligned after `more` bytes have been written. */
  function prepare(size: number, more: number): void {
    widest = Math.max(widest, size)
    const padding = (~(written() + more) + 1) & (size - 1)
    while (space < padding + size + more) {
      const larger = new Uint8Array(bytes.length * 2)
      larger.set(bytes, bytes.length)
      space += bytes.length
      bytes = larger
      view = new DataView(bytes.buffer)
    }
    space -= padding
  }

  function put([kind, value]: NonNullable<FlatField>): void {
    const size = sizes[kind]
    prepare(size, 0)
    space -= size
    if (kind === 'i64') view.setBigInt64(space, value, true)
    else if (kind === 'u8') view.setUint8(space, value)
    else if (kind === 'i16') view.setInt16(space, value, true)
    else view.setInt32(space, kind === 'offset' ? written() - value : value, true)
  }

  return {
    table(...fields: readonly FlatField[]): number {
      const start = written()
      const places = fields.map((field) => {
        if (field === undefined) return 0
        put(field)
        return written()
      })
      put(['i32', 0])
      const end = written()
      for (const place of places.reverse()) put(['i16', place === 0 ? 0 : end - place])
      put(['i16', end - start])
      put(['i16', 4 + 2 * fields.length])
      view.setInt32(bytes.length - end, written() - end, true)
      return end
    },
    text(text: string): number {
      const encoded = Buffer.from(text)
      prepare(4, encoded.length + 1)
      space -= encoded.length + 1
      bytes.set(encoded, space)
      bytes[space + encoded.length] = 0
      put(['i32', encoded.length])
      return written()
    },
    /** A vector of offsets. */
    vector(offsets: readonly number[]): number {
      prepare(4, 4 * offsets.length)
      for (const offset of [...offsets].reverse()) put(['offset', offset])
      put(['i32', offsets.length])
      return written()
    },
    /** A vector of structs made of 64-bit numbers. */
    structs(rows: readonly (readonly number[])[]): number {
      const width = rows[0]?.length ?? 1
      prepare(4, 8 * width * rows.length)
      prepare(8, 8 * width * rows.length)
      for (const row of [...rows].reverse()) for (const value of [...row].reverse()) put(['i64', BigInt(value)])
      put(['i32', rows.length])
      return written()
    },
    finish(root: number): Uint8Array {
      prepare(widest, 4)
      put(['offset', root])
      return bytes.subarray(space)
    },
  }
}

export type FlatWriter = ReturnType<typeof createFlatWriter>
