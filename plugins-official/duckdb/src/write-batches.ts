import { type Batch, columnOf, type TableSchema, TidegateError } from 'tidegate'
import { type ColumnWriter, windowRows, writerOf } from './column-writer.ts'
import type { Connection, Native } from './native.ts'

/** Appends batches to an existing table of that schema; returns how many rows. Memory beyond the table itself: one batch and one window. */
export async function appendBatches(
  native: Native,
  connection: Connection,
  table: string,
  schema: TableSchema,
  batches: AsyncIterable<Batch> | Iterable<Batch>,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { api, bindings } = native
  const appender = await connection.createAppender(table)
  const types = Array.from({ length: appender.columnCount }, (_, i) => appender.columnType(i))
  const chunk = api.DuckDBDataChunk.create(types)
  const writers = schema.fields.map((field) => ({ field, writer: writerOf(field, native) }))
  const mask = new Uint8Array(windowRows >> 3)
  let rows = 0
  try {
    for await (const batch of batches) {
      signal?.throwIfAborted()
      begin(writers, batch)
      for (let start = 0; start < batch.length; start += windowRows) {
        const size = Math.min(windowRows, batch.length - start)
        chunk.reset()
        chunk.rowCount = size
        for (let index = 0; index < writers.length; index++) {
          const { writer, field } = writers[index] as (typeof writers)[number]
          const vector = bindings.data_chunk_get_vector(chunk.chunk, index)
          const validity = field.type.kind === 'null' ? none : columnOf(batch, field.name)?.validity
          writer.write(vector, start, size, chunk, index)
          if (validity === undefined) continue
          mask.fill(0)
          if (field.type.kind !== 'null') mask.set(validity.subarray(start >> 3, (start + size + 7) >> 3))
          bindings.vector_ensure_validity_writable(vector)
          bindings.copy_data_to_vector_validity(vector, 0, mask.buffer, 0, ((size + 63) >> 6) << 3)
        }
        appender.appendDataChunk(chunk)
      }
      rows += batch.length
    }
    appender.flushSync()
  } finally {
    appender.closeSync()
  }
  return rows
}

const none = new Uint8Array(0)

function begin(
  writers: readonly { readonly field: TableSchema['fields'][number]; readonly writer: ColumnWriter }[],
  batch: Batch,
): void {
  for (const { field, writer } of writers) {
    const column = columnOf(batch, field.name)
    if (column === undefined) {
      throw new TidegateError('COLUMN_MISSING', `a batch has no column '${field.name}', which the schema has`, {
        data: { column: field.name },
      })
    }
    writer.begin(column)
  }
}
