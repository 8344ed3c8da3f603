import type { DuckDBValue } from '@duckdb/node-api'
import type { Batch, TableSchema } from 'tidegate'
import { duckType } from './duck-types.ts'
import { castFault, engineFault } from './engine-fault.ts'
import { type Connection, type Native, native } from './native.ts'
import { quoteName } from './quote.ts'
import { batchesOf } from './read-batches.ts'
import { planQuery, type QueryPlan, type ResultColumn, schemaOfResult } from './read-plan.ts'
import { type RowTally, registerTally } from './row-tally.ts'

export interface DuckOptions {
  /** Bytes DuckDB may use; beyond them it spills, if it has a folder to spill to. Default: DuckDB's own (80 % of the machine). */
  readonly memory?: number
  /** Default: one for each core. The order of rows does not depend on it. */
  readonly threads?: number
  /** A folder for what does not fit into memory. Without one DuckDB fails with `ENGINE_FAILED` instead. */
  readonly spillFolder?: string
  /** A database file; default: in memory. */
  readonly path?: string
  /** False: no file, network or extension can be reached by any statement. Default true. */
  readonly externalAccess?: boolean
}

export type Params = readonly (string | number | bigint | boolean | null)[]

export interface ReadOptions {
  /** Rows of a batch at most. Default 65,536. */
  readonly batchRows?: number
  /** Columns to hand out, in this order, read through these types where that is exact; a result column that it does not name is left out. */
  readonly schema?: TableSchema
  readonly signal?: AbortSignal
  /** Values for `?` in the query. */
  readonly params?: Params
}

export interface InsertOptions {
  readonly signal?: AbortSignal
}

/** An embedded DuckDB and the bridge to typed columns. */
export interface Duck {
  /** Runs statements whose result nobody needs; returns how many rows changed. */
  run(sql: string, options?: { readonly params?: Params; readonly signal?: AbortSignal }): Promise<number>
  /** A small result as plain objects (`BIGINT` as bigint). Not for data: see `readBatches`. */
  rows(sql: string, options?: { readonly params?: Params }): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** The schema of a query's result, without running it. */
  describe(sql: string): Promise<TableSchema>
  /**
   * Runs a query and hands out its rows as typed columns, in its order, in bounded memory: numbers and times as DuckDB's own arrays, text as codes while
   * few distinct texts appear and as bytes otherwise, lists and structs as plain values.
   * @throws `TYPE_PRECISION` for a value that the schema's type cannot hold, `TYPE_UNSUPPORTED` for a type without a counterpart, `ENGINE_FAILED`.
   */
  readBatches(sql: string, options?: ReadOptions): AsyncIterable<Batch>
  /** Makes (or replaces) a table of that schema and fills it; returns its number of rows. */
  registerBatches(
    name: string,
    schema: TableSchema,
    batches: AsyncIterable<Batch> | Iterable<Batch>,
    options?: InsertOptions,
  ): Promise<number>
  /** Appends to a table that `registerBatches` made (or one of the same column types). */
  insertBatches(
    name: string,
    schema: TableSchema,
    batches: AsyncIterable<Batch> | Iterable<Batch>,
    options?: InsertOptions,
  ): Promise<number>
  /** Makes `name(UBIGINT)`, which is always true and adds up the hashes it is given: once for a name, for statements of `run`. */
  registerTally(name: string): RowTally
  close(): void
}

/** Starts an embedded DuckDB (some milliseconds; the native module is loaded when the first one starts). */
export async function openDuckDB(options: DuckOptions = {}): Promise<Duck> {
  const parts = await native()
  const config: Record<string, string> = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' }
  if (options.memory !== undefined) config['memory_limit'] = `${Math.max(16_000_000, Math.floor(options.memory))}B`
  if (options.threads !== undefined) config['threads'] = String(Math.max(1, Math.floor(options.threads)))
  if (options.spillFolder !== undefined) config['temp_directory'] = options.spillFolder
  try {
    const instance = await parts.api.DuckDBInstance.create(options.path ?? ':memory:', config)
    const connection = await instance.connect()
    await connection.run(`SET TimeZone = 'UTC'; SET streaming_buffer_size = '16MB'`)
    if (options.spillFolder === undefined && options.path === undefined) await connection.run(`SET temp_directory = ''`)
    if (options.externalAccess === false) await connection.run('SET enable_external_access = false')
    return createDuck(
      parts,
      connection,
      () => connectionOf(instance),
      () => {
        connection.closeSync()
        instance.closeSync()
      },
    )
  } catch (error) {
    throw engineFault(error, `open ${options.path ?? 'in memory'}`)
  }
}

async function connectionOf(instance: { connect(): Promise<Connection> }): Promise<Connection> {
  const connection = await instance.connect()
  await connection.run(`SET TimeZone = 'UTC'; SET streaming_buffer_size = '16MB'`)
  return connection
}

function createDuck(parts: Native, main: Connection, connect: () => Promise<Connection>, close: () => void): Duck {
  const guarded = async <T>(
    connection: Connection,
    sql: string,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> => {
    signal?.throwIfAborted()
    const interrupt = () => connection.interrupt()
    signal?.addEventListener('abort', interrupt, { once: true })
    try {
      return await work()
    } catch (error) {
      throw engineFault(error, sql, signal)
    } finally {
      signal?.removeEventListener('abort', interrupt)
    }
  }
  const duck: Duck = {
    run: (sql, options = {}) =>
      guarded(main, sql, options.signal, async () => (await main.run(sql, valuesOf(options.params))).rowsChanged),
    rows: (sql, options = {}) =>
      guarded(main, sql, undefined, async () =>
        (await main.runAndReadAll(sql, valuesOf(options.params))).getRowObjectsJS(),
      ),
    describe: (sql) => guarded(main, sql, undefined, async () => schemaOfResult(await resultColumns(main, sql))),
    async *readBatches(sql, options = {}) {
      const connection = await connect()
      let plan: QueryPlan | undefined
      const interrupt = () => connection.interrupt()
      options.signal?.addEventListener('abort', interrupt, { once: true })
      try {
        options.signal?.throwIfAborted()
        plan = planQuery(sql, await resultColumns(connection, sql), options.schema)
        const result = await connection.stream(plan.sql, valuesOf(options.params))
        yield* batchesOf(
          () => result.fetchChunk(),
          plan.columns,
          options.batchRows ?? 65_536,
          parts.bindings,
          interrupt,
        )
      } catch (error) {
        throw castFault(error, plan) ?? engineFault(error, sql, options.signal)
      } finally {
        options.signal?.removeEventListener('abort', interrupt)
        connection.closeSync()
      }
    },
    async registerBatches(name, schema, batches, options = {}) {
      const columns = schema.fields.map((field) => `${quoteName(field.name)} ${duckType(field.type)}`)
      const sql = `CREATE OR REPLACE TABLE ${quoteName(name)} (${columns.join(', ')})`
      await guarded(main, sql, options.signal, () => main.run(sql))
      return duck.insertBatches(name, schema, batches, options)
    },
    async insertBatches(name, schema, batches, options = {}) {
      const { appendBatches } = await import('./write-batches.ts')
      return guarded(main, `INSERT INTO ${quoteName(name)}`, options.signal, () =>
        appendBatches(parts, main, name, schema, batches, options.signal),
      )
    },
    registerTally: (name) => registerTally(parts, main, name),
    close,
  }
  return duck
}

async function resultColumns(connection: Connection, sql: string): Promise<ResultColumn[]> {
  const prepared = await connection.prepare(sql)
  try {
    return Array.from({ length: prepared.columnCount }, (_, i) => ({
      name: prepared.columnName(i),
      duck: String(prepared.columnType(i)),
    }))
  } finally {
    prepared.destroySync()
  }
}

function valuesOf(params: Params | undefined): DuckDBValue[] | undefined {
  return params === undefined ? undefined : [...params]
}
