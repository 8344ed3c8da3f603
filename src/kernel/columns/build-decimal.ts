import { type LogicalType, typeName } from '../types.ts'
import { DecimalColumn } from './column.ts'
import { parseDecimal, powersOfTen, safeDigits, writeDecimal } from './decimal.ts'
import { markAbsent } from './validity.ts'
import { lossy, type Where, wrongKind } from './where.ts'

export type DecimalType = Extract<LogicalType, { kind: 'decimal' }>

/** Decimals from numbers (by their shortest decimal text), bigints and decimal strings. */
export function buildDecimal(type: DecimalType, values: ArrayLike<unknown>, where: Where): DecimalColumn {
  const n = values.length
  const words = new BigUint64Array(2 * n)
  const power = 10 ** type.scale
  const limit = powersOfTen[type.precision] as bigint
  const safe = Math.min(safeDigits, Number(limit) - 1)
  let validity: Uint8Array | undefined
  for (let i = 0; i < n; i++) {
    const value = values[i]
    if (value === null || value === undefined) {
      validity = markAbsent(validity, n, i)
      continue
    }
    if (typeof value === 'number') {
      const scaled = Math.round(value * power)
      if (type.scale <= 22 && scaled >= -safe && scaled <= safe && scaled / power === value) {
        writeDecimal(words, i, BigInt(scaled))
        continue
      }
    }
    const unscaled = unscaledOf(value, type.scale)
    if (unscaled === null) throw wrongKind(where, i, value, typeName(type))
    if (unscaled === undefined || unscaled >= limit || unscaled <= -limit) throw lossy(where, i, value, typeName(type))
    writeDecimal(words, i, unscaled)
  }
  return new DecimalColumn(type, words, validity)
}

function unscaledOf(value: unknown, scale: number): bigint | undefined | null {
  if (typeof value === 'bigint') return value * (powersOfTen[scale] as bigint)
  if (typeof value === 'number') return Number.isFinite(value) ? parseDecimal(String(value), scale) : undefined
  return typeof value === 'string' ? parseDecimal(value, scale) : null
}
