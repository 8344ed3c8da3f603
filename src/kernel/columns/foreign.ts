import { type DataType, Type } from '@uwdata/flechette'
import { TidegateError } from '../errors.ts'
import { type LogicalType, type TimeUnit, types } from '../types.ts'
import { buildColumn } from './build.ts'
import type { Column } from './column.ts'
import { decimalText } from './decimal.ts'
import { inferColumn } from './infer.ts'
import { type Indexed, toArray } from './to-array.ts'
import { place, type Where } from './where.ts'

const units: readonly TimeUnit[] = ['s', 'ms', 'us', 'ns']
const perMillisecond: readonly number[] = [1e-3, 1, 1e3, 1e6]

/** A column that is neither ours nor an array: an Arrow column keeps the type Arrow gives it, anything else is read cell by cell and inferred. */
export function foreignColumn(column: Indexed, rows: Int32Array | undefined, where: Where): Column {
  const arrow = arrowTypeOf(column)
  const type = arrow === undefined ? undefined : logicalType(arrow)
  if (arrow === undefined || type === undefined) return inferColumn(toArray(column, rows), where)
  return buildColumn(type, asWritten(arrow, arrowCells(column, rows, where)), where, seesOf(column))
}

/** The reader of an Arrow column decided whether its 64-bit integers are numbers; it throws where one is not exact. */
function arrowCells(column: Indexed, rows: Int32Array | undefined, where: Where): unknown[] {
  try {
    return toArray(column, rows)
  } catch (cause) {
    const message = `${place(where)} holds an integer beyond 2^53 that its Arrow reader shows as number.`
    const hint = 'Read it with aq.fromArrow(bytes, { useBigInt: true }).'
    throw new TidegateError('TYPE_PRECISION', message, { hint, data: { column: where.column }, cause })
  }
}

export function seesOf(column: Indexed): 'number' | 'bigint' {
  const [batch] = (column as { readonly data?: readonly object[] }).data ?? []
  const shownIn = (batch?.constructor as { readonly ArrayType?: unknown } | undefined)?.ArrayType
  return batch === undefined || shownIn === Float64Array ? 'number' : 'bigint'
}

export function arrowTypeOf(column: Indexed): DataType | undefined {
  const type = (column as { readonly type?: { readonly typeId?: unknown } }).type
  return typeof type?.typeId === 'number' ? (type as DataType) : undefined
}

/** Undefined for what is inferred from its cells (nested and rare types). */
export function logicalType(type: DataType): LogicalType | undefined {
  switch (type.typeId) {
    case Type.Dictionary:
      return logicalType(type.dictionary)
    case Type.Int:
      return { kind: 'int', bits: type.bitWidth, signed: type.signed }
    case Type.Float:
      return type.precision === 2 ? types.float64 : types.float32
    case Type.Bool:
      return types.boolean
    case Type.Utf8:
    case Type.LargeUtf8:
      return types.string
    case Type.Binary:
    case Type.LargeBinary:
      return types.binary
    case Type.Decimal:
      return type.bitWidth <= 128 ? types.decimal(type.precision, type.scale) : undefined
    case Type.Date:
      return types.date
    case Type.Time:
      return types.time(units[type.unit] as TimeUnit)
    case Type.Timestamp:
      return types.timestamp(units[type.unit] as TimeUnit, type.timezone ?? undefined)
    default:
      return undefined
  }
}

/** Cells as our builders take them: times in milliseconds, unscaled decimals as text. */
function asWritten(type: DataType, cells: unknown[]): unknown[] {
  if (type.typeId === Type.Time) {
    const per = perMillisecond[type.unit] as number
    return cells.map((cell) => (cell === null || cell === undefined ? null : Number(cell) / per))
  }
  if (type.typeId === Type.Decimal)
    return cells.map((cell) => (typeof cell === 'bigint' ? decimalText(cell, type.scale) : cell))
  return cells
}
