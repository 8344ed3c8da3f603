import * as arrow from '@uwdata/flechette'
import { fromArrowColumn, prefersDictionary, toArrowColumn } from '../../kernel/arrow/arrow-columns.ts'
import { extraction } from '../../kernel/arrow/arrow-types.ts'
import type { Batch } from '../../kernel/columns/batch.ts'
import { TidegateError } from '../../kernel/errors.ts'
import type { TableSchema } from '../../kernel/types.ts'
import type { ByteSource, PartWriter, StorageStrategy } from '../storage-strategy.ts'

const magic = 'TGARROW1'
const endOfStream = 8

/** Where each batch's messages stand, after the schema message of `schema` bytes. */
interface Trailer {
  readonly schema: number
  readonly batches: readonly (readonly [offset: number, length: number, rows: number])[]
}

/**
 * The default layout: an Arrow IPC stream (https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format) that any Arrow reader
 * opens, followed by a trailer with the place of each batch. Every batch brings its own dictionaries, so batches can be read one by one.
 */
export function createArrowStorage(): StorageStrategy {
  return { format: 'arrow-ipc@1', extension: 'arrow', writer: createWriter, read }
}

function createWriter(schema: TableSchema): PartWriter {
  const batches: [number, number, number][] = []
  let encodings: readonly boolean[] | undefined
  let schemaBytes = 0
  let offset = 0
  const encode = (batch: Batch): readonly Uint8Array[] => {
    encodings ??= batch.columns.map(prefersDictionary)
    const columns = batch.columns.map((column, index) => toArrowColumn(column, encodings?.[index] === true))
    const bytes = arrow.tableToIPC(arrowTable(schema, columns), { format: 'stream' }) as Uint8Array
    const header = 8 + new DataView(bytes.buffer, bytes.byteOffset).getInt32(4, true)
    const body = bytes.subarray(header, bytes.length - endOfStream)
    const out = offset === 0 ? [bytes.subarray(0, header), body] : [body]
    if (offset === 0) offset = schemaBytes = header
    batches.push([offset, body.length, batch.length])
    offset += body.length
    return out
  }
  return {
    add: (batch) => (batch.length === 0 ? [] : encode(batch)),
    finish: () => {
      const end = new Uint8Array(endOfStream)
      new DataView(end.buffer).setUint32(0, 0xffffffff, true)
      const trailer = Buffer.from(JSON.stringify({ schema: schemaBytes, batches } satisfies Trailer))
      const foot = Buffer.alloc(4 + magic.length)
      foot.writeUInt32LE(trailer.length, 0)
      foot.write(magic, 4, 'latin1')
      return [end, trailer, foot]
    },
  }
}

function arrowTable(schema: TableSchema, columns: readonly arrow.Column<unknown>[]): arrow.Table {
  const fields = schema.fields.map((field, index) => arrow.field(field.name, (columns[index] as arrow.Column<unknown>).type, field.nullable))
  // `Table` takes a mutable array and a schema in flechette's own spelling (V5, little endian).
  return new arrow.Table({ version: 4, endianness: 0, fields, metadata: null } as never, columns as never)
}

async function* read(source: ByteSource, options: Parameters<StorageStrategy['read']>[1]): AsyncIterable<Batch> {
  const { schema, columns } = options
  const trailer = await readTrailer(source)
  const wanted = columns === undefined ? schema.fields : schema.fields.filter((field) => columns.includes(field.name))
  if (schema.fields.length === 0 || trailer.batches.length === 0) {
    for (const [, , rows] of trailer.batches) yield { schema, length: rows, columns: [] }
    return
  }
  const head = await source.read(0, trailer.schema)
  for (const [offset, length, rows] of trailer.batches) {
    options.signal?.throwIfAborted()
    const body = await source.read(offset, length)
    const bytes = new Uint8Array(head.length + body.length)
    bytes.set(head)
    bytes.set(body, head.length)
    const table = decode(bytes)
    yield {
      schema: { fields: wanted },
      length: rows,
      columns: wanted.map((field) => fromArrowColumn(field, table.getChild(field.name) as arrow.Column<unknown>)),
    }
  }
}

function decode(bytes: Uint8Array): arrow.Table {
  try {
    return arrow.tableFromIPC(bytes, extraction)
  } catch (cause) {
    throw damaged(cause)
  }
}

async function readTrailer(source: ByteSource): Promise<Trailer> {
  const footLength = 4 + magic.length
  if (source.size < footLength + endOfStream) throw damaged()
  const guess = Math.min(source.size, 4096)
  let tail = await source.read(source.size - guess, guess)
  const foot = Buffer.from(tail.buffer, tail.byteOffset + tail.length - footLength, footLength)
  if (foot.toString('latin1', 4) !== magic) throw damaged()
  const length = foot.readUInt32LE(0)
  if (length + footLength > guess) tail = await source.read(source.size - footLength - length, length + footLength)
  const text = Buffer.from(tail.buffer, tail.byteOffset + tail.length - footLength - length, length).toString()
  return JSON.parse(text) as Trailer
}

function damaged(cause?: unknown): TidegateError {
  return new TidegateError('WORKSPACE_CORRUPT', 'A data file of the workspace is no Arrow file of this layout, or is damaged', {
    hint: 'Run again with --full to make it anew.',
    cause,
  })
}
