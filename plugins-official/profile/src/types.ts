import type { LogicalType } from 'tidegate'

/** A value as JSON: integers beyond 2^53 and decimals as text, dates and times as ISO 8601, infinities by name, values of `pii` columns as `***`. */
export type ProfileValue = number | string | boolean

/** How a figure was found, with the source of the method and the bound of its error in words. */
export interface Method {
  readonly name: string
  readonly source: string
  readonly error: string
}

/** What a table looks like. JSON; `version` changes whenever a field would mean something else. */
export interface Profile {
  readonly version: 1
  readonly rows: number
  readonly columns: readonly ColumnProfile[]
  /** Columns that tell rows apart, fewest columns first. */
  readonly keys: readonly CandidateKey[]
  readonly correlations: Correlations
  /** What one column says about another, in the sample. */
  readonly dependencies: readonly Dependency[]
  /** Rows that patterns, meanings, keys of several columns and dependencies were looked for in. */
  readonly sample: { readonly rows: number; readonly of: number }
  readonly methods: Readonly<Record<string, Method>>
}

export interface ColumnProfile {
  readonly name: string
  readonly type: LogicalType
  /** The column is tagged `pii`: no value of it stands here. */
  readonly masked: boolean
  /** Present values, NaN among them. */
  readonly count: number
  readonly nulls: number
  readonly distinct: Distinct
  /** At least one value, and all of them the same; NaN is one value. */
  readonly constant: boolean
  /** Least and greatest value, NaN aside: numbers, times, text (by code point, cut behind 200 characters). */
  readonly min?: ProfileValue
  readonly max?: ProfileValue
  readonly numbers?: NumberProfile
  readonly text?: TextProfile
  readonly top?: TopValues
  readonly meaning?: Meaning
}

/** Different present values, NaN aside, -0 equal to 0. `error` is relative: one standard deviation. */
export interface Distinct {
  readonly count: number
  readonly method: 'exact' | 'HyperLogLog'
  readonly error: number
}

/** Numbers and times. Times stand in milliseconds where a figure is a number, dates as days at midnight. */
export interface NumberProfile {
  readonly nan: number
  readonly infinite: number
  readonly zeros: number
  readonly negatives: number
  /** Every finite value is a whole number. */
  readonly integers: boolean
  /** Order of the present values (infinities too, NaN aside) in row order; undefined below two of them. */
  readonly order?: 'strictly increasing' | 'increasing' | 'constant' | 'decreasing' | 'strictly decreasing' | 'none'
  /** Over the finite values; absent where there are none, where sums exceed a double, or where the column is masked. */
  readonly mean?: number
  /** Sample standard deviation (n - 1); absent below two finite values. */
  readonly std?: number
  /** At 0.01, 0.05, 0.25, 0.5, 0.75, 0.95 and 0.99 of the finite values. */
  readonly quantiles?: readonly Quantile[]
  /** Finite values in `[edges[i], edges[i + 1])`, the last bin with its upper edge. Counts are exact. */
  readonly histogram?: { readonly edges: readonly ProfileValue[]; readonly counts: readonly number[] }
}

/** `error` bounds how far `value` may lie from the true quantile, in the unit of the column (milliseconds for times); 0 is exact. */
export interface Quantile {
  readonly p: number
  readonly value: ProfileValue
  readonly error: number
}

export interface TextProfile {
  readonly empty: number
  /** In code points (binary: bytes). */
  readonly length: { readonly min: number; readonly max: number; readonly mean: number; readonly median: number }
  /** Most frequent shapes: `A` and `a` are letters, `9` is a digit, anything else itself; `+` says one or more. */
  readonly patterns: readonly { readonly pattern: string; readonly share: number }[]
  /** Values that patterns and the meaning were found in: all distinct values, weighted by how often they occur, or the sample. */
  readonly basis: 'all rows' | 'sample'
}

/** Most frequent values first. A true count lies in `[count, count + error]`. */
export interface TopValues {
  readonly method: 'exact' | 'Misra-Gries'
  readonly error: number
  readonly values: readonly { readonly value: ProfileValue; readonly count: number }[]
}

/** What the values seem to be, with the share of examined values that fit. */
export interface Meaning {
  readonly name: string
  readonly share: number
  readonly basis: 'all rows' | 'sample'
  readonly examined: number
}

export interface CandidateKey {
  readonly columns: readonly string[]
  /** `all rows`: no value was seen twice. `estimate`: as many distinct values as rows, within three standard errors. `sample`: none twice in the sample. */
  readonly basis: 'all rows' | 'estimate' | 'sample'
}

/** Pearson's r over rows in which both are finite. */
export interface Correlations {
  readonly columns: readonly string[]
  /** Number columns left out, because there are more than were asked for. */
  readonly left: readonly string[]
  readonly pairs: readonly { readonly a: string; readonly b: string; readonly r: number; readonly rows: number }[]
}

/** `from` decides `to` in all but `error` of the sample rows (g3). */
export interface Dependency {
  readonly from: string
  readonly to: string
  readonly error: number
}
