import { type LogicalType, typeName } from '../types.ts'
import { BooleanColumn, FlatColumn, type FlatValues, Int64Column } from './column.ts'
import { exact, wordsOf, writeInteger } from './int64.ts'
import { markAbsent } from './validity.ts'
import { lossy, type Where, wrongKind } from './where.ts'

type NumberType = Extract<LogicalType, { kind: 'int' | 'float' }>
type FlatArray = new (length: number) => FlatValues

const arrays: Readonly<Record<string, FlatArray>> = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
}

/** The typed array of integers up to 32 bits and floats. */
export function flatArray(type: NumberType): FlatArray {
  return arrays[typeName(type)] as FlatArray
}

export function buildFlat(type: NumberType, values: ArrayLike<unknown>, where: Where): FlatColumn {
  const Values = flatArray(type)
  if (values instanceof Values && !Buffer.isBuffer(values)) return new FlatColumn(type, values)
  const n = values.length
  const out = new Values(n)
  let validity: Uint8Array | undefined
  for (let i = 0; i < n; i++) {
    const value = values[i]
    if (typeof value === 'number') {
      out[i] = value
      // NaN differs from itself: it is a float like any other, and no integer.
      if (out[i] !== value && !(type.kind === 'float' && Number.isNaN(value)))
        throw lossy(where, i, value, typeName(type), hintFor(type))
    } else if (value === null || value === undefined) {
      validity = markAbsent(validity, n, i)
    } else if (typeof value === 'bigint') {
      const number = Number(value)
      out[i] = number
      if (out[i] !== number || !Number.isFinite(number) || BigInt(number) !== value)
        throw lossy(where, i, value, typeName(type))
    } else {
      throw wrongKind(where, i, value, typeName(type))
    }
  }
  return new FlatColumn(type, out, validity)
}

function hintFor(type: NumberType): string | undefined {
  return type.kind === 'float' ? 'Round it in the step with Math.fround, or declare float64.' : undefined
}

export function buildInt64(
  type: NumberType,
  values: ArrayLike<unknown>,
  where: Where,
  sees: 'number' | 'bigint',
): Int64Column {
  const signed = type.kind === 'int' && type.signed
  const Values = signed ? BigInt64Array : BigUint64Array
  if (values instanceof Values) return seenSafely(new Int64Column(type, values, undefined, sees), where)
  const n = values.length
  const out = new Values(n)
  const words = wordsOf(out)
  const least = signed ? -exact : 0
  let validity: Uint8Array | undefined
  for (let i = 0; i < n; i++) {
    const value = values[i]
    if (typeof value === 'number') {
      if (!(value >= least && value <= exact) || Math.floor(value) !== value)
        throw lossy(where, i, value, typeName(type))
      writeInteger(words, i, value)
    } else if (value === null || value === undefined) {
      validity = markAbsent(validity, n, i)
    } else if (typeof value === 'bigint') {
      out[i] = value
      if (out[i] !== value) throw lossy(where, i, value, typeName(type))
    } else {
      throw wrongKind(where, i, value, typeName(type))
    }
  }
  return seenSafely(new Int64Column(type, out, validity, sees), where)
}

/** The column itself, once it is known that what a step sees of it is exact: `TYPE_PRECISION` beyond 2^53 where it is seen as number. */
export function seenSafely(column: Int64Column, where: Where): Int64Column {
  if (column.sees === 'bigint') return column
  const row = column.firstInexact()
  if (row < 0) return column
  throw lossy(
    where,
    row,
    column.values[row],
    `a number (${typeName(column.type)} seen as number is exact up to 2^53)`,
    `Declare "${where.column}" as z.int64() to see it as bigint.`,
  )
}

export function buildBoolean(values: ArrayLike<unknown>, where: Where): BooleanColumn {
  const n = values.length
  const out = new Uint8Array(n)
  let validity: Uint8Array | undefined
  for (let i = 0; i < n; i++) {
    const value = values[i]
    if (value === true) out[i] = 1
    else if (value === null || value === undefined) validity = markAbsent(validity, n, i)
    else if (value !== false) throw wrongKind(where, i, value, 'boolean')
  }
  return new BooleanColumn(out, validity)
}
