import { defineTarget, type Place, type Target } from 'tidegate'
import { z } from 'zod'
import { dialectShape } from './csv-dialect.ts'
import { type CsvWriting, createCsvWriter } from './csv-write.ts'
import { createTextTarget } from './text-target.ts'

const options = z.strictObject({
  /** With an extension (`out/daily.csv`, `out/daily.csv.gz`) one file, otherwise a folder. */
  path: z.string().min(1),
  ...dialectShape,
  /** Whether the first line names the columns. Default `true`. */
  header: z.boolean().default(true),
})

/**
 * Publishes as CSV: one file replaced by rename, or a folder of immutable files with a manifest written last. `csv` with the same options reads
 * back equal rows.
 * @throws `TYPE_UNSUPPORTED` naming the column (lists, structs, binary), `TARGET_FAILED`.
 */
export const toCsv = defineTarget({
  name: 'toCsv',
  options,
  create: ({ path, ...writing }, _needs, place) => createCsvTarget(path, writing, place),
})

export function createCsvTarget(path: string, writing: CsvWriting, place: Pick<Place, 'folder'>): Target {
  return createTextTarget(path, place, {
    extension: 'csv',
    encoding: writing.encoding,
    begin(schema) {
      const { header, rows } = createCsvWriter(schema, writing)
      return { head: header, rows, tail: '' }
    },
  })
}
