import type { Batch } from '../kernel/columns/batch.ts'
import type { Column } from '../kernel/columns/column.ts'
import type { Field, TableSchema } from '../kernel/types.ts'

declare const row: unique symbol
declare const value: unique symbol

/**
 * A mergeable aggregate (init / add / merge / finish), serialisable, for many groups at once. One algebra serves roll-ups, gates and profiles.
 * `R` is the row it needs, `V` the cell it gives.
 */
export interface Measure<in R = never, out V = unknown> {
  readonly [row]?: ((row: R) => void) | undefined
  readonly [value]?: V
  /** `mean(delay)`: as messages, plans and manifests name it. */
  readonly name: string
  readonly columns: readonly string[]
  /** Changes whenever state or result would mean something else; part of the recipe. */
  readonly version: number
  /** Parameters that are part of the recipe (`{ p: 0.5 }`). */
  readonly parameters?: Readonly<Record<string, number | string | boolean>>
  /** Throws `COLUMN_MISSING` or `SCHEMA_MISMATCH` where the columns do not fit. */
  create(schema: TableSchema): Accumulator
}

/** The state of one measure over groups 0 .. groups - 1. */
export interface Accumulator {
  /** Columns of the state (names are local: `sum`, `carry`), in order. */
  readonly stateFields: readonly Field[]
  /** The result's type; its name is chosen by the user. */
  readonly result: { readonly type: Field['type']; readonly nullable: boolean; readonly sees?: 'bigint' }
  /** Adds the rows of a batch, in order; `groups[i]` is the group of row i, `count` the number of groups so far. Without `groups`, all rows are group 0. */
  add(batch: Batch, groups: Int32Array | undefined, count: number): void
  /** Merges a state of later rows: state row i belongs to group `groups[i]`. */
  merge(state: readonly Column[], groups: Int32Array | undefined, count: number): void
  /** The state of all `count` groups, one column for each of `stateFields`. */
  state(count: number): readonly Column[]
  finish(count: number): Column
}

/** A key of a roll-up: a column, or a function of one (`day('date')`). */
export interface Key<in R = never, out V = unknown> {
  readonly [row]?: ((row: R) => void) | undefined
  readonly [value]?: V
  readonly name: string
  readonly columns: readonly string[]
  readonly version: number
  readonly parameters?: Readonly<Record<string, number | string | boolean>>
  create(schema: TableSchema): {
    readonly result: { readonly type: Field['type']; readonly nullable: boolean; readonly sees?: 'bigint' }
    of(batch: Batch): Column
  }
}
