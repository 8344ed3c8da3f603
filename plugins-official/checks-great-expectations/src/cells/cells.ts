import { type Batch, type Column, columnIndex, type Field, type TableSchema, TidegateError, typeName } from 'tidegate'

/** A cell as rules see it: times in epoch milliseconds, absent and NaN both null, as pandas has it. */
export type Cell = number | bigint | string | boolean | null

export type Family = 'number' | 'text' | 'boolean' | 'instant' | 'time' | 'other'

export function familyOf({ type: { kind } }: Field): Family {
  if (kind === 'int' || kind === 'float' || kind === 'decimal' || kind === 'null') return 'number'
  if (kind === 'string') return 'text'
  if (kind === 'date' || kind === 'timestamp') return 'instant'
  return kind === 'boolean' || kind === 'time' ? kind : 'other'
}

/** One column of a schema, found once. */
export interface Found {
  readonly index: number
  readonly field: Field
  readonly family: Family
  of(batch: Batch): Column
}

/** @throws `COLUMN_MISSING` */
export function findColumn(schema: TableSchema, name: string, check: string): Found {
  const index = columnIndex(schema, name, check)
  const field = schema.fields[index] as Field
  return { index, field, family: familyOf(field), of: (batch) => batch.columns[index] as Column }
}

export function cellAt(column: Column, row: number): Cell {
  const value = column.at(row)
  if (typeof value === 'number') return Number.isNaN(value) ? null : value
  if (value === null || typeof value !== 'object') return value as Cell
  return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner))
}

/** True where the cell is absent or NaN. */
export function isMissing(column: Column, row: number): boolean {
  const value = column.at(row)
  return value === null || Number.isNaN(value)
}

export function mismatch(check: string, { field }: Found, needs: string): TidegateError {
  return new TidegateError('SCHEMA_MISMATCH', `${check} looks at "${field.name}", which is ${typeName(field.type)}`, {
    hint: `It needs ${needs}.`,
    data: { check, column: field.name },
  })
}

/** Equal keys for what Python calls equal: 1, 1n, 1.0 and True are one key; text is another thing. */
export function keyOf(cell: Cell): string {
  if (typeof cell === 'string') return `'${cell}`
  if (typeof cell === 'boolean') return cell ? '1' : '0'
  if (typeof cell === 'number') return Number.isInteger(cell) ? String(BigInt(cell)) : String(cell)
  return String(cell)
}
