import type { Batch } from './columns/batch.ts'
import { conform } from './schema/conform.ts'
import { unifySchemas } from './schema/unify.ts'
import type { TableSchema } from './types.ts'

/**
 * Holds batches back while a column that matters is of type null in all of them, because its real type may still come: so the schema of what
 * follows never depends on where batches end. Afterwards every batch leaves with the one settled schema.
 */
export interface SchemaSettler {
  add(batch: Batch): readonly Batch[]
  /** What was held back to the end. */
  finish(): readonly Batch[]
  readonly schema: TableSchema | undefined
}

export function createSchemaSettler(node: string, matters?: readonly string[]): SchemaSettler {
  let schema: TableSchema | undefined
  let held: Batch[] = []
  let settled = false
  const isOpen = (found: TableSchema) =>
    found.fields.some((field) => field.type.kind === 'null' && (matters === undefined || matters.includes(field.name)))
  const flush = () => {
    const ready = held.map((batch) => conform(batch, schema as TableSchema, { node, nulls: 'leave' }))
    held = []
    return ready
  }
  return {
    add(batch) {
      if (batch.schema !== schema)
        schema = schema === undefined ? batch.schema : unifySchemas(schema, batch.schema, { node })
      if (settled) return [conform(batch, schema, { node, nulls: 'leave' })]
      held.push(batch)
      if (isOpen(schema)) return []
      settled = true
      return flush()
    },
    finish: flush,
    get schema() {
      return schema
    },
  }
}
