import { type LogicalType, sameType, types } from 'tidegate'
import { duckType } from '../duck-types.ts'
import { quoteText } from '../quote.ts'

/**
 * Everything with an order but floats and text is whole numbers under the surface: unscaled decimals, days, microseconds. How a rule reads such a
 * number (as milliseconds, as the nearest double) never falls where the number rises, so the numbers that keep a bound are a range, found by halving.
 */
export interface WholeKind {
  readonly least: bigint
  readonly most: bigint
  /** As a step sees it, up to the rounding to doubles: `digits * 10 ** exponent`. */
  readonly exponent: number
  /** As a step sees it. */
  seen(value: bigint): number
  /** As SQL, of the column's own type. */
  literal(value: bigint): string
}

/** Undefined for what is no whole number to DuckDB, or has no literal here. */
export function wholeKind(type: LogicalType): WholeKind | undefined {
  switch (type.kind) {
    case 'int': {
      const bits = BigInt(type.bits)
      return {
        least: type.signed ? -(2n ** (bits - 1n)) : 0n,
        most: 2n ** (type.signed ? bits - 1n : bits) - 1n,
        exponent: 0,
        seen: Number,
        literal: (value) => `'${value}'::${duckType(type)}`,
      }
    }
    case 'decimal': {
      const most = 10n ** BigInt(type.precision) - 1n
      return {
        least: -most,
        most,
        exponent: -type.scale,
        seen: (value) => Number(`${value}e-${type.scale}`),
        literal: (value) => `'${scaled(value, type.scale)}'::${duckType(type)}`,
      }
    }
    case 'date':
      return {
        least: -dayLimit,
        most: dayLimit,
        exponent: 0,
        seen: (value) => Number(value) * 86_400_000,
        literal: (value) => `(DATE '1970-01-01' + ${value})`,
      }
    case 'timestamp': {
      const unit = units[type.unit]
      if (type.zone !== undefined && type.unit !== 'us') return undefined
      return {
        least: -unit.limit,
        most: unit.limit,
        exponent: unit.exponent,
        seen: (value) => milliseconds(value, unit.per),
        literal: (value) =>
          type.zone !== undefined
            ? `make_timestamptz(${value}::BIGINT)`
            : type.unit === 'ns'
              ? `make_timestamp_ns(${value}::BIGINT)`
              : `make_timestamp(${value * unit.micros}::BIGINT)::${duckType(type)}`,
      }
    }
    default:
      return undefined
  }
}

/** Some 270,000 years to either side: what lies further is refused as a bound, and compares as it should. */
const dayLimit = 100_000_000n
const units = {
  s: { per: -1n, exponent: 3, micros: 1_000_000n, limit: 10n ** 12n },
  ms: { per: 1n, exponent: 0, micros: 1000n, limit: 10n ** 15n },
  us: { per: 1000n, exponent: -3, micros: 1n, limit: 10n ** 18n },
  ns: { per: 1_000_000n, exponent: -6, micros: 0n, limit: 9n * 10n ** 18n },
} as const

/** As a column of times gives its cells: a whole part and a fraction. */
function milliseconds(value: bigint, per: bigint): number {
  if (per === 1n) return Number(value)
  if (per < 0n) return Number(value) * 1000
  const whole = value / per
  return Number(whole) + Number(value - whole * per) / Number(per)
}

function scaled(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return value < 0n ? `-${text}` : text
}

/** The least whole number from `least` to `most` that keeps a condition which all greater ones keep too; undefined where none does. */
export function firstKeeping(least: bigint, most: bigint, keeps: (value: bigint) => boolean): bigint | undefined {
  if (!keeps(most)) return undefined
  let [low, high] = [least, most]
  while (low < high) {
    const middle = low + ((high - low) >> 1n)
    if (keeps(middle)) high = middle
    else low = middle + 1n
  }
  return low
}

/** `digits * 10 ** exponent` */
export interface Exact {
  readonly digits: bigint
  readonly exponent: number
}

/** A finite number exactly: one that is not whole as the shortest decimal that reads back as it. */
export function exactly(value: number | bigint): Exact {
  if (typeof value === 'bigint' || Number.isInteger(value)) return { digits: BigInt(value), exponent: 0 }
  const [mantissa = '', power = '0'] = String(value).split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length }
}

/** Negative, 0 or positive. */
export function compareExact(a: Exact, b: Exact): number {
  const least = Math.min(a.exponent, b.exponent)
  const left = a.digits * 10n ** BigInt(a.exponent - least)
  const right = b.digits * 10n ** BigInt(b.exponent - least)
  return left < right ? -1 : Number(left > right)
}

/** A double as SQL, every bit of it but the sign of zero. */
export function doubleLiteral(value: number): string {
  return Number.isFinite(value) ? value.toExponential() : `'${value}'::DOUBLE`
}

/** Text as SQL; undefined for what is no UTF-8, or ends a statement. */
export function textLiteral(text: string): string | undefined {
  return text.isWellFormed() && !text.includes('\0') ? quoteText(text) : undefined
}

export function isWide(type: LogicalType): boolean {
  return sameType(type, types.int64) || sameType(type, types.uint64)
}
