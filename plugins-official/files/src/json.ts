import { defineSource, type Place, type Source, type SourceFactory, types } from 'tidegate'
import { z } from 'zod'
import { readFileBytes } from './byte-stream.ts'
import { discoverFiles, fileOf, locationOf } from './discover.ts'
import { readJson } from './json-read.ts'
import { pathOption, streamShape } from './source-options.ts'

const ndjsonShape = {
  path: pathOption,
  /** Keys to read. Default: those of the schema. */
  columns: z.array(z.string()).default([]),
  ...streamShape,
}

const ndjsonOptions = z.strictObject(ndjsonShape)

const jsonOptions = z.strictObject({
  ...ndjsonShape,
  /** Where the array stands, keys from the outermost object inward: `data.items`. Default: the document itself is the array. */
  at: z.string().min(1).optional(),
})

type JsonOptions = z.output<typeof jsonOptions>

const jsonSource = defineSource({
  name: 'json',
  version: 1,
  options: jsonOptions,
  create: ({ at, ...given }, _needs, place) =>
    createJsonSource({ ...given, at: at?.split('.') ?? [], extensions: ['json', 'json.gz'] }, place),
})

const ndjsonSource = defineSource({
  name: 'ndjson',
  version: 1,
  options: ndjsonOptions,
  create: (given, _needs, place) =>
    createJsonSource({ ...given, at: undefined, extensions: ['ndjson', 'ndjson.gz', 'jsonl', 'jsonl.gz'] }, place),
})

/**
 * JSON files that hold an array of objects, one part per file, streamed element by element and read strictly through `schema`. An element that
 * cannot be read is set aside with its line and reason.
 * @throws `SOURCE_EMPTY`, `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`, `SOURCE_CHANGED`; `SOURCE_CORRUPT` (no array there, damaged gzip, UTF-16).
 */
export const json: SourceFactory<typeof jsonOptions> = (given) =>
  jsonSource({ columns: Object.keys(given.schema.shape), ...given })

/** Files of one JSON object a line (ndjson, JSON Lines), one part per file; otherwise as `json`. */
export const ndjson: SourceFactory<typeof ndjsonOptions> = (given) =>
  ndjsonSource({ columns: Object.keys(given.schema.shape), ...given })

interface Given extends Omit<JsonOptions, 'at'> {
  readonly at: readonly string[] | undefined
  readonly extensions: readonly string[]
}

export function createJsonSource(given: Given, place: Pick<Place, 'folder'>): Source {
  return {
    listing: 'complete',
    location: locationOf(place.folder, given.path),
    discover: ({ known, signal }) =>
      discoverFiles({ path: given.path, folder: place.folder, extensions: given.extensions, known, signal }),
    // Objects carry their keys with them: the columns are those asked for, and a column of type null fits whatever type is declared.
    describe: async () => ({ fields: given.columns.map((name) => ({ name, type: types.null, nullable: true })) }),
    open: (part, request) =>
      readJson(
        readFileBytes(fileOf(place.folder, part), part, given.compression, request.signal),
        part.id,
        given,
        request,
      ),
  }
}
