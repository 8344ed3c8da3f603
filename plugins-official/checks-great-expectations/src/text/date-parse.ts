// Long because: one rule after another of one grammar, in the order in which they are tried.
import { isJump, NoDate, placeOf, Ymd } from './date-fields.ts'
import { dateTokens } from './date-tokens.ts'
import { daysIn } from './strptime.ts'

interface Found {
  hour?: number
  minute?: number
  second?: number
  /** Minutes east of UTC. */
  offset?: number
  zone?: string
  half?: number
  weekday?: number
}

/**
 * Reads a date in any of the ways that `dateutil.parser.parse` reads (month first where it is open), to milliseconds since 1970 of the time as
 * written; a numeric offset is applied. Undefined where it reads nothing. What is not written is taken from 1970-01-01T00:00, where dateutil takes it
 * from today; years of two digits are 1969 to 2068.
 */
export function parseDate(text: string): number | undefined {
  try {
    return read(text)
  } catch (error) {
    if (error instanceof NoDate) return undefined
    throw error
  }
}

function read(text: string): number {
  const tokens = dateTokens(text)
  const ymd = new Ymd()
  const found: Found = {}
  for (let at = 0; at < tokens.length; at++) at = token(tokens, at, ymd, found)
  const { year, month, day } = ymd.resolve()
  const { hour, minute, second, offset } = found
  if (
    [year, month, day, hour, minute, second, offset, found.zone, found.half, found.weekday].every(
      (part) => part === undefined,
    )
  )
    throw new NoDate()
  const full = year === undefined ? 1970 : ymd.century || year >= 100 ? year : year + (year < 69 ? 2000 : 1900)
  const inMonth = month ?? 1
  if (full < 1 || full > 9999 || inMonth < 1 || inMonth > 12) throw new NoDate()
  const inDay = day ?? 1
  if (inDay < 1 || inDay > daysIn(full, inMonth)) throw new NoDate()
  if ((hour ?? 0) > 23 || (minute ?? 0) > 59 || (second ?? 0) >= 60) throw new NoDate()
  if (offset !== undefined && Math.abs(offset) >= 1440) throw new NoDate()
  const date = new Date(Date.UTC(2000, inMonth - 1, inDay, hour ?? 0, minute ?? 0, 0))
  date.setUTCFullYear(full, inMonth - 1, inDay)
  if (found.weekday !== undefined && day === undefined)
    date.setUTCDate(inDay + ((found.weekday + 8 - date.getUTCDay()) % 7))
  return date.getTime() + (second ?? 0) * 1000 - (offset ?? 0) * 60_000
}

/** Reads what begins at a token; gives the last token it took. */
function token(tokens: string[], at: number, ymd: Ymd, found: Found): number {
  const word = tokens[at] as string
  if (/^(\d+\.?\d*|\.\d+)$/.test(word)) return numeric(tokens, at, ymd, found)
  if (/^(nan|inf|infinity)$/i.test(word)) throw new NoDate()
  const weekday = placeOf('weekday', word)
  if (weekday !== undefined) {
    found.weekday = weekday
    return at
  }
  const month = placeOf('month', word)
  if (month !== undefined) return named(tokens, at, month + 1, ymd)
  const half = placeOf('ampm', word)
  if (half !== undefined) {
    if (found.hour === undefined || found.hour > 12 || found.half !== undefined) throw new NoDate()
    setHalf(found, found.hour, half)
    return at
  }
  if (couldBeZone(word, found)) {
    found.zone = word
    if (/^(utc|gmt|z)$/i.test(word)) found.offset = 0
    const sign = tokens[at + 1]
    if (sign === '+' || sign === '-') {
      tokens[at + 1] = sign === '+' ? '-' : '+'
      delete found.offset
      if (/^(utc|gmt|z)$/i.test(word)) delete found.zone
    }
    return at
  }
  if (found.hour !== undefined && (word === '+' || word === '-')) return offset(tokens, at, found)
  if (!isJump(word)) throw new NoDate()
  return at
}

function couldBeZone(word: string, { hour, zone, offset }: Found): boolean {
  if (hour === undefined || zone !== undefined || offset !== undefined || word.length > 5) return false
  return /^[A-Z]+$/.test(word) || word === 'z'
}

/** `Jan-01-99`, `Jan of 99`, or a month alone. */
function named(tokens: readonly string[], at: number, month: number, ymd: Ymd): number {
  ymd.append(month, 'M')
  const separator = tokens[at + 1]
  if (separator === '-' || separator === '/') {
    ymd.append(need(tokens, at + 2))
    if (tokens[at + 3] !== separator) return at + 2
    ymd.append(need(tokens, at + 4))
    return at + 4
  }
  if (
    separator === ' ' &&
    tokens[at + 3] === ' ' &&
    tokens[at + 2]?.toLowerCase() === 'of' &&
    /^\d+$/.test(tokens[at + 4] ?? '')
  ) {
    const year = Number(tokens[at + 4])
    ymd.append(String(year < 100 ? year + (year < 69 ? 2000 : 1900) : year), 'Y')
    return at + 4
  }
  return at
}

/** `+03:00`, `-0300`, `+3`. */
function offset(tokens: readonly string[], at: number, found: Found): number {
  const sign = tokens[at] === '+' ? 1 : -1
  const digits = need(tokens, at + 1)
  if (!/^\d+$/.test(digits)) throw new NoDate()
  let last = at + 1
  let minutes: number
  if (digits.length === 4) minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))
  else if (tokens[at + 2] === ':') {
    const rest = need(tokens, at + 3)
    if (!/^\d+$/.test(rest)) throw new NoDate()
    minutes = Number(digits) * 60 + Number(rest)
    last = at + 3
  } else if (digits.length <= 2) minutes = Number(digits) * 60
  else throw new NoDate()
  found.offset = sign * minutes
  const name = tokens[last + 3]
  if (
    isJump(tokens[last + 1]) &&
    tokens[last + 2] === '(' &&
    tokens[last + 4] === ')' &&
    name !== undefined &&
    /^[A-Z]{3,5}$/.test(name)
  ) {
    found.zone = name
    return last + 4
  }
  return last
}

function numeric(tokens: readonly string[], at: number, ymd: Ymd, found: Found): number {
  const word = tokens[at] as string
  const value = Number(word)
  const size = word.length
  const next = tokens[at + 1]
  if (
    ymd.values.length === 3 &&
    (size === 2 || size === 4) &&
    found.hour === undefined &&
    (next === undefined || next === ' ' || placeOf('hms', next) !== undefined)
  ) {
    found.hour = whole(word.slice(0, 2))
    if (size === 4) found.minute = whole(word.slice(2))
    return at
  }
  if (size === 6 || (size > 6 && word.indexOf('.') === 6)) {
    if (ymd.values.length === 0 && !word.includes('.'))
      for (const from of [0, 2, 4]) ymd.append(word.slice(from, from + 2))
    else setTime(found, whole(word.slice(0, 2)), whole(word.slice(2, 4)), real(word.slice(4)))
    return at
  }
  if (size === 8 || size === 12 || size === 14) {
    ymd.append(word.slice(0, 4), 'Y')
    ymd.append(word.slice(4, 6))
    ymd.append(word.slice(6, 8))
    if (size > 8) {
      found.hour = whole(word.slice(8, 10))
      found.minute = whole(word.slice(10, 12))
      if (size > 12) found.second = whole(word.slice(12))
    }
    return at
  }
  const unit = unitAt(tokens, at)
  if (unit !== undefined) {
    const [place, last] = unit
    if (place === 0) {
      found.hour = Math.trunc(value)
      if (value % 1 !== 0) found.minute = sixtieths(value)
    } else if (place === 1) setMinutes(found, value)
    else found.second = real(word)
    return last
  }
  if (next === ':' && tokens[at + 2] !== undefined) {
    found.hour = Math.trunc(value)
    setMinutes(found, real(tokens[at + 2] as string))
    if (tokens[at + 3] !== ':' || tokens[at + 4] === undefined) return at + 2
    found.second = real(tokens[at + 4] as string)
    return at + 4
  }
  if (next === '-' || next === '/' || next === '.') return separated(tokens, at, next, ymd)
  const half = placeOf('ampm', tokens[at + 2])
  if (next === undefined || isJump(next)) {
    if (half === undefined) {
      ymd.append(value)
      return at + 1
    }
    setHalf(found, Math.trunc(value), half)
    return at + 2
  }
  const near = placeOf('ampm', next)
  if (near !== undefined && value >= 0 && value < 24) {
    setHalf(found, Math.trunc(value), near)
    return at + 1
  }
  if (!ymd.couldBeDay(value)) throw new NoDate()
  ymd.append(value)
  return at
}

/** `2020-01-02`, `1/Jan/2020`, `2020.1`. */
function separated(tokens: readonly string[], at: number, separator: string, ymd: Ymd): number {
  ymd.append(tokens[at] as string)
  const second = tokens[at + 2]
  if (second === undefined || isJump(second)) return at + 1
  appendPart(second, ymd)
  if (tokens[at + 3] !== separator) return at + 2
  appendPart(need(tokens, at + 4), ymd)
  return at + 4
}

function appendPart(word: string, ymd: Ymd): void {
  const month = placeOf('month', word)
  if (month === undefined) ymd.append(word)
  else ymd.append(month + 1, 'M')
}

/** Whether the number counts hours, minutes or seconds (`10h`, `10 h`, or after `h`), and the last token it takes. */
function unitAt(tokens: readonly string[], at: number): readonly [number, number] | undefined {
  const after = placeOf('hms', tokens[at + 1])
  if (after !== undefined) return [after, at + 1]
  const later = tokens[at + 1] === ' ' ? placeOf('hms', tokens[at + 2]) : undefined
  if (later !== undefined) return [later, at + 2]
  const before = at > 0 ? placeOf('hms', tokens[at - 1]) : undefined
  if (before !== undefined) return [before + 1, at]
  const earlier =
    at > 1 && at === tokens.length - 1 && tokens[at - 1] === ' ' ? placeOf('hms', tokens[at - 2]) : undefined
  return earlier === undefined ? undefined : [earlier + 1, at]
}

function setHalf(found: Found, hour: number, half: number): void {
  found.hour = half === 1 && hour < 12 ? hour + 12 : half === 0 && hour === 12 ? 0 : hour
  found.half = half
}

function setTime(found: Found, hour: number, minute: number, second: number): void {
  found.hour = hour
  found.minute = minute
  found.second = second
}

function setMinutes(found: Found, value: number): void {
  found.minute = Math.trunc(value)
  if (value % 1 !== 0) found.second = sixtieths(value)
}

/** The fraction in sixtieths, as decimals give it: 0.4 is 24, not 23. */
function sixtieths(value: number): number {
  return Math.trunc(Math.round(60e6 * (value % 1)) / 1e6)
}

function need(tokens: readonly string[], at: number): string {
  const word = tokens[at]
  if (word === undefined) throw new NoDate()
  return word
}

function whole(digits: string): number {
  if (!/^\d+$/.test(digits)) throw new NoDate()
  return Number(digits)
}

function real(word: string): number {
  if (!/^\d+(\.\d*)?$/.test(word)) throw new NoDate()
  return Number(word.replace(/(\.\d{6})\d+$/, '$1')) // microseconds, cut off
}
