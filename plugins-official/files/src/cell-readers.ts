import { type Column, type Field, TidegateError, typeName } from 'tidegate'
import type { CellReader, CellRules } from './block.ts'
import { createBooleanCells } from './cells-boolean.ts'
import { createDecimalCells } from './cells-decimal.ts'
import { createFloatCells } from './cells-float.ts'
import { createGroupedCells } from './cells-grouped.ts'
import { createInteger64Cells, createIntegerCells } from './cells-integer.ts'
import { createClockCells, createDateCells } from './cells-temporal.ts'
import { createTextCells } from './cells-text.ts'
import { createValueCells } from './cells-value.ts'

/** The reader of a scalar column; lists, structs and binary are no text. @throws `TYPE_UNSUPPORTED` naming the column. */
export function createCellReader(field: Field, rules: CellRules, format: string): CellReader<Column> {
  const reader = readerOf(field, rules, format)
  const number = ['int', 'float', 'decimal'].includes(field.type.kind)
  return number && rules.thousands >= 0 ? createGroupedCells(reader, rules) : reader
}

function readerOf(field: Field, rules: CellRules, format: string): CellReader<Column> {
  const { type } = field
  switch (type.kind) {
    case 'boolean':
      return createBooleanCells(rules)
    case 'int':
      return type.bits === 64 ? createInteger64Cells(field, type, rules) : createIntegerCells(field, type, rules)
    case 'float':
      return createFloatCells(field, type, rules)
    case 'decimal':
      return createDecimalCells(field, type, rules)
    case 'string':
      return createTextCells(field, rules)
    case 'date':
      return createDateCells(field, rules)
    case 'time':
    case 'timestamp':
      return createClockCells(field, type.unit, rules)
    case 'null':
      return createValueCells(field, rules, () => ({ why: 'stands in a column of nothing' }))
    default:
      throw unsupported(field, format)
  }
}

export function unsupported(field: Field, format: string): TidegateError {
  return new TidegateError(
    'TYPE_UNSUPPORTED',
    `${format} cannot carry column "${field.name}" of type ${typeName(field.type)}`,
    {
      hint: 'Use Parquet for it (JSON for lists and structs), or derive a text or number from it first.',
      data: { column: field.name, type: typeName(field.type) },
    },
  )
}
