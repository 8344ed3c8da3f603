import { isUtf8 } from 'node:buffer'
import type { LogicalType } from 'tidegate'
import { TidegateError, type TimeUnit } from 'tidegate'
import { readUnscaled } from './column-decimal.ts'
import { type Cursor, pass, readInt, readLength, readLong, readNumber } from './cursor.ts'

/** The number of a symbol of an enum. */
export function readNumberOf(symbols: readonly string[], c: Cursor): number {
  const index = readNumber(c)
  if (symbols[index] === undefined) c.fail(`it names symbol ${index} of an enum of ${symbols.length}`)
  return index
}

export function readText(c: Cursor): string {
  const length = readLength(c)
  const from = pass(c, length)
  const bytes = c.bytes.subarray(from, from + length)
  if (!isUtf8(bytes)) c.fail('it holds text that is not UTF-8')
  return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString()
}

/** 64 bits as `number`, or as `bigint` where that is asked for. @throws `TYPE_PRECISION` beyond 2^53 as number. */
export function readWhole(c: Cursor, column: string, sees: 'bigint' | undefined): number | bigint {
  readLong(c)
  if (c.at > c.end) c.fail('it ends in the middle of a value')
  if (sees === 'bigint') return (BigInt(c.high) << 32n) | BigInt(c.low >>> 0)
  const value = c.high * 2 ** 32 + (c.low >>> 0)
  if (Number.isSafeInteger(value)) return value
  throw new TidegateError('TYPE_PRECISION', `A value of column '${column}' lies beyond 2^53 and is seen as number`, {
    hint: 'Declare it with z.int64() to see it as bigint.',
    data: { column },
  })
}

const perMillisecond: Readonly<Record<TimeUnit, bigint>> = { s: 0n, ms: 1n, us: 1000n, ns: 1_000_000n }

/** Times and timestamps inside lists and structs: milliseconds, with fractions. */
export function readMoment(c: Cursor, unit: TimeUnit): number {
  readLong(c)
  if (c.at > c.end) c.fail('it ends in the middle of a value')
  const value = (BigInt(c.high) << 32n) | BigInt(c.low >>> 0)
  const per = perMillisecond[unit]
  const whole = value / per
  return Number(whole) + Number(value - whole * per) / Number(per)
}

export function readDate(c: Cursor): number {
  return readInt(c) * 86_400_000
}

/** Decimals inside lists and structs are numbers, so 15 digits are the most. */
export function readDecimalNumber(
  c: Cursor,
  type: Extract<LogicalType, { kind: 'decimal' }>,
  size: number | undefined,
  column: string,
): number {
  const unscaled = readUnscaled(c, size)
  if (unscaled > -1_000_000_000_000_000n && unscaled < 1_000_000_000_000_000n)
    return Number(`${unscaled}e-${type.scale}`)
  throw new TidegateError(
    'TYPE_PRECISION',
    `A decimal of column '${column}' has more than 15 digits inside a list or struct`,
    {
      hint: 'Nested decimals are seen as numbers: keep such a value in a column of its own.',
      data: { column },
    },
  )
}
