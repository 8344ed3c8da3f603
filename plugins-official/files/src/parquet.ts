import { type Duck, quoteName, quoteText, shareDuckDB } from '@tidegate/duckdb'
import {
  defineSource,
  type OpenRequest,
  type PartRef,
  type Place,
  type Source,
  type SourceChunk,
  type TableSchema,
  TidegateError,
} from 'tidegate'
import { z } from 'zod'
import { discoverFiles, fileOf, locationOf } from './discover.ts'
import { markOf, statFile } from './file-stat.ts'
import { parquetFault } from './parquet-fault.ts'
import { type Filter, filterOption, whereOf } from './parquet-filter.ts'

const options = z.strictObject({
  /** A file, a folder, a glob or a list of these. A folder that Tidegate published is read through its manifest. */
  path: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  /** Only rows that fulfil all conditions are read; row groups that cannot hold such rows are skipped. See `Filter`. */
  filter: filterOption.optional(),
})

/**
 * Parquet files as a source, one part per file. What a batch holds is what is asked for: only the columns needed are decoded, row group by row
 * group, in the order of the file, and integers are narrowed to the schema with every value checked (`TYPE_PRECISION`).
 * @throws `SOURCE_EMPTY`, `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`; `SOURCE_CORRUPT` for what is truncated, empty, encrypted or not Parquet;
 * `SOURCE_CHANGED` when a file changes under the reader.
 */
export const parquet = defineSource({
  name: 'parquet',
  version: 1,
  options,
  create: ({ path, filter }, _needs, place) => createParquetSource(path, filter, place),
})

export function createParquetSource(
  path: string | readonly string[],
  filter: Filter | undefined,
  place: Pick<Place, 'folder' | 'memory' | 'threads'>,
): Source {
  let engine: Promise<Duck> | undefined
  const duck = () => {
    engine ??= shareDuckDB({ memory: place.memory, threads: place.threads })
    return engine
  }
  const describe = async (part: PartRef): Promise<TableSchema> => {
    const file = fileOf(place.folder, part)
    statFile(file, part.id)
    try {
      return await (await duck()).describe(`FROM ${scanOf(file)}`)
    } catch (error) {
      throw await parquetFault(error, file, part.id)
    }
  }
  return {
    listing: 'complete',
    location: locationOf(place.folder, path),
    discover: ({ known, signal }) =>
      discoverFiles({ path, folder: place.folder, extensions: ['parquet'], known, signal }),
    describe,
    async *open(part, request): AsyncIterable<SourceChunk> {
      const file = fileOf(place.folder, part)
      const has = await describe(part)
      assertUnchanged(file, part)
      const wanted = wantedFields(has, request)
      const where = filter === undefined ? '' : ` WHERE ${whereOf(filter, has, part.id)}`
      const sql = `SELECT ${wanted.fields.map(({ name }) => quoteName(name)).join(', ')} FROM ${scanOf(file)}${where}`
      try {
        yield* (await duck()).readBatches(sql, { batchRows: request.batchRows, schema: wanted, signal: request.signal })
      } catch (error) {
        if (request.signal.aborted) throw error
        assertUnchanged(file, part)
        throw await parquetFault(error, file, part.id)
      }
      assertUnchanged(file, part)
    },
    async close() {
      const held = engine
      engine = undefined
      ;(await held)?.close()
    },
  }
}

/** `hive_partitioning` off: what the path says is no part of the file. */
function scanOf(file: string): string {
  return `read_parquet(${quoteText(escapeGlob(file))}, hive_partitioning = false)`
}

/** DuckDB takes paths as globs: a bracket stands for the characters in it, so each special character becomes a class of its own. */
function escapeGlob(file: string): string {
  return file.replace(/[[\]*?]/g, (char) => `[${char}]`)
}

/** The columns asked for that the file has, through the types asked for. */
function wantedFields(has: TableSchema, { schema, columns }: OpenRequest): TableSchema {
  const fields = (schema ?? has).fields.filter(
    ({ name }) => (columns?.includes(name) ?? true) && has.fields.some((field) => field.name === name),
  )
  // Rows can be counted without any column, but a batch needs one to be as long as they are many.
  return { fields: fields.length === 0 ? has.fields.slice(0, 1) : fields }
}

function assertUnchanged(file: string, part: PartRef): void {
  if (part.mark === undefined || markOf(statFile(file, part.id)) === part.mark) return
  throw new TidegateError('SOURCE_CHANGED', `"${part.id}" changed while it was being read`, {
    hint: 'Write files beside and rename them into place, then run again.',
    data: { path: part.id },
  })
}
