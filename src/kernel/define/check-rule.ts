import { z } from 'zod'
import type { Bits, RowRule } from '../../plugins/check.ts'
import { type Batch, columnOf } from '../columns/batch.ts'
import type { Column } from '../columns/column.ts'
import { TidegateError } from '../errors.ts'
import { didYouMean } from '../nearest.ts'
import { fromZod } from '../schema/from-zod.ts'
import { resolveSchema } from '../schema/resolve.ts'
import { type LogicalType, type TableSchema, typeName } from '../types.ts'

interface Looked {
  /** The role the cell has in the check; of a check on one column `''`. */
  readonly role: string
  readonly column: string
  readonly type: LogicalType
  /** The check wants to see absent cells. */
  readonly nullable: boolean
}

/** The rule of a check written as a predicate over cells. `code` is the user's own function. */
export function rowRule(
  check: string,
  declared: z.ZodType,
  columns: string | Readonly<Record<string, string>>,
  predicate: (cells: unknown) => unknown,
  code: CallableFunction,
): RowRule {
  const looked = lookedAt(declared, columns)
  return {
    scope: 'row',
    code: [code],
    compile(schema) {
      for (const cell of looked) requireColumn(check, schema, cell)
      return (batch, failing) => {
        const read = looked.map(({ column }) => columnOf(batch, column) as Column)
        if (typeof columns === 'string')
          failCells(check, looked[0] as Looked, read[0] as Column, batch.length, predicate, failing)
        else failRows(check, looked, read, batch, predicate, failing)
      }
    },
  }
}

function lookedAt(declared: z.ZodType, columns: string | Readonly<Record<string, string>>): Looked[] {
  const shape = declared instanceof z.ZodObject ? declared : z.object({ '': declared })
  const names = typeof columns === 'string' ? { '': columns } : columns
  return resolveSchema(fromZod(shape), undefined).schema.fields.map(({ name, type, nullable }) => ({
    role: name,
    column: names[name] as string,
    type,
    nullable,
  }))
}

function failCells(
  check: string,
  { column, nullable }: Looked,
  cells: Column,
  rows: number,
  predicate: (cell: unknown) => unknown,
  failing: Bits,
): void {
  for (let row = 0; row < rows; row++) {
    const cell = cells.at(row)
    if (cell === null && !nullable) continue
    if (failed(check, [column], row, cell, predicate))
      failing[row >> 3] = (failing[row >> 3] as number) | (1 << (row & 7))
  }
}

function failRows(
  check: string,
  looked: readonly Looked[],
  read: readonly Column[],
  batch: Batch,
  predicate: (cells: unknown) => unknown,
  failing: Bits,
): void {
  const names = looked.map(({ column }) => column)
  const cells: Record<string, unknown> = {} // one object for all rows: a predicate keeps nothing
  rows: for (let row = 0; row < batch.length; row++) {
    for (let i = 0; i < looked.length; i++) {
      const { role, nullable } = looked[i] as Looked
      const cell = (read[i] as Column).at(row)
      if (cell === null && !nullable) continue rows
      cells[role] = cell
    }
    if (failed(check, names, row, cells, predicate))
      failing[row >> 3] = (failing[row >> 3] as number) | (1 << (row & 7))
  }
}

function failed(
  check: string,
  columns: readonly string[],
  row: number,
  cells: unknown,
  predicate: (cells: unknown) => unknown,
): boolean {
  let answer: unknown
  try {
    answer = predicate(cells)
  } catch (cause) {
    throw new TidegateError(
      'CHECK_FAILED',
      `the check ${check}(${columns.join(', ')}) threw at row ${row} of a batch: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        hint: 'A predicate answers true, false or null for every row.',
        data: { check, columns },
        cause,
      },
    )
  }
  if (typeof answer === 'boolean') return !answer
  if (answer === null) return false
  throw new TidegateError(
    'CHECK_FAILED',
    `the check ${check}(${columns.join(', ')}) answered ${String(answer)} at row ${row} of a batch`,
    {
      hint: 'A predicate answers true, false or null (unknown, which passes).',
      data: { check, columns },
    },
  )
}

function requireColumn(check: string, schema: TableSchema, { column, type }: Looked): void {
  const field = schema.fields.find(({ name }) => name === column)
  if (field === undefined) {
    const names = schema.fields.map(({ name }) => name)
    throw new TidegateError('COLUMN_MISSING', `${check} checks the column "${column}", which is not there`, {
      hint: didYouMean(column, names) ?? `The columns are ${names.join(', ')}.`,
      data: { check, column },
    })
  }
  if (field.type.kind === 'null' || family(field.type) === family(type)) return
  throw new TidegateError(
    'SCHEMA_MISMATCH',
    `${check} checks "${column}", which is ${typeName(field.type)}, as ${typeName(type)}`,
    {
      hint: 'Name a column of that type, or cast it in a step before.',
      data: { check, column },
    },
  )
}

/** Types that a predicate sees in the same way. */
function family({ kind }: LogicalType): string {
  if (kind === 'int' || kind === 'float' || kind === 'decimal') return 'number'
  return kind === 'date' || kind === 'timestamp' ? 'instant' : kind
}
