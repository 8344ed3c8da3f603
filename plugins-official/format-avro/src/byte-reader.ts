/** A stream of chunks, read in pieces of stated size. */
export interface ByteReader {
  /** Position in the file of the next byte. */
  readonly position: number
  /** The next `size` bytes, fewer where the stream ends; valid until the next call. */
  take(size: number): Promise<Uint8Array>
  close(): Promise<void>
}

export function createByteReader(chunks: AsyncIterable<Uint8Array>): ByteReader {
  const stream = chunks[Symbol.asyncIterator]()
  let chunk: Uint8Array = new Uint8Array(0)
  let at = 0
  let position = 0
  let piece = new Uint8Array(0)

  async function more(): Promise<boolean> {
    while (at === chunk.length) {
      const { done, value } = await stream.next()
      if (done === true) return false
      chunk = value
      at = 0
    }
    return true
  }

  return {
    get position() {
      return position
    },
    async take(size) {
      if (chunk.length - at >= size) {
        at += size
        position += size
        return chunk.subarray(at - size, at)
      }
      let filled = 0
      while (filled < size && (await more())) {
        const part = Math.min(size - filled, chunk.length - at)
        // Grown as bytes arrive: a file that claims much and holds little costs little.
        if (filled + part > piece.length) {
          const larger = new Uint8Array(
            Math.min(Math.max(size, 4096), Math.max(filled + part, piece.length * 2, 1 << 16)),
          )
          larger.set(piece.subarray(0, filled))
          piece = larger
        }
        piece.set(chunk.subarray(at, at + part), filled)
        filled += part
        at += part
      }
      position += filled
      return piece.subarray(0, filled)
    },
    async close() {
      await stream.return?.()
    },
  }
}
