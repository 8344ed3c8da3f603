import type { Field, LogicalType, TableSchema, TimeUnit } from 'tidegate'
import type { Body } from './to-arrow-columns.ts'
import { createFlatWriter, type FlatField, type FlatWriter } from './to-arrow-flat.ts'

// Message.fbs, Schema.fbs and File.fbs of Arrow: https://github.com/apache/arrow/tree/main/format. Version V5, little-endian.

const version: FlatField = ['i16', 4]
const units: Readonly<Record<TimeUnit, number>> = { s: 0, ms: 1, us: 2, ns: 3 }

export interface Block {
  readonly at: number
  /** The prefix and the padding included. */
  readonly metadata: number
  readonly body: number
}

/** A message: mark, length, metadata padded to 8 bytes. */
function message(flat: FlatWriter, kind: number, header: number, bodyLength: number): Uint8Array {
  const metadata = flat.finish(flat.table(version, ['u8', kind], ['offset', header], ['i64', BigInt(bodyLength)]))
  const length = (metadata.length + 7) & ~7
  const out = Buffer.alloc(8 + length)
  out.writeUInt32LE(0xffffffff, 0)
  out.writeInt32LE(length, 4)
  out.set(metadata, 8)
  return out
}

/** `coded`: for each column the id of its dictionary, undefined where it has none. */
export function schemaMessage(schema: TableSchema, coded: readonly (number | undefined)[]): Uint8Array {
  const flat = createFlatWriter()
  return message(flat, 1, schemaTable(flat, schema, coded), 0)
}

export function batchMessage(body: Body, dictionary?: { readonly id: number; readonly delta: boolean }): Uint8Array {
  const flat = createFlatWriter()
  const buffers = flat.structs(body.buffers.map(({ at, length }) => [at, length]))
  const nodes = flat.structs(body.nodes.map(({ length, nullCount }) => [length, nullCount]))
  const batch = flat.table(['i64', BigInt(body.rows)], ['offset', nodes], ['offset', buffers])
  if (dictionary === undefined) return message(flat, 3, batch, body.length)
  const delta: FlatField = dictionary.delta ? ['u8', 1] : undefined
  return message(flat, 2, flat.table(['i64', BigInt(dictionary.id)], ['offset', batch], delta), body.length)
}

/** The footer of a file, with its length and mark. */
export function footer(
  schema: TableSchema,
  coded: readonly (number | undefined)[],
  dictionaries: readonly Block[],
  batches: readonly Block[],
): Uint8Array {
  const flat = createFlatWriter()
  const blocks = (list: readonly Block[]) => flat.structs(list.map(({ at, metadata, body }) => [at, metadata, body]))
  const [records, words] = [blocks(batches), blocks(dictionaries)]
  const own = schemaTable(flat, schema, coded)
  const content = flat.finish(flat.table(version, ['offset', own], ['offset', words], ['offset', records]))
  const out = Buffer.alloc(content.length + 10)
  out.set(content)
  out.writeInt32LE(content.length, content.length)
  out.write('ARROW1', content.length + 4, 'latin1')
  return out
}

function schemaTable(flat: FlatWriter, schema: TableSchema, coded: readonly (number | undefined)[]): number {
  const fields = schema.fields.map((field, i) => fieldTable(flat, field, coded[i]))
  return flat.table(['i16', 0], ['offset', flat.vector(fields)])
}

function fieldTable(flat: FlatWriter, { name, type, nullable }: Field, dictionary?: number): number {
  const inner: readonly Field[] =
    type.kind === 'list' ? [{ name: 'item', type: type.of, nullable: true }] : type.kind === 'struct' ? type.fields : []
  const children = flat.vector(inner.map((field) => fieldTable(flat, field)))
  const text = flat.text(name)
  const [id, table] = typeTable(flat, type)
  const encoding =
    dictionary === undefined
      ? undefined
      : flat.table(['i64', BigInt(dictionary)], ['offset', flat.table(['i32', 32], ['u8', 1])])
  return flat.table(
    ['offset', text],
    ['u8', nullable ? 1 : 0],
    ['u8', id],
    ['offset', table],
    encoding === undefined ? undefined : ['offset', encoding],
    ['offset', children],
  )
}

function typeTable(flat: FlatWriter, type: LogicalType): readonly [id: number, table: number] {
  switch (type.kind) {
    case 'null':
      return [1, flat.table()]
    case 'int':
      return [2, flat.table(['i32', type.bits], ['u8', type.signed ? 1 : 0])]
    case 'float':
      return [3, flat.table(['i16', type.bits === 32 ? 1 : 2])]
    case 'binary':
      return [4, flat.table()]
    case 'string':
      return [5, flat.table()]
    case 'boolean':
      return [6, flat.table()]
    case 'decimal':
      return [7, flat.table(['i32', type.precision], ['i32', type.scale], ['i32', 128])]
    case 'date':
      return [8, flat.table(['i16', 0])]
    case 'time':
      return [9, flat.table(['i16', units[type.unit]], ['i32', type.unit === 's' || type.unit === 'ms' ? 32 : 64])]
    case 'timestamp': {
      const zone = type.zone === undefined ? undefined : flat.text(type.zone)
      return [10, flat.table(['i16', units[type.unit]], zone === undefined ? undefined : ['offset', zone])]
    }
    case 'list':
      return [12, flat.table()]
    case 'struct':
      return [13, flat.table()]
  }
}
