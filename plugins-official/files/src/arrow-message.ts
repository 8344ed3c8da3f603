import { ArrowFault, type Flat, openFlat, size64 } from './arrow-flat.ts'
import { type ArrowField, readFields } from './arrow-schema.ts'
import type { ByteFile } from './place-file.ts'

// Encapsulated messages: https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format

/** A record batch or dictionary batch whose body has not been read. */
export interface BatchMessage {
  /** Of a dictionary batch. */
  readonly dictionary: { readonly id: string; readonly delta: boolean } | undefined
  readonly rows: number
  readonly nodes: readonly { readonly length: number; readonly nullCount: number }[]
  /** Position in the file and length. */
  readonly buffers: readonly { readonly at: number; readonly length: number }[]
  readonly compression: 'lz4' | 'zstd' | undefined
  /** Number of data buffers of each column of views, in order. */
  readonly variadic: readonly number[]
}

const largestMetadata = 64 << 20
const head = 'ARROW1'

/** Reads bytes that must be there. */
export async function readFully(file: ByteFile, at: number, length: number): Promise<Uint8Array> {
  if (at < 0 || length < 0 || at + length > file.size) throw new ArrowFault('is truncated, or points beyond its end')
  const bytes = await file.read(at, new Uint8Array(length))
  if (bytes.length < length) throw new ArrowFault('is truncated')
  return bytes
}

export interface ArrowContent {
  readonly fields: readonly ArrowField[]
  /** Dictionaries and record batches in the order they must be read in. */
  messages(): AsyncIterable<BatchMessage>
}

/** Finds out whether it is a file or a stream, and reads its schema. @throws `ArrowFault`, `RangeError` */
export async function openArrow(file: ByteFile): Promise<ArrowContent> {
  if (file.size === 0) throw new ArrowFault('is empty (0 bytes), which is no Arrow file')
  const start = Buffer.from(await readFully(file, 0, Math.min(8, file.size))).toString('latin1')
  if (start.startsWith('FEA1')) throw new ArrowFault('is a Feather file of version 1, which is not read')
  return start.startsWith(head) ? openFile(file) : openStream(file)
}

async function openFile(file: ByteFile): Promise<ArrowContent> {
  if (file.size < 24) throw new ArrowFault('is truncated: its footer is missing')
  const tail = Buffer.from(await readFully(file, file.size - 10, 10))
  if (tail.toString('latin1', 4) !== head) throw new ArrowFault('is truncated: its footer is missing')
  const length = tail.readInt32LE(0)
  if (length <= 0 || length > largestMetadata || length > file.size - 18) throw new ArrowFault('has a damaged footer')
  const flat = openFlat(await readFully(file, file.size - 10 - length, length))
  const schema = flat.table(flat.root, 1)
  if (schema === 0) throw new ArrowFault('has no schema')
  const fields = readFields(flat, schema)
  const end = file.size - 10 - length
  const dictionaries = blocks(flat, 2, end)
  const batches = blocks(flat, 3, end)
  assertComplete([...dictionaries, ...batches], await contentStart(file, [...dictionaries, ...batches], end), end)
  return {
    fields,
    async *messages() {
      // A dictionary may stand behind the batches that refer to it: files do not replace dictionaries.
      for (const block of [...dictionaries, ...batches]) {
        const found = await readMessage(file, block.at, end)
        if (found?.batch === undefined || found.next !== block.end)
          throw new ArrowFault(`has no batch at ${block.at}, where its footer points to`)
        if ((found.batch.dictionary !== undefined) !== dictionaries.includes(block))
          throw new ArrowFault('has a footer that does not fit its batches')
        yield found.batch
      }
    },
  }
}

/**
 * Where the schema at the beginning ends. Polars writes it there without mark and length, as no reader but a stream's needs it: then nothing up to
 * the first batch that the footer lists may be a batch.
 */
async function contentStart(file: ByteFile, listed: readonly Block[], end: number): Promise<number> {
  const mark = Buffer.from(await readFully(file, 8, 4)).readUInt32LE(0)
  if (mark === 0xffffffff || mark > 64) {
    const first = await readMessage(file, 8, end)
    if (first?.fields === undefined) throw new ArrowFault('has no schema at its beginning')
    return first.next
  }
  const start = listed.reduce((least, { at }) => Math.min(least, at), end)
  const length = start - 8
  if (length < 16 || length > largestMetadata) throw new ArrowFault('has no schema at its beginning')
  const bytes = await readFully(file, 8, length)
  const flat = openFlat(bytes)
  if (flat.u8(flat.root, 1, 0) !== 1 || flat.table(flat.root, 2) === 0)
    throw new ArrowFault('has no schema at its beginning')
  for (let p = 0; p + 8 <= length; p += 8) {
    if (flat.view.getUint32(p, true) !== 0xffffffff) continue
    const size = flat.view.getInt32(p + 4, true)
    if (size < 8 || p + 8 + size > length) continue
    throw new ArrowFault('has a footer that does not fit its batches')
  }
  return start
}

/** Padding between messages and the end mark are shorter than this, every message is longer. */
const slack = 64

/** A footer that leaves out a batch would make a shorter table. */
function assertComplete(listed: readonly Block[], start: number, end: number): void {
  let at = start
  for (const block of [...listed, { at: end, end }].sort((a, b) => a.at - b.at)) {
    if (block.at < at || block.at - at >= slack) throw new ArrowFault('has a footer that does not fit its batches')
    at = block.end
  }
}

interface Block {
  readonly at: number
  readonly end: number
}

function blocks(flat: Flat, slot: number, end: number): readonly Block[] {
  const { at, length } = flat.vector(flat.root, slot, 24)
  return Array.from({ length }, (_, i) => {
    const from = at + 24 * i
    const offset = size64(flat.view, from)
    const block = { at: offset, end: offset + flat.view.getInt32(from + 8, true) + size64(flat.view, from + 16) }
    if (block.end > end) throw new ArrowFault('has a footer that points beyond its end')
    return block
  })
}

async function openStream(file: ByteFile): Promise<ArrowContent> {
  const first = await readMessage(file, 0, file.size)
  if (first?.fields === undefined) throw new ArrowFault('is no Arrow file: it begins with no schema')
  const { fields } = first
  return {
    fields,
    async *messages() {
      let at = first.next
      for (;;) {
        if (at >= file.size) throw new ArrowFault('is truncated: its end mark is missing')
        const found = await readMessage(file, at, file.size)
        if (found === undefined) return
        if (found.batch === undefined) throw new ArrowFault(`has a second schema at ${at}`)
        yield found.batch
        at = found.next
      }
    },
  }
}

interface Message {
  readonly fields?: readonly ArrowField[]
  readonly batch?: BatchMessage
  /** Where the next one begins. */
  readonly next: number
}

/** Undefined at the end mark. */
async function readMessage(file: ByteFile, at: number, end: number): Promise<Message | undefined> {
  const prefix = Buffer.from(await readFully(file, at, Math.min(8, end - at)))
  if (prefix.length < 4) throw new ArrowFault('is truncated')
  // Before version 0.15 the length came without the mark.
  const marked = prefix.readUInt32LE(0) === 0xffffffff
  if (marked && prefix.length < 8) throw new ArrowFault('is truncated')
  const length = prefix.readInt32LE(marked ? 4 : 0)
  if (length === 0) {
    if (at + (marked ? 8 : 4) !== file.size && end === file.size) throw new ArrowFault('goes on behind its end mark')
    return undefined
  }
  if (length < 8 || length > largestMetadata) throw new ArrowFault(`has metadata of ${length} bytes`)
  const metadata = at + (marked ? 8 : 4)
  const body = metadata + length
  if (body > end) throw new ArrowFault('is truncated')
  const flat = openFlat(await readFully(file, metadata, length))
  const kind = flat.u8(flat.root, 1, 0)
  const header = flat.table(flat.root, 2)
  const bodyLength = flat.i64(flat.root, 3)
  const next = body + bodyLength
  if (next > end) throw new ArrowFault('is truncated')
  if (header === 0) throw new ArrowFault('has a message without content')
  if (kind === 1 && bodyLength > 0) throw new ArrowFault('has a schema with a body')
  if (kind === 1) return { fields: readFields(flat, header), next }
  if (kind === 3) return { batch: batchOf(flat, header, body, bodyLength, undefined), next }
  if (kind !== 2) throw new ArrowFault(`has a message of the unknown kind ${kind}`)
  const data = flat.table(header, 1)
  if (data === 0) throw new ArrowFault('has a dictionary without values')
  const dictionary = { id: String(flat.i64(header, 0)), delta: flat.u8(header, 2, 0) !== 0 }
  return { batch: batchOf(flat, data, body, bodyLength, dictionary), next }
}

function batchOf(
  flat: Flat,
  table: number,
  body: number,
  bodyLength: number,
  dictionary: BatchMessage['dictionary'],
): BatchMessage {
  const nodes = flat.vector(table, 1, 16)
  const buffers = flat.vector(table, 2, 16)
  const compression = flat.table(table, 3)
  const variadic = flat.vector(table, 4, 8)
  const codec = compression === 0 ? undefined : flat.u8(compression, 0, 0)
  if (codec !== undefined && codec > 1) throw new ArrowFault(`is packed by the unknown codec ${codec}`)
  const rows = flat.i64(table, 0)
  if (rows > 0x7fffffff) throw new ArrowFault(`states a batch of ${rows} rows`)
  return {
    dictionary,
    rows,
    nodes: Array.from({ length: nodes.length }, (_, i) => ({
      length: size64(flat.view, nodes.at + 16 * i),
      nullCount: Number(flat.view.getBigInt64(nodes.at + 16 * i + 8, true)),
    })),
    buffers: Array.from({ length: buffers.length }, (_, i) => {
      const offset = size64(flat.view, buffers.at + 16 * i)
      const length = size64(flat.view, buffers.at + 16 * i + 8)
      if (offset + length > bodyLength) throw new ArrowFault('has a buffer that reaches beyond its batch')
      return { at: body + offset, length }
    }),
    compression: codec === undefined ? undefined : codec === 0 ? 'lz4' : 'zstd',
    variadic: Array.from({ length: variadic.length }, (_, i) => size64(flat.view, variadic.at + 8 * i)),
  }
}
