import { defineSource, type OpenSourceFactory, type PartRef, type Place, types } from 'tidegate'
import { z } from 'zod'
import { readFileText } from './byte-stream.ts'
import { withPacked } from './compression.ts'
import { discoverFiles, fileOf, locationOf } from './discover.ts'
import { createJsonStates, observeJson } from './infer-json.ts'
import { inferJsonColumns } from './infer-json-type.ts'
import { type Inference, type InferringSource, inferenceOf } from './inference.ts'
import { readJson } from './json-read.ts'
import { inferOption, pathOption, refuseInfer, streamShape } from './source-options.ts'

const ndjsonShape = {
  path: pathOption,
  /** Keys to read. Default: those of the schema; without a schema all that are found. */
  columns: z.array(z.string()).default([]),
  /** Without a schema: which records the types are inferred from. `whole` (default): all of them. `{ rows }`: the first of each file. */
  infer: inferOption,
  ...streamShape,
}

export const ndjsonOptions = z.strictObject(ndjsonShape)

export const jsonOptions = z.strictObject({
  ...ndjsonShape,
  /** Where the array stands, keys from the outermost object inward: `data.items`. Default: the document itself is the array. */
  at: z.string().min(1).optional(),
})

type JsonOptions = z.output<typeof jsonOptions>

const jsonSource = defineSource({
  name: 'json',
  version: 1,
  options: jsonOptions,
  schema: 'described',
  create: (given, _needs, place) => createJsonOptionsSource(given, place),
})

const ndjsonSource = defineSource({
  name: 'ndjson',
  version: 1,
  options: ndjsonOptions,
  schema: 'described',
  create: (given, _needs, place) => createNdjsonOptionsSource(given, place),
})

/**
 * JSON files that hold an array of objects, one part per file, streamed element by element and read strictly through `schema`. An element that
 * cannot be read is set aside with its line and reason. Without a `schema` keys and types are inferred from all files together (see `infer`) and
 * pinned with the first commit.
 * @throws `SOURCE_EMPTY`, `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`, `SOURCE_CHANGED`; `SOURCE_CORRUPT` (no array there, damaged gzip, UTF-16).
 */
export const json: OpenSourceFactory<typeof jsonOptions> = (given: GivenJson) =>
  jsonSource(withColumns('json', given) as Parameters<typeof jsonSource>[0])

/** Files of one JSON object a line (ndjson, JSON Lines), one part per file; otherwise as `json`. */
export const ndjson: OpenSourceFactory<typeof ndjsonOptions> = (given: GivenNdjson) =>
  ndjsonSource(withColumns('ndjson', given) as Parameters<typeof ndjsonSource>[0])

type GivenJson = z.input<typeof jsonOptions> & { readonly schema?: z.ZodObject }
type GivenNdjson = z.input<typeof ndjsonOptions> & { readonly schema?: z.ZodObject }

/** Objects carry their keys with them: those of the schema are read. */
function withColumns<G extends { readonly schema?: z.ZodObject; readonly infer?: unknown }>(kind: string, given: G): G {
  refuseInfer(kind, given)
  return given.schema === undefined ? given : { columns: Object.keys(given.schema.shape), ...given }
}

export function createJsonOptionsSource({ at, ...given }: JsonOptions, place: Pick<Place, 'folder'>): InferringSource {
  return createJsonSource({ ...given, at: at?.split('.') ?? [], extensions: withPacked(['json']) }, place)
}

export function createNdjsonOptionsSource(
  given: z.output<typeof ndjsonOptions>,
  place: Pick<Place, 'folder'>,
): InferringSource {
  return createJsonSource({ ...given, at: undefined, extensions: withPacked(['ndjson', 'jsonl']) }, place)
}

interface Given extends Omit<JsonOptions, 'at'> {
  readonly at: readonly string[] | undefined
  readonly extensions: readonly string[]
}

export function createJsonSource(given: Given, place: Pick<Place, 'folder'>): InferringSource {
  const text = (part: PartRef, signal: AbortSignal) => readFileText(fileOf(place.folder, part), part, given, signal)
  async function infer(parts: readonly PartRef[], signal: AbortSignal): Promise<Inference> {
    const states = createJsonStates()
    const most = typeof given.infer === 'object' ? given.infer.rows : undefined
    const looked = { rows: 0, rejected: 0 }
    for (const part of parts) {
      const { rows, rejected } = await observeJson(text(part, signal), part.id, given, states, most)
      looked.rows += rows
      looked.rejected += rejected
    }
    const found = inferJsonColumns(states)
    const asked = given.columns.length === 0 ? found : found.filter(({ field }) => given.columns.includes(field.name))
    return inferenceOf(looked, asked)
  }
  return {
    listing: 'complete',
    location: locationOf(place.folder, given.path, given.in),
    discover: ({ known, signal }) =>
      discoverFiles({
        path: given.path,
        folder: place.folder,
        in: given.in,
        extensions: given.extensions,
        known,
        signal,
      }),
    async describe(part, { signal, declared = false }) {
      if (!declared) return (await infer([part], signal)).schema
      // The columns are those asked for, and a column of type null fits whatever type is declared.
      return { fields: given.columns.map((name) => ({ name, type: types.null, nullable: true })) }
    },
    describeAll: async (parts, { signal }) => (await infer(parts, signal)).schema,
    infer,
    open: (part, request) => readJson(text(part, request.signal), part.id, given, request),
  }
}
