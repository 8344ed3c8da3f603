import type { TableSchema } from '../types.ts'
import type { Column } from './column.ts'

/**
 * The engine's view of a table: columns of the pinned schema, in its order, all of one length. What sources yield, records store and typed
 * kernels work on. An accident of execution: no result may depend on where one batch ends and the next begins.
 */
export interface Batch {
  readonly schema: TableSchema
  readonly length: number
  readonly columns: readonly Column[]
}

export function columnOf(batch: Batch, name: string): Column | undefined {
  const index = batch.schema.fields.findIndex((field) => field.name === name)
  return index < 0 ? undefined : batch.columns[index]
}

export function takeBatch(batch: Batch, rows: Int32Array): Batch {
  return { schema: batch.schema, length: rows.length, columns: batch.columns.map((column) => column.take(rows)) }
}

export function sliceBatch(batch: Batch, start: number, end: number): Batch {
  return { schema: batch.schema, length: end - start, columns: batch.columns.map((column) => column.slice(start, end)) }
}
