import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  Batch,
  Field,
  LogicalType,
  PartRef,
  Publication,
  RejectedRow,
  Source,
  SourceChunk,
  TableSchema,
} from 'tidegate'
import { afterAll } from 'vitest'
import { z } from 'zod'
import { dialectOf, dialectShape } from '../src/csv-dialect.ts'
import { type CsvReading, readCsv } from '../src/csv-read.ts'
import { readJson } from '../src/json-read.ts'

export const { signal } = new AbortController()

/** A folder that lives as long as the test file. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-files-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** `schema({ id: types.int32, 'city?': types.string })`: a question mark makes a column nullable. */
export function schema(columns: Readonly<Record<string, LogicalType>>): TableSchema {
  const fields = Object.entries(columns).map(
    ([name, type]): Field => ({ name: name.replace(/\?$/, ''), type, nullable: name.endsWith('?') }),
  )
  return { fields }
}

export interface Content {
  readonly rows: readonly (readonly unknown[])[]
  readonly rejected: readonly RejectedRow[]
  readonly batches: readonly Batch[]
}

export async function collect(chunks: AsyncIterable<SourceChunk>): Promise<Content> {
  const batches: Batch[] = []
  const rejected: RejectedRow[] = []
  for await (const chunk of chunks) {
    if ('rejected' in chunk) rejected.push(...chunk.rejected)
    else batches.push(chunk as Batch)
  }
  const rows = batches.flatMap((batch) =>
    Array.from({ length: batch.length }, (_, row) => batch.columns.map((column) => column.at(row))),
  )
  return { rows, rejected, batches }
}

export async function* chunksOf(text: string | Uint8Array, size = 1 << 20): AsyncIterable<Uint8Array> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  for (let p = 0; p < bytes.length; p += size) yield Uint8Array.from(bytes.subarray(p, p + size))
}

type Dialect = Partial<z.input<z.ZodObject<typeof dialectShape>>>
export interface CsvOptions extends Dialect {
  readonly header?: boolean | 'rowNames' | readonly string[]
  readonly headerRows?: number
  readonly skip?: number
  readonly lines?: { readonly from: number; readonly to?: number }
  readonly ragged?: 'reject' | 'pad' | 'trim' | 'fit'
  readonly thousands?: string
  readonly trim?: boolean
  readonly dateFormat?: string | Readonly<Record<string, string>>
  readonly maxRecordBytes?: number
  readonly batchRows?: number
  readonly chunk?: number
  readonly window?: number
  readonly columns?: readonly string[]
}

export function csvText(text: string | Uint8Array, columns: TableSchema, options: CsvOptions = {}): Promise<Content> {
  const {
    header = true,
    trim = false,
    dateFormat,
    headerRows,
    skip,
    lines,
    ragged,
    thousands,
    maxRecordBytes = 1 << 24,
    batchRows = 65_536,
    chunk,
    window,
    columns: only,
    ...dialect
  } = options
  const full = z.object(dialectShape).parse(dialect)
  const reading: CsvReading = {
    dialect: dialectOf({ ...full, trim }),
    header,
    headerRows,
    skip,
    lines,
    ragged,
    thousands,
    decimal: full.decimal,
    dateFormat,
    maxRecordBytes,
    bytePositions: true,
    ...(window === undefined ? {} : { windowBytes: window }),
  }
  return collect(
    readCsv(chunksOf(text, chunk), 'a.csv', reading, {
      schema: columns,
      batchRows,
      ...(only === undefined ? {} : { columns: only }),
    }),
  )
}

export interface JsonOptions {
  readonly at?: readonly string[] | undefined
  readonly maxRecordBytes?: number
  readonly batchRows?: number
  readonly chunk?: number
  readonly window?: number
  readonly columns?: readonly string[]
}

/** `at: []`: an array; no `at`: one object a line. */
export function jsonText(text: string | Uint8Array, columns: TableSchema, options: JsonOptions = {}): Promise<Content> {
  const { at, maxRecordBytes = 1 << 24, batchRows = 65_536, chunk, window, columns: only } = options
  const reading = { at, columns: [], maxRecordBytes, ...(window === undefined ? {} : { windowBytes: window }) }
  return collect(
    readJson(chunksOf(text, chunk), 'a.json', reading, {
      schema: columns,
      batchRows,
      ...(only === undefined ? {} : { columns: only }),
    }),
  )
}

export async function discover(source: Source, known: readonly PartRef[] = []): Promise<readonly PartRef[]> {
  const parts: PartRef[] = []
  for await (const part of source.discover({ known: new Map(known.map((part) => [part.id, part])), signal }))
    parts.push(part)
  return parts
}

/** All rows of all parts. */
export async function readAll(source: Source, columns: TableSchema): Promise<Content> {
  return collect(
    (async function* () {
      for (const part of await discover(source))
        yield* source.open(part, { schema: columns, batchRows: 65_536, random: () => 0, signal })
    })(),
  )
}

/** What a target is given: one part for each list of batches. */
export function publication(
  columns: TableSchema,
  parts: Readonly<Record<string, readonly Batch[]>>,
  more: Partial<Publication> = {},
): Publication {
  const rowsOf = (batches: readonly Batch[]) => batches.reduce((sum, batch) => sum + batch.length, 0)
  return {
    pipeline: 'p',
    node: 'n',
    snapshot: 's1',
    schema: columns,
    rows: rowsOf(Object.values(parts).flat()),
    parts: Object.entries(parts).map(([id, batches]) => ({
      id,
      key: `${id}-${rowsOf(batches)}`,
      rows: rowsOf(batches),
      batches: () => stream(batches),
    })),
    batches: () => stream(Object.values(parts).flat()),
    signal,
    ...more,
  }
}

async function* stream<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items
}
