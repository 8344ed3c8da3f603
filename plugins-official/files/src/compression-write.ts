import { Readable } from 'node:stream'
import { constants, createBrotliCompress, createGzip } from 'node:zlib'
import type { Packing } from './compression.ts'
import { packZstdNatively } from './compression-native.ts'
import { createXxh64 } from './compression-xxh64.ts'

const frameBytes = 4 << 20

/** A stream, packed. zstd at level 3 with checksums, brotli at quality 5, gzip at level 6. */
export function pack(chunks: AsyncIterable<Uint8Array>, packing: Packing): AsyncIterable<Uint8Array> {
  const engine =
    packing === 'gzip'
      ? createGzip()
      : packing === 'brotli'
        ? createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })
        : packZstdNatively?.()
  if (engine === undefined) return packFrames(chunks)
  const source = Readable.from(chunks, { objectMode: false })
  source.on('error', (error) => engine.destroy(error))
  return source.pipe(engine)
}

let zstd: ReturnType<typeof loadZstd> | undefined

/** Once in a process: a second start would take the memory away from under the first. */
async function loadZstd() {
  const { init, compress } = await import('@bokuweb/zstd-wasm')
  await init()
  return compress
}

/** For Node before 22.15: frames of up to 4 MiB one after another, each with its size and checksum. */
async function* packFrames(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  zstd ??= loadZstd()
  const compress = await zstd
  const frame = (bytes: Uint8Array): Uint8Array => {
    const made = compress(bytes, 3)
    const hash = createXxh64()
    hash.update(bytes)
    const out = Buffer.alloc(made.length + 4)
    out.set(made)
    // The flag that says that the lower half of XXH64 follows the last block (RFC 8878, 3.1.1.1.1.5).
    out[4] = (out[4] as number) | 4
    out.writeUInt32LE(hash.low32(), made.length)
    return out
  }
  let waiting: Uint8Array[] = []
  let size = 0
  let written = false
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + frameBytes - size)
      waiting.push(piece)
      size += piece.length
      at += piece.length
      if (size < frameBytes) continue
      yield frame(Buffer.concat(waiting))
      waiting = []
      size = 0
      written = true
    }
  }
  if (size > 0 || !written) yield frame(Buffer.concat(waiting))
}
