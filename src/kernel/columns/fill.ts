import type { Field } from '../types.ts'
import { buildColumn } from './build.ts'
import { type Column, isValid } from './column.ts'
import { concatColumns } from './concat.ts'
import type { Where } from './where.ts'

/** The column with the field's fallback (`.default(...)` of its schema) where values are absent; the column itself where there is none. */
export function fillAbsent(column: Column, field: Field, where: Where): Column {
  if (field.fallback === undefined || column.nullCount === 0) return column
  const fallback = buildColumn(field.type, [field.fallback], where, field.sees)
  const rows = new Int32Array(column.length)
  for (let i = 0; i < rows.length; i++) rows[i] = isValid(column.validity, i) ? i : column.length
  return concatColumns([column, fallback]).take(rows)
}
