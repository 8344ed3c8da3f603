import { type Field, type LogicalType, types } from 'tidegate'
import type { ExcelOptions } from './options.ts'
import { openRecords } from './rows.ts'
import type { Cell } from './sheet.ts'
import type { Workbook } from './workbook.ts'

/**
 * The type of each column, from all of its cells: whole numbers are int64, other numbers float64, cells formatted as days date, with a time of day
 * timestamp(ms), times alone time(ms); columns of several kinds are text. Errors say nothing about a type, and every column may be empty.
 */
export async function inferFields(book: Workbook, shown: string, given: ExcelOptions): Promise<readonly Field[]> {
  const { names, rows } = await openRecords(book, shown, given)
  const kinds = new Map<number, Set<string>>(names.map(({ column }) => [column, new Set<string>()]))
  for await (const some of rows()) {
    for (const { cells } of some) for (const cell of cells) kinds.get(cell.column)?.add(kindOf(cell))
  }
  return names.map(({ name, column }) => ({ name, type: typeOf(kinds.get(column) ?? new Set()), nullable: true }))
}

function kindOf({ kind, text }: Cell): string {
  if (kind === 'error' || kind === 'formula') return 'nothing'
  const number = Number(text)
  if (kind === 'number') return Number.isSafeInteger(number) ? 'whole' : 'number'
  if (kind === 'iso') return text.includes('T') ? 'moment' : 'day'
  if (kind === 'elapsed') return number >= 0 && number < 1 ? 'time' : 'elapsed'
  if (kind === 'time') return number < 1 ? 'time' : 'moment'
  if (kind === 'date') return number === Math.floor(number) ? 'day' : 'moment'
  return kind
}

const single: Readonly<Record<string, LogicalType>> = {
  whole: types.int64,
  number: types.float64,
  day: types.date,
  moment: types.timestamp('ms'),
  time: types.time('ms'),
  boolean: types.boolean,
}

function typeOf(kinds: ReadonlySet<string>): LogicalType {
  const some = [...kinds].filter((kind) => kind !== 'nothing')
  if (some.length === 0) return types.null
  const [only = ''] = some
  if (some.length === 1) return single[only] ?? types.string
  if (some.every((kind) => kind === 'whole' || kind === 'number')) return types.float64
  return some.every((kind) => kind === 'day' || kind === 'moment') ? types.timestamp('ms') : types.string
}
