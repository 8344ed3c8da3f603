import { type Batch, type Column, type Field, type OpenRequest, TidegateError } from 'tidegate'
import { type ColumnReader, createColumnReader } from './column-reader.ts'
import { type AvroFile, type Block, damaged } from './container.ts'
import { type Cursor, createCursor, setBytes, takeFree } from './cursor.ts'
import { fieldsOf } from './logical.ts'
import type { AvroRecord } from './schema.ts'
import { leastBytes, skipValue } from './skip.ts'

export interface Reading {
  /** Columns that are offered at all; undefined: all. */
  readonly columns?: readonly string[] | undefined
  readonly maxBlockBytes: number
}

/** A batch ends early behind so many bytes. */
const batchBytes = 64 << 20

/** The record with the columns that are offered. @throws `COLUMN_MISSING` for one that the file does not have. */
export function offered(record: AvroRecord, columns: readonly string[] | undefined, shown: string): readonly Field[] {
  const missing = columns?.find((name) => !record.fields.some((field) => field.name === name))
  if (missing !== undefined)
    throw new TidegateError('COLUMN_MISSING', `"${shown}" has no column '${missing}'`, {
      hint: `Its columns are ${record.fields.map(({ name }) => name).join(', ')}.`,
      data: { path: shown, column: missing },
    })
  const fields = record.fields.filter(({ name }) => columns?.includes(name) ?? true)
  return fieldsOf({ ...record, fields }, shown)
}

/** All rows, in batches of at most `batchRows`; only columns asked for are decoded. */
export async function* readAvro(
  file: AvroFile,
  shown: string,
  { columns, maxBlockBytes }: Reading,
  request: Pick<OpenRequest, 'schema' | 'columns' | 'batchRows' | 'signal'>,
): AsyncIterable<Batch> {
  try {
    const { record } = file.header
    let block: Block | undefined
    const c = createCursor((what, at) => {
      throw damaged(shown, block?.offset ?? 0, `byte ${at} of the unpacked block: ${what}`)
    })
    const has = offered(record, columns, shown)
    const needed = (name: string) =>
      (request.columns?.includes(name) ?? true) && (request.schema?.fields.some((field) => field.name === name) ?? true)
    // Rows can be counted without any column, but a batch needs one to be as long as they are many.
    const asked = has.filter(({ name }) => needed(name))
    const fields = asked.length === 0 ? has.slice(0, 1) : asked
    const readers = readersOf(record, fields, c, shown, request.schema?.fields)
    const batch = createBatch(fields, readers)
    const least = leastBytes(record)
    const steps = stepsOf(record, fields, readers, c)

    for (block = await file.next(maxBlockBytes); block !== undefined; block = await file.next(maxBlockBytes)) {
      request.signal.throwIfAborted()
      setBytes(c, block.bytes)
      if (block.rows * least > c.end) c.fail(`the block claims ${block.rows} rows in ${c.end} bytes`)
      if (least === 0) takeFree(c, block.rows)
      for (let left = block.rows; left > 0; ) {
        const run = Math.min(left, request.batchRows - batch.rows)
        const start = c.at
        batch.reserve(run)
        decode(steps, c, batch.rows, run)
        batch.grow(run, c.at - start)
        left -= run
        if (batch.rows === request.batchRows) yield batch.take()
      }
      if (c.at < c.end) c.fail(`${c.end - c.at} bytes are left behind the last row of the block`)
      if (batch.bytes > batchBytes) yield batch.take()
    }
    if (batch.rows > 0) yield batch.take()
  } finally {
    await file.close()
  }
}

type Step = (row: number) => void

function readersOf(
  record: AvroRecord,
  fields: readonly Field[],
  c: Cursor,
  shown: string,
  wanted: readonly Field[] | undefined,
): readonly ColumnReader[] {
  return fields.map(({ name }) => {
    const type = (record.fields.find((field) => field.name === name) as AvroRecord['fields'][number]).type
    return createColumnReader(
      type,
      c,
      name,
      shown,
      wanted?.find((field) => field.name === name),
    )
  })
}

/** One step for each field of the record, in its order: decode it, or move over it. */
function stepsOf(
  record: AvroRecord,
  fields: readonly Field[],
  readers: readonly ColumnReader[],
  c: Cursor,
): readonly Step[] {
  return record.fields.map(({ name, type }) => {
    const index = fields.findIndex((field) => field.name === name)
    return readers[index]?.read ?? (() => skipValue(type, c))
  })
}

function decode(steps: readonly Step[], c: Cursor, first: number, rows: number): void {
  const n = steps.length
  for (let row = first; row < first + rows; row++) {
    for (let s = 0; s < n; s++) (steps[s] as Step)(row)
    if (c.at > c.end) c.fail('it ends in the middle of a row')
  }
}

function createBatch(fields: readonly Field[], readers: readonly ColumnReader[]) {
  let rows = 0
  let bytes = 0
  return {
    get rows() {
      return rows
    },
    get bytes() {
      return bytes
    },
    reserve(more: number): void {
      for (const reader of readers) reader.reserve(rows + more)
    },
    grow(more: number, size: number): void {
      rows += more
      bytes += size
    },
    take(): Batch {
      const columns: readonly Column[] = readers.map((reader) => reader.take(rows))
      const length = rows
      rows = 0
      bytes = 0
      // A nullable column of the schema is what the file says; 64-bit integers are seen as asked for.
      return { schema: { fields: fields.map((field, i) => asRead(field, columns[i] as Column)) }, length, columns }
    },
  }
}

function asRead(field: Field, column: Column): Field {
  return 'sees' in column && column.sees === 'bigint' ? { ...field, sees: 'bigint' } : field
}
