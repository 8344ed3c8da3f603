import { type Duck, quoteName, quoteText, shareDuckDB } from '@tidegate/duckdb'
import {
  type DescribeRequest,
  defineSource,
  type OpenRequest,
  type PartRef,
  type Place,
  type Source,
  type SourceChunk,
  type TableSchema,
  type Workspace,
} from 'tidegate'
import { z } from 'zod'
import { describeAllParts } from './describe-all.ts'
import { discoverFiles, locationOf } from './discover.ts'
import { statFile } from './file-stat.ts'
import { parquetFault } from './parquet-fault.ts'
import { type Filter, filterOption, whereOf } from './parquet-filter.ts'
import { createLocalParts } from './place-copy.ts'
import { assertSame } from './place-file.ts'
import { pathOption, placeShape } from './source-options.ts'

export const parquetOptions = z.strictObject({
  /** A file, a folder, a glob or a list of these. A folder that Tidegate published is read through its manifest. */
  path: pathOption,
  ...placeShape,
  /** Only rows that fulfil all conditions are read; row groups that cannot hold such rows are skipped. See `Filter`. */
  filter: filterOption.optional(),
})

/**
 * Parquet files as a source, one part per file. What a batch holds is what is asked for: only the columns needed are decoded, row group by row
 * group, in the order of the file, and integers are narrowed to the schema with every value checked (`TYPE_PRECISION`).
 * @throws `SOURCE_EMPTY`, `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`; `SOURCE_CORRUPT` for what is truncated, empty, encrypted or not Parquet;
 * `SOURCE_CHANGED` when a file changes under the reader.
 * Without a `schema` its columns are those of the files, pinned at the first run.
 */
export const parquet = defineSource({
  name: 'parquet',
  version: 1,
  options: parquetOptions,
  schema: 'described',
  create: ({ path, filter, in: workspace }, _needs, place) => createParquetSource(path, filter, place, workspace),
})

export function createParquetSource(
  path: string | readonly string[],
  filter: Filter | undefined,
  place: Pick<Place, 'folder' | 'memory' | 'threads'>,
  workspace?: Workspace,
): Source {
  const files = createLocalParts({ folder: place.folder, in: workspace })
  let engine: Promise<Duck> | undefined
  const duck = () => {
    engine ??= shareDuckDB({ memory: place.memory, threads: place.threads })
    return engine
  }
  const describe = async (part: PartRef, file: string): Promise<TableSchema> => {
    statFile(file, part.id)
    try {
      return await (await duck()).describe(`FROM ${scanOf(file)}`)
    } catch (error) {
      throw await parquetFault(error, file, part.id)
    }
  }
  const describePart = async (part: PartRef, { signal }: DescribeRequest): Promise<TableSchema> => {
    const { file, release } = await files.use(part, signal)
    try {
      return await describe(part, file)
    } finally {
      await release()
    }
  }
  return {
    listing: 'complete',
    location: locationOf(place.folder, path, workspace),
    discover: ({ known, signal }) =>
      discoverFiles({ path, folder: place.folder, in: workspace, extensions: ['parquet'], known, signal }),
    describe: describePart,
    describeAll: (parts, request) => describeAllParts(parts, request, describePart),
    async *open(part, request): AsyncIterable<SourceChunk> {
      const { file, release } = await files.use(part, request.signal)
      try {
        yield* read(file, part, request)
      } finally {
        await release()
      }
    },
    async close() {
      const held = engine
      engine = undefined
      ;(await held)?.close()
      await files.close()
    },
  }

  async function* read(file: string, part: PartRef, request: OpenRequest): AsyncIterable<SourceChunk> {
    // A copy was compared with the fingerprint when it was made.
    const assertUnchanged = () => {
      if (workspace === undefined || workspace.localPath?.(part.id) !== undefined) assertSame(file, part, workspace)
    }
    const has = await describe(part, file)
    assertUnchanged()
    const wanted = wantedFields(has, request)
    const where = filter === undefined ? '' : ` WHERE ${whereOf(filter, has, part.id)}`
    const sql = `SELECT ${wanted.fields.map(({ name }) => quoteName(name)).join(', ')} FROM ${scanOf(file)}${where}`
    try {
      yield* (await duck()).readBatches(sql, { batchRows: request.batchRows, schema: wanted, signal: request.signal })
    } catch (error) {
      if (request.signal.aborted) throw error
      assertUnchanged()
      throw await parquetFault(error, file, part.id)
    }
    assertUnchanged()
  }
}

/** `hive_partitioning` off: what the path says is no part of the file. */
function scanOf(file: string): string {
  return `read_parquet(${quoteText(escapeGlob(file))}, hive_partitioning = false)`
}

/** DuckDB takes paths as globs: a bracket stands for the characters in it, so each special character becomes a class of its own. */
export function escapeGlob(file: string): string {
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
