import type { Batch } from '../kernel/columns/batch.ts'
import type { Column } from '../kernel/columns/column.ts'
import type { Field, TableSchema } from '../kernel/types.ts'
import type { RowVerdict } from './check.ts'

/**
 * Mends cells of rows that failed a check. It looks at nothing but the row (the same row always gets the same cell) and a column keeps its type:
 * what it gives must be a value that the column can hold.
 */
export interface Repair {
  readonly point: 'repair'
  /** `clamp(0, 10)`: as reasons, records of repairs and plans name it. */
  readonly name: string
  /** Changes whenever equal parameters would give something else; part of the recipe. */
  readonly version: number
  /** JSON; part of the recipe. */
  readonly parameters: unknown
  /** The columns whose cells it mends; without them, those of the check. */
  readonly columns?: readonly string[]
  /** Whether it looks at other cells of the row as well: for column lineage. */
  readonly reads: 'cell' | 'row'
  /** Functions whose code is part of the recipe. */
  readonly code?: readonly CallableFunction[]
  /** The functions it was defined with: part of the recipe where the project itself defines it; what packages define says by `version` when it changes. */
  readonly definition?: readonly CallableFunction[]
  /**
   * Made once for each schema and column; throws `SCHEMA_MISMATCH` where it cannot mend such a column. The result is called for the failing rows of a
   * batch: `cells` holds their cells in this column (as far as other repairs have not mended them already), cell i of row `rows[i]` of `batch`, which
   * holds the rows as they came. It gives a column of the field's type, or as many JavaScript values, null where absent.
   */
  compile(field: Field, schema: TableSchema): MendCells
}

export type MendCells = (cells: Column, batch: Batch, rows: Int32Array) => Column | ArrayLike<unknown>

/** `(value) => ...`, or `(value, row) => ...` to look at the row as it came. Absent cells are `null`. */
export type RepairFunction = (value: never, row: never) => unknown

/**
 * Rows that fail are repaired and judged again, once, by all rules of the node. What still fails then gets `otherwise` from this check, and from any
 * other check its own verdict.
 */
export interface RepairVerdict {
  /** In a list each mends what the one before it has made of the cell. */
  readonly repair: Repair | RepairFunction | readonly (Repair | RepairFunction)[]
  /** Default `quarantine`; `warn` where the severity of the check is no `error`. */
  readonly otherwise?: RowVerdict
}
