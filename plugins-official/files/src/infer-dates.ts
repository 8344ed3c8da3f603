import { daysInMonth } from './calendar.ts'
import { fit, look, seen } from './infer-bits.ts'
import { fractionAt, type Moment, parseTime, parseTimestamp } from './moment.ts'

const moment: Moment = { seconds: 0, nanos: 0 }

/** The bits of a cell that begins with a digit and is no number. */
export function dateBits(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start + 2] === 58) return timeBits(bytes, start, end)
  return isoBits(bytes, start, end) | orderBits(bytes, start, end)
}

export function isoBits(bytes: Uint8Array, start: number, end: number): number {
  if (!parseTimestamp(bytes, start, end, moment)) return 0
  const plain = bytes[start] !== 43 && bytes[start] !== 45
  if (end - start > (plain ? 10 : 13)) look.seen |= seen.clock | (moment.zoned === true ? seen.zoned : seen.unzoned)
  else look.seen |= seen.days
  look.seen |= finenessOf(moment.nanos)
  return fit.iso
}

function timeBits(bytes: Uint8Array, start: number, end: number): number {
  if (!parseTime(bytes, start, end, moment)) return 0
  look.seen |= finenessOf(moment.nanos)
  return fit.time
}

export function finenessOf(nanos: number): number {
  return nanos === 0 ? 0 : nanos % 1_000_000 === 0 ? seen.milli : nanos % 1000 === 0 ? seen.micro : seen.nano
}

/** Three numbers with one separator, `1/2/2024` or `2024/1/2`, and perhaps a time behind them: in which orders they are a date. */
function orderBits(bytes: Uint8Array, start: number, end: number): number {
  const a = digitsAt(bytes, start, end, 4)
  if (a === 0) return 0
  const separator = bytes[start + a] as number
  const how = separator === 47 ? fit.slash : separator === 46 ? fit.dot : separator === 45 ? fit.dash : 0
  if (how === 0) return 0
  const second = start + a + 1
  const b = digitsAt(bytes, second, end, 2)
  if (b === 0 || bytes[second + b] !== separator) return 0
  const third = second + b + 1
  const c = digitsAt(bytes, third, end, 4)
  const x = numberAt(bytes, start, a)
  const y = numberAt(bytes, second, b)
  const z = numberAt(bytes, third, c)
  let order = 0
  if (a === 4 && c >= 1 && c <= 2) order = isDay(x, y, z) ? fit.ymd : 0
  else if (a <= 2 && c === 4) order = (isDay(z, y, x) ? fit.dmy : 0) | (isDay(z, x, y) ? fit.mdy : 0)
  if (order === 0) return 0
  const rest = clockBits(bytes, third + c, end)
  return rest === 0 ? 0 : order | how | rest
}

function clockBits(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return fit.dayOnly | fit.hours24 | fit.hours12
  if (bytes[start] !== 32) return 0
  let p = start + 1
  const h = digitsAt(bytes, p, end, 2)
  const hour = numberAt(bytes, p, h)
  p += h
  if (h === 0 || bytes[p] !== 58 || digitsAt(bytes, p + 1, end, 2) !== 2 || numberAt(bytes, p + 1, 2) > 59) return 0
  p += 3
  let style: number = fit.minutes
  if (p < end && bytes[p] === 58) {
    if (digitsAt(bytes, p + 1, end, 2) !== 2 || numberAt(bytes, p + 1, 2) > 59) return 0
    p += 3
    style = fit.seconds
    if (p < end && bytes[p] === 46) {
      p = fractionAt(bytes, p + 1, end, moment)
      if (p < 0) return 0
      look.seen |= finenessOf(moment.nanos)
      style = fit.fractions
    }
  }
  if (p === end) return hour <= 23 ? style | fit.hours24 : 0
  const letter = (bytes[p + 1] as number) | 32
  const half = bytes[p] === 32 && p + 3 === end && ((bytes[p + 2] as number) | 32) === 109
  return half && (letter === 97 || letter === 112) && hour >= 1 && hour <= 12 ? style | fit.hours12 : 0
}

function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
}

/** How many digits stand at `p`, 0 where they are more than `most`. */
function digitsAt(bytes: Uint8Array, p: number, end: number, most: number): number {
  let n = 0
  while (n <= most && p + n < end && ((bytes[p + n] as number) - 48) >>> 0 <= 9) n++
  return n > most ? 0 : n
}

function numberAt(bytes: Uint8Array, p: number, digits: number): number {
  let value = 0
  for (let i = 0; i < digits; i++) value = value * 10 + (bytes[p + i] as number) - 48
  return value
}
