import { availableParallelism } from 'node:os'
import { Readable } from 'node:stream'
import { type Check, createPlace, parseBytes } from 'tidegate'
import type { z } from 'zod'
import { openInput } from '../commands/input.ts'
import { checkInput } from './check-input.ts'
import type { FileCheck } from './outcome.ts'

export interface CheckFileOptions {
  /** Name of the format, instead of by the extension: `csv`, `parquet`, ... */
  readonly format?: string
  /** Options of the format, as its source takes them: `{ delimiter: ';' }`. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Types of the columns; without it those of the file, or those inferred from all rows. */
  readonly schema?: z.ZodObject
  /** How many failing rows to give for each check. Default 0. */
  readonly samples?: number
  /** For all data at once, as `'512MB'` or bytes. Default 1 GB. */
  readonly memory?: string | number
  /** Threads an engine may use. Default: one for each core. */
  readonly threads?: number
  /** Where relative paths start. Default: the working directory. */
  readonly folder?: string
  /** False: no rule is pushed down to DuckDB. Default true; the outcome is the same. */
  readonly pushDown?: boolean
  readonly signal?: AbortSignal
}

/**
 * Checks a file without a pipeline, as `tidegate check` does: every rule sees every row that can be read. Rules that DuckDB can decide where the rows
 * lie bring no row into JavaScript (one Parquet or CSV file; see the page on checks); the others are decided in one pass over the rows.
 *
 * @throws what the format's source throws, `COLUMN_MISSING` and `SCHEMA_MISMATCH` where a check does not fit the columns, `CHECK_FAILED`.
 */
export async function checkFile(
  path: string,
  checks: readonly Check[],
  options: CheckFileOptions = {},
): Promise<FileCheck> {
  const { samples = 0, threads = availableParallelism(), folder: cwd = process.cwd() } = options
  const { signal = new AbortController().signal, pushDown = true, format, schema, options: values } = options
  const memory = parseBytes(options.memory ?? '1GB')
  const resources = { memory, threads }
  const place = createPlace({ folder: cwd, ...resources })
  const context = {
    cwd,
    signal,
    stdin: Readable.from([]),
    load: async (name: string) => (await import(name)) as Readonly<Record<string, unknown>>,
    place: (given: Parameters<typeof createPlace>[0] | { memory: number; threads: number }) =>
      createPlace({ folder: cwd, ...given }),
  }
  const given = {
    ...(format === undefined ? {} : { format }),
    ...(schema === undefined ? {} : { schema }),
    ...(values === undefined ? {} : { values }),
  }
  const input = await openInput(path, given, context, resources)
  try {
    return await checkInput(input, checks, { cwd, samples, place, signal, pushDown, ...resources })
  } finally {
    await input.close()
  }
}
