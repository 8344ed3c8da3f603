import { type Int64Column, isValid, type TemporalColumn } from '../../../kernel/columns/column.ts'
import type { Bits } from '../../check.ts'
import { markByte, markRow } from './mark.ts'

/** Rows that are present and lie outside a range, for each layout of numbers. Eight rows at a time, so that a byte of bits is written once. */

/** One unsigned comparison a row: `value - min` as 32 bits is above `max - min` on either side. */
export function markInt32(
  values: Int32Array,
  min: number,
  max: number,
  validity: Uint8Array | undefined,
  failing: Bits,
): void {
  const low = Math.max(-0x80000000, Math.ceil(min))
  const high = Math.min(0x7fffffff, Math.floor(max))
  // No integer in the range: every value is above a span of -1.
  const span = high < low ? -1 : high - low
  const whole = values.length & ~7
  for (let row = 0; row < whole; row += 8) {
    const bits =
      (((values[row] as number) - low) >>> 0 > span ? 1 : 0) |
      (((values[row + 1] as number) - low) >>> 0 > span ? 2 : 0) |
      (((values[row + 2] as number) - low) >>> 0 > span ? 4 : 0) |
      (((values[row + 3] as number) - low) >>> 0 > span ? 8 : 0) |
      (((values[row + 4] as number) - low) >>> 0 > span ? 16 : 0) |
      (((values[row + 5] as number) - low) >>> 0 > span ? 32 : 0) |
      (((values[row + 6] as number) - low) >>> 0 > span ? 64 : 0) |
      (((values[row + 7] as number) - low) >>> 0 > span ? 128 : 0)
    if (bits !== 0) markByte(failing, row >> 3, bits, validity)
  }
  for (let row = whole; row < values.length; row++)
    if (((values[row] as number) - low) >>> 0 > span && isValid(validity, row)) markRow(failing, row)
}

/** NaN lies in no range. */
export function markDoubles(
  values: Float64Array,
  min: number,
  max: number,
  validity: Uint8Array | undefined,
  failing: Bits,
): void {
  const whole = values.length & ~7
  for (let row = 0; row < whole; row += 8) {
    const a = values[row] as number
    const b = values[row + 1] as number
    const c = values[row + 2] as number
    const d = values[row + 3] as number
    const e = values[row + 4] as number
    const f = values[row + 5] as number
    const g = values[row + 6] as number
    const h = values[row + 7] as number
    const bits =
      (a >= min && a <= max ? 0 : 1) |
      (b >= min && b <= max ? 0 : 2) |
      (c >= min && c <= max ? 0 : 4) |
      (d >= min && d <= max ? 0 : 8) |
      (e >= min && e <= max ? 0 : 16) |
      (f >= min && f <= max ? 0 : 32) |
      (g >= min && g <= max ? 0 : 64) |
      (h >= min && h <= max ? 0 : 128)
    if (bits !== 0) markByte(failing, row >> 3, bits, validity)
  }
  for (let row = whole; row < values.length; row++) {
    const value = values[row] as number
    if (!(value >= min && value <= max) && isValid(validity, row)) markRow(failing, row)
  }
}

/** 64-bit integers as doubles where these are exact and both bounds are; by themselves where not. */
export function markWide(
  { values }: Int64Column,
  min: number | bigint,
  max: number | bigint,
  validity: Uint8Array | undefined,
  failing: Bits,
): void {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  const signed = values instanceof BigInt64Array
  const [low, high] = [Number(min), Number(max)]
  const bounded = isExact(min) && isExact(max)
  for (let row = 0; row < values.length; row++) {
    const top = words[2 * row + 1] as number
    const near = (signed ? top : top >>> 0) * 4_294_967_296 + ((words[2 * row] as number) >>> 0)
    if (bounded && near >= -Number.MAX_SAFE_INTEGER && near <= Number.MAX_SAFE_INTEGER) {
      if (near >= low && near <= high) continue
    } else if ((values[row] as bigint) >= min && (values[row] as bigint) <= max) continue
    if (isValid(validity, row)) markRow(failing, row)
  }
}

/** Whether comparing with the nearest double is comparing with the bound. */
function isExact(bound: number | bigint): boolean {
  return typeof bound === 'number' || Number.isSafeInteger(Number(bound))
}

const perMillisecond = { s: 1e-3, ms: 1, us: 1e3, ns: 1e6 } as const

/** Times in milliseconds, as a step sees them: a quotient of doubles decides, and near a bound the exact reading. */
export function markTimes(
  column: TemporalColumn,
  min: number,
  max: number,
  validity: Uint8Array | undefined,
  failing: Bits,
): void {
  const { values, type } = column
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  const per = 'unit' in type ? perMillisecond[type.unit] : 1
  // Three roundings on the way, each of half a unit in the last place.
  const low = Number.isFinite(min) ? min + Math.abs(min) * 2 ** -50 : min
  const high = Number.isFinite(max) ? max - Math.abs(max) * 2 ** -50 : max
  for (let row = 0; row < values.length; row++) {
    const near = ((words[2 * row + 1] as number) * 4_294_967_296 + ((words[2 * row] as number) >>> 0)) / per
    if ((near > low && near < high) || !isValid(validity, row)) continue
    const value = column.milliseconds(row)
    if (!(value >= min && value <= max)) markRow(failing, row)
  }
}
