import { type Column, type Field, FlatColumn, Int64Column, typeName } from 'tidegate'
import { absent, type Block, type CellReader, type CellRules, tagBits, textOf } from './block.ts'
import { createPresence, createRefuse, roomy, trimmed } from './presence.ts'

type IntType = Extract<Field['type'], { kind: 'int' }>

/** Decimal digits with an optional sign. Up to 32 bits: kept as 32-bit words and narrowed at the end. */
export function createIntegerCells(field: Field, type: IntType, rules: CellRules): CellReader<Column> {
  const presence = createPresence()
  const refuse = createRefuse(rules, presence)
  const { strict } = rules
  const [low, high] = type.signed ? [-(2 ** (type.bits - 1)), 2 ** (type.bits - 1) - 1] : [0, 2 ** type.bits - 1]
  let values = new Int32Array(0)
  let expected = 0
  return {
    read(block, column, at) {
      values = roomy(values, at + block.rows, expected)
      const { bytes, starts, ends, width, rows } = block
      const out = values
      for (let row = 0, i = column; row < rows; row++, i += width) {
        const tagged = ends[i] as number
        const end = tagged >> tagBits
        let from = starts[i] as number
        const sign = bytes[from]
        if (sign === 45 || sign === 43) from++
        let value = 0
        let good =
          from < end && end - from <= 10 && (tagged & absent) === 0 && !(strict && isOdd(bytes, from, end, sign))
        for (let p = from; p < end; p++) {
          const digit = (bytes[p] as number) - 48
          good = good && digit >>> 0 <= 9
          value = value * 10 + digit
        }
        if (sign === 45) value = -value
        if (good && value >= low && value <= high) out[at + row] = value
        else
          out[at + row] =
            (strict ? undefined : longInteger(bytes, starts[i] as number, end, tagged, low, high)) ??
            slow(block, row, column, at + row)
      }
    },
    take(rows) {
      const words = trimmed(values, rows)
      values = new Int32Array(0)
      expected = rows
      return new FlatColumn(field.type, narrowed(words, type), presence.take(rows))
    },
  }

  function slow(block: Block, row: number, column: number, at: number): number {
    const i = row * block.width + column
    const text = textOf(block.bytes, block.starts[i] as number, (block.ends[i] as number) >> tagBits)
    const digits = /^[+-]?\d+$/.test(text)
    if (strict && odd.test(text)) refuse(block, row, column, at, notPlain)
    else
      refuse(
        block,
        row,
        column,
        at,
        digits ? `does not fit ${typeName(type)} (${low} to ${high})` : `is not an integer (${typeName(type)})`,
      )
    return 0
  }
}

/** Leading zeros or a plus sign: what an inferred column of numbers does not take, since it may be a name. */
const odd = /^(?:[+]\d+|-?0\d+)/
export const notPlain =
  'has a leading zero or plus sign, and the column was inferred to hold plain numbers: declare a schema to read it'

export function isOdd(bytes: Uint8Array, from: number, end: number, sign: number | undefined): boolean {
  return sign === 43 || (bytes[from] === 48 && end - from > 1)
}

/** More than ten digits: leading zeros, or out of range. */
function longInteger(
  bytes: Uint8Array,
  start: number,
  end: number,
  tagged: number,
  low: number,
  high: number,
): number | undefined {
  if ((tagged & absent) !== 0 || end - start <= 10) return undefined
  const text = textOf(bytes, start, end)
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN
  return value >= low && value <= high ? value : undefined
}

function narrowed(words: Int32Array, { bits, signed }: IntType) {
  if (bits === 8) return signed ? Int8Array.from(words) : Uint8Array.from(words)
  if (bits === 16) return signed ? Int16Array.from(words) : Uint16Array.from(words)
  return signed ? words : new Uint32Array(words.buffer, words.byteOffset, words.length)
}

const exact = 2 ** 53
const word = 2 ** 32

/** 64 bits, in pairs of 32-bit words: up to 15 digits without bigints. Seen as number, values beyond 2^53 are refused. */
export function createInteger64Cells(field: Field, type: IntType, rules: CellRules): CellReader<Column> {
  const presence = createPresence()
  const refuse = createRefuse(rules, presence)
  const { strict } = rules
  const [low, high] = type.signed ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n]
  const sees = field.sees ?? 'number'
  let words = new Uint32Array(0)
  let expected = 0
  return {
    read(block, column, at) {
      words = roomy(words, 2 * (at + block.rows), expected)
      const { bytes, starts, ends, width, rows } = block
      const out = words
      for (let row = 0, i = column; row < rows; row++, i += width) {
        const tagged = ends[i] as number
        const end = tagged >> tagBits
        let from = starts[i] as number
        const sign = bytes[from]
        if (sign === 45 || sign === 43) from++
        let value = 0
        let good =
          from < end && end - from <= 15 && (tagged & absent) === 0 && !(strict && isOdd(bytes, from, end, sign))
        for (let p = from; p < end; p++) {
          const digit = (bytes[p] as number) - 48
          good = good && digit >>> 0 <= 9
          value = value * 10 + digit
        }
        if (sign === 45) value = -value
        if (good && (type.signed || value >= 0)) {
          const upper = Math.floor(value / word)
          out[2 * (at + row)] = value - upper * word
          out[2 * (at + row) + 1] = upper
        } else slow(block, row, column, at + row)
      }
    },
    take(rows) {
      const own = trimmed(words, rows * 2)
      words = new Uint32Array(0)
      expected = rows * 2
      const values = type.signed
        ? new BigInt64Array(own.buffer, own.byteOffset, rows)
        : new BigUint64Array(own.buffer, own.byteOffset, rows)
      return new Int64Column(field.type, values, presence.take(rows), sees)
    },
  }

  function slow(block: Block, row: number, column: number, at: number): void {
    const i = row * block.width + column
    const tagged = block.ends[i] as number
    const text = (tagged & absent) === 0 ? textOf(block.bytes, block.starts[i] as number, tagged >> tagBits) : ''
    const value = whole(text)
    if (typeof value === 'string') refuse(block, row, column, at, value)
    const unsigned = typeof value === 'string' ? 0n : BigInt.asUintN(64, value)
    words[2 * at] = Number(unsigned & 0xffffffffn)
    words[2 * at + 1] = Number(unsigned >> 32n)
  }

  /** The integer, or what is wrong with it. */
  function whole(text: string): bigint | string {
    if (strict && odd.test(text)) return notPlain
    if (!/^[+-]?\d+$/.test(text)) return `is not an integer (${typeName(type)})`
    const value = BigInt(text[0] === '+' ? text.slice(1) : text)
    if (value < low || value > high) return `does not fit ${typeName(type)} (${low} to ${high})`
    if (sees === 'bigint' || (value <= exact && value >= -exact)) return value
    return 'is beyond 2^53, where a number is no longer exact: declare the column as z.int64() to read it as bigint'
  }
}
