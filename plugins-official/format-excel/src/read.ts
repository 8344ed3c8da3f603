import {
  type Batch,
  type Field,
  type OpenRequest,
  type RejectedRow,
  type SourceChunk,
  type TableSchema,
  TidegateError,
  types,
} from 'tidegate'
import { finishColumn } from './column.ts'
import { type Convert, converter, textOf } from './convert.ts'
import type { ExcelOptions } from './options.ts'
import { columnLetters } from './reference.ts'
import { cellAt, openRecords, type Records } from './rows.ts'
import type { SheetRow } from './sheet.ts'
import type { Workbook } from './workbook.ts'

interface Place {
  readonly field: Field
  readonly column: number
  readonly convert: Convert
}

type Request = Pick<OpenRequest, 'columns' | 'batchRows' | 'signal'> & { readonly schema: TableSchema }

/** Rows as batches, and those that do not fit the schema with cell and reason. */
export async function* readExcel(
  book: Workbook,
  shown: string,
  given: ExcelOptions,
  request: Request,
): AsyncIterable<SourceChunk> {
  const records = await openRecords(book, shown, given)
  const places = placesOf(records, shown, book.date1904, request)
  const schema = { fields: places.map(({ field }) => field) }
  let values: unknown[][] = places.map(() => [])
  let length = 0
  let record = 0

  function flush(): Batch {
    const columns = places.map(({ field }, i) => finishColumn(field, values[i] as unknown[]))
    const batch = { schema, length, columns }
    values = places.map(() => [])
    length = 0
    return batch
  }

  for await (const rows of records.rows()) {
    request.signal.throwIfAborted()
    let rejected: RejectedRow[] = []
    for (const row of rows) {
      const fault = readRow(row, record++)
      if (fault !== undefined) rejected.push(fault)
      else if (++length === request.batchRows) {
        if (rejected.length > 0) yield { rejected }
        rejected = []
        yield flush()
      }
    }
    if (rejected.length > 0) yield { rejected }
  }
  if (length > 0) yield flush()

  function readRow(row: SheetRow, number: number): RejectedRow | undefined {
    for (let i = 0; i < places.length; i++) {
      const { field, column, convert } = places[i] as Place
      const own = values[i] as unknown[]
      const cell = cellAt(row.cells, column)
      let why: string
      if (cell === undefined) {
        if (field.nullable || field.fallback !== undefined) {
          own[length] = null
          continue
        }
        if (field.type.kind === 'string') {
          own[length] = ''
          continue
        }
        why = 'is empty, but not nullable'
      } else {
        const converted = convert(cell)
        if ('value' in converted) {
          own[length] = converted.value
          continue
        }
        why = converted.why
      }
      for (const list of values) list.length = length
      return {
        row: number,
        line: row.number + 1,
        column: column + 1,
        reason: `${field.name}: cell ${columnLetters(column)}${row.number + 1} ${why}`,
        raw: rawOf(row, book.date1904),
      }
    }
    return undefined
  }
}

const longestRaw = 64 << 10

function rawOf({ cells }: SheetRow, date1904: boolean): string {
  const texts: string[] = []
  for (const cell of cells) texts[cell.column - (cells[0]?.column ?? 0)] = textOf(cell, date1904)
  return Array.from(texts, (text) => text ?? '')
    .join('\t')
    .slice(0, longestRaw)
}

/** The columns asked for that the sheet has; none asked for: the first, so that rows can be counted. */
function placesOf(
  { names }: Records,
  shown: string,
  date1904: boolean,
  { schema, columns }: Request,
): readonly Place[] {
  const places = schema.fields
    .filter(({ name }) => columns?.includes(name) ?? true)
    .flatMap((field): readonly Place[] => {
      const found = names.filter(({ name }) => name === field.name)
      if (found.length > 1)
        throw new TidegateError('SCHEMA_MISMATCH', `"${shown}" has ${found.length} columns named '${field.name}'`, {
          hint: 'Rename one of them, choose a range, or name the columns with header: [...].',
          data: { path: shown, column: field.name },
        })
      const [only] = found
      if (only !== undefined) return [{ field, column: only.column, convert: converter(field, date1904) }]
      if (field.nullable || field.fallback !== undefined) return []
      throw new TidegateError('COLUMN_MISSING', `"${shown}" has no column '${field.name}'`, {
        hint: `Its columns are ${names.map(({ name }) => name).join(', ')}.`,
        data: { path: shown, column: field.name },
      })
    })
  if (places.length > 0) return places
  const field: Field = { name: names[0]?.name ?? 'A', type: types.string, nullable: true }
  return [{ field, column: names[0]?.column ?? 0, convert: (cell) => ({ value: textOf(cell, date1904) }) }]
}
