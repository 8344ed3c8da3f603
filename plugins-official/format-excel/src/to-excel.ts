import { open } from 'node:fs/promises'
import { createFileTarget, placeShape } from '@tidegate/files/toolkit'
import {
  type Batch,
  type Column,
  defineTarget,
  type Place,
  type TableSchema,
  type Target,
  TidegateError,
} from 'tidegate'
import { z } from 'zod'
import { carriedByExcel, cellWriter, style, textCell, unsupported } from './cell-write.ts'
import { packageFiles } from './package-files.ts'
import { columnLetters, mostColumns, mostRows } from './reference.ts'
import { createZipWriter } from './zip-write.ts'

export const toExcelOptions = z.strictObject({
  /** With an extension (`out/daily.xlsx`) one workbook, otherwise a folder of workbooks, one for each part, with a manifest. */
  path: z.string().min(1),
  ...placeShape,
  /** Name of the sheet: 1 to 31 characters without `[ ] : * ? / \`. Default `Sheet1`. */
  sheet: z
    .string()
    .regex(/^(?!')[^[\]:*?/\\]{1,31}(?<!')$/, 'a sheet name has 1 to 31 characters, none of them [ ] : * ? / \\')
    .default('Sheet1'),
  /** Whether the first row names the columns. Default `true`. */
  header: z.boolean().default(true),
})

export type ToExcelOptions = z.output<typeof toExcelOptions>

/**
 * Publishes as Excel workbooks (.xlsx), streamed in bounded memory. Cells are typed: numbers, booleans, dates and text that stays text, also where it
 * begins with `=`. `excel` with the same schema reads back equal rows.
 * @throws `TYPE_UNSUPPORTED` for lists, structs and binary; `TYPE_PRECISION` for a value that Excel cannot hold (integers beyond 2^53, decimals of more
 * than 15 digits, NaN, days before 1900, text of more than 32,767 characters); `TARGET_FAILED` for more than 1,048,576 rows.
 */
export const toExcel = defineTarget({
  name: 'toExcel',
  options: toExcelOptions,
  create: (given, _needs, place) => createExcelTarget(given, place),
})

export function createExcelTarget(given: ToExcelOptions, place: Pick<Place, 'folder'>): Target {
  return createFileTarget({
    path: given.path,
    place,
    in: given.in,
    extension: 'xlsx',
    async write(file, batches, { schema, signal }) {
      assertFits(schema)
      const handle = await open(file, 'wx')
      try {
        const zip = createZipWriter(handle)
        for (const [name, text] of packageFiles(given.sheet)) await zip.add(name, [text])
        await zip.add('xl/worksheets/sheet1.xml', sheetXml(schema, batches, given, signal))
        await zip.finish()
      } finally {
        await handle.close()
      }
    },
  })
}

function assertFits({ fields }: TableSchema): void {
  const odd = fields.find(({ type }) => carriedByExcel(type) === 'refused')
  if (odd !== undefined) throw unsupported(odd)
  if (fields.length > mostColumns)
    throw new TidegateError(
      'TYPE_UNSUPPORTED',
      `Excel cannot carry ${fields.length} columns: ${mostColumns} are the most`,
      {
        hint: 'Choose the columns that are needed in a step.',
      },
    )
}

const rowsPerPiece = 512

async function* sheetXml(
  schema: TableSchema,
  batches: AsyncIterable<Batch>,
  { path, header }: ToExcelOptions,
  signal: AbortSignal,
): AsyncIterable<string> {
  const letters = schema.fields.map((_, i) => columnLetters(i))
  yield '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
  let at = 0
  if (header) {
    at = 1
    const cells = schema.fields.map(
      (field, i) => `<c r="${letters[i]}1" s="${style.header}"${textCell(field.name, field)}`,
    )
    yield `<row r="1">${cells.join('')}</row>`
  }
  for await (const batch of batches) {
    signal.throwIfAborted()
    if (at + batch.length > mostRows) throw tooMany(path)
    const writers = schema.fields.map((field, i) => cellWriter(field, batch.columns[i] as Column))
    for (let start = 0; start < batch.length; start += rowsPerPiece) {
      let text = ''
      for (let row = start; row < Math.min(batch.length, start + rowsPerPiece); row++) {
        at++
        text += `<row r="${at}">`
        for (let i = 0; i < writers.length; i++) {
          const cell = (writers[i] as (row: number) => string)(row)
          if (cell !== '') text += `<c r="${letters[i]}${at}"${cell}`
        }
        text += '</row>'
      }
      yield text
    }
  }
  yield '</sheetData></worksheet>'
}

function tooMany(path: string): TidegateError {
  return new TidegateError('TARGET_FAILED', `"${path}" could not be published: a worksheet holds ${mostRows} rows`, {
    hint: 'Publish a folder (a path without extension), which holds one workbook for each part, or use another format.',
    data: { path },
  })
}
