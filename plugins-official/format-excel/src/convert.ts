import { type Field, type LogicalType, TidegateError, typeName } from 'tidegate'
import { dayOf, momentOf, timeOf } from './serial.ts'
import type { Cell } from './sheet.ts'

/** What `finishColumn` takes: JavaScript values, bigint units for times and timestamps, days for dates. */
export type Converted = { readonly value: unknown } | { readonly why: string }
export type Convert = (cell: Cell) => Converted

const bad = (why: string): Converted => ({ why })
const good = (value: unknown): Converted => ({ value })

/** Reads cells as one type; what does not fit is told, not guessed. @throws `TYPE_UNSUPPORTED` for lists, structs and binary. */
export function converter(field: Field, date1904: boolean): Convert {
  const { type } = field
  const kinds = convertersOf(type, field, date1904)
  return (cell) => {
    if (cell.kind === 'error') return bad(`is the error ${cell.text}`)
    if (cell.kind === 'formula')
      return bad('is a formula whose value was never stored: open the workbook in a spreadsheet program and save it')
    return kinds(cell)
  }
}

function convertersOf(type: LogicalType, field: Field, date1904: boolean): Convert {
  switch (type.kind) {
    case 'string':
      return (cell) => good(textOf(cell, date1904))
    case 'boolean':
      return ({ kind, text }) => (kind === 'boolean' ? good(text === '1' || text === 'true') : notA(kind, text, type))
    case 'int':
      return (cell) => wholeOf(cell, type, field)
    case 'float':
      return ({ kind, text }) => {
        const value = Number(text)
        if (kind !== 'number' || !Number.isFinite(value)) return notA(kind, text, type)
        return good(type.bits === 32 ? Math.fround(value) : value)
      }
    case 'decimal':
      return (cell) => decimalOf(cell, type)
    case 'date':
      return ({ kind, text }) => {
        const days = kind === 'iso' ? isoMoment(text, 86_400_000) : kind === 'date' ? Number(text) : undefined
        if (days === undefined) return notA(kind, text, type)
        if (days !== Math.floor(days)) return bad('has a time of day, which a date cannot hold')
        const day = kind === 'iso' ? days : dayOf(days, date1904)
        return day === undefined ? bad(noDay) : good(day)
      }
    case 'time':
      return ({ kind, text }) => {
        if (kind !== 'time' && kind !== 'date' && kind !== 'elapsed') return notA(kind, text, type)
        const value = timeOf(Number(text), type.unit)
        if (value === 'fine') return bad('has a fraction of a second, which time(s) cannot hold')
        return value === undefined ? bad('is no time of day: it lies outside of 24 hours') : good(value)
      }
    case 'timestamp':
      return ({ kind, text }) => {
        if (kind !== 'date' && kind !== 'iso') return notA(kind, text, type)
        const serial = kind === 'iso' ? isoMoment(text, 1) : undefined
        const value =
          kind === 'iso'
            ? serial === undefined
              ? undefined
              : isoUnits(serial, type.unit)
            : momentOf(Number(text), type.unit, date1904)
        if (value === 'fine') return bad('has a fraction of a second, which timestamp(s) cannot hold')
        return value === undefined ? bad(noDay) : good(value)
      }
    case 'null':
      return ({ kind, text }) => notA(kind, text, type)
    default:
      throw new TidegateError(
        'TYPE_UNSUPPORTED',
        `Excel cannot carry ${typeName(type)}, the type of column '${field.name}'`,
        {
          hint: 'Read it as text and take it apart in a step.',
          data: { column: field.name, type: typeName(type) },
        },
      )
  }
}

const noDay = 'is no day of the calendar'

const shown: Readonly<Record<string, string>> = {
  number: 'a number',
  date: 'a date',
  time: 'a time',
  elapsed: 'a duration',
  text: 'text',
  boolean: 'TRUE or FALSE',
  iso: 'a date',
}

function notA(kind: string, text: string, type: LogicalType): Converted {
  const cut = text.length > 60 ? `${text.slice(0, 60)}...` : text
  return bad(`"${cut}" is ${shown[kind]}, not ${typeName(type)}`)
}

/** `36:00:00`, to the millisecond. */
function elapsedText(days: number): string {
  const millis = Math.round(Math.abs(days) * 86_400_000)
  if (!Number.isSafeInteger(millis)) return String(days)
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  const rest = millis % 1000 === 0 ? '' : `.${String(millis % 1000).padStart(3, '0')}`
  return `${days < 0 ? '-' : ''}${two(millis / 3_600_000)}:${two((millis / 60_000) % 60)}:${two((millis / 1000) % 60)}${rest}`
}

/** Numbers in plain digits, dates as ISO 8601. */
export function textOf({ kind, text }: Cell, date1904: boolean): string {
  if (kind === 'boolean') return text === '1' || text === 'true' ? 'TRUE' : 'FALSE'
  if (kind === 'number') return /^-?\d+$/.test(text) ? text : String(Number(text))
  if (kind === 'elapsed') return elapsedText(Number(text))
  if (kind !== 'date' && kind !== 'time') return text
  const serial = Number(text)
  const millis = kind === 'time' && serial < 1 ? timeOf(serial, 'ms') : momentOf(serial, 'ms', date1904)
  if (typeof millis !== 'bigint' || !(Math.abs(Number(millis)) <= 8.64e15)) return text
  const iso = new Date(Number(millis)).toISOString()
  if (kind === 'time' && serial < 1) return iso.slice(11, 23).replace('.000', '')
  return serial === Math.floor(serial) ? iso.slice(0, 10) : iso.slice(0, 23).replace('.000', '')
}

function wholeOf({ kind, text }: Cell, type: Extract<LogicalType, { kind: 'int' }>, field: Field): Converted {
  if (kind !== 'number') return notA(kind, text, type)
  const digits = /^-?\d{1,40}$/.test(text)
  const number = Number(text)
  if (!digits && !Number.isSafeInteger(number)) return bad(`"${text}" is not an integer (${typeName(type)})`)
  const value = BigInt(digits ? text : number)
  const [low, high] = type.signed
    ? [-(2n ** BigInt(type.bits - 1)), 2n ** BigInt(type.bits - 1) - 1n]
    : [0n, 2n ** BigInt(type.bits) - 1n]
  if (value < low || value > high) return bad(`"${text}" does not fit ${typeName(type)} (${low} to ${high})`)
  if (field.sees === 'bigint' || Number.isSafeInteger(Number(value))) return good(value)
  return bad(`"${text}" lies beyond 2^53 and is seen as number: declare z.int64() to see it as bigint`)
}

/** The shortest decimal text of the double, as Excel shows it: 4.5599999999999996 is 4.56. Plain digits are taken as they are. */
function decimalOf({ kind, text }: Cell, type: Extract<LogicalType, { kind: 'decimal' }>): Converted {
  const number = Number(text)
  if (kind !== 'number' || !Number.isFinite(number)) return notA(kind, text, type)
  const plain = /^-?\d{1,60}$/.test(text) ? text : String(number)
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(plain)
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match ?? []
  const shift = type.scale - fraction.length + Number(exponent)
  let unscaled = BigInt(whole + fraction)
  if (Math.abs(shift) > 400) return unscaled === 0n ? good(0n) : bad(`"${text}" does not fit ${typeName(type)}`)
  if (shift < 0 && unscaled % 10n ** BigInt(-shift) !== 0n)
    return bad(`"${text}" has more places than ${typeName(type)}`)
  unscaled = shift < 0 ? unscaled / 10n ** BigInt(-shift) : unscaled * 10n ** BigInt(shift)
  if (unscaled >= 10n ** BigInt(type.precision)) return bad(`"${text}" does not fit ${typeName(type)}`)
  return good(sign === '-' ? -unscaled : unscaled)
}

const iso = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?Z?$/

/** Multiples of `per` milliseconds since 1970 of a cell of type `d`. */
function isoMoment(text: string, per: number): number | undefined {
  const [, y, m, d, h = 0, min = 0, s = 0, f = '0'] = iso.exec(text) ?? []
  if (y === undefined) return undefined
  const day = Date.UTC(Number(y), Number(m) - 1, Number(d))
  if (new Date(day).toISOString().slice(0, 10) !== `${y}-${m}-${d}`) return undefined
  return (day + Number(h) * 3_600_000 + Number(min) * 60_000 + Number(s) * 1000 + Number(`0.${f}`) * 1000) / per
}

function isoUnits(milliseconds: number, unit: 's' | 'ms' | 'us' | 'ns'): bigint | 'fine' {
  const value = BigInt(Math.round(milliseconds))
  if (unit === 's') return value % 1000n === 0n ? value / 1000n : 'fine'
  return unit === 'ms' ? value : value * (unit === 'us' ? 1000n : 1_000_000n)
}
