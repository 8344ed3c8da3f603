import type { Batch } from '../kernel/columns/batch.ts'
import type { TableSchema } from '../kernel/types.ts'
import type { Measure } from './measure.ts'

declare const row: unique symbol

/** What happens to a row that fails. Strongest first: a row that fails several checks gets the strongest verdict among them. */
export type RowVerdict = 'halt' | 'quarantine' | 'drop' | 'warn'
export const rowVerdicts = ['halt', 'quarantine', 'drop', 'warn'] as const satisfies readonly RowVerdict[]

/** What late data gets. */
export type LateAction = 'drop' | 'update' | 'deadLetter' | 'backfill'

/** Row i failed: bit i is 1. Least significant bit first, as in Arrow. */
export type Bits = Uint8Array

/** A rule about one row. Null is unknown and passes (except notNull); NaN is a value. */
export interface RowRule {
  readonly scope: 'row'
  /** Resolves columns once per schema; the result is called per batch and sets the bits of failing rows. Must not look across rows. */
  compile(schema: TableSchema): (batch: Batch, failing: Bits) => void
  /** More than the check's name about why a row failed, for quarantine reasons; asked for failing rows only. Without it the name stands alone. */
  explain?(schema: TableSchema): (batch: Batch, row: number) => string | undefined
  /** Functions whose code is part of the recipe (a user's predicate). */
  readonly code?: readonly CallableFunction[]
}

/** A rule about the whole dataset that names no rows: decided in the fold from measures over the rows that passed the row rules. */
export interface DatasetRule {
  readonly scope: 'dataset'
  readonly measures: Readonly<Record<string, Measure>>
  decide(values: Readonly<Record<string, unknown>>): { readonly pass: boolean; readonly observed: string }
  readonly code?: readonly CallableFunction[]
}

/** A rule about the whole dataset that condemns rows (uniqueness, references): per part a partial, in the fold a bitmap per part. */
export interface CondemningRule {
  readonly scope: 'condemning'
  /** Version of the partial's bytes. */
  readonly version: number
  /** Collects over the passing rows of one part, in order. */
  collect(schema: TableSchema): { add(batch: Batch): void; finish(): Uint8Array }
  /** Decides over all parts in part order; `rows` counts the part's passing rows. Only parts with condemned rows need an answer. */
  condemn(
    parts: readonly { readonly rows: number; partial(): Promise<Uint8Array> }[],
  ): Promise<ReadonlyMap<number, Bits>>
}

export interface CheckOptions {
  /** What a failing row gets; without it the node's `otherwise`, then the hook, then `halt`. */
  readonly verdict?: RowVerdict
  /** The dataset passes while at least this share (0..1) of the rows passes. A missed threshold always halts. */
  readonly atLeast?: number
  /** The dataset passes while at most this many rows fail. */
  readonly atMost?: number
}

/** A rule as users write it into `expect`. `R` is the row it needs: a wrong column is a type error that names it. */
export interface Check<in R = never> {
  readonly [row]?: ((row: R) => void) | undefined
  /** `between(delay, -120, 1440)`: how plans, reasons and manifests name it; unique in its node. */
  readonly name: string
  readonly columns: readonly string[]
  readonly rule: RowRule | DatasetRule | CondemningRule
  /** The rule's parameters, JSON: part of the recipe. */
  readonly parameters: unknown
  readonly verdict?: RowVerdict
  readonly atLeast?: number
  readonly atMost?: number
}
