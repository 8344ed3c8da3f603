import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Batch,
  buildField,
  type Column,
  DecimalColumn,
  type Field,
  Int64Column,
  isValid,
  type LogicalType,
  type OpenRequest,
  type PartRef,
  type Publication,
  type RejectedRow,
  type Source,
  type SourceChunk,
  type TableSchema,
  TemporalColumn,
} from 'tidegate'
import { afterAll } from 'vitest'

export const { signal } = new AbortController()

/** A folder that lives as long as the test file. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-format-'))
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

export async function discover(source: Source): Promise<readonly PartRef[]> {
  const parts: PartRef[] = []
  for await (const part of source.discover({ known: new Map(), signal })) parts.push(part)
  return parts
}

/** All rows of all parts. */
export function readAll(source: Source, columns?: TableSchema, more: Partial<OpenRequest> = {}): Promise<Content> {
  return collect(
    (async function* () {
      for (const part of await discover(source))
        yield* source.open(part, { schema: columns, batchRows: 65_536, random: () => 0, signal, ...more })
    })(),
  )
}

export function batchOf(columns: TableSchema, rows: readonly (readonly unknown[])[]): Batch {
  const built = columns.fields.map((field, i) =>
    buildField(
      field,
      rows.map((row) => row[i]),
    ),
  )
  return { schema: columns, length: rows.length, columns: built }
}

/** What a target is given: one part of these batches. */
export function publication(columns: TableSchema, batches: readonly Batch[], snapshot = 's1'): Publication {
  const rows = batches.reduce((sum, batch) => sum + batch.length, 0)
  async function* all(): AsyncIterable<Batch> {
    yield* batches
  }
  return {
    pipeline: 'p',
    node: 'n',
    snapshot,
    schema: columns,
    rows,
    parts: [{ id: 'p', key: snapshot, rows, batches: all }],
    batches: all,
    signal,
  }
}

const nanosPer = { s: 1_000_000_000n, ms: 1_000_000n, us: 1000n, ns: 1n }

/** Cells as text that is exact and the same in every type that holds the value: integers, decimals and moments do not depend on their width. */
export function exactCells(column: Column): readonly unknown[] {
  return Array.from({ length: column.length }, (_, row) => {
    if (!isValid(column.validity, row)) return null
    const { type } = column
    if (column instanceof DecimalColumn && type.kind === 'decimal') {
      return type.scale === 0 ? String(column.unscaled(row)) : `${column.unscaled(row)}e-${type.scale}`
    }
    if (column instanceof Int64Column) return String(column.values[row])
    if (column instanceof TemporalColumn && 'unit' in type)
      return `${(column.values[row] as bigint) * nanosPer[type.unit]}ns`
    const value = column.at(row)
    if (type.kind === 'int') return String(value)
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
    return value
  })
}

/** The exact cells of one column in all batches. */
export function cellsOf(batches: readonly Batch[], name: string): readonly unknown[] {
  return batches.flatMap((batch) => {
    const index = batch.schema.fields.findIndex((field) => field.name === name)
    return exactCells(batch.columns[index] as Column)
  })
}
