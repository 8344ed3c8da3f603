import { type Column, Int64Column, isColumn, TypedColumn, ValuesColumn } from '../../columns/column.ts'
import { concatColumns } from '../../columns/concat.ts'
import { conversion, isNumeric } from '../../columns/conversion.ts'
import { castColumn } from '../../columns/convert.ts'
import { type LogicalType, sameType, types } from '../../types.ts'
import type { Cells } from './cells.ts'
import { isTypedArray, takeCells } from './take.ts'

/** What one table gives to a column of a concatenation: nothing where it has no such column. `rows` undefined: all of them. */
export interface ConcatPart {
  readonly cells: Cells | undefined
  readonly rows: Int32Array | undefined
  readonly length: number
}

/**
 * Cells laid end to end, always under a new identity. Typed columns of one type, or of numeric types that one of them or float64 holds, stay typed,
 * and a missing column is null there; typed arrays of one class stay of this class; otherwise an array as Arquero makes it, missing cells undefined.
 * `first` is the column of the first table.
 */
export function concatCells(name: string, first: Cells, parts: readonly ConcatPart[]): Cells {
  const filled = parts.filter(({ length }) => length > 0)
  const present = filled.flatMap(({ cells }) => (cells === undefined ? [] : [cells]))
  const all = present.length > 0 ? present : [first]
  if (all.every((cells) => isColumn(cells))) {
    const shape = commonShape(all as unknown as readonly Column[])
    if (shape !== undefined) return concatTyped(name, shape, all[0] as unknown as Column, filled)
  }
  const [one] = all
  if (
    present.length === filled.length &&
    isTypedArray(one) &&
    all.every((cells) => cells.constructor === one.constructor)
  ) {
    return concatArrays(one, filled)
  }
  return concatPlain(filled)
}

type Sees = 'number' | 'bigint'
interface Shape {
  readonly type: LogicalType
  readonly sees: Sees
}

function seesOf(column: Column): Sees | undefined {
  return column instanceof Int64Column || column instanceof ValuesColumn ? column.sees : undefined
}

/** The type that holds all of the columns and shows the same cells; undefined where there is none. */
function commonShape(columns: readonly Column[]): Shape | undefined {
  if (!columns.every((column) => column instanceof TypedColumn)) return undefined
  const seen = new Set(columns.map(seesOf).filter((sees) => sees !== undefined))
  if (seen.size > 1) return undefined
  const sees = [...seen][0] ?? 'number'
  const own = (columns[0] as Column).type
  if (columns.every(({ type }) => sameType(type, own))) return { type: own, sees }
  const given = columns.map(({ type }) => type).filter(({ kind }) => kind !== 'null')
  if (sees === 'bigint' || !given.every((type) => isNumeric(type) && type.kind !== 'decimal')) return undefined
  const type = [...given, types.float64].find((to) => given.every((from) => isHeld(from, to)))
  return type === undefined ? undefined : { type, sees }
}

function isHeld(from: LogicalType, to: LogicalType): boolean {
  const level = conversion(from, to)
  return level === 'exact' || level === 'compatible'
}

function concatTyped(name: string, { type, sees }: Shape, template: Column, parts: readonly ConcatPart[]): Column {
  const cast = (column: Column) =>
    sameType(column.type, type) ? column : castColumn(column, type, { column: name }, sees)
  const columns = parts.map(({ cells, rows, length }) => {
    if (cells === undefined) return cast(template.take(new Int32Array(length).fill(-1)))
    const column = cells as unknown as Column
    return cast(rows === undefined ? column : column.take(rows))
  })
  const [only] = columns
  if (only === undefined) return template.slice(0, 0)
  return columns.length === 1 ? only.slice(0, only.length) : concatColumns(columns)
}

function concatArrays(one: Cells, parts: readonly ConcatPart[]): Cells {
  let total = 0
  for (const { length } of parts) total += length
  const out = new (one.constructor as new (length: number) => Uint8Array)(total)
  let to = 0
  for (const { cells, rows, length } of parts) {
    const from = cells as unknown as Uint8Array
    out.set(rows === undefined ? from.subarray(0, length) : (takeCells(from, rows) as Uint8Array), to)
    to += length
  }
  return out
}

function concatPlain(parts: readonly ConcatPart[]): unknown[] {
  let total = 0
  for (const { length } of parts) total += length
  const out = new Array<unknown>(total)
  let to = 0
  for (const { cells, rows, length } of parts) {
    if (Array.isArray(cells)) {
      for (let i = 0; i < length; i++) out[to++] = cells[rows === undefined ? i : (rows[i] as number)]
    } else {
      for (let i = 0; i < length; i++) out[to++] = cells?.at(rows === undefined ? i : (rows[i] as number))
    }
  }
  return out
}
