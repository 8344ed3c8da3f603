import { TidegateError } from '../errors.ts'
import { columnHint } from '../nearest.ts'
import { type Field, type LogicalType, type TableSchema, typeName } from '../types.ts'

/** The index of a column that a measure, key or check names. Throws `COLUMN_MISSING` with the nearest name and the list. */
export function columnIndex(schema: TableSchema, column: string, asker: string): number {
  const index = schema.fields.findIndex(({ name }) => name === column)
  if (index >= 0) return index
  const names = schema.fields.map(({ name }) => name)
  throw new TidegateError('COLUMN_MISSING', `${asker}: there is no column "${column}".`, {
    hint: columnHint(column, names),
    data: { column, columns: names, asker },
  })
}

/** The column's field, which must be of one of `kinds`. Throws `SCHEMA_MISMATCH`, naming what would fit. */
export function fieldOf(
  schema: TableSchema,
  column: string,
  asker: string,
  kinds: readonly LogicalType['kind'][],
  needs: string,
): { readonly index: number; readonly field: Field } {
  const index = columnIndex(schema, column, asker)
  const field = schema.fields[index] as Field
  if (field.type.kind === 'null' || kinds.includes(field.type.kind)) return { index, field }
  throw new TidegateError(
    'SCHEMA_MISMATCH',
    `${asker}: the column "${column}" is ${typeName(field.type)}, but ${needs} is needed.`,
    {
      hint: `Name a column that holds ${needs}, or derive one in the step before.`,
      data: { column, type: typeName(field.type), asker },
    },
  )
}
