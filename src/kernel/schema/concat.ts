import type { Batch } from '../columns/batch.ts'
import type { Column } from '../columns/column.ts'
import { concatColumns } from '../columns/concat.ts'
import type { TableSchema } from '../types.ts'
import { conform } from './conform.ts'
import { emptyBatch } from './empty.ts'

/** Batches laid end to end, each read through `schema` first (null columns take its type); dictionaries are merged. */
export function concatBatches(schema: TableSchema, batches: readonly Batch[]): Batch {
  const read = batches.map((batch) => conform(batch, schema, { nulls: 'leave' }))
  const [first] = read
  if (first === undefined) return emptyBatch(schema)
  if (read.length === 1) return first
  const filled = read.filter(({ length }) => length > 0)
  if (filled.length <= 1) return filled[0] ?? first
  return {
    schema,
    length: filled.reduce((sum, { length }) => sum + length, 0),
    columns: schema.fields.map((_, i) => concatColumns(filled.map(({ columns }) => columns[i] as Column))),
  }
}
