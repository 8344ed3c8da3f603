import { defineSource, type PartRef, type Place, type Source, type SourceFactory, types } from 'tidegate'
import { z } from 'zod'
import { readFileBytes } from './byte-stream.ts'
import { dialectOf } from './csv-dialect.ts'
import { type CsvOptions, csvOptions } from './csv-options.ts'
import { type CsvReading, readCsv, readCsvNames } from './csv-read.ts'
import { discoverFiles, fileOf, locationOf } from './discover.ts'
import { fromLatin1 } from './latin1.ts'

const options = z.strictObject(csvOptions)

const csvSource = defineSource({
  name: 'csv',
  version: 1,
  options,
  create: (given, _needs, place) => createCsvSource(given, place),
})

/**
 * CSV files as a source, one part per file, read strictly through `schema` by column name. A record that cannot be read is set aside with its line
 * and reason and never lost.
 * @throws `SOURCE_EMPTY`, `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`, `SOURCE_CORRUPT` (no header, damaged gzip, UTF-16), `SOURCE_CHANGED`,
 * `COLUMN_MISSING`, `TYPE_UNSUPPORTED` for lists, structs and binary.
 */
export const csv: SourceFactory<typeof options> = (given) =>
  csvSource(given.header === false ? { ...given, header: Object.keys(given.schema.shape) } : given)

export function createCsvSource(given: CsvOptions, place: Pick<Place, 'folder'>): Source {
  const reading: CsvReading = {
    dialect: dialectOf(given),
    header: given.header === false ? [] : given.header,
    decimal: given.decimal,
    dateFormat: given.dateFormat,
    maxRecordBytes: given.maxRecordBytes,
    bytePositions: given.encoding === 'utf8',
  }
  const text = (part: PartRef, signal: AbortSignal) => {
    const bytes = readFileBytes(fileOf(place.folder, part), part, given.compression, signal)
    return given.encoding === 'latin1' ? fromLatin1(bytes) : bytes
  }
  return {
    listing: 'complete',
    location: locationOf(place.folder, given.path),
    discover: ({ known, signal }) =>
      discoverFiles({
        path: given.path,
        folder: place.folder,
        extensions: ['csv', 'csv.gz', 'tsv', 'tsv.gz', 'txt', 'txt.gz'],
        known,
        signal,
      }),
    // Text has no types of its own: a column of type null fits whatever type is declared.
    async describe(part, { signal }) {
      const names = await readCsvNames(text(part, signal), part.id, reading)
      return { fields: names.map((name) => ({ name, type: types.null, nullable: true })) }
    },
    open: (part, request) => readCsv(text(part, request.signal), part.id, reading, request),
  }
}
