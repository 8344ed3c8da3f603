import { buildField, type Column, concatBatches, type Field } from 'tidegate'

/** A choice for each row: keep the cell (-1), make it absent (-2), or take replacement 0, 1, ... */
export type Choice = Int32Array
export const keep = -1
export const absent = -2

/** Replacements as cells of a field: throws `TYPE_PRECISION` or `SCHEMA_MISMATCH` where its type cannot hold one. */
export function replacements(field: Field, values: readonly unknown[]): Column {
  return buildField(field, values)
}

/** Cells that are kept are not touched: whatever their type, no conversion can change them. */
export function pick(field: Field, cells: Column, others: Column, choice: Choice): Column {
  const order = choice.map((one, i) => (one === keep ? i : one === absent ? -1 : cells.length + one))
  if (others.length === 0) return cells.take(order)
  if (field.type.kind === 'null') return others.take(choice.map((one) => (one < 0 ? -1 : one)))
  const schema = { fields: [field] }
  const batchOf = (column: Column) => ({ schema, length: column.length, columns: [column] })
  const [joined] = concatBatches(schema, [batchOf(cells), batchOf(others)]).columns
  return (joined as Column).take(order)
}
