import type { Batch } from '../columns/batch.ts'
import { isTidegateError } from '../errors.ts'
import { conform } from '../schema/conform.ts'
import type { TableSchema } from '../types.ts'

const unfit: ReadonlySet<string> = new Set(['SCHEMA_MISMATCH', 'TYPE_PRECISION'])

/**
 * Corrected rows as the node's columns are now. The node's code may have changed since they were given: what lacks a column that must be there, or has
 * another type, is no row of this node any more, and undefined.
 */
export function asRowsOf(schema: TableSchema, batches: readonly Batch[]): readonly Batch[] | undefined {
  try {
    return batches.map((batch) => conform(batch, schema, { nulls: 'leave' }))
  } catch (error) {
    if (isTidegateError(error) && unfit.has(error.code)) return undefined
    throw error
  }
}
