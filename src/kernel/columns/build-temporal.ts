import { type LogicalType, type TimeUnit, typeName } from '../types.ts'
import { TemporalColumn } from './column.ts'
import { exact, wordsOf, writeInteger } from './int64.ts'
import { markAbsent } from './validity.ts'
import { lossy, type Where, wrongKind } from './where.ts'

export type TemporalType = Extract<LogicalType, { kind: 'date' | 'time' | 'timestamp' }>

export const day = 86_400_000

/** Units a second has. */
export const perSecond: Readonly<Record<TimeUnit, bigint>> = { s: 1n, ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n }

/**
 * date, time and timestamp from milliseconds or `Date`. A value is refused unless reading it back gives the very number written, so no fraction
 * of the unit is cut off.
 */
export function buildTemporal(type: TemporalType, values: ArrayLike<unknown>, where: Where): TemporalColumn {
  return type.kind === 'date' ? buildDate(type, values, where) : buildUnits(type, values, where)
}

function buildDate(type: TemporalType, values: ArrayLike<unknown>, where: Where): TemporalColumn {
  const n = values.length
  const out = new Int32Array(n)
  let validity: Uint8Array | undefined
  for (let i = 0; i < n; i++) {
    const value = values[i]
    if (value === null || value === undefined) {
      validity = markAbsent(validity, n, i)
      continue
    }
    const milliseconds = millisecondsOf(value, i, type, where)
    out[i] = milliseconds / day
    if ((out[i] as number) * day !== milliseconds)
      throw lossy(where, i, value, typeName(type), 'Cut it to midnight UTC, or declare a timestamp.')
  }
  return new TemporalColumn(type, out, validity)
}

function buildUnits(
  type: Exclude<TemporalType, { kind: 'date' }>,
  values: ArrayLike<unknown>,
  where: Where,
): TemporalColumn {
  const n = values.length
  const out = new BigInt64Array(n)
  const words = wordsOf(out)
  const factor = Number(perSecond[type.unit]) / 1000
  const [least, most] = type.kind === 'time' ? [0, day] : [-Infinity, Infinity]
  let validity: Uint8Array | undefined
  for (let i = 0; i < n; i++) {
    const value = values[i]
    if (value === null || value === undefined) {
      validity = markAbsent(validity, n, i)
      continue
    }
    const milliseconds = typeof value === 'number' ? value : millisecondsOf(value, i, type, where)
    const units = factor < 1 ? milliseconds / 1000 : milliseconds * factor
    if (Math.floor(milliseconds) === milliseconds && Math.floor(units) === units && units >= -exact && units <= exact) {
      writeInteger(words, i, units)
    } else if (!writeExactly(out, i, milliseconds, factor)) {
      throw lossy(where, i, value, typeName(type))
    }
    if (milliseconds < least || milliseconds > most)
      throw lossy(where, i, value, typeName(type), 'A time of day lies between 0 and 24 hours.')
  }
  return new TemporalColumn(type, out, validity)
}

function millisecondsOf(value: unknown, i: number, type: TemporalType, where: Where): number {
  if (typeof value === 'number') return value
  if (value instanceof Date) return value.getTime()
  throw wrongKind(where, i, value, `${typeName(type)} (milliseconds or a Date)`)
}

/** Fractions of a millisecond, and counts beyond 2^53. False where reading back would give another number. */
function writeExactly(out: BigInt64Array, i: number, milliseconds: number, factor: number): boolean {
  if (!Number.isFinite(milliseconds) || factor < 1) return false
  const whole = Math.floor(milliseconds)
  const units = BigInt(whole) * BigInt(factor) + BigInt(Math.round((milliseconds - whole) * factor))
  out[i] = units
  const per = BigInt(factor)
  const back = units / per
  return out[i] === units && Number(back) + Number(units - back * per) / factor === milliseconds
}
