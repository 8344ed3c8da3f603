import * as arrow from '@uwdata/flechette'
import { fromArrowColumn, prefersDictionary, toArrowColumn } from '../../kernel/arrow/arrow-columns.ts'
import { arrowType, extraction } from '../../kernel/arrow/arrow-types.ts'
import type { Batch } from '../../kernel/columns/batch.ts'
import type { Column } from '../../kernel/columns/column.ts'
import { TidegateError } from '../../kernel/errors.ts'
import type { Field, TableSchema } from '../../kernel/types.ts'
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
  const fields = schema.fields.map((field, index) =>
    arrow.field(field.name, (columns[index] as arrow.Column<unknown>).type, field.nullable),
  )
  // `Table` takes a mutable array and a schema in flechette's own spelling (V5, little endian).
  return new arrow.Table({ version: 4, endianness: 0, fields, metadata: null } as never, columns as never)
}

async function* read(source: ByteSource, options: Parameters<StorageStrategy['read']>[1]): AsyncIterable<Batch> {
  const { schema, columns } = options
  const trailer = await readTrailer(source)
  const wanted = columns === undefined ? schema.fields : schema.fields.filter((field) => columns.includes(field.name))
  options.signal?.throwIfAborted()
  if (wanted.length === 0) {
    for (const [, , rows] of trailer.batches) yield { schema: { fields: [] }, length: rows, columns: [] }
    return
  }
  const head = await source.read(0, trailer.schema)
  for (const [offset, length, rows] of trailer.batches) {
    options.signal?.throwIfAborted()
    const body = await source.read(offset, length)
    const bytes = new Uint8Array(head.length + body.length)
    bytes.set(head)
    bytes.set(body, head.length)
    yield { schema: { fields: wanted }, length: rows, columns: decode(bytes, wanted, rows) }
  }
}

function decode(bytes: Uint8Array, wanted: readonly Field[], rows: number): readonly Column[] {
  try {
    const table = arrow.tableFromIPC(bytes, extraction)
    if (table.numRows !== rows) throw new Error(`a batch of ${table.numRows} rows in the place of ${rows}`)
    return wanted.map((field) => {
      const stored = table.getChild(field.name) as arrow.Column<unknown> | null | undefined
      if (!stored) throw new Error(`there is no column "${field.name}"`)
      if (!carries(stored.type, arrowType(field.type))) throw new Error(`the column "${field.name}" is of another type`)
      return fromArrowColumn(field, stored)
    })
  } catch (cause) {
    throw damaged(cause)
  }
}

/** Whether a stored type is the one that carries a column; text may be stored as codes. */
function carries(stored: arrow.DataType, wanted: arrow.DataType): boolean {
  const own = (stored as { readonly dictionary?: arrow.DataType }).dictionary ?? stored
  const facts = ({ typeId, children, ...rest }: arrow.DataType & { readonly children?: readonly arrow.Field[] }) =>
    JSON.stringify([
      typeId,
      Object.entries(rest)
        .filter(([, fact]) => typeof fact !== 'function' && typeof fact !== 'object')
        .sort(),
    ])
  const inner = (type: arrow.DataType) =>
    ((type as { readonly children?: readonly arrow.Field[] | null }).children ?? []).map((field) => field.type)
  const [a, b] = [inner(own), inner(wanted)]
  return (
    facts(own) === facts(wanted) && a.length === b.length && a.every((type, i) => carries(type, b[i] as arrow.DataType))
  )
}

async function readTrailer(source: ByteSource): Promise<Trailer> {
  const footLength = 4 + magic.length
  if (source.size < footLength + endOfStream) throw damaged()
  const guess = Math.min(source.size, 4096)
  let tail = await source.read(source.size - guess, guess)
  const foot = Buffer.from(tail.buffer, tail.byteOffset + tail.length - footLength, footLength)
  if (foot.toString('latin1', 4) !== magic) throw damaged()
  const length = foot.readUInt32LE(0)
  const end = source.size - footLength - length - endOfStream
  if (end < 0) throw damaged()
  if (length + footLength > guess) tail = await source.read(source.size - footLength - length, length + footLength)
  const text = Buffer.from(tail.buffer, tail.byteOffset + tail.length - footLength - length, length).toString()
  return checkedTrailer(text, end)
}

/** A trailer whose batches lie one after another from the schema to the end of the stream, without a gap. */
function checkedTrailer(text: string, end: number): Trailer {
  let trailer: Trailer
  try {
    trailer = JSON.parse(text) as Trailer
    let at = trailer.schema
    for (const [offset, length, rows] of trailer.batches) {
      if (offset !== at || !(length >= 0) || !(Number.isInteger(rows) && rows > 0))
        throw new Error(`a batch at ${offset} in the place of ${at}`)
      at += length
    }
    if (at !== end) throw new Error(`the batches end at ${at} and not at ${end}`)
  } catch (cause) {
    throw damaged(cause)
  }
  return trailer
}

function damaged(cause?: unknown): TidegateError {
  return new TidegateError(
    'WORKSPACE_CORRUPT',
    'A data file of the workspace is no Arrow file of this layout, or is damaged',
    {
      hint: 'Run again with --full to make it anew.',
      cause,
    },
  )
}
