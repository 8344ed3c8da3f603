import { TidegateError } from 'tidegate'
import { type ByteReader, createByteReader } from './byte-reader.ts'
import { type Unpack, unpackOf } from './codecs.ts'
import { type AvroRecord, parseAvroSchema } from './schema.ts'

/** `Obj` and the version (specification, "Object Container Files"). */
export const magic = Uint8Array.of(0x4f, 0x62, 0x6a, 1)
const mostHeader = 16 << 20

export interface Header {
  readonly record: AvroRecord
  readonly codec: string
  readonly sync: Uint8Array
}

export interface AvroFile {
  readonly header: Header
  /** The next block, or undefined at the end. `bytes` are unpacked and valid until the next call. */
  next(most: number): Promise<Block | undefined>
  close(): Promise<void>
}

export interface Block {
  readonly rows: number
  readonly bytes: Uint8Array
  /** Where it begins in the file. */
  readonly offset: number
}

export function damaged(shown: string, byte: number, what: string): TidegateError {
  return new TidegateError('SOURCE_CORRUPT', `"${shown}" is damaged at byte ${byte}: ${what}`, {
    hint: 'Fetch or write the file again; a file should be written beside and renamed into place when it is complete.',
    data: { path: shown, byte },
  })
}

/** Reads the header. @throws `SOURCE_CORRUPT` for what is no Avro container file, `TYPE_UNSUPPORTED` for its codec or a schema that is no record. */
export async function openAvro(chunks: AsyncIterable<Uint8Array>, shown: string): Promise<AvroFile> {
  const reader = createByteReader(chunks)
  try {
    const header = await readHeader(reader, shown)
    const unpack = unpackOf(header.codec, shown)
    return { header, next: (most) => nextBlock(reader, header, unpack, shown, most), close: () => reader.close() }
  } catch (error) {
    await reader.close()
    throw error
  }
}

async function readHeader(reader: ByteReader, shown: string): Promise<Header> {
  const start = await reader.take(4)
  if (start.length === 0) throw damaged(shown, 0, 'it is empty')
  if (magic.some((byte, i) => start[i] !== byte))
    throw new TidegateError('SOURCE_CORRUPT', `"${shown}" is no Avro container file: it does not begin with "Obj"`, {
      hint: 'Single Avro messages without a container cannot be read: they do not carry their schema.',
      data: { path: shown },
    })
  const meta = await readMeta(reader, shown)
  const sync = (await exactly(reader, 16, shown)).slice()
  const schema = meta.get('avro.schema')
  if (schema === undefined) throw damaged(shown, reader.position, 'its header holds no schema')
  const record = parseAvroSchema(schema.toString(), shown)
  if (record.kind !== 'record')
    throw new TidegateError('TYPE_UNSUPPORTED', `"${shown}" holds values of type ${record.kind}, not records`, {
      hint: 'Write records with one field for each column.',
      data: { path: shown },
    })
  return { record, codec: meta.get('avro.codec')?.toString() ?? 'null', sync }
}

async function readMeta(reader: ByteReader, shown: string): Promise<Map<string, Buffer>> {
  const meta = new Map<string, Buffer>()
  for (;;) {
    const stated = await readVarint(reader, shown)
    const count = Math.abs(stated)
    if (stated < 0) await readVarint(reader, shown)
    if (count === 0) return meta
    for (let i = 0; i < count; i++) {
      const key = await readBlob(reader, shown)
      meta.set(key.toString(), await readBlob(reader, shown))
      if (reader.position > mostHeader) throw damaged(shown, reader.position, 'its header is longer than 16 MiB')
    }
  }
}

async function readBlob(reader: ByteReader, shown: string): Promise<Buffer> {
  const size = await readVarint(reader, shown)
  if (size < 0 || size > mostHeader)
    throw damaged(shown, reader.position, `its header claims an entry of ${size} bytes`)
  return Buffer.from(await exactly(reader, size, shown))
}

async function exactly(reader: ByteReader, size: number, shown: string): Promise<Uint8Array> {
  const bytes = await reader.take(size)
  if (bytes.length < size) throw damaged(shown, reader.position, 'it is truncated')
  return bytes
}

async function readVarint(reader: ByteReader, shown: string): Promise<number> {
  let value = 0n
  for (let i = 0n; ; i++) {
    const byte = (await exactly(reader, 1, shown))[0] as number
    value |= BigInt(byte & 0x7f) << (7n * i)
    if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n))
    if (i === 9n) throw damaged(shown, reader.position, 'an integer is longer than 64 bits')
  }
}

async function nextBlock(
  reader: ByteReader,
  { sync }: Header,
  unpack: Unpack,
  shown: string,
  most: number,
): Promise<Block | undefined> {
  const offset = reader.position
  // A file ends behind a block: one byte more begins the next.
  const first = await reader.take(1)
  if (first.length === 0) return undefined
  const rows = await readVarint(startingWith(first[0] as number, reader), shown)
  const size = await readVarint(reader, shown)
  if (rows < 0 || size < 0) throw damaged(shown, offset, `a block claims ${rows} rows in ${size} bytes`)
  if (size > most) throw damaged(shown, offset, `a block claims ${size} bytes, more than maxBlockBytes (${most})`)
  const bytes = await unpack(Uint8Array.from(await exactly(reader, size, shown)), most)
  if (typeof bytes === 'string') throw damaged(shown, offset, bytes)
  const mark = await exactly(reader, 16, shown)
  if (sync.some((byte, i) => mark[i] !== byte))
    throw damaged(shown, reader.position - 16, 'the mark behind a block is not that of the header')
  return { rows, bytes, offset }
}

/** The reader with one byte put back. */
function startingWith(byte: number, reader: ByteReader): ByteReader {
  let held: number | undefined = byte
  return {
    get position() {
      return reader.position
    },
    async take(size) {
      if (held === undefined) return reader.take(size)
      const one = Uint8Array.of(held)
      held = undefined
      return one
    },
    close: () => reader.close(),
  }
}
