import type { PartRef, Source, TableSchema } from 'tidegate'
import type { ColumnEvidence, InferredColumn } from './infer-type.ts'

/** Types that were found by reading values, and why. JSON. */
export interface Inference {
  readonly schema: TableSchema
  readonly columns: readonly ColumnEvidence[]
  /** Records that were looked at, and records that could not be read. */
  readonly rows: number
  readonly rejected: number
}

/** A source of text: what its values say about its types can be asked with the evidence. */
export interface InferringSource extends Source {
  infer(parts: readonly PartRef[], signal: AbortSignal): Promise<Inference>
}

export function inferenceOf(
  looked: { readonly rows: number; readonly rejected: number },
  columns: readonly InferredColumn[],
): Inference {
  return {
    schema: { fields: columns.map(({ field }) => field) },
    columns: columns.map(({ evidence }) => evidence),
    rows: looked.rows,
    rejected: looked.rejected,
  }
}
