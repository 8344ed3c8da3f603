import type { FlatValues } from './column.ts'

type Gathered = FlatValues | BigInt64Array | BigUint64Array

/**
 * `values` at `rows`; 0 where a row is -1. Same array class. One loop for each class that is gathered often: a loop that has met many classes
 * runs ten times slower than one that has met a single one.
 */
export function gather<A extends Gathered>(values: A, rows: Int32Array): A {
  const found: Gathered =
    values instanceof Int32Array
      ? int32(values, rows)
      : values instanceof Uint16Array
        ? uint16(values, rows)
        : values instanceof Uint8Array
          ? uint8(values, rows)
          : values instanceof Float64Array
            ? float64(values, rows)
            : values instanceof BigInt64Array
              ? bigint64(values, rows)
              : any(values, rows)
  // Each branch gives an array of the class it was given.
  return found as A
}

function int32(values: Int32Array, rows: Int32Array): Int32Array {
  const n = rows.length
  const out = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    const row = rows[i] as number
    if (row >= 0) out[i] = values[row] as number
  }
  return out
}

function uint16(values: Uint16Array, rows: Int32Array): Uint16Array {
  const n = rows.length
  const out = new Uint16Array(n)
  for (let i = 0; i < n; i++) {
    const row = rows[i] as number
    if (row >= 0) out[i] = values[row] as number
  }
  return out
}

function uint8(values: Uint8Array, rows: Int32Array): Uint8Array {
  const n = rows.length
  const out = new Uint8Array(n)
  for (let i = 0; i < n; i++) {
    const row = rows[i] as number
    if (row >= 0) out[i] = values[row] as number
  }
  return out
}

function float64(values: Float64Array, rows: Int32Array): Float64Array {
  const n = rows.length
  const out = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const row = rows[i] as number
    if (row >= 0) out[i] = values[row] as number
  }
  return out
}

/** Words are moved as pairs of 32-bit halves: reading a BigInt would make an object of each. */
function bigint64(values: BigInt64Array, rows: Int32Array): BigInt64Array {
  const n = rows.length
  const from = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  const to = new Int32Array(n * 2)
  for (let i = 0; i < n; i++) {
    const row = rows[i] as number
    if (row < 0) continue
    to[2 * i] = from[2 * row] as number
    to[2 * i + 1] = from[2 * row + 1] as number
  }
  return new BigInt64Array(to.buffer)
}

function any(values: Gathered, rows: Int32Array): Gathered {
  const n = rows.length
  const Type = values.constructor as new (length: number) => Gathered
  const out = new Type(n)
  for (let i = 0; i < n; i++) {
    const row = rows[i] as number
    if (row >= 0) out[i] = values[row] as never
  }
  return out
}
