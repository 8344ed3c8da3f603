import type { Batch } from '../kernel/columns/batch.ts'
import type { Node } from '../kernel/node.ts'
import type { TableSchema } from '../kernel/types.ts'
import type { Measure } from './measure.ts'
import type { Aggregate, Condemns, RowPredicate } from './predicate.ts'
import type { RepairVerdict } from './repair.ts'

declare const row: unique symbol

/** What happens to a row that fails. Strongest first: a row that fails several checks gets the strongest verdict among them. */
export type RowVerdict = 'halt' | 'quarantine' | 'drop' | 'warn'
export const rowVerdicts = ['halt', 'quarantine', 'drop', 'warn'] as const satisfies readonly RowVerdict[]

/** How bad a violation is. Only an `error` stops anything: with `warn` and `info` failing rows pass unless the check names a verdict, and a missed threshold is told, not halted. */
export type Severity = 'error' | 'warn' | 'info'
export const severities = ['error', 'warn', 'info'] as const satisfies readonly Severity[]

/** A share of the rows (0..1) or a number of rows. */
export type Threshold = number | { readonly share: number } | { readonly rows: number }

/** What late data gets. */
export type LateAction = 'drop' | 'update' | 'deadLetter' | 'backfill'

/** Row i failed: bit i is 1. Least significant bit first, as in Arrow. */
export type Bits = Uint8Array

/** A rule about one row. Null is unknown and passes (except notNull); NaN is a value. */
export interface RowRule {
  readonly scope: 'row'
  /**
   * Resolves columns once per schema; the result is called per batch and sets the bits of failing rows. Must not look across rows. It may return
   * of how many rows the rule speaks (those that meet its condition): shares are taken of these; without an answer, of all rows.
   */
  compile(schema: TableSchema): (batch: Batch, failing: Bits) => number | void
  /** More than the check's name about why a row failed, for quarantine reasons; asked for failing rows only. Without it the name stands alone. */
  explain?(schema: TableSchema): (batch: Batch, row: number) => string | undefined
  /** Functions whose code is part of the recipe (a user's predicate). */
  readonly code?: readonly CallableFunction[]
  /** The same as data, for engines that can check rows where they lie. Must say exactly what `compile` does; give it with `described`. */
  readonly predicate?: RowPredicate
}

/** A rule about the whole dataset that names no rows: decided in the fold from measures over the rows that passed the row rules. */
export interface DatasetRule {
  readonly scope: 'dataset'
  readonly measures: Readonly<Record<string, Measure>>
  /**
   * `values` are the results of the measures. Asked again where rows, thresholds or the check's `others` changed, and with `reads: ['now']` in every
   * run; `observed` should then not depend on the time itself, or every run commits an entry that says so.
   */
  decide(values: Readonly<Record<string, unknown>>, facts: GateFacts): Decision | Promise<Decision>
  /** What else the decision looks at: the time of the run, what the measures were in earlier snapshots. */
  readonly reads?: readonly ('now' | 'history')[]
  readonly code?: readonly CallableFunction[]
  /** The measures as data, by their names, for engines that can make them where rows lie; give them with `described`. */
  readonly aggregates?: Readonly<Record<string, Aggregate>>
}

export interface Decision {
  readonly pass: boolean
  /** In words: `12 rows, 10 to 11 are allowed`. */
  readonly observed: string
}

/** What a rule over the whole dataset may look at besides its own measures. */
export interface GateFacts {
  /** Epoch milliseconds, UTC, fixed for the run: the time of this snapshot. Without `reads: ['now']` an unchanged snapshot keeps the time it was first committed. */
  readonly now: number
  /** The datasets that the check names in `others`. */
  readonly others: Readonly<Record<string, OtherDataset>>
  /** Where the rule `reads` history: what its measures were in earlier committed snapshots, oldest first. */
  readonly history: readonly HistoryPoint[]
  readonly signal: AbortSignal
}

/** Another dataset as a rule sees it: committed, and larger than memory. */
export interface OtherDataset {
  /** Name of the node, for messages. */
  readonly name: string
  readonly schema: TableSchema
  readonly rows: number
  batches(options?: { readonly columns?: readonly string[] }): AsyncIterable<Batch>
}

/** One snapshot of the metric history. */
export interface HistoryPoint {
  /** Epoch milliseconds, UTC: the `now` of the run that committed it. */
  readonly at: number
  readonly runId: string
  /** Rows that passed. */
  readonly rows: number
  /** Results of the rule's measures, by their names in `measures`. */
  readonly values: Readonly<Record<string, unknown>>
}

/** A rule about the whole dataset that condemns rows (uniqueness, references): per part a partial, in the fold a bitmap per part. */
export interface CondemningRule {
  readonly scope: 'condemning'
  /** Version of the partial's bytes. */
  readonly version: number
  /** Collects over the passing rows of one part, in order. */
  collect(schema: TableSchema): { add(batch: Batch): void; finish(): Uint8Array }
  /** Decides over all parts in part order; `rows` counts the part's passing rows. Only parts with condemned rows need an answer. */
  condemn(parts: readonly CondemnedPart[], facts: GateFacts): Promise<Condemnation>
  /** What else the decision looks at: with `now` it is decided again in every run. */
  readonly reads?: readonly 'now'[]
  readonly code?: readonly CallableFunction[]
  /** Rows that it drops are kept in `node.repairs`, cell by cell, under this name of a repair: `deduplicate keep last`. */
  readonly dropsAs?: string
  /** Optional: the same decision about rows that all stay in memory, faster than by way of partials. Must agree with `collect` and `condemn`. */
  inMemory?(schema: TableSchema): InMemoryRule
  /** The same as data, for engines that can check rows where they lie; give it with `described`. */
  readonly condemns?: Condemns
}

/** One part, as a rule that condemns rows sees it in the fold. */
export interface CondemnedPart {
  /** Passing rows. */
  readonly rows: number
  partial(): Promise<Uint8Array>
  /** The passing rows, read back in order, as often as needed. Absent where rows are checked outside of a pipeline and not kept. */
  batches?(options?: { readonly columns?: readonly string[] }): AsyncIterable<Batch>
}

/** Looks at all rows of a dataset that stays in memory. */
export interface InMemoryRule {
  /** `gone`: rows of the batch that did not pass the row rules and do not count. */
  add(batch: Batch, gone: Bits | undefined): void
  /** The condemned rows, as bits over the rows of each batch in order; undefined where a batch has none. */
  finish(): readonly (Bits | undefined)[]
}

/** Condemned rows by part, why each, and what is wrong beyond rows of this dataset (rows that the other one has and this one lacks). */
export interface Condemnation {
  readonly rows: ReadonlyMap<number, Bits>
  /** Of how many rows the rule speaks; absent: of all. */
  readonly of?: number
  /** More than the check's name about why a row of a part is condemned. */
  readonly reason?: (part: number, row: number) => string | undefined
  /** Where it does not pass, the check is missed whatever its rows get. */
  readonly dataset?: Decision
}

export interface CheckOptions {
  /** What a failing row gets; without it the node's `otherwise`, then the hook, then `halt`. Row rules may also repair it. */
  readonly verdict?: RowVerdict | RepairVerdict
  /** The dataset passes while at least this share (0..1) of the rows passes, or `{ rows }` of them. A missed threshold halts. */
  readonly atLeast?: Threshold
  /** The dataset passes while at most this many rows fail, or `{ share }` of them. */
  readonly atMost?: Threshold
  /** Default `error`. */
  readonly severity?: Severity
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
  /** Other datasets it looks at, by the name under which the rule knows them; they are settled before this gate decides. */
  readonly others?: Readonly<Record<string, Node>>
  readonly verdict?: RowVerdict | RepairVerdict
  readonly atLeast?: Threshold
  readonly atMost?: Threshold
  readonly severity?: Severity
}
