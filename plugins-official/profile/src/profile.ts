import { type Batch, conform, type Table, type TableSchema, toBatch } from 'tidegate'
import { createProfiler, type ProfileOptions, type Profiler } from './profiler.ts'
import type { Profile } from './types.ts'

/** Rows as a profile takes them: a batch or a table, or many of them in order. */
export type Rows = Batch | Table | Iterable<Batch | Table> | AsyncIterable<Batch | Table>

export interface ProfileRequest extends ProfileOptions {
  /** Every batch is read through it. Default: the schema of the first batch. */
  readonly schema?: TableSchema
}

/**
 * What a table looks like, from one pass over its rows in bounded memory. Batches are read through one schema.
 * @throws `SCHEMA_MISMATCH` where they do not fit it, naming the column.
 */
export async function profile(rows: Rows, given: ProfileRequest = {}): Promise<Profile> {
  const { schema, ...options } = given
  let profiler: Profiler | undefined = schema && createProfiler(schema, options)
  for await (const batch of batchesOf(rows)) {
    profiler ??= createProfiler(batch.schema, options)
    profiler.add(
      batch.schema === profiler.schema ? batch : conform(batch, profiler.schema, { node: 'profile', nulls: 'leave' }),
    )
  }
  return (profiler ?? createProfiler({ fields: [] }, options)).finish()
}

/** Rows of any form as batches. */
export async function* batchesOf(rows: Rows): AsyncGenerator<Batch> {
  if (isIterable(rows)) for await (const piece of rows) yield batchOf(piece)
  else yield batchOf(rows)
}

function isIterable(rows: Rows): rows is Iterable<Batch | Table> | AsyncIterable<Batch | Table> {
  // Arquero tables can be iterated too, row by row: they are told by their columns.
  return !('numRows' in rows) && (Symbol.asyncIterator in rows || Symbol.iterator in rows)
}

function batchOf(piece: Batch | Table): Batch {
  return 'schema' in piece && 'columns' in piece ? (piece as Batch) : toBatch(piece as never, { node: 'profile' })
}
