import { defineSource, type OpenSourceFactory, type PartRef, type Place, types } from 'tidegate'
import { z } from 'zod'
import { readFileText } from './byte-stream.ts'
import { withPacked } from './compression.ts'
import { dialectOf } from './csv-dialect.ts'
import { type CsvOptions, csvOptions } from './csv-options.ts'
import { type CsvReading, readCsv, readCsvNames } from './csv-read.ts'
import { discoverFiles, fileOf, locationOf } from './discover.ts'
import { type ColumnStates, inferColumns, observeCsv } from './infer-csv.ts'
import { type Inference, type InferringSource, inferenceOf } from './inference.ts'
import { refuseInfer } from './source-options.ts'

export const csvSourceOptions = z
  .strictObject(csvOptions)
  .refine(({ decimal, thousands }) => thousands === undefined || thousands !== decimal, {
    message: 'the decimal mark and the mark between thousands are the same',
    path: ['thousands'],
  })

const csvSource = defineSource({
  name: 'csv',
  version: 2,
  options: csvSourceOptions,
  schema: 'described',
  create: (given, _needs, place) => createCsvSource(given, place),
})

/**
 * CSV files as a source, one part per file, read strictly through `schema` by column name. A record that cannot be read is set aside with its line
 * and reason and never lost. Without a `schema` the types are inferred from all files together (see `infer`) and pinned with the first commit: what
 * does not fit them later is set aside as well, and `--full` infers anew.
 * @throws `SOURCE_EMPTY`, `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`, `SOURCE_CORRUPT` (no header, damaged gzip, UTF-16), `SOURCE_CHANGED`,
 * `COLUMN_MISSING`, `TYPE_UNSUPPORTED` for lists, structs and binary; `CONFIG_INVALID` for `infer` beside a schema.
 */
export const csv: OpenSourceFactory<typeof csvSourceOptions> = (given: Given) => {
  const { schema } = given
  refuseInfer('csv', given)
  return csvSource(
    (given.header === false && schema !== undefined
      ? { ...given, header: Object.keys(schema.shape) }
      : given) as Parameters<typeof csvSource>[0],
  )
}

type Given = z.input<typeof csvSourceOptions> & { readonly schema?: z.ZodObject }

/** What the options of a CSV source mean to the reader. */
export function readingOf(given: CsvOptions): CsvReading {
  return {
    dialect: dialectOf(given),
    header: given.header,
    headerRows: given.headerRows,
    lines: given.lines,
    skip: given.skip,
    ragged: given.ragged,
    decimal: given.decimal,
    thousands: given.thousands,
    dateFormat: given.dateFormat,
    maxRecordBytes: given.maxRecordBytes,
    bytePositions: true,
  }
}

export function createCsvSource(given: CsvOptions, place: Pick<Place, 'folder'>): InferringSource {
  const reading = readingOf(given)
  const text = (part: PartRef, signal: AbortSignal) => readFileText(fileOf(place.folder, part), part, given, signal)
  async function infer(parts: readonly PartRef[], signal: AbortSignal): Promise<Inference> {
    const states: ColumnStates = new Map()
    const most = typeof given.infer === 'object' ? given.infer.rows : undefined
    const looked = { rows: 0, rejected: 0 }
    for (const part of parts) {
      const { rows, rejected } = await observeCsv(text(part, signal), part.id, reading, states, most)
      looked.rows += rows
      looked.rejected += rejected
    }
    return inferenceOf(looked, inferColumns(states, reading.dateFormat))
  }
  return {
    listing: 'complete',
    location: locationOf(place.folder, given.path, given.in),
    discover: ({ known, signal }) =>
      discoverFiles({
        path: given.path,
        folder: place.folder,
        in: given.in,
        extensions: withPacked(['csv', 'tsv', 'txt']),
        known,
        signal,
      }),
    async describe(part, { signal, declared = false }) {
      if (!declared) return (await infer([part], signal)).schema
      // Text has no types of its own: a column of type null fits whatever type is declared.
      const names = await readCsvNames(text(part, signal), part.id, reading)
      return { fields: names.map((name) => ({ name, type: types.null, nullable: true })) }
    },
    describeAll: async (parts, { signal }) => (await infer(parts, signal)).schema,
    infer,
    open: (part, request) => readCsv(text(part, request.signal), part.id, reading, request),
  }
}
