import type { Key, Measure } from '../../plugins/measure.ts'
import type { Column, Missing, Timestamp } from '../table-types.ts'

declare const column: unique symbol
declare const kind: unique symbol

/** "The type of column K, or null": resolved by the roll-up that uses the measure. */
export interface TypeOf<K extends string> {
  readonly [column]: K
  readonly [kind]: 'type'
}

/** "What sums of column K are": `bigint` where the column holds bigints, otherwise `number`. */
export interface SumOf<K extends string> {
  readonly [column]: K
  readonly [kind]: 'sum'
}

/** "A time, and null where column K may be null". */
export interface TimeOf<K extends string> {
  readonly [column]: K
  readonly [kind]: 'time'
}

/** What a measure or key of result `V` gives over rows `R`. */
export type Resolved<R, V> =
  V extends TypeOf<infer K>
    ? K extends keyof R
      ? Exclude<R[K], undefined> | null
      : never
    : V extends SumOf<infer K>
      ? K extends keyof R
        ? bigint extends R[K]
          ? bigint
          : number
        : never
      : V extends TimeOf<infer K>
        ? K extends keyof R
          ? Extract<R[K], Missing> extends never
            ? Timestamp
            : Timestamp | null
          : never
        : V

type Anything<K extends string> = { readonly [P in K]: unknown }
type Numeric<K extends string> = Column<K, number | bigint>

/** Rows of the group. */
export type CountFn = () => Measure<unknown, number>
/** Absent values are skipped; 0 where none is present. Floats are added in the fixed order of the fold. */
export type SumFn = <K extends string>(column: K) => Measure<Numeric<K>, SumOf<K>>
/** Arithmetic mean of the present values; null where none is present. */
export type MeanFn = <K extends string>(column: K) => Measure<Numeric<K>, number | null>
/** Sample variance (n - 1) of the present values; null below two. */
export type VarianceFn = <K extends string>(column: K) => Measure<Numeric<K>, number | null>
/** Numbers and times by value, text by code points; null where no value is present. */
export type MinFn = <K extends string>(column: K) => Measure<Anything<K>, TypeOf<K>>
export type MaxFn = <K extends string>(column: K) => Measure<Anything<K>, TypeOf<K>>
/** Distinct present values, exact. */
export type CountDistinctFn = <K extends string>(column: K) => Measure<Anything<K>, number>
/** Distinct present values by a sketch of fixed size. */
export type ApproxDistinctFn = <K extends string>(column: K) => Measure<Anything<K>, number>
/** The `p` quantile (0..1) of the present values by a mergeable sketch; null where none is present. */
export type QuantileFn = <K extends string>(column: K, p: number) => Measure<Numeric<K>, number | null>
/** The cell of the first row in part and row order; null where that cell is absent. */
export type FirstFn = <K extends string>(column: K) => Measure<Anything<K>, TypeOf<K>>
export type LastFn = <K extends string>(column: K) => Measure<Anything<K>, TypeOf<K>>

export interface CalendarOptions {
  /** An IANA name such as `Europe/Zurich`; default `UTC`. Wall-clock times without a zone are taken as UTC. */
  readonly timeZone?: string
}

/** The beginning of the hour, day, month or year that the time lies in, in `timeZone`, as an instant. */
export type CalendarFn = <K extends string>(
  column: K,
  options?: CalendarOptions,
) => Key<Column<K, Timestamp>, TimeOf<K>>
export type HourFn = CalendarFn
export type DayFn = CalendarFn
export type MonthFn = CalendarFn
export type YearFn = CalendarFn
