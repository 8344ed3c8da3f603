import { type Batch, columnOf } from '../columns/batch.ts'
import type { Column } from '../columns/column.ts'
import { concatColumns } from '../columns/concat.ts'
import { rowHashes, rowKey } from '../hash/row-hashes.ts'
import { conform } from '../schema/conform.ts'
import type { Field, TableSchema } from '../types.ts'
import type { KeyedRows } from './current-rows.ts'

/** Whole rows: a column that was not handed in keeps the values that the rows have. */
export function wholeRows(schema: TableSchema, taken: Batch, keys: readonly string[], before: KeyedRows): Batch {
  const columns = schema.fields.map((field) => {
    const own = columnOf(taken, field.name)
    return own ?? currentColumn(field, keys, before)
  })
  return { schema, length: taken.length, columns }
}

function currentColumn(field: Field, keys: readonly string[], { batches, at }: KeyedRows): Column {
  const fields = { fields: [field] }
  const single = (batch: Batch): Batch => {
    const index = batch.schema.fields.findIndex(({ name }) => name === field.name)
    const own = index < 0 ? [] : [index]
    return {
      schema: { fields: own.map((i) => batch.schema.fields[i] as Field) },
      length: batch.length,
      columns: own.map((i) => batch.columns[i] as Column),
    }
  }
  const read = batches.map((batch) => conform(single(batch), fields, { nulls: 'leave' }).columns[0] as Column)
  const starts = [0]
  for (const [index, column] of read.entries()) starts.push((starts[index] as number) + column.length)
  const places = keys.map((key) => {
    const place = at.get(key)
    return place === undefined ? -1 : (starts[place[0]] as number) + place[1]
  })
  return (read.length === 1 ? (read[0] as Column) : concatColumns(read)).take(Int32Array.from(places))
}

/** The rows that are not as they stand now. */
export function changedRows(schema: TableSchema, whole: Batch, before: KeyedRows): readonly number[] {
  if (whole.length === 0) return []
  const keys = Array.from(columnOf(whole, '_key') as Iterable<unknown>, String)
  const [, ...own] = schema.fields.map((_, index) => index)
  const now = rowHashes(whole, own)
  const then = rowHashes(
    { schema, length: keys.length, columns: schema.fields.map((field) => currentColumn(field, keys, before)) },
    own,
  )
  return keys.flatMap((_, row) => (rowKey(now, row) === rowKey(then, row) ? [] : [row]))
}
