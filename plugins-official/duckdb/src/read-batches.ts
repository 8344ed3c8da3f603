import { type Batch, type Column, sliceBatch, type TableSchema } from 'tidegate'
import { type ColumnReader, decimalReader, fixedReader, nullReader, type ReadPlan } from './column-reader.ts'
import type { Bindings, Chunk } from './native.ts'
import { nestedReader } from './nested.ts'
import { bytesReader, chunkRows } from './text-bytes.ts'
import { codesReader } from './text-codes.ts'
import { allPresent, collectValidity } from './validity.ts'

/** A batch with so much text in one column ends early: rows of megabytes must not add up to gigabytes. */
const mostText = 64 << 20

/** Puts chunks together to batches of at most `batchRows` rows, in their order. `stop` is called when nobody wants more. */
export async function* batchesOf(
  next: () => Promise<Chunk | null>,
  plans: readonly ReadPlan[],
  batchRows: number,
  bindings: Bindings,
  stop: () => void,
): AsyncGenerator<Batch> {
  const schema: TableSchema = { fields: plans.map((plan) => plan.field) }
  const builder = createBatchBuilder(schema, plans, Math.max(batchRows, chunkRows), bindings)
  let coming = next()
  try {
    for (;;) {
      const chunk = await coming
      const rows = chunk === null ? 0 : chunk.rowCount
      if (chunk === null || rows === 0) break
      coming = next() // DuckDB works on the next chunk while this one is copied
      if (!builder.fits(rows)) yield* sliced(builder.finish(), batchRows)
      builder.append(chunk, rows)
    }
    if (builder.rows() > 0) yield* sliced(builder.finish(), batchRows)
  } finally {
    stop()
    await coming.catch(() => null)
  }
}

function* sliced(batch: Batch, batchRows: number): Generator<Batch> {
  if (batch.length <= batchRows) return yield batch
  for (let start = 0; start < batch.length; start += batchRows)
    yield sliceBatch(batch, start, Math.min(batch.length, start + batchRows))
}

function createBatchBuilder(schema: TableSchema, plans: readonly ReadPlan[], capacity: number, bindings: Bindings) {
  const columns = plans.map((plan) => ({
    plan,
    reader: readerOf(plan, capacity, bindings),
    validity: collectValidity(capacity),
  }))
  let filled = 0
  return {
    rows: () => filled,
    fits: (rows: number) =>
      filled + rows <= capacity && !columns.some(({ reader }) => (reader.size?.() ?? 0) > mostText),
    append(chunk: Chunk, rows: number): void {
      for (let index = 0; index < columns.length; index++) {
        const { reader, validity } = columns[index] as (typeof columns)[number]
        const vector = bindings.data_chunk_get_vector(chunk.chunk, index)
        const given = bindings.vector_get_validity(vector, ((rows + 63) >> 6) << 3) as Uint8Array | null | undefined
        // Nullable columns come with a mask even where nothing is absent; without one every loop below is shorter.
        const mask = given === null || given === undefined || allPresent(given, rows) ? null : given
        validity.append(mask, filled, rows)
        if ('append' in reader) reader.append(vector, rows, filled, mask)
        else reader.take(chunk.getColumnVector(index).toArray(), filled)
      }
      // Asked of the chunk, and last: it has to stay alive until its memory has been copied.
      filled += bindings.data_chunk_get_size(chunk.chunk)
    },
    finish(): Batch {
      const length = filled
      filled = 0
      const made: Column[] = columns.map(({ reader, validity }) => reader.finish(length, validity.finish(length)))
      return { schema, length, columns: made }
    },
  }
}

type Reader = ColumnReader | ReturnType<typeof nestedReader>

function readerOf(plan: ReadPlan, capacity: number, bindings: Bindings): Reader {
  if (plan.field.type.kind === 'null') return nullReader(plan)
  switch (plan.from.kind) {
    case 'string':
      return codesReader(capacity, bindings)
    case 'binary':
      return bytesReader(plan.from, capacity, bindings)
    case 'decimal':
      return decimalReader(plan, capacity, bindings)
    case 'null':
      return nullReader(plan)
    case 'list':
    case 'struct':
      return nestedReader(plan.field.name, plan.from, capacity)
    default:
      return fixedReader(plan, capacity, bindings)
  }
}
