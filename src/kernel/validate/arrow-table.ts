import { type Column as ArrowColumn, type Table as ArrowTable, type DataType, Type } from '@uwdata/flechette'
import { fromArrowColumn } from '../arrow/arrow-columns.ts'
import type { Batch } from '../columns/batch.ts'
import { seenSafely } from '../columns/build-numbers.ts'
import { type Column, Int64Column, isColumn } from '../columns/column.ts'
import { concatColumns } from '../columns/concat.ts'
import { arrowTypeOf, foreignColumn, logicalType, seesOf } from '../columns/foreign.ts'
import type { Indexed } from '../columns/to-array.ts'
import type { Field } from '../types.ts'

type Pieces = readonly { readonly length: number; readonly values: unknown }[]

/** True for an Arrow table as Flechette (and with it Arquero's `fromArrow`) reads it. */
export function isArrowTable(data: unknown): data is ArrowTable {
  const table = data as Partial<ArrowTable> | null
  return (
    typeof table === 'object' && table !== null && Array.isArray(table.children) && Array.isArray(table.schema?.fields)
  )
}

/** The rows of an Arrow table as one batch, over its own buffers where the layout is one of ours and each column is one piece. */
export function arrowBatch(table: ArrowTable, node: string): Batch {
  const names = table.schema.fields.map((field) => String(field.name))
  const columns = table.children.map((column, i) => arrowColumn(column, names[i] as string, node))
  const fields = columns.map((column, i): Field => {
    const sees = column instanceof Int64Column && column.sees === 'bigint' ? { sees: 'bigint' as const } : {}
    return { name: names[i] as string, type: column.type, nullable: column.nullCount > 0, ...sees }
  })
  return { schema: { fields }, length: table.numRows, columns }
}

/** An Arrow column as a typed one: without a copy where it can be, otherwise read cell by cell. */
export function arrowColumn(column: ArrowColumn<unknown>, name: string, node: string): Column {
  const where = { node, column: name }
  const given = column as unknown as Indexed
  const type = arrowTypeOf(given)
  const known = type !== undefined && isDirect(type) ? logicalType(type) : undefined
  if (type === undefined || known === undefined || column.length === 0) return foreignColumn(given, undefined, where)
  const field: Field = { name, type: known, nullable: true, ...(seesOf(given) === 'bigint' ? { sees: 'bigint' } : {}) }
  const pieces = (column.data as unknown as Pieces).filter(({ length }) => length > 0)
  const columns = pieces.map((piece) => fromArrowColumn(field, { data: [withCodes(type, piece)] } as never))
  const whole = concatColumns(columns)
  return whole instanceof Int64Column ? seenSafely(whole, where) : whole
}

/** An Arquero table's column, which may be Arrow's. */
export function isArrowColumn(column: unknown): column is ArrowColumn<unknown> {
  return (
    !isColumn(column) &&
    arrowTypeOf(column as Indexed) !== undefined &&
    Array.isArray((column as Indexed & { data?: unknown }).data)
  )
}

/** Layouts that our columns share with Arrow. */
function isDirect(type: DataType): boolean {
  switch (type.typeId) {
    case Type.Int:
    case Type.Bool:
    case Type.Utf8:
    case Type.Binary:
      return true
    case Type.Float:
      return type.precision > 0
    case Type.Decimal:
      return type.bitWidth === 128
    case Type.Date:
      return type.unit === 0
    case Type.Timestamp:
      return true
    case Type.Dictionary:
      return type.dictionary.typeId === Type.Utf8 && type.indices.bitWidth <= 32
    default:
      return false
  }
}

/** Codes are never negative, so those of Arrow's signed and unsigned widths read alike. */
function withCodes(type: DataType, piece: Pieces[number]): Pieces[number] {
  const codes = piece.values
  if (type.typeId !== Type.Dictionary || !ArrayBuffer.isView(codes)) return piece
  const { buffer, byteOffset } = codes
  const length = (codes as unknown as { readonly length: number }).length
  const { bitWidth } = type.indices
  const Values = bitWidth === 8 ? Uint8Array : bitWidth === 16 ? Uint16Array : Int32Array
  return Object.create(piece, { values: { value: new Values(buffer as ArrayBuffer, byteOffset, length) } })
}
