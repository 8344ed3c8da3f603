import type { Batch } from '../columns/batch.ts'
import { buildField } from '../columns/build.ts'
import type { TableSchema } from '../types.ts'

/** A batch of `schema` without rows: what a rehearsal hands to a step. */
export function emptyBatch(schema: TableSchema): Batch {
  return { schema, length: 0, columns: schema.fields.map((field) => buildField(field, [])) }
}
