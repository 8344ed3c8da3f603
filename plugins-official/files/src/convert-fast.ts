import { isUtf8 } from 'node:buffer'
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
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
const chunkBytes = 1 << 20
/** Checked at a stretch: about a tenth of a millisecond. */
const sliceBytes = 1 << 17

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

interface Shape {
  readonly names: readonly string[]
  readonly fields: readonly (Field | undefined)[]
  readonly language: CsvLanguage
  /** Where the first record begins. */
  readonly body: number
}

/** The header, when it is one plain line of names, and the language of what follows. */
async function shapeOf({ csv, schema, guessed, delimiter, signal }: FastRequest): Promise<Shape | undefined> {
  signal.throwIfAborted()
  const handle = await open(csv, 'r')
  try {
    const bytes = Buffer.alloc(windowBytes)
    const { bytesRead } = await handle.read(bytes, 0, windowBytes, 0)
    const end = bytes.subarray(0, bytesRead).indexOf(10)
    if (end < 1) return undefined
    const from = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
    const line = bytes.subarray(from, end)
    const header = line.toString('utf8')
    if (!isUtf8(line) || /["\r\0]|^\s|\s$/.test(header)) return undefined
    const names = header.split(delimiter)
    if (names.includes('') || new Set(names).size < names.length || names.some((name) => name !== name.trim()))
      return undefined
    const fields = names.map((name) => schema.fields.find((field) => field.name === name))
    if (schema.fields.some(({ name }) => !names.includes(name)) || schema.fields.length === 0) return undefined
    const language = csvLanguage({
      delimiter: delimiter.charCodeAt(0),
      columns: fields,
      ...(guessed === undefined ? {} : { guessed }),
    })
    return language === undefined ? undefined : { names, fields, language, body: end + 1 }
  } finally {
    await handle.close()
  }
}

/** How many records the file holds, or undefined where it is not in the language. */
async function countRecords({ language, body }: Shape, file: string, signal: AbortSignal): Promise<number | undefined> {
  const walk = createWalk(language)
  const handle = await open(file, 'r')
  try {
    let [now, next] = [Buffer.alloc(chunkBytes + windowBytes), Buffer.alloc(chunkBytes + windowBytes)] as const
    let kept = 0
    let position = body
    let records = 0
    let reading = fill(handle, now, 0, position)
    for (;;) {
      const read = await reading
      signal.throwIfAborted()
      const end = kept + read
      position += read
      if (read === 0) return kept === 0 ? records : acceptsLast(language, now, kept) ? records + 1 : undefined
      const cut = now.lastIndexOf(10, end - 1) + 1
      if (cut === 0 || end - cut > windowBytes) return undefined
      now.copy(next, 0, cut, end)
      reading = fill(handle, next, end - cut, position)
      for (let from = 0; from < cut; ) {
        const to = from + sliceBytes >= cut ? cut : now.lastIndexOf(10, from + sliceBytes) + 1
        if (to <= from || !isUtf8(now.subarray(from, to)) || !walk(now, from, to)) {
          await reading
          return undefined
        }
        for (let line = now.indexOf(10, from); line >= 0 && line < to; line = now.indexOf(10, line + 1)) records++
        from = to
        // DuckDB's threads wait for this one at each vector of rows.
        await setImmediate()
      }
      kept = end - cut
      ;[now, next] = [next, now]
    }
  } finally {
    await handle.close()
  }
}

async function fill(handle: FileHandle, buffer: Buffer, from: number, position: number): Promise<number> {
  return (await handle.read(buffer, from, chunkBytes, position)).bytesRead
}

/** A last record without a line end. */
function acceptsLast({ table, start, ends }: CsvLanguage, bytes: Buffer, length: number): boolean {
  if (!isUtf8(bytes.subarray(0, length))) return false
  let state = start
  for (let i = 0; i < length; i++) state = table[state | (bytes[i] as number)] as number
  return ends.has(state)
}

async function copy(duck: Duck, request: FastRequest, { names, fields }: Shape): Promise<FastResult> {
  const { csv, parquet, schema, delimiter, compression, rowGroupRows, signal } = request
  const tally = duck.registerTally('tidegate_tally')
  // Columns by place: names of a file are no names of SQL. What nobody asks for is text and left out.
  const columns = fields.map((field, i) => {
    const type = field === undefined ? 'VARCHAR' : isInstant(field) ? 'TIMESTAMP' : duckType(field.type)
    return `'c${i}': '${type}'`
  })
  const place = (field: Field) => `c${names.indexOf(field.name)}`
  const source =
    `read_csv(${quoteText(escapeGlob(csv))}, auto_detect = false, header = true, strict_mode = true, delim = ${quoteText(delimiter)}, quote = '"', ` +
    `escape = '"', nullstr = '', allow_quoted_nulls = false, new_line = '\\n', ` +
    `max_line_size = ${windowBytes}, buffer_size = ${2 * windowBytes + 4096}, columns = {${columns.join(', ')}})`
  const selected = schema.fields.map(
    (field) =>
      `${isInstant(field) ? `make_timestamptz(epoch_us(${place(field)}))` : place(field)} AS ${quoteName(field.name)}`,
  )
  const options = `(FORMAT parquet, COMPRESSION ${compression}, PARQUET_VERSION v2, ROW_GROUP_SIZE ${rowGroupRows})`
  await duck.run(
    `COPY (SELECT ${selected.join(', ')} FROM ${source} WHERE tidegate_tally(${hashOf(schema, place)})) TO ${quoteText(parquet)} ${options}`,
    { signal },
  )
  const { rows, sum } = tally
  const back = hashOf(schema, ({ name }) => quoteName(name))
  const [found] = await duck.rows(
    `SELECT count(*) AS n, (coalesce(sum(${back}), 0) % 18446744073709551616::HUGEINT)::VARCHAR AS h FROM read_parquet(${quoteText(escapeGlob(parquet))}, hive_partitioning = false)`,
  )
  return { rows, read: String(sum), rowsWritten: Number(found?.['n']), written: String(found?.['h']) }
}

/** In UTC it is the same number either way, and read as a time without a zone several times faster. */
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
