/**
 * What a rule says, as data that any engine can read: beside the code that decides in process, so that a file can be checked where it lies. An engine
 * uses a description only where its translation means the same for every value; otherwise the code decides.
 */

/** A number (infinities included), a text or a boolean; times as epoch milliseconds. Never NaN, but in `listed`. */
export type Constant = string | number | bigint | boolean

/**
 * Something about a row that is true, false or unknown (Kleene): each form but `absent` is unknown where one of its columns is absent, and `not`,
 * `every` and `some` hand unknown on. NaN is a value.
 */
export type Predicate =
  /** Never unknown. */
  | { readonly is: 'absent'; readonly column: string }
  /**
   * `min <= value <= max`, with `strict` `min < value < max`; false for NaN. 64-bit integers are compared exactly, times in milliseconds since 1970.
   * `exact`: decimals and times too, a number that is not whole standing for the shortest decimal that reads back as it; otherwise as nearest doubles.
   */
  | {
      readonly is: 'within'
      readonly column: string
      readonly min?: number | bigint
      readonly max?: number | bigint
      readonly strict: boolean
      readonly exact: boolean
    }
  /** The value, as a step sees it, is one of these: -0 is 0, NaN is NaN, 64-bit integers exactly, texts by code points. */
  | { readonly is: 'listed'; readonly column: string; readonly values: readonly Constant[] }
  /** The text contains a match of a JavaScript regular expression; flags g and y mean nothing. */
  | { readonly is: 'matched'; readonly column: string; readonly source: string; readonly flags: string }
  /** `min <= length <= max`, in code points of a text. */
  | { readonly is: 'long'; readonly column: string; readonly min: number; readonly max: number }
  /** Two columns of a row, compared exactly; text by code points, false before true. NaN keeps nothing but `!=`. */
  | {
      readonly is: 'compared'
      readonly left: string
      readonly operator: '<' | '<=' | '==' | '!=' | '>=' | '>'
      readonly right: string
      /** `value`: never unknown; null equals null, differs from every value, and has no order. */
      readonly nulls: 'unknown' | 'value'
    }
  | { readonly is: 'not'; readonly of: Predicate }
  | { readonly is: 'every' | 'some'; readonly of: readonly Predicate[] }

/** What a rule about single rows says. */
export interface RowPredicate {
  /** A row fails where this is true; where it is unknown, the row passes. */
  readonly fails: Predicate
  /** The rule speaks only of rows for which this is true: shares are taken of these. Absent: of all rows. */
  readonly among?: Predicate
}

/**
 * What a measure of a dataset rule is made from. Null counts for nothing.
 * `rows` number of rows; `presence` `{ present, rows }`; `distinct` number of distinct present values (-0 is 0, NaN is one); `min`, `max`, `mean`,
 * `sum`, `stdev` as the measures of these names give them: null where there is nothing to say, NaN where a NaN is among the values.
 */
export interface Aggregate {
  readonly of: 'rows' | 'presence' | 'distinct' | 'min' | 'max' | 'mean' | 'sum' | 'stdev'
  /** All but `rows` have one. */
  readonly column?: string
  /** The values at which the decision may change: sums of floats depend on the order of rows, so one that is too near to these is made in process. */
  readonly turns?: readonly (number | bigint)[]
}

/** What a rule says that condemns rows for what is in others. */
export type Condemns =
  /** Rows whose key occurs more than once: all of them, or all but the first. -0 is 0, NaN equals NaN. */
  | {
      readonly is: 'repeated'
      readonly columns: readonly string[]
      readonly lose: 'all' | 'later'
      /** A row with a null among the columns. */
      readonly absent: 'passes' | 'fails'
    }
  /** Rows that break the order with the present value before them, by `sign`; null is passed over, NaN fails and is passed over. */
  | { readonly is: 'unordered'; readonly column: string; readonly sign: 1 | -1; readonly strict: boolean }

/** What a rule says as data: a row rule has a `predicate`, a rule over the dataset `aggregates`, one that condemns rows `condemns`. */
export interface Description {
  readonly predicate?: RowPredicate | undefined
  readonly aggregates?: Readonly<Record<string, Aggregate>> | undefined
  readonly condemns?: Condemns | undefined
}

/**
 * The rule, described. The description cannot be enumerated: whoever makes another rule by spreading this one, with other code, does not inherit it
 * unawares, and describes the new rule anew.
 */
export function described<R extends object>(rule: R, description: Description): R {
  for (const [key, value] of Object.entries(description))
    if (value !== undefined) Object.defineProperty(rule, key, { value, enumerable: false })
  return rule
}
