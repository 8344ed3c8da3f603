import { daysFromCivil, daysInMonth } from './calendar.ts'

/** What a date or time cell says: seconds (since 1970-01-01T00:00:00Z, or since midnight), nanoseconds on top, digits of the fraction. */
export interface Moment {
  seconds: number
  nanos: number
  /** Set by `parseTimestamp`: the text names an offset from UTC. */
  zoned?: boolean
}

/** Reads `bytes[start .. end)` into `out`; false when it is not of the form. */
export type ParseMoment = (bytes: Uint8Array, start: number, end: number, out: Moment) => boolean

/** `YYYY-MM-DD`, years outside 0000..9999 as `+YYYYYY` or `-YYYYYY` (ISO 8601 expanded form). */
export function parseDate(bytes: Uint8Array, start: number, end: number, out: Moment): boolean {
  return dateAt(bytes, start, end, out) === end
}

/** A date, then optionally `T` or a space and a time with an optional offset (`Z`, `+HH`, `+HHMM`, `+HH:MM`); without one it is taken as UTC. */
export function parseTimestamp(bytes: Uint8Array, start: number, end: number, out: Moment): boolean {
  let p = dateAt(bytes, start, end, out)
  out.zoned = false
  if (p === end || p < 0) return p === end
  const separator = bytes[p] as number
  if (separator !== 84 && separator !== 116 && separator !== 32) return false
  const day = out.seconds
  p = timeAt(bytes, p + 1, end, out)
  if (p < 0) return false
  out.zoned = p !== end
  const offset = p === end ? 0 : offsetAt(bytes, p, end)
  out.seconds += day - offset
  return !Number.isNaN(offset)
}

/** `HH:MM[:SS[.fraction]]`. */
export function parseTime(bytes: Uint8Array, start: number, end: number, out: Moment): boolean {
  return timeAt(bytes, start, end, out) === end
}

/** Two digits at `p`, or a negative number. */
function two(bytes: Uint8Array, p: number): number {
  const a = (bytes[p] as number) - 48
  const b = (bytes[p + 1] as number) - 48
  return a >>> 0 <= 9 && b >>> 0 <= 9 ? a * 10 + b : -1
}

function dateAt(bytes: Uint8Array, start: number, end: number, out: Moment): number {
  let p = start
  let year: number
  const sign = bytes[p]
  if (sign === 43 || sign === 45) {
    if (end - start < 13) return -1
    const parts = [two(bytes, p + 1), two(bytes, p + 3), two(bytes, p + 5)] as const
    if (Math.min(...parts) < 0) return -1
    year = (parts[0] * 10000 + parts[1] * 100 + parts[2]) * (sign === 45 ? -1 : 1)
    p += 7
  } else {
    if (end - start < 10) return -1
    const century = two(bytes, p)
    const rest = two(bytes, p + 2)
    if (century < 0 || rest < 0) return -1
    year = century * 100 + rest
    p += 4
  }
  const month = two(bytes, p + 1)
  const day = two(bytes, p + 4)
  if (bytes[p] !== 45 || bytes[p + 3] !== 45 || month < 1 || month > 12 || day < 1) return -1
  if (day > 28 && day > daysInMonth(year, month)) return -1
  out.seconds = daysFromCivil(year, month, day) * 86400
  out.nanos = 0
  return p + 6
}

function timeAt(bytes: Uint8Array, start: number, end: number, out: Moment): number {
  if (end - start < 5) return -1
  const hour = two(bytes, start)
  const minute = two(bytes, start + 3)
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || bytes[start + 2] !== 58) return -1
  let p = start + 5
  let second = 0
  out.nanos = 0
  if (end - p >= 3 && bytes[p] === 58) {
    second = two(bytes, p + 1)
    if (second < 0 || second > 59) return -1
    p += 3
    if (p < end && (bytes[p] === 46 || bytes[p] === 44)) {
      p = fractionAt(bytes, p + 1, end, out)
      if (p < 0) return -1
    }
  }
  out.seconds = hour * 3600 + minute * 60 + second
  return p
}

/** Up to nine digits; further ones must be zeros, since no type holds them. */
export function fractionAt(bytes: Uint8Array, start: number, end: number, out: Moment): number {
  let p = start
  let nanos = 0
  let place = 100_000_000
  for (; p < end; p++) {
    const digit = (bytes[p] as number) - 48
    if (digit >>> 0 > 9) break
    if (place < 1 && digit !== 0) return -1
    if (place >= 1) nanos += digit * place
    place = Math.floor(place / 10)
  }
  out.nanos = nanos
  return p === start ? -1 : p
}

/** Seconds east of UTC, NaN when it is no offset. */
function offsetAt(bytes: Uint8Array, p: number, end: number): number {
  const sign = bytes[p] as number
  if ((sign | 32) === 122) return p + 1 === end ? 0 : Number.NaN
  if (sign !== 43 && sign !== 45) return Number.NaN
  const hours = end - p >= 3 ? two(bytes, p + 1) : -1
  const rest = end - p - 3
  const minutes =
    rest === 0 ? 0 : rest === 2 ? two(bytes, p + 3) : rest === 3 && bytes[p + 3] === 58 ? two(bytes, p + 4) : -1
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return Number.NaN
  return (hours * 3600 + minutes * 60) * (sign === 45 ? -1 : 1)
}
