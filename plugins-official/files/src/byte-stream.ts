import type { PartRef, Workspace } from 'tidegate'
import { type Compression, packingOf, unpack } from './compression.ts'
import { type SourceEncoding, type TextChunks, toUtf8 } from './encoding.ts'
import { type ByteFile, changed, type FilePlace, fingerprintHash, openPart } from './place-file.ts'

export type { Compression } from './compression.ts'

const chunkBytes = 1 << 19
/** Of a workspace that is no disk: each range is a request. */
const rangeBytes = 4 << 20

/**
 * The content of a file, unpacked as `compression` says, in chunks of about 512 KiB. Each chunk is valid until the next but one is asked for. The next
 * one is read while the last is worked on. With `workspace`, the file is the object whose path is the id of the part.
 * @throws `SOURCE_CHANGED` when the file is not the one that was discovered, before or after reading; `SOURCE_CORRUPT` for damaged packing;
 * `SOURCE_UNREADABLE`.
 */
export async function* readFileBytes(
  file: string,
  part: PartRef,
  compression: Compression,
  signal: AbortSignal,
  workspace?: Workspace,
): AsyncIterable<Uint8Array> {
  const source = await openPart(file, part, workspace)
  const remote = workspace !== undefined && workspace.localPath?.(part.id) === undefined
  try {
    const head = await source.read(0, new Uint8Array(4))
    const packing = packingOf(head, part.id, compression)
    const plain = readChunks(source, signal, remote ? rangeBytes : chunkBytes)
    const checked = remote ? sameAs(plain, part) : plain
    yield* packing === undefined ? checked : unpack(checked, packing, part.id, signal)
    if (!remote) await source.assertUnchanged()
  } finally {
    await source.close()
  }
}

/** The text of a file as UTF-8, from wherever it lies, however it is packed and encoded. */
export function readFileText(
  file: string,
  part: PartRef,
  given: { readonly compression: Compression; readonly encoding?: SourceEncoding } & Pick<FilePlace, 'in'>,
  signal: AbortSignal,
): TextChunks {
  return toUtf8(readFileBytes(file, part, given.compression, signal, given.in), given.encoding ?? 'auto', part.id)
}

async function* readChunks(source: ByteFile, signal: AbortSignal, most: number): AsyncIterable<Uint8Array> {
  const buffers = [new Uint8Array(0), new Uint8Array(0), new Uint8Array(0)]
  let position = 0
  let turn = 0
  const begin = async () => {
    // A small file needs a small buffer: grow to full size with the second read.
    turn = (turn + 1) % buffers.length
    if ((buffers[turn] as Uint8Array).length === 0)
      buffers[turn] = new Uint8Array(position === 0 ? Math.min(most, chunkBytes >> 3) : most)
    const bytes = await source.read(position, buffers[turn] as Uint8Array)
    position += bytes.length
    return bytes
  }
  const beginHeard = () => {
    const read = begin()
    // It may fail while the reader is still at work on the chunk before: that is told when the reader asks.
    read.catch(() => undefined)
    return read
  }
  let next = beginHeard()
  try {
    for (;;) {
      const chunk = await next
      signal.throwIfAborted()
      if (chunk.length === 0) return
      next = beginHeard()
      yield chunk
    }
  } finally {
    // A reader that stops early must not close the file under a read, nor leave its failure unheard.
    await next.catch(() => undefined)
  }
}

/** A store that cannot say whether an object was replaced meanwhile is believed by content. */
async function* sameAs(chunks: AsyncIterable<Uint8Array>, part: PartRef): AsyncIterable<Uint8Array> {
  const hash = fingerprintHash()
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
  if (hash.finish() !== part.fingerprint) throw changed(part.id)
}
