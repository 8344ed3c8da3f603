import type { ColumnTable } from 'arquero'
import type { Batch } from '../../../src/kernel/columns/batch.ts'
import { buildField } from '../../../src/kernel/columns/build.ts'
import { type ObserveGiven, observe } from '../../../src/kernel/observed/observe.ts'
import { type Field, type LogicalType, type TableSchema, types } from '../../../src/kernel/types.ts'

/** A batch of literal columns; numbers become float64, texts strings, booleans booleans, lists lists of strings. */
export function batchOf(columns: Readonly<Record<string, readonly unknown[]>>): Batch {
  const fields = Object.entries(columns).map(
    ([name, values]): Field => ({ name, type: typeOf(values), nullable: true }),
  )
  const length = Object.values(columns)[0]?.length ?? 0
  return { schema: { fields }, length, columns: fields.map((field) => buildField(field, columns[field.name] ?? [])) }
}

function typeOf(values: readonly unknown[]): LogicalType {
  const value = values.find((one) => one !== null)
  if (Array.isArray(value)) return types.list(types.string)
  return typeof value === 'string' ? types.string : typeof value === 'boolean' ? types.boolean : types.float64
}

export function observed(
  columns: Readonly<Record<string, readonly unknown[]>>,
  given: Partial<ObserveGiven> = {},
): ColumnTable {
  return observe(batchOf(columns), { input: '', rowWise: false, ...given })
}

export function schemaOf(columns: Readonly<Record<string, LogicalType>>): TableSchema {
  return { fields: Object.entries(columns).map(([name, type]) => ({ name, type, nullable: true })) }
}
