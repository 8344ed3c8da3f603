import type { AuditOptions, Duck, RuleRelation } from '@tidegate/duckdb'
import type { Batch, PartRef, Place, TableSchema } from 'tidegate'
import type { Input, Resources } from '../commands/input.ts'

/** The rows of a file as DuckDB reads them where they lie, certainly as our own reader would. */
export interface LyingRows {
  readonly duck: Duck
  readonly schema: TableSchema
  readonly relation: RuleRelation
  /** What must be true of the rows for that. */
  readonly given: NonNullable<AuditOptions['given']>
  /** Why nothing that DuckDB found may be used after all, or undefined. */
  doubt(rows: number): Promise<string | undefined>
  /** Rows by their numbers, ascending. */
  read(numbers: readonly number[]): AsyncIterable<Batch>
  close(): Promise<void>
}

/** `file`: its absolute path. */
export interface LyingRequest extends Resources {
  readonly input: Input
  readonly part: PartRef
  readonly file: string
  readonly place: Place
  readonly signal: AbortSignal
}
