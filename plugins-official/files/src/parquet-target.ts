import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Duck, openDuckDB, quoteName, quoteText } from '@tidegate/duckdb'
import {
  type Batch,
  columnName,
  defineTarget,
  type Place,
  type Publication,
  type TableSchema,
  type Target,
  TidegateError,
} from 'tidegate'
import { z } from 'zod'
import { partitionFolder } from './parquet-partition.ts'
import { createFileTarget, type PieceOfPart } from './publish.ts'
import { placeShape } from './source-options.ts'

const column = columnName()

export const toParquetOptions = z.strictObject({
  /** With a file extension one file, replaced by rename; otherwise a folder of files and a manifest. */
  path: z.string().min(1),
  ...placeShape,
  /** A folder `column=value` for each value; the column stays in the files too. */
  partitionBy: z.union([column, z.array(column).min(1)]).optional(),
  /** Rows of a file in this order; it makes files smaller and row groups easier to skip. Default: the order of the dataset. */
  sortBy: z.union([column, z.array(column).min(1)]).optional(),
  compression: z.enum(['zstd', 'snappy', 'gzip', 'uncompressed']).default('zstd'),
  /** Rows of a row group, at least 2,048. Default 122,880. */
  rowGroupRows: z.number().int().min(2048).default(122_880),
})

type Options = z.output<typeof toParquetOptions>

/**
 * Publishes Parquet (zstd, format version 2). Memory stays bounded: what does not fit spills to disk. Files of unchanged parts are kept, the same
 * snapshot is never written twice, and readers of a folder go by its `_manifest.json`, which is written last.
 * @throws `TARGET_FAILED`; what was published before is then still there. `COLUMN_MISSING`, `TYPE_PRECISION` (nanoseconds with a zone).
 */
export const toParquet = defineTarget({
  name: 'toParquet',
  options: toParquetOptions,
  create: (given, _needs, place) => createParquetTarget(given, place),
})

export function createParquetTarget(given: Options, place: Pick<Place, 'folder' | 'memory' | 'threads'>): Target {
  const partitionBy = listOf(given.partitionBy)
  if (partitionBy.length > 0 && /\.\w+$/.test(given.path)) {
    throw new TidegateError(
      'CONFIG_INVALID',
      `toParquet: "${given.path}" is one file, but partitionBy makes a folder for each value`,
      { hint: 'Write a path without an extension.' },
    )
  }
  const loaded = <T>(
    schema: TableSchema,
    batches: AsyncIterable<Batch>,
    signal: AbortSignal,
    work: (duck: Duck) => Promise<T>,
  ) => withTable(place, schema, batches, signal, work)
  const copy = (duck: Duck, where: string, file: string, signal: AbortSignal) =>
    duck.run(copySql(given, where, file), { signal })
  return createFileTarget({
    path: given.path,
    place,
    in: given.in,
    extension: 'parquet',
    async write(file, batches, publication) {
      assertColumns(given, publication)
      await loaded(publication.schema, batches, publication.signal, (duck) => copy(duck, '', file, publication.signal))
    },
    ...(partitionBy.length === 0
      ? {}
      : {
          async *divide(part, publication): AsyncIterable<PieceOfPart> {
            assertColumns(given, publication)
            const { duck, release } = await open(place)
            try {
              await duck.registerBatches('part', publication.schema, part.batches(), { signal: publication.signal })
              // By text, as the folders are named; an absent value and an empty text share one folder.
              const keys = partitionBy.map((name) => `NULLIF(part.${quoteName(name)}::VARCHAR, '')`)
              const order = keys.map((_, i) => `k${i}`).join(', ')
              await duck.run(
                `CREATE TABLE pieces AS SELECT *, row_number() OVER (ORDER BY ${order}) AS piece
                 FROM (SELECT ${keys.map((key, i) => `${key} AS k${i}`).join(', ')}, count(*) AS n FROM part GROUP BY ALL)`,
              )
              for (const row of await duck.rows('SELECT * FROM pieces ORDER BY piece')) {
                const values = keys.map((_, i) => row[`k${i}`] as string | null)
                const where = keys.map(
                  (key, i) => `${key} IS NOT DISTINCT FROM (SELECT k${i} FROM pieces WHERE piece = ${row['piece']})`,
                )
                yield {
                  folder: partitionFolder(partitionBy, values),
                  rows: Number(row['n']),
                  write: async (file) => {
                    await copy(duck, ` WHERE ${where.join(' AND ')}`, file, publication.signal)
                  },
                }
              }
            } finally {
              await release()
            }
          },
        }),
  })
}

function copySql({ compression, rowGroupRows, sortBy }: Options, where: string, file: string): string {
  const keys = listOf(sortBy)
  const order = keys.length === 0 ? '' : ` ORDER BY ${keys.map((key) => `${quoteName(key)} NULLS LAST`).join(', ')}`
  return `COPY (SELECT * FROM part${where}${order}) TO ${quoteText(file)} (FORMAT parquet, COMPRESSION ${compression}, PARQUET_VERSION v2, ROW_GROUP_SIZE ${rowGroupRows})`
}

function assertColumns({ partitionBy, sortBy }: Options, { schema, node }: Publication): void {
  for (const name of [...listOf(partitionBy), ...listOf(sortBy)]) {
    if (schema.fields.some((field) => field.name === name)) continue
    throw new TidegateError(
      'COLUMN_MISSING',
      `toParquet "${node}" names the column '${name}', which its input does not have`,
      {
        hint: `Its columns are ${schema.fields.map((field) => field.name).join(', ')}.`,
        data: { column: name },
      },
    )
  }
}

async function withTable<T>(
  place: Pick<Place, 'memory' | 'threads'>,
  schema: TableSchema,
  batches: AsyncIterable<Batch>,
  signal: AbortSignal,
  work: (duck: Duck) => Promise<T>,
): Promise<T> {
  const { duck, release } = await open(place)
  try {
    await duck.registerBatches('part', schema, batches, { signal })
    return await work(duck)
  } finally {
    await release()
  }
}

async function open({
  memory,
  threads,
}: Pick<Place, 'memory' | 'threads'>): Promise<{ readonly duck: Duck; readonly release: () => Promise<void> }> {
  const spillFolder = await mkdtemp(join(tmpdir(), 'tidegate-parquet-'))
  const duck = await openDuckDB({ memory, threads, spillFolder })
  return {
    duck,
    async release() {
      duck.close()
      await rm(spillFolder, { recursive: true, force: true })
    },
  }
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value
}
