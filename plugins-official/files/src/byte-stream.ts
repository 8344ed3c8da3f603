import { type FileHandle, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type PartRef, TidegateError } from 'tidegate'
import { markOf, statFile, unreadable } from './file-stat.ts'

export type Compression = 'auto' | 'gzip' | 'none'

const chunkBytes = 1 << 19

/**
 * The content of a file, unpacked where it is gzip (`auto`: by its first two bytes), in chunks of about 512 KiB. Each chunk is valid until the next
 * but one is asked for. The next one is read while the last is worked on.
 * @throws `SOURCE_CHANGED` when the file is not the one that was discovered, before or after reading; `SOURCE_CORRUPT` for damaged gzip;
 * `SOURCE_UNREADABLE`.
 */
export async function* readFileBytes(
  file: string,
  part: PartRef,
  compression: Compression,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  statFile(file, part.id)
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw unreadable(part.id, cause)
  })
  try {
    const mark = markOf(await handle.stat({ bigint: true }))
    if (part.mark !== undefined && part.mark !== mark) throw changed(part.id)
    const head = Buffer.alloc(2)
    const { bytesRead } = await handle.read(head, 0, 2, 0)
    const packed =
      compression === 'gzip' || (compression === 'auto' && bytesRead === 2 && head[0] === 0x1f && head[1] === 0x8b)
    const plain = readChunks(handle, part.id, signal)
    yield* packed ? unpacked(plain, part.id, signal) : plain
    if (markOf(await handle.stat({ bigint: true })) !== mark) throw changed(part.id)
  } finally {
    await handle.close()
  }
}

async function* readChunks(handle: FileHandle, shown: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const buffers = [new Uint8Array(0), new Uint8Array(0), new Uint8Array(0)]
  let position = 0
  let turn = 0
  const begin = async () => {
    // A small file needs a small buffer: grow to full size with the second read.
    turn = (turn + 1) % buffers.length
    if ((buffers[turn] as Uint8Array).length === 0)
      buffers[turn] = new Uint8Array(position === 0 ? chunkBytes >> 3 : chunkBytes)
    const buffer = buffers[turn] as Uint8Array
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
    position += bytesRead
    return buffer.subarray(0, bytesRead)
  }
  const guarded = () =>
    begin().catch((cause: unknown) => {
      throw unreadable(shown, cause)
    })
  let next = guarded()
  try {
    for (;;) {
      const chunk = await next
      signal.throwIfAborted()
      if (chunk.length === 0) return
      next = guarded()
      yield chunk
    }
  } finally {
    // A reader that stops early must not close the file under a read, nor leave its failure unheard.
    await next.catch(() => undefined)
  }
}

async function* unpacked(
  packed: AsyncIterable<Uint8Array>,
  shown: string,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  // zlib works on a chunk after it was handed over, while its buffer is filled again: each needs a copy of its own.
  const own = (async function* () {
    for await (const chunk of packed) yield Buffer.from(chunk)
  })()
  const source = Readable.from(own, { objectMode: false })
  const gunzip = createGunzip({ chunkSize: chunkBytes })
  source.on('error', (error) => gunzip.destroy(error))
  source.pipe(gunzip)
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array
  } catch (cause) {
    signal.throwIfAborted()
    const code = (cause as NodeJS.ErrnoException).code ?? ''
    if (!code.startsWith('Z_')) throw cause
    const reason =
      code === 'Z_BUF_ERROR'
        ? 'is truncated: its gzip data ends early'
        : code === 'Z_HEADER_ERROR' || /header/.test(String(cause))
          ? 'is not a gzip file'
          : 'is damaged: its gzip data does not unpack'
    throw new TidegateError('SOURCE_CORRUPT', `"${shown}" ${reason}`, {
      hint: 'Fetch or write the file again; a file should be written beside and renamed into place when it is complete.',
      data: { path: shown },
      cause,
    })
  } finally {
    source.destroy()
    gunzip.destroy()
  }
}

function changed(shown: string): TidegateError {
  return new TidegateError('SOURCE_CHANGED', `"${shown}" changed while it was being read`, {
    hint: 'Write files beside and rename them into place, then run again.',
    data: { path: shown },
  })
}
