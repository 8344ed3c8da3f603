import type { Check, RowVerdict } from '../../plugins/check.ts'
import type { Counts } from '../../plugins/events.ts'
import type { Node, Quarantined, RepairedCell, Row } from '../node.ts'
import type { CheckOutcome } from '../parts/record.ts'
import type { Table } from '../table.ts'
import type { RowOf, Show } from '../table-types.ts'
import type { Thresholds } from '../threshold.ts'
import type { Chunk, Data, HeldData } from './rows-of.ts'

export interface ValidateOptions<K extends string = string> extends Thresholds {
  /** What a row gets that fails a check without a verdict of its own. Default `halt`: it does not pass, and neither does the data. */
  readonly otherwise?: RowVerdict
  /** Also give the rows, those that pass and those that are set aside, and the cells that repairs changed. Default false: outcomes and counts alone, and of a stream nothing is kept. */
  readonly split?: boolean
  /** The columns that say which row is which: `_key` is made of them. Without them, and where one of them is null, it is made of the row's content. */
  readonly key?: K | readonly K[]
  /** Rows of the datasets that checks look at (`references`, `sameRows`, `rowCountEquals`), by the name that messages call them. Those of `fromTable` bring their rows themselves. */
  readonly others?: Readonly<Record<string, OtherRows>>
  /** What errors call the data, and what stands in `_part`. Default `data`. */
  readonly name?: string
  /** Epoch milliseconds, UTC, for rules that ask how old something is. Default: now. */
  readonly now?: number
  readonly signal?: AbortSignal
}

/** The rows that a node of a pipeline would have. */
export interface OtherRows {
  readonly node: Node
  readonly rows: HeldData
}

/** What checks say of some rows. */
export interface Validation {
  /** Whether a gate with these checks would let the data pass: no outcome halts. */
  readonly pass: boolean
  /** Rows in == rows out + quarantined + dropped; `warned` are among those that pass. */
  readonly counts: Counts
  /** One for each check, in their order, with what it found in words. */
  readonly outcomes: readonly CheckOutcome[]
}

export interface SplitValidation<out R extends Row = Row> extends Validation {
  /** The rows that pass: a filter over the given columns, so nothing is copied before it is read. */
  readonly passed: Table<R>
  /** The rows that are set aside: all columns, nullable, and `_key`, `_reasons`, `_part`, `_row` beside them, as in `node.quarantine`. */
  readonly failed: Table<Show<Quarantined<R>>>
  /** The cells that repairs changed, one row a cell, and those of rows that `deduplicate` dropped, as in `node.repairs`. */
  readonly repairs: Table<Show<RepairedCell>>
}

type TypedData = Table | readonly Table[] | AsyncIterable<Table>
type Untyped = Exclude<Chunk, Table>
type UntypedData =
  | Exclude<Data, Table | readonly Chunk[] | AsyncIterable<Chunk>>
  | readonly Untyped[]
  | AsyncIterable<Untyped>
type RowIn<D> = D extends readonly (infer T)[] ? RowOf<T> : D extends AsyncIterable<infer T> ? RowOf<T> : RowOf<D>
type OptionsFor<D> = ValidateOptions<keyof RowIn<D> & string>
type Split = { readonly split: true }
type AnySplit = ValidateOptions & Split

/** Typed tables: a check on a column that is missing or of another type is a type error. Other data: checks are held against it when they run. */
export interface ValidateFn {
  <D extends TypedData>(
    data: D,
    checks: readonly Check<RowIn<NoInfer<D>>>[],
    options: OptionsFor<NoInfer<D>> & Split,
  ): Promise<SplitValidation<RowIn<D>>>
  <D extends TypedData>(
    data: D,
    checks: readonly Check<RowIn<NoInfer<D>>>[],
    options?: OptionsFor<NoInfer<D>>,
  ): Promise<Validation>
  // biome-ignore lint/suspicious/noExplicitAny: nothing is known of the rows.
  (data: UntypedData, checks: readonly Check[], options: AnySplit): Promise<SplitValidation<any>>
  (data: UntypedData, checks: readonly Check[], options?: ValidateOptions): Promise<Validation>
}
