// Long because: one small class per physical layout, side by side.
import type { LogicalType } from '../types.ts'
import { exact, firstInexact } from './int64.ts'
import { cut, Picked, pick } from './picked.ts'
import { countNulls, isValid, sliceValidity, takeValidity } from './validity.ts'

export { countNulls, isValid, sliceValidity, takeValidity }

/**
 * A typed column: what a batch, an Arrow file and every typed kernel share, and at the same time a column of an Arquero table
 * (`length`, `at`, iteration). Immutable; shares buffers freely. `at` gives what a step sees (see the types page), `null` where absent.
 */
export interface Column<V = unknown> {
  readonly type: LogicalType
  readonly length: number
  /** Arrow validity: bit i (least significant first) is 1 where a value is present; undefined when no value is absent. */
  readonly validity: Uint8Array | undefined
  readonly nullCount: number
  at(row: number): V | null
  [Symbol.iterator](): Iterator<V | null>
  /**
   * The column's rows at `rows`, in that order; -1 gives null. Keeps type and encoding. Values may be gathered later, when they are read: `rows`
   * must not be changed any more.
   */
  take(rows: Int32Array): Column<V>
  /** Rows [start, end); shares buffers where it can. */
  slice(start: number, end: number): Column<V>
}

export type Codes = Uint8Array | Uint16Array | Int32Array
export type FlatValues =
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Float32Array
  | Float64Array
export type WideValues = BigInt64Array | BigUint64Array
export type TimeValues = Int32Array | BigInt64Array

const registered = Symbol.for('tidegate/column@1')

/** True for typed columns of any installed copy of Tidegate; false for plain arrays and foreign Arrow columns. */
export function isColumn(value: unknown): value is Column {
  return typeof value === 'object' && value !== null && registered in value
}

/** Shared by all column classes: length, validity, iteration through `at`. */
abstract class TypedColumn<V> implements Column<V> {
  readonly [registered] = true
  readonly type: LogicalType
  readonly length: number
  readonly validity: Uint8Array | undefined
  #nulls = -1
  constructor(type: LogicalType, length: number, validity: Uint8Array | undefined) {
    this.type = type
    this.length = length
    this.validity = validity
  }
  get nullCount(): number {
    if (this.#nulls < 0) this.#nulls = countNulls(this.validity, this.length)
    return this.#nulls
  }
  /** True where a value stands at `row`; false outside the column (Arquero's joins read row -Infinity, `get` row 0 of an empty table). */
  protected has(row: number): boolean {
    return row >= 0 && row < this.length && isValid(this.validity, row)
  }
  abstract at(row: number): V | null
  abstract take(rows: Int32Array): Column<V>
  abstract slice(start: number, end: number): Column<V>
  *[Symbol.iterator](): Iterator<V | null> {
    for (let row = 0; row < this.length; row++) yield this.at(row)
  }
}

/** Integers up to 32 bits and floats, in their own typed array. Rows that `take` picks are gathered when `values` is read. */
export class FlatColumn extends TypedColumn<number> {
  #values: FlatValues | undefined
  #picked: Picked<FlatValues> | undefined
  constructor(type: LogicalType, values: FlatValues | Picked<FlatValues>, validity?: Uint8Array) {
    super(type, values.length, validity)
    if (values instanceof Picked) this.#picked = values
    else this.#values = values
  }
  get values(): FlatValues {
    return this.#values ?? this.#read()
  }
  #read(): FlatValues {
    this.#values = (this.#picked as Picked<FlatValues>).values()
    this.#picked = undefined
    return this.#values
  }
  at(row: number): number | null {
    return this.has(row) ? (this.values[row] as number) : null
  }
  take(rows: Int32Array): FlatColumn {
    return new FlatColumn(this.type, pick(this.#picked ?? this.values, rows), takeValidity(this.validity, rows))
  }
  slice(start: number, end: number): FlatColumn {
    return new FlatColumn(
      this.type,
      cut(this.#picked ?? this.values, start, end),
      sliceValidity(this.validity, start, end),
    )
  }
}

/** One byte a value, 0 or 1 (packed to bits only in files). */
export class BooleanColumn extends TypedColumn<boolean> {
  #values: Uint8Array | undefined
  #picked: Picked<Uint8Array> | undefined
  constructor(values: Uint8Array | Picked<Uint8Array>, validity?: Uint8Array) {
    super({ kind: 'boolean' }, values.length, validity)
    if (values instanceof Picked) this.#picked = values
    else this.#values = values
  }
  get values(): Uint8Array {
    return this.#values ?? this.#read()
  }
  #read(): Uint8Array {
    this.#values = (this.#picked as Picked<Uint8Array>).values()
    this.#picked = undefined
    return this.#values
  }
  at(row: number): boolean | null {
    return this.has(row) ? this.values[row] === 1 : null
  }
  take(rows: Int32Array): BooleanColumn {
    return new BooleanColumn(pick(this.#picked ?? this.values, rows), takeValidity(this.validity, rows))
  }
  slice(start: number, end: number): BooleanColumn {
    return new BooleanColumn(cut(this.#picked ?? this.values, start, end), sliceValidity(this.validity, start, end))
  }
}

/** 64-bit integers. `sees` decides what `at` gives: `number` or `bigint`; values beyond 2^53 seen as number must have been refused before. */
export class Int64Column extends TypedColumn<number | bigint> {
  #values: WideValues | undefined
  #picked: Picked<WideValues> | undefined
  readonly sees: 'number' | 'bigint'
  #inexact: number | undefined
  constructor(
    type: LogicalType,
    values: WideValues | Picked<WideValues>,
    validity?: Uint8Array,
    sees: 'number' | 'bigint' = 'number',
  ) {
    super(type, values.length, validity)
    if (values instanceof Picked) this.#picked = values
    else this.#values = values
    this.sees = sees
  }
  get values(): WideValues {
    return this.#values ?? this.#read()
  }
  #read(): WideValues {
    this.#values = (this.#picked as Picked<WideValues>).values()
    this.#picked = undefined
    return this.#values
  }
  at(row: number): number | bigint | null {
    if (!this.has(row)) return null
    const value = this.values[row] as bigint
    return this.sees === 'bigint' ? value : Number(value)
  }
  take(rows: Int32Array): Int64Column {
    return new Int64Column(
      this.type,
      pick(this.#picked ?? this.values, rows),
      takeValidity(this.validity, rows),
      this.sees,
    )
  }
  slice(start: number, end: number): Int64Column {
    return new Int64Column(
      this.type,
      cut(this.#picked ?? this.values, start, end),
      sliceValidity(this.validity, start, end),
      this.sees,
    )
  }
  /** The first row that is not exact as number (beyond 2^53 in magnitude), or -1; scanned once. */
  firstInexact(): number {
    this.#inexact ??= firstInexact(this.values, this.validity)
    return this.#inexact
  }
  /** The same buffers, seen otherwise. */
  seenAs(sees: 'number' | 'bigint'): Int64Column {
    return sees === this.sees ? this : new Int64Column(this.type, this.values, this.validity, sees)
  }
}

/**
 * date (Int32Array of days), time and timestamp (BigInt64Array in the type's unit). Seen as milliseconds: since 1970-01-01T00:00Z, or since
 * midnight for `time`; fractions of a millisecond are kept as fractions when reading, and the physical value is untouched.
 */
export class TemporalColumn extends TypedColumn<number> {
  #values: TimeValues | undefined
  #picked: Picked<TimeValues> | undefined
  readonly #perMillisecond: bigint
  constructor(type: LogicalType, values: TimeValues | Picked<TimeValues>, validity?: Uint8Array) {
    super(type, values.length, validity)
    if (values instanceof Picked) this.#picked = values
    else this.#values = values
    this.#perMillisecond =
      type.kind === 'date' || !('unit' in type)
        ? 0n
        : type.unit === 'us'
          ? 1000n
          : type.unit === 'ns'
            ? 1_000_000n
            : type.unit === 'ms'
              ? 1n
              : -1n
  }
  get values(): TimeValues {
    return this.#values ?? this.#read()
  }
  #read(): TimeValues {
    this.#values = (this.#picked as Picked<TimeValues>).values()
    this.#picked = undefined
    return this.#values
  }
  at(row: number): number | null {
    if (!this.has(row)) return null
    return this.milliseconds(row)
  }
  /** The cell in milliseconds without looking at validity. */
  milliseconds(row: number): number {
    const value = this.values[row]
    if (typeof value === 'number') return value * 86_400_000
    const per = this.#perMillisecond
    if (per === 1n) return Number(value)
    if (per === -1n) return Number(value) * 1000
    const whole = (value as bigint) / per
    return Number(whole) + Number((value as bigint) - whole * per) / Number(per)
  }
  take(rows: Int32Array): TemporalColumn {
    return new TemporalColumn(this.type, pick(this.#picked ?? this.values, rows), takeValidity(this.validity, rows))
  }
  slice(start: number, end: number): TemporalColumn {
    return new TemporalColumn(
      this.type,
      cut(this.#picked ?? this.values, start, end),
      sliceValidity(this.validity, start, end),
    )
  }
}

/** Arrow decimal128: two little-endian 64-bit words a value, unscaled. Seen as number; sums and equality use `unscaled`. */
export class DecimalColumn extends TypedColumn<number> {
  readonly words: BigUint64Array
  readonly #scale: number
  constructor(type: LogicalType, words: BigUint64Array, validity?: Uint8Array) {
    super(type, words.length / 2, validity)
    this.words = words
    this.#scale = type.kind === 'decimal' ? type.scale : 0
  }
  unscaled(row: number): bigint {
    return BigInt.asIntN(128, ((this.words[2 * row + 1] as bigint) << 64n) | (this.words[2 * row] as bigint))
  }
  at(row: number): number | null {
    if (!this.has(row)) return null
    const unscaled = this.unscaled(row)
    const number = Number(unscaled)
    // Integer and power of ten are both exact doubles here, so the division rounds once, as parsing the text would.
    if (number > -exact && number < exact && this.#scale <= 22) return number / 10 ** this.#scale
    return Number(`${unscaled}e-${this.#scale}`)
  }
  take(rows: Int32Array): DecimalColumn {
    const out = new BigUint64Array(rows.length * 2)
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number
      if (row < 0) continue
      out[2 * i] = this.words[2 * row] as bigint
      out[2 * i + 1] = this.words[2 * row + 1] as bigint
    }
    return new DecimalColumn(this.type, out, takeValidity(this.validity, rows))
  }
  slice(start: number, end: number): DecimalColumn {
    return new DecimalColumn(
      this.type,
      this.words.subarray(2 * start, 2 * end),
      sliceValidity(this.validity, start, end),
    )
  }
}

/**
 * Columns whose cells are made of anything: list, struct, null. Values are plain JavaScript as a step sees them, `null` where absent: times and
 * dates in milliseconds, 64-bit integers inside a list as `sees` says (inside a struct as its fields say).
 */
export class ValuesColumn extends TypedColumn<unknown> {
  readonly values: readonly unknown[]
  readonly sees: 'number' | 'bigint'
  constructor(
    type: LogicalType,
    values: readonly unknown[],
    validity?: Uint8Array,
    sees: 'number' | 'bigint' = 'number',
  ) {
    super(type, values.length, validity)
    this.values = values
    this.sees = sees
  }
  at(row: number): unknown {
    return this.has(row) ? (this.values[row] ?? null) : null
  }
  take(rows: Int32Array): ValuesColumn {
    const values = Array.from(rows, (row) => (row < 0 ? null : this.values[row]))
    return new ValuesColumn(this.type, values, takeValidity(this.validity, rows), this.sees)
  }
  slice(start: number, end: number): ValuesColumn {
    const validity = sliceValidity(this.validity, start, end)
    return new ValuesColumn(this.type, this.values.slice(start, end), validity, this.sees)
  }
}

export { TypedColumn }
