import { type Column, FlatColumn, Int64Column, type LogicalType, TemporalColumn } from 'tidegate'
import { aligned, enoughOf } from './arrow-buffers.ts'
import { ArrowFault } from './arrow-flat.ts'
import type { ArrowField } from './arrow-schema.ts'

/** Numbers, dates and times of a fixed width. */
export function fixedColumn(
  field: ArrowField,
  type: LogicalType,
  bytes: Uint8Array,
  length: number,
  validity: Uint8Array | undefined,
  sees: 'number' | 'bigint' = 'number',
): Column {
  const { kind } = field.layout
  const width =
    kind === 'flat' || kind === 'time32' ? (field.layout as { readonly width: number }).width : kind === 'half' ? 2 : 8
  const own = aligned(enoughOf(bytes, width * length, field.name), width)
  const { byteOffset: at } = own
  const buffer = own.buffer as ArrayBuffer
  if (kind === 'half')
    return new FlatColumn(type, Float32Array.from(new Uint16Array(buffer, at, length), halfToFloat), validity)
  if (kind === 'dateMs') {
    const days = new Int32Array(length)
    const values = new BigInt64Array(buffer, at, length)
    for (let i = 0; i < length; i++) {
      const value = values[i] as bigint
      const present = validity === undefined || (((validity[i >> 3] as number) >> (i & 7)) & 1) === 1
      if (present && value % 86_400_000n !== 0n)
        throw new ArrowFault(`has a date with a time of day in the column "${field.name}"`)
      days[i] = Number(value / 86_400_000n)
    }
    return new TemporalColumn(type, days, validity)
  }
  if (kind === 'time32') {
    const values = new Int32Array(buffer, at, length)
    return new TemporalColumn(type, BigInt64Array.from(values, BigInt), validity)
  }
  if (type.kind === 'date') return new TemporalColumn(type, new Int32Array(buffer, at, length), validity)
  if (type.kind === 'time' || type.kind === 'timestamp')
    return new TemporalColumn(type, new BigInt64Array(buffer, at, length), validity)
  if (type.kind === 'float')
    return new FlatColumn(
      type,
      type.bits === 32 ? new Float32Array(buffer, at, length) : new Float64Array(buffer, at, length),
      validity,
    )
  if (type.kind !== 'int') throw new ArrowFault(`has values of an odd width in the column "${field.name}"`)
  if (type.bits === 64)
    return new Int64Column(
      type,
      type.signed ? new BigInt64Array(buffer, at, length) : new BigUint64Array(buffer, at, length),
      validity,
      sees,
    )
  const Values = type.signed
    ? type.bits === 8
      ? Int8Array
      : type.bits === 16
        ? Int16Array
        : Int32Array
    : type.bits === 8
      ? Uint8Array
      : type.bits === 16
        ? Uint16Array
        : Uint32Array
  return new FlatColumn(type, new Values(buffer, at, length), validity)
}

/** Decimals of any width as 128 bits. */
export function decimalWords(
  field: ArrowField,
  width: number,
  bytes: Uint8Array,
  length: number,
  validity: Uint8Array | undefined,
): BigUint64Array {
  const own = aligned(enoughOf(bytes, width * length, field.name), Math.min(width, 8))
  const { byteOffset: at } = own
  const buffer = own.buffer as ArrayBuffer
  if (width === 16) return new BigUint64Array(buffer, at, 2 * length)
  const out = new BigUint64Array(2 * length)
  const signed = new BigInt64Array(out.buffer as ArrayBuffer)
  if (width < 16) {
    const values = width === 4 ? new Int32Array(buffer, at, length) : new BigInt64Array(buffer, at, length)
    for (let i = 0; i < length; i++) {
      const value = BigInt(values[i] as number | bigint)
      signed[2 * i] = value
      signed[2 * i + 1] = value < 0n ? -1n : 0n
    }
    return out
  }
  const wide = new BigInt64Array(buffer, at, 4 * length)
  for (let i = 0; i < length; i++) {
    const sign = (wide[4 * i + 1] as bigint) < 0n ? -1n : 0n
    const present = validity === undefined || (((validity[i >> 3] as number) >> (i & 7)) & 1) === 1
    if (present && (wide[4 * i + 2] !== sign || wide[4 * i + 3] !== sign))
      throw new ArrowFault(`has a decimal of more digits than it states in the column "${field.name}"`)
    signed[2 * i] = wide[4 * i] as bigint
    signed[2 * i + 1] = wide[4 * i + 1] as bigint
  }
  return out
}

function halfToFloat(bits: number): number {
  const sign = bits >> 15 === 1 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
