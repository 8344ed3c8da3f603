import { ArrowFault } from './arrow-flat.ts'
import { unpackLz4 } from './arrow-lz4.ts'
import { type BatchMessage, readFully } from './arrow-message.ts'
import { unpackZstd, ZstdFault } from './compression-zstd.ts'
import type { ByteFile } from './place-file.ts'

/** Buffers with a gap up to this between them are read at once. */
const nearby = 64 << 10

/** The buffers of a batch that are asked for, by their number, unpacked. */
export async function readBuffers(
  file: ByteFile,
  message: BatchMessage,
  wanted: readonly number[],
): Promise<ReadonlyMap<number, Uint8Array>> {
  const out = new Map<number, Uint8Array>()
  const ranges: { at: number; end: number; numbers: number[] }[] = []
  for (const number of [...wanted].sort((a, b) => at(message, a) - at(message, b))) {
    const { at: from, length } = message.buffers[number] as BatchMessage['buffers'][number]
    if (length === 0) out.set(number, new Uint8Array(0))
    else {
      const last = ranges.at(-1)
      if (last !== undefined && from <= last.end + nearby) {
        last.end = Math.max(last.end, from + length)
        last.numbers.push(number)
      } else ranges.push({ at: from, end: from + length, numbers: [number] })
    }
  }
  for (const range of ranges) {
    const bytes = await readFully(file, range.at, range.end - range.at)
    for (const number of range.numbers) {
      const { at: from, length } = message.buffers[number] as BatchMessage['buffers'][number]
      const own = bytes.subarray(from - range.at, from - range.at + length)
      out.set(number, message.compression === undefined ? own : await unpacked(own, message.compression))
    }
  }
  return out
}

function at(message: BatchMessage, number: number): number {
  const buffer = message.buffers[number]
  if (buffer === undefined) throw new ArrowFault('has fewer buffers than its columns need')
  return buffer.at
}

/** The length of what is unpacked, then a frame of LZ4 or zstd; -1: it is not packed. */
async function unpacked(bytes: Uint8Array, codec: 'lz4' | 'zstd'): Promise<Uint8Array> {
  if (bytes.length < 8) throw new ArrowFault('has a packed buffer without a length')
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true))
  const content = bytes.subarray(8)
  if (length === -1) return content
  if (length < 0 || length > 0x7fffffff) throw new ArrowFault(`has a packed buffer of ${length} bytes`)
  if (codec === 'lz4') return unpackLz4(content, length)
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of unpackZstd(once(content))) {
      size += chunk.length
      if (size > length) break
      parts.push(chunk)
    }
  } catch (cause) {
    throw cause instanceof ZstdFault ? new ArrowFault(cause.reason, { cause }) : cause
  }
  if (size !== length) throw new ArrowFault('has a packed buffer of another length than it states')
  const out = new Uint8Array(length)
  let to = 0
  for (const part of parts) {
    out.set(part, to)
    to += part.length
  }
  return out
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}
