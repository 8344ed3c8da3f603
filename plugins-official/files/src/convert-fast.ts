import { isUtf8 } from 'node:buffer'
import { closeSync, openSync, readSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type Duck, duckType, openDuckDB, quoteName, quoteText } from '@tidegate/duckdb'
import { type Field, isTidegateError, type TableSchema } from 'tidegate'
import { type CsvLanguage, type CsvShape, csvLanguage } from './csv-language.ts'
import { createWalk } from './csv-walk.ts'
import type { Inference } from './inference.ts'
import { escapeGlob } from './parquet.ts'

export interface FastRequest {
  /** Absolute paths. */
  readonly csv: string
  readonly parquet: string
  readonly schema: TableSchema
  /** See `CsvShape`: such types hold only if the whole file is in the language. */
  readonly guessed?: CsvShape['guessed']
  /** One ASCII character. */
  readonly delimiter: string
  readonly compression: string
  readonly rowGroupRows: number
  /** Bytes. */
  readonly memory: number
  readonly threads: number
  readonly signal: AbortSignal
}

export interface FastResult {
  readonly rows: number
  /** Sum of the rows' 64-bit hashes modulo 2^64, of what was read and of what was read back. */
  readonly read: string
  readonly written: string
  readonly rowsWritten: number
}

export interface Guess {
  readonly schema: TableSchema
  /** Columns without any value so far. */
  readonly empty: ReadonlySet<string>
}

/**
 * What the first rows say of the types, or undefined where they leave anything open. Text is certain once every other type is ruled out; types of
 * numbers and times stay what they are as long as every value is spelt alike, which the language of a guess sees to.
 */
export function guessOf({ schema, columns, rejected }: Inference): Guess | undefined {
  const open = columns.some(({ type, fits, rows, absent }) => type === 'string' && rows > absent && fits.length > 1)
  if (rejected > 0 || open) return undefined
  return { schema, empty: new Set(columns.flatMap(({ name, rows, absent }) => (rows === absent ? [name] : []))) }
}

/** Lines longer than this are left to our own reader. */
const windowBytes = 1 << 18
/** Read and checked at a stretch: less than a tenth of a millisecond, and in cache all the while. */
const stretchBytes = 1 << 17

/**
 * CSV to Parquet inside DuckDB, when it is certain that DuckDB and our own reader read every byte alike: the whole file is in the language of
 * `csvLanguage`, valid UTF-8, with types that are stated. Undefined where there is any doubt, or DuckDB refuses: then nothing is said about the file.
 */
export async function convertInside(request: FastRequest): Promise<FastResult | undefined> {
  const shape = await shapeOf(request)
  if (shape === undefined) return undefined
  const spillFolder = await mkdtemp(join(tmpdir(), 'tidegate-convert-'))
  const doubt = new AbortController()
  const signal = AbortSignal.any([request.signal, doubt.signal])
  let duck: Duck | undefined
  try {
    duck = await openDuckDB({ spillFolder })
    // With its library loaded it shows what is left.
    const { memory, threads } = engineShare(request, shape.names.length)
    await duck.run(`SET memory_limit = '${memory}B'; SET threads = ${threads}`)
    // The language is checked while DuckDB copies: where it does not hold, or another number of rows came out, what was copied is nothing.
    const copying = copy(duck, { ...request, signal }, shape).catch((error: unknown) => {
      doubt.abort()
      throw error
    })
    const counting = countRecords(shape, request.csv, signal).then((records) => {
      if (records === undefined) doubt.abort()
      return records
    })
    const [copied, records] = await Promise.allSettled([copying, counting])
    request.signal.throwIfAborted()
    const certain = records.status === 'fulfilled' ? records.value : undefined
    if (copied.status === 'fulfilled') {
      if (records.status === 'rejected') throw records.reason
      return certain === copied.value.rows ? copied.value : undefined
    }
    if (isRefusal(copied.reason) || (records.status === 'fulfilled' && certain === undefined)) return undefined
    throw copied.reason
  } finally {
    duck?.close()
    await rm(spillFolder, { recursive: true, force: true })
  }
}

/** What this process holds beside the engine while it converts: buffers of the walk, and what Node adds to what it holds now. */
const besideBytes = 8e6
/** What the process grows by while the engine copies is at most about this share of its setting, fragments of freed memory included. */
const heldShare = 0.9
/** With less, DuckDB's threads wait for each other in a loop: it asks for 4 MiB for each column, and gets a quarter of its setting. */
const columnBytes = 4 * 4 * 1024 * 1024
/** Rows that a thread collects and compresses. */
const threadBytes = 24e6

/** The engine's setting such that all of the process stays under what was given, and as many threads as that feeds. */
function engineShare(
  { memory, threads }: FastRequest,
  columns: number,
): { readonly memory: number; readonly threads: number } {
  const free = Math.max(30e6, memory - process.memoryUsage.rss() - besideBytes)
  const share = Math.floor(free / heldShare)
  return {
    memory: share,
    threads: share > columns * columnBytes * 1.001 ? Math.max(1, Math.min(threads, Math.floor(free / threadBytes))) : 1,
  }
}

function isRefusal(error: unknown): boolean {
  return isTidegateError(error) && error.code === 'ENGINE_FAILED'
}

export interface Shape {
  readonly names: readonly string[]
  readonly fields: readonly (Field | undefined)[]
  readonly language: CsvLanguage
  /** Where the first record begins. */
  readonly body: number
  readonly lineEnd: '\n' | '\r\n'
  /** Whether a column names its zone in the first record; then all of them probably do. */
  readonly zoned: (column: number) => boolean
}

/** The header, when it is one plain line of names, and the language of what follows. */
export async function shapeOf({
  csv,
  schema,
  guessed,
  delimiter,
  signal,
}: Pick<FastRequest, 'csv' | 'schema' | 'guessed' | 'delimiter' | 'signal'>): Promise<Shape | undefined> {
  signal.throwIfAborted()
  const handle = await open(csv, 'r')
  try {
    const bytes = Buffer.alloc(windowBytes)
    const { bytesRead } = await handle.read(bytes, 0, windowBytes, 0)
    const end = bytes.subarray(0, bytesRead).indexOf(10)
    if (end < 1) return undefined
    const from = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
    const lineEnd = bytes[end - 1] === 13 ? '\r\n' : '\n'
    const line = bytes.subarray(from, end + 1 - lineEnd.length)
    const header = line.toString('utf8')
    if (!isUtf8(line) || /["\r\0]|^\s|\s$/.test(header)) return undefined
    const names = header.split(delimiter)
    if (names.includes('') || new Set(names).size < names.length || names.some((name) => name !== name.trim()))
      return undefined
    const fields = names.map((name) => schema.fields.find((field) => field.name === name))
    if (schema.fields.some(({ name }) => !names.includes(name)) || schema.fields.length === 0) return undefined
    const language = csvLanguage({
      delimiter: delimiter.charCodeAt(0),
      lineEnd,
      columns: fields,
      ...(guessed === undefined ? {} : { guessed }),
    })
    if (language === undefined) return undefined
    const second = bytes.indexOf(10, end + 1)
    const cells = bytes
      .toString('latin1', end + 1, second < 0 ? bytesRead : second)
      .trimEnd()
      .split(delimiter)
    const zoned = (column: number) => cells[column]?.endsWith('Z') === true
    return { names, fields, language, body: end + 1, lineEnd, zoned }
  } finally {
    await handle.close()
  }
}

/** How many records the file holds, or undefined where it is not in the language. */
export async function countRecords(
  { language, body }: Shape,
  file: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { bytes, records } = createWalk(language, windowBytes + stretchBytes)
  // A stretch at a time goes through the cache; handing each to another thread would cost more than reading it.
  const descriptor = openSync(file, 'r')
  try {
    let [kept, position, count] = [0, body, 0]
    for (;;) {
      const read = readSync(descriptor, bytes, kept, stretchBytes, position)
      const end = kept + read
      position += read
      if (read === 0) return kept === 0 ? count : acceptsLast(language, bytes, kept) ? count + 1 : undefined
      const cut = bytes.subarray(0, end).lastIndexOf(10) + 1
      const found = cut === 0 ? 0 : records(cut)
      if (found < 0 || end - cut > windowBytes) return undefined
      count += found
      bytes.copyWithin(0, cut, end)
      kept = end - cut
      // DuckDB's threads wait for this one at each vector of rows.
      await setImmediate()
      signal.throwIfAborted()
    }
  } finally {
    closeSync(descriptor)
  }
}

/** A last record without a line end. */
function acceptsLast({ table, start, ends }: CsvLanguage, bytes: Uint8Array, length: number): boolean {
  if (!isUtf8(bytes.subarray(0, length))) return false
  let state = start
  for (let i = 0; i < length; i++) state = table[state | (bytes[i] as number)] as number
  return ends.has(state)
}

/** The file as DuckDB reads it, with columns by their place in the file (`c0`, ...), and the expression for each field of the schema. */
export function csvScan(
  request: Pick<FastRequest, 'csv' | 'schema' | 'delimiter' | 'memory'> & { readonly buffer?: number },
  { names, fields, lineEnd, zoned }: Pick<Shape, 'names' | 'fields' | 'lineEnd' | 'zoned'>,
): { readonly source: string; readonly values: readonly string[] } {
  const { csv, schema, delimiter } = request
  // Columns by place: names of a file are no names of SQL. What nobody asks for is text and left out.
  const columns = fields.map((field, i) => {
    const type = field === undefined ? 'VARCHAR' : isInstant(field) && !zoned(i) ? 'TIMESTAMP' : duckType(field.type)
    return `'c${i}': '${type}'`
  })
  const source =
    `read_csv(${quoteText(escapeGlob(csv))}, auto_detect = false, header = true, strict_mode = true, delim = ${quoteText(delimiter)}, quote = '"', ` +
    `escape = '"', nullstr = '', allow_quoted_nulls = false, ${lineEnd === '\n' ? "new_line = '\\n', " : ''}` +
    `max_line_size = ${windowBytes}, buffer_size = ${request.buffer ?? bufferBytes(request)}, columns = {${columns.join(', ')}})`
  const values = schema.fields.map((field) => {
    const at = names.indexOf(field.name)
    return !isInstant(field) || zoned(at) ? `c${at}` : `make_timestamptz(epoch_us(c${at}))`
  })
  return { source, values }
}

async function copy(duck: Duck, request: FastRequest, { names, fields, lineEnd, zoned }: Shape): Promise<FastResult> {
  const { parquet, schema, compression, rowGroupRows, signal } = request
  const tally = duck.registerTally('tidegate_tally')
  const place = (field: Field) => `c${names.indexOf(field.name)}`
  const { source, values } = csvScan(request, { names, fields, lineEnd, zoned })
  const selected = schema.fields.map((field, i) => `${values[i]} AS ${quoteName(field.name)}`)
  const options = `(FORMAT parquet, COMPRESSION ${compression}, PARQUET_VERSION v2, ROW_GROUP_SIZE ${rowGroupRows})`
  await duck.run(
    `COPY (SELECT ${selected.join(', ')} FROM ${source} WHERE tidegate_tally(${hashOf(schema, place)})) TO ${quoteText(parquet)} ${options}`,
    { signal },
  )
  const { rows, sum } = tally
  // What was written goes to disk while it is read back.
  const durable = synced(parquet)
  const back = hashOf(schema, ({ name }) => quoteName(name))
  const reading = duck.rows(
    `SELECT count(*) AS n, (coalesce(sum(${back}), 0) % 18446744073709551616::HUGEINT)::VARCHAR AS h FROM read_parquet(${quoteText(escapeGlob(parquet))}, hive_partitioning = false)`,
  )
  const [[found]] = await Promise.all([reading, durable])
  return { rows, read: String(sum), rowsWritten: Number(found?.['n']), written: String(found?.['h']) }
}

async function synced(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.sync().finally(() => handle.close())
}

/** Each thread holds some of them. Larger ones are fuller vectors, and vectors are counted one by one. */
function bufferBytes({ memory }: Pick<FastRequest, 'memory'>): number {
  return (memory < 200e6 ? 2 : 4) * windowBytes + 4096
}

/**
 * In UTC it is the same number either way: DuckDB reads a time with a zone fastest as such, and one without several times faster as a time without.
 */
function isInstant({ type }: Field): boolean {
  return type.kind === 'timestamp' && type.zone !== undefined
}

/** Parquet has no seconds, and DuckDB reads its milliseconds as microseconds: both sides hash these. */
function hashOf({ fields }: TableSchema, place: (field: Field) => string): string {
  const values = fields.map((field) => {
    const { type } = field
    return type.kind === 'timestamp' && type.zone === undefined && (type.unit === 's' || type.unit === 'ms')
      ? `${place(field)}::TIMESTAMP`
      : place(field)
  })
  return `hash(${values.join(', ')})`
}
