import type { Field, LogicalType } from 'tidegate'
import type { ProfileValue } from '../types.ts'

const perSecond = { s: 1n, ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n }

/** An unscaled integer with its decimal point: `-0.05`. */
export function decimalText(unscaled: bigint, type: LogicalType): string {
  const scale = type.kind === 'decimal' ? type.scale : 0
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return unscaled < 0n ? `-${text}` : text
}

/** A number in the stored unit of its column, as a profile shows it: -0 is 0, as JSON has it. `exact` is the stored integer where the double is rounded. */
export function numberValue(value: number, { type }: Field, exact?: bigint): ProfileValue {
  if (type.kind === 'decimal') return exact === undefined ? value + 0 : decimalText(exact, type)
  if (type.kind === 'date' || type.kind === 'timestamp' || type.kind === 'time') return timeText(value, type, exact)
  if (exact !== undefined) return String(exact)
  return Number.isFinite(value) ? value + 0 : String(value)
}

/** Milliseconds in one stored unit of a column of times; 1 for numbers. */
export function unitMilliseconds({ type }: Field): number {
  if (type.kind === 'date') return 86_400_000
  if (type.kind !== 'timestamp' && type.kind !== 'time') return 1
  return 1000 / Number(perSecond[type.unit])
}

/** ISO 8601: dates as such, instants in UTC, both beyond the year 9999 as a number of units. */
function timeText(value: number, type: LogicalType, given: bigint | undefined): string {
  if (type.kind === 'date') {
    const day = Math.round(value) * 86_400_000
    return Math.abs(day) <= 8.64e15 ? new Date(day).toISOString().replace(/T.*/, '') : String(value)
  }
  const unit = type.kind === 'timestamp' || type.kind === 'time' ? type.unit : 'ms'
  const exact = given ?? BigInt(Math.round(value))
  const per = perSecond[unit]
  const fraction = ((exact % per) + per) % per
  const seconds = Number((exact - fraction) / per)
  const digits =
    per === 1n
      ? ''
      : String(fraction)
          .padStart(String(per).length - 1, '0')
          .replace(/0+$/, '')
  const tail = digits === '' ? '' : `.${digits.padEnd(3, '0')}`
  if (Math.abs(seconds) > 8.64e12) return String(exact)
  const text = new Date(seconds * 1000).toISOString().replace(/\.000Z$/, '')
  return type.kind === 'time' ? `${text.slice(-8)}${tail}` : `${text}${tail}${'zone' in type ? 'Z' : ''}`
}

/** At most `most` code units of a text, never half a character. */
export function cutText(text: string, most = 200): string {
  if (text.length <= most) return text
  const end = /[\uD800-\uDBFF]/.test(text[most - 1] as string) ? most - 1 : most
  return `${text.slice(0, end)}…`
}
