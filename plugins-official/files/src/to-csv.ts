import { defineTarget, type Place, type Target } from 'tidegate'
import { z } from 'zod'
import { dialectShape } from './csv-dialect.ts'
import { type CsvWriting, createCsvWriter } from './csv-write.ts'
import { textTargetShape } from './source-options.ts'
import { createTextTarget, type TextWriting } from './text-target.ts'

export const toCsvOptions = z.strictObject({
  /** With an extension (`out/daily.csv`, `out/daily.csv.gz`, `.zst`, `.br`) one file, otherwise a folder. */
  path: z.string().min(1),
  ...dialectShape,
  ...textTargetShape,
  /** Whether the first line names the columns. Default `true`. */
  header: z.boolean().default(true),
})

/**
 * Publishes as CSV: one file replaced by rename, or a folder of immutable files with a manifest written last. `csv` with the same options reads
 * back equal rows.
 * @throws `TYPE_UNSUPPORTED` naming the column (lists, structs, binary, text that the encoding cannot spell), `TARGET_FAILED`.
 */
export const toCsv = defineTarget({
  name: 'toCsv',
  options: toCsvOptions,
  create: ({ path, ...writing }, _needs, place) => createCsvTarget(path, writing, place),
})

export function createCsvTarget(
  path: string,
  writing: CsvWriting & Omit<TextWriting, 'path'>,
  place: Pick<Place, 'folder'>,
): Target {
  return createTextTarget({ ...writing, path }, place, {
    extension: 'csv',
    begin(schema) {
      const { header, rows } = createCsvWriter(schema, writing)
      return { head: header, rows, tail: '' }
    },
  })
}
