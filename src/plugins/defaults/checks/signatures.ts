import type { Row } from '../../../kernel/node.ts'
import type { Column, Escaped, Missing, Schema, SchemaRow } from '../../../kernel/table-types.ts'
import type { Check, CheckOptions, RowVerdict, Severity } from '../../check.ts'

type Anything<K extends string> = { readonly [P in K]: unknown }
/** `5 | 7` is a number, `'a'` a string: what the column must hold for a list of values to make sense. */
type Widened<V> = V extends string ? string : V extends number ? number : V extends bigint ? bigint : boolean

/** The value is present. */
export type NotNullFn = <K extends string>(column: K, options?: CheckOptions) => Check<Anything<K>>

/** `min <= value <= max`; null passes, NaN fails. Times are epoch milliseconds. */
export type BetweenFn = <K extends string, V extends number | bigint>(
  column: K,
  min: V,
  max: V,
  options?: CheckOptions,
) => Check<Column<K, Widened<V>>>

/** The value is one of `values`; null passes. */
export type OneOfFn = <K extends string, const V extends string | number | bigint | boolean>(
  column: K,
  values: readonly V[],
  options?: CheckOptions,
) => Check<Column<K, Widened<V>>>

/** The text contains a match of `pattern` (anchor it with ^ and $ for the whole text); null passes. */
export type MatchesFn = <K extends string>(
  column: K,
  pattern: RegExp,
  options?: CheckOptions,
) => Check<Column<K, string>>

export interface UniqueOptions extends CheckOptions {
  /** Which rows of a repeated key fail: every one of them (default), or all but the first in part and row order. */
  readonly lose?: 'all' | 'later'
}

/** No two rows of the dataset have the same values in `columns`; a row with a null among them passes. */
export type UniqueFn = <K extends string>(columns: K | readonly K[], options?: UniqueOptions) => Check<Anything<K>>

export interface DatasetCheckOptions {
  /** The check names no rows, so it can only stop the dataset or warn. Default `halt`. */
  readonly verdict?: Extract<RowVerdict, 'halt' | 'warn'>
  /** Default `error`; a violation that is only a warning or an information stops nothing. */
  readonly severity?: Severity
}

/** The rows that passed number at least `min` and at most `max`. */
export type RowCountFn = (min: number, max?: number, options?: DatasetCheckOptions) => Check<unknown>

/** Every row parses with the zod schema (refinements included); the reason names the first field that does not. */
export type SatisfiesFn = <S extends Schema>(schema: S, options?: CheckOptions) => Check<SchemaRow<S>>

/**
 * An Arquero expression over one row that must not be false; null (unknown) passes. `name` stands in reasons and plans.
 * The row says what the expression looks at, as with every check: `expression('far and late', (d: { delay: number;
 * distance: number }) => ...)`.
 */
export type ExpressionFn = <R extends Row>(
  name: string,
  predicate: ((d: R) => boolean | Missing) | Escaped<R, boolean | Missing>,
  options?: CheckOptions,
) => Check<R>
