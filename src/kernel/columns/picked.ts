import type { FlatValues } from './column.ts'
import { gather } from './gather.ts'

export type ArrayValues = FlatValues | BigInt64Array | BigUint64Array

/** Rows of a typed array that nobody has read yet. */
export class Picked<A extends ArrayValues> {
  readonly #from: A
  readonly #rows: Int32Array
  constructor(from: A, rows: Int32Array) {
    this.#from = from
    this.#rows = rows
  }
  get length(): number {
    return this.#rows.length
  }
  /** 0 where a row is -1. */
  values(): A {
    return gather(this.#from, this.#rows)
  }
  /** Rows of these rows: what lies between is never gathered. */
  take(rows: Int32Array): A | Picked<A> {
    return pick(this.#from, rowsOfRows(this.#rows, rows))
  }
  slice(start: number, end: number): A | Picked<A> {
    return pick(this.#from, this.#rows.subarray(start, end))
  }
}

/** `values` at `rows`, later. A few rows are gathered at once: they do not hold on to the values of many. */
export function pick<A extends ArrayValues>(values: A | Picked<A>, rows: Int32Array): A | Picked<A> {
  if (values instanceof Picked) return values.take(rows)
  return rows.length * 2 < values.length || rows.length < atOnce ? gather(values, rows) : new Picked(values, rows)
}

/** Values [start, end). */
export function cut<A extends ArrayValues>(values: A | Picked<A>, start: number, end: number): A | Picked<A> {
  // The class of a typed array is that of its parts.
  return values instanceof Picked ? values.slice(start, end) : (values.subarray(start, end) as A)
}

/** So few rows cost less than to remember them. */
const atOnce = 256

/** The columns of one batch are picked by the same rows. */
const composed = new WeakMap<Int32Array, { readonly of: Int32Array; readonly rows: Int32Array }>()

/** The rows `rows` of the rows `of`; -1 where a row is -1. */
export function rowsOfRows(of: Int32Array, rows: Int32Array): Int32Array {
  const known = composed.get(rows)
  if (known?.of === of) return known.rows
  const out = new Int32Array(rows.length)
  for (let i = 0; i < out.length; i++) {
    const row = rows[i] as number
    out[i] = row < 0 ? -1 : (of[row] as number)
  }
  composed.set(rows, { of, rows: out })
  return out
}
