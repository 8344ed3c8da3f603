import { TidegateError } from '../errors.ts'
import { type LogicalType, sameType, typeName } from '../types.ts'
import { buildColumn } from './build.ts'
import { flatArray, seenSafely } from './build-numbers.ts'
import { type Column, DecimalColumn, FlatColumn, Int64Column, isValid, TemporalColumn, ValuesColumn } from './column.ts'
import { conversion } from './conversion.ts'
import { convertTemporal } from './convert-temporal.ts'
import { decimalText, powersOfTen } from './decimal.ts'
import { exact, readInteger, wordsOf, writeInteger } from './int64.ts'
import { toArray } from './to-array.ts'
import { lossy, place, type Where } from './where.ts'

/**
 * The column in another type, each value checked: what cannot be held without loss is `TYPE_PRECISION`, what has no conversion
 * (text to number, boolean to integer) `SCHEMA_MISMATCH`. The column itself where nothing changes.
 */
export function castColumn(
  column: Column,
  type: LogicalType,
  where: Where,
  sees: 'number' | 'bigint' = 'number',
): Column {
  if (conversion(column.type, type) === 'incompatible') throw unreadable(column, type, where)
  if (column instanceof Int64Column && sameType(column.type, type)) return seenSafely(column.seenAs(sees), where)
  if (column instanceof ValuesColumn) return castValues(column, type, where, sees)
  if (sameType(column.type, type)) return column
  if (type.kind === 'int' || type.kind === 'float') {
    if (column instanceof FlatColumn || column instanceof Int64Column) {
      const out = type.kind === 'int' && type.bits === 64 ? toInt64(column, type, where) : toFlat(column, type, where)
      return out instanceof Int64Column ? seenSafely(out.seenAs(sees), where) : out
    }
  }
  if (column instanceof TemporalColumn) return convertTemporal(column, type, where)
  return buildColumn(type, exactCells(column, type, where), where, sees)
}

/** Told by the types alone, so that a step is found wrong on an empty table already. */
function unreadable(column: Column, type: LogicalType, where: Where): TidegateError {
  const message = `${place(where)} is ${typeName(column.type)} and cannot be read as ${typeName(type)}.`
  return new TidegateError('SCHEMA_MISMATCH', message, {
    hint: `Convert it in a step, or declare another type for "${where.column}".`,
    data: { column: where.column, from: typeName(column.type), to: typeName(type) },
  })
}

/** Null columns become any type; nested cells are checked and normalised by building them anew. */
function castValues(column: ValuesColumn, type: LogicalType, where: Where, sees: 'number' | 'bigint'): Column {
  if (conversion(column.type, type) === 'exact' && !needsCheck(type)) return column
  return buildColumn(type, toArray(column), where, sees)
}

/** Nested cells that the type alone does not vouch for: 64-bit integers may be seen otherwise, fields may have to be present. */
function needsCheck(type: LogicalType): boolean {
  if (type.kind === 'list') return needsCheck(type.of)
  if (type.kind === 'struct') return type.fields.some((field) => !field.nullable || needsCheck(field.type))
  return type.kind === 'int' && type.bits === 64
}

type NumberType = Extract<LogicalType, { kind: 'int' | 'float' }>

function toFlat(column: FlatColumn | Int64Column, type: NumberType, where: Where): FlatColumn {
  const { length, validity } = column
  const out = new (flatArray(type))(length)
  const isFloat = type.kind === 'float'
  if (column instanceof FlatColumn) {
    const { values } = column
    for (let i = 0; i < length; i++) {
      const value = values[i] as number
      out[i] = value
      if (out[i] !== value && !(isFloat && Number.isNaN(value)) && isValid(validity, i))
        throw lossy(where, i, value, typeName(type))
    }
  } else {
    const words = wordsOf(column.values)
    const signed = column.values instanceof BigInt64Array
    for (let i = 0; i < length; i++) {
      const value = readInteger(words, i, signed)
      out[i] = value
      if ((out[i] !== value || value > exact || value < -exact) && isValid(validity, i))
        throw lossy(where, i, column.values[i], typeName(type))
    }
    // Beyond 2^53 the nearest double may be another integer: 2^53 + 1 reads as 2^53, which the loop took for exact.
    if (isFloat) requireExact(column, type, where)
  }
  return new FlatColumn(type, out, validity)
}

function requireExact(column: Int64Column, type: NumberType, where: Where): void {
  const row = column.firstInexact()
  if (row >= 0) throw lossy(where, row, column.values[row], typeName(type))
}

function toInt64(column: FlatColumn | Int64Column, type: NumberType, where: Where): Int64Column {
  const { length, validity } = column
  const signed = type.kind === 'int' && type.signed
  if (column instanceof Int64Column) {
    // Signed and unsigned share their bits below 2^63.
    const { buffer, byteOffset } = column.values
    const out = signed ? new BigInt64Array(buffer, byteOffset, length) : new BigUint64Array(buffer, byteOffset, length)
    const words = wordsOf(out)
    for (let i = 0; i < length; i++) {
      if ((words[2 * i + 1] as number) >>> 31 === 1 && isValid(validity, i))
        throw lossy(where, i, column.values[i], typeName(type))
    }
    return new Int64Column(type, out, validity)
  }
  const out = signed ? new BigInt64Array(length) : new BigUint64Array(length)
  const words = wordsOf(out)
  const least = signed ? -exact : 0
  for (let i = 0; i < length; i++) {
    const value = column.values[i] as number
    if (value >= least && value <= exact && Math.floor(value) === value) writeInteger(words, i, value)
    else if (isValid(validity, i)) throw lossy(where, i, value, typeName(type))
  }
  return new Int64Column(type, out, validity)
}

/** Cells of a rarer conversion, without loss: 64-bit integers and whole decimals as bigint, other decimals as text. */
function exactCells(column: Column, type: LogicalType, where: Where): unknown[] {
  if (column instanceof Int64Column) return toArray(column.seenAs('bigint'))
  if (column instanceof DecimalColumn) return decimalCells(column, type, where)
  return toArray(column)
}

function decimalCells(column: DecimalColumn, type: LogicalType, where: Where): unknown[] {
  const { type: from, length, validity } = column
  const scale = from.kind === 'decimal' ? from.scale : 0
  const power = powersOfTen[scale] as bigint
  const out = new Array<unknown>(length).fill(null)
  for (let i = 0; i < length; i++) {
    if (!isValid(validity, i)) continue
    const unscaled = column.unscaled(i)
    const text = decimalText(unscaled, scale)
    if (type.kind === 'decimal') {
      out[i] = text
    } else if (type.kind === 'int') {
      if (unscaled % power !== 0n) throw lossy(where, i, text, typeName(type))
      out[i] = unscaled / power
    } else {
      out[i] = exactNumber(column, i, text, type, where)
    }
  }
  return out
}

/** A decimal as number: exact when the number's own decimal text gives the decimal back. */
function exactNumber(column: DecimalColumn, row: number, text: string, type: LogicalType, where: Where): number {
  const number = column.at(row) as number
  const back = buildColumn(column.type, [number], where) as DecimalColumn
  if (back.unscaled(0) !== column.unscaled(row)) throw lossy(where, row, text, typeName(type))
  return number
}
