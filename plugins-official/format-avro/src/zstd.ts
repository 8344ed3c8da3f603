import { unpackZstd } from '@tidegate/files/toolkit'

/** One zstd frame; `large` where it holds more than `most` bytes, undefined where it is damaged. */
export async function unpackZstdBlock(packed: Uint8Array, most: number): Promise<Uint8Array | 'large' | undefined> {
  const pieces: Uint8Array[] = []
  let size = 0
  try {
    for await (const piece of unpackZstd(once(packed))) {
      size += piece.length
      if (size > most) return 'large'
      pieces.push(piece.slice())
    }
  } catch {
    return undefined
  }
  return Buffer.concat(pieces, size)
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}
