import { groups } from './cells-grouped.ts'
import { fit, look, seen } from './infer-bits.ts'
import { dateBits, isoBits } from './infer-dates.ts'

export interface CellRulesOfInference {
  /** Byte of the decimal mark; of the mark between groups of digits, -1 for none. */
  readonly decimal: number
  readonly thousands: number
}

/** The bits of `fit` for one cell that is there. `look.seen` holds its bits of `seen`. */
export function classify(bytes: Uint8Array, start: number, end: number, rules: CellRulesOfInference): number {
  look.seen = 0
  const first = bytes[start] as number
  const length = end - start
  const digit = (first - 48) >>> 0 <= 9
  if (length === 1 && digit) {
    look.seen = seen.number
    return fit.int | fit.whole | fit.float | (first <= 49 ? fit.boolean : 0)
  }
  if (digit || first === 45 || first === 46 || first === rules.decimal) {
    const number = numberBits(bytes, start, end, rules)
    if (number !== 0) return number
    if (digit) return dateBits(bytes, start, end)
  }
  if ((first === 43 || first === 45) && length >= 13) return isoBits(bytes, start, end)
  if (length === 4 && spells(bytes, start, 'true')) look.seen = seen.word
  else if (length === 5 && spells(bytes, start, 'false')) look.seen = seen.word
  if (look.seen === seen.word) return fit.boolean
  if (length <= 9 && isNamed(bytes, start, end)) {
    look.seen = seen.named
    return fit.float
  }
  return 0
}

function numberBits(bytes: Uint8Array, start: number, end: number, rules: CellRulesOfInference): number {
  if (rules.thousands >= 0 && groups(bytes, start, end, rules.thousands, rules.decimal)) {
    look.seen = seen.number | seen.grouped
    const from = bytes[start] === 45 ? start + 1 : start
    if (bytes[from] === 48) return 0
    const plain = bytes.subarray(start, end).indexOf(rules.decimal) < 0
    return fit.float | (plain && end - start <= 20 ? fit.int | fit.whole : 0)
  }
  let p = bytes[start] === 45 ? start + 1 : start
  const from = p
  while (p < end && ((bytes[p] as number) - 48) >>> 0 <= 9) p++
  const digits = p - from
  if (digits > 1 && bytes[from] === 48) return 0
  if (p === end) {
    if (digits === 0) return 0
    look.seen = seen.number
    // Minus zero is a float alone.
    if (digits === 1 && bytes[from] === 48 && from > start) return fit.float
    if (digits > 300) return fit.whole
    if (digits <= 15) return fit.int | fit.whole | fit.float
    return fit.whole | fit.float | (within64(bytes, start, end) ? fit.int : 0)
  }
  let fraction = 0
  if (bytes[p] === rules.decimal) {
    const point = ++p
    while (p < end && ((bytes[p] as number) - 48) >>> 0 <= 9) p++
    fraction = p - point
  }
  if (digits + fraction === 0) return 0
  if (p < end && ((bytes[p] as number) | 32) === 101) {
    p++
    if (bytes[p] === 43 || bytes[p] === 45) p++
    const exponent = p
    while (p < end && ((bytes[p] as number) - 48) >>> 0 <= 9) p++
    if (p === exponent || p - exponent > 3) return 0
    if (p - exponent === 3 && !isFiniteText(bytes, start, end, rules)) return 0
  }
  if (p !== end || digits > 300) return 0
  look.seen = seen.number
  return fit.float
}

const decoder = new TextDecoder()

function within64(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > 20) return false
  const value = BigInt(decoder.decode(bytes.subarray(start, end)))
  if (value > 9007199254740992n || value < -9007199254740992n) look.seen |= seen.beyond53
  return BigInt.asIntN(64, value) === value
}

function isFiniteText(bytes: Uint8Array, start: number, end: number, { decimal }: CellRulesOfInference): boolean {
  return Number.isFinite(Number(decoder.decode(bytes.subarray(start, end)).replace(String.fromCharCode(decimal), '.')))
}

function spells(bytes: Uint8Array, start: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (((bytes[start + i] as number) | 32) !== word.charCodeAt(i)) return false
  return true
}

const names = new Set(['NaN', 'nan', 'Infinity', '+Infinity', '-Infinity', 'inf', '+inf', '-inf'])

function isNamed(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] as number
  if (first !== 78 && first !== 110 && first !== 73 && first !== 105 && first !== 43 && first !== 45) return false
  return names.has(decoder.decode(bytes.subarray(start, end)))
}
