import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Duck, openDuckDB, quoteName } from '@tidegate/duckdb'
import { declaredSchema, schemaCheckOf, type TableSchema } from 'tidegate'
import { countRecords, csvScan, guessOf, type Shape, shapeOf } from '../convert-fast.ts'
import { createCsvSource, csvSourceOptions } from '../csv.ts'
import type { CsvShape } from '../csv-language.ts'
import type { LyingRequest, LyingRows } from './lying-rows.ts'

/** Rows from which types are guessed. */
const sampleRows = 20_000

/**
 * A CSV file as a table of DuckDB, or why it has to be read in process. Whether both readers agree on every byte is proved by `csvLanguage` while
 * DuckDB reads; a file that takes longer to prove than to check is asked for at the end.
 */
export async function csvRows(request: LyingRequest): Promise<LyingRows | string> {
  const { input, file, memory, threads, signal } = request
  const plain = input.format.reader?.options.parse({ path: input.options['path'] }) ?? {}
  if (!isPlain(input.options, plain)) return 'its options are beyond what is proved of readers'
  const known = await schemaFor(request)
  if (typeof known === 'string') return known
  const delimiter = String(input.options['delimiter'])
  const fast = { csv: file, delimiter, memory, ...known, signal }
  const shape = await shapeOf(fast)
  if (shape === undefined) return doubtful
  const spillFolder = await mkdtemp(join(tmpdir(), 'tidegate-check-'))
  let duck: Duck | undefined
  const close = async () => {
    duck?.close()
    await rm(spillFolder, { recursive: true, force: true })
  }
  try {
    duck = await openDuckDB({ memory, threads, spillFolder })
    return await loaded(duck, fast, shape, close)
  } catch (error) {
    await close()
    throw error
  }
}

const doubtful = 'two readers may not agree on its text'

async function loaded(
  duck: Duck,
  fast: Parameters<typeof csvScan>[0] & { readonly signal: AbortSignal },
  shape: Shape,
  close: () => Promise<void>,
): Promise<LyingRows> {
  const { schema, csv, signal } = fast
  const stop = new AbortController()
  const counting = countRecords(shape, csv, AbortSignal.any([signal, stop.signal]))
  // Asked for at the end; until then nobody listens.
  counting.catch(() => {})
  const create = (buffer: object) => {
    const { source, values } = csvScan({ ...fast, ...buffer }, shape)
    const selected = values.map((value, i) => `${value} AS c${i}`)
    return duck.run(`CREATE OR REPLACE TABLE rows_of_file AS SELECT ${selected.join(', ')} FROM ${source}`, { signal })
  }
  try {
    // Large buffers are read a quarter faster; now and then DuckDB refuses a file for how they cut it.
    const large = fast.memory >= 500e6 ? { buffer: 16 << 20 } : {}
    await create(large).catch(async (error: unknown) => {
      if (signal.aborted || !('buffer' in large)) throw error
      await create({})
    })
  } catch (error) {
    stop.abort()
    throw error
  }
  const names = schema.fields.map(({ name }, i) => `c${i} AS ${quoteName(name)}`)
  return {
    duck,
    schema,
    relation: {
      from: `(SELECT ${schema.fields.map((_, i) => `c${i}`).join(', ')}, rowid AS n FROM rows_of_file)`,
      fields: schema.fields,
      foreign: schema.fields.map(() => undefined),
    },
    given: [],
    doubt: async (rows) => ((await counting) === rows ? undefined : doubtful),
    read: (numbers) =>
      duck.readBatches(
        `SELECT ${names.join(', ')} FROM rows_of_file WHERE rowid IN (${numbers.join(', ')}) ORDER BY rowid`,
        { schema, signal },
      ),
    async close() {
      stop.abort()
      await counting.catch(() => undefined)
      await close()
    },
  }
}

/** Options that are what they are by default, but for the path and the delimiter. */
function isPlain(given: object, plain: object): boolean {
  const rest = (options: object) =>
    JSON.stringify(Object.entries(options).filter(([key]) => key !== 'path' && key !== 'delimiter'))
  return rest(given) === rest(plain)
}

/** The declared schema where the language says all of it, else the one that all rows together would give, if the first ones leave nothing open. */
async function schemaFor({
  input,
  part,
  place,
  signal,
}: LyingRequest): Promise<{ readonly schema: TableSchema; readonly guessed?: CsvShape['guessed'] } | string> {
  const { declared } = input
  if (declared !== undefined) {
    const { inner } = (schemaCheckOf(declared)?.parameters ?? { inner: null }) as { readonly inner: unknown }
    if (inner !== null) return 'the schema asks for more than types'
    return { schema: declaredSchema(declared, await input.source.describe(part, { signal, declared: true })) }
  }
  const options = csvSourceOptions.parse({ ...input.options, infer: { rows: sampleRows } })
  const guess = guessOf(await createCsvSource(options, place).infer([part], signal))
  if (guess === undefined || guess.empty.size > 0) return 'the first rows leave its types open'
  return { schema: guess.schema, guessed: { empty: guess.empty } }
}
