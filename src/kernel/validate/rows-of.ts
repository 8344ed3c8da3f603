import { type Table as ArrowTable, tableFromIPC } from '@uwdata/flechette'
import { ColumnTable } from 'arquero'
import { extraction } from '../arrow/arrow-types.ts'
import { type Batch, sliceBatch } from '../columns/batch.ts'
import { isColumn } from '../columns/column.ts'
import { toBatch } from '../columns/from-table.ts'
import { BytesColumn } from '../columns/text.ts'
import type { Indexed } from '../columns/to-array.ts'
import { TidegateError } from '../errors.ts'
import type { Table, TableColumn } from '../table.ts'
import { arrowBatch, arrowColumn, isArrowColumn, isArrowTable } from './arrow-table.ts'

/** Rows of a slice: a power of two that keeps the cells of a few columns in the processor's cache. */
export const sliceRows = 65_536

/** Cells of one column: a plain or typed array, a typed column, a column of an Arquero or Arrow table. */
export type Cells = ArrayLike<unknown> | TableColumn

/** Batches, or tables, one after the other. */
export type Chunk = Batch | Table | ColumnTable

/** What can be checked: see `validate`. */
export type Data =
  | Table
  | ColumnTable
  | ArrowTable
  | Uint8Array
  | Batch
  | Readonly<Record<string, Cells>>
  | readonly Chunk[]
  | AsyncIterable<Chunk>

/** Rows in memory: what can be read more than once. */
export type HeldData = Exclude<Data, AsyncIterable<Chunk>>

/** Rows on their way into the checks. */
export interface Rows {
  /** All rows as one batch or a few, where they are in memory. */
  readonly held: readonly Batch[] | undefined
  batches(): AsyncIterable<Batch>
}

/** Data of any kind as batches of at most `sliceRows` rows. Throws `CONFIG_INVALID` for what holds no rows. */
export function rowsOf(data: unknown, node: string): Rows {
  if (isStream(data)) return { held: undefined, batches: () => streamed(data, node) }
  const held = Array.isArray(data) ? data.map((chunk) => batchOf(chunk, node)) : [batchOf(data, node)]
  return {
    held,
    async *batches() {
      for (const batch of held) yield* slices(batch)
    },
  }
}

function isStream(data: unknown): data is AsyncIterable<unknown> {
  return typeof data === 'object' && data !== null && Symbol.asyncIterator in data
}

async function* streamed(data: AsyncIterable<unknown>, node: string): AsyncIterable<Batch> {
  for await (const chunk of data) yield* slices(batchOf(chunk, node))
}

/** Slices begin at whole bytes of bitmaps, so that theirs are copied, not shifted. */
export function* slices(batch: Batch): Iterable<Batch> {
  if (batch.length <= sliceRows) yield batch
  else
    for (let start = 0; start < batch.length; start += sliceRows)
      yield sliceBatch(batch, start, Math.min(batch.length, start + sliceRows))
}

function batchOf(data: unknown, node: string): Batch {
  if (isTable(data)) return ofTable(data, node)
  if (data instanceof Uint8Array) return arrowBatch(tableFromIPC(data, extraction), node)
  if (isArrowTable(data)) return arrowBatch(data, node)
  if (isBatch(data)) return data
  if (isRecord(data)) return ofTable(new ColumnTable(data as never, Object.keys(data)), node)
  throw new TidegateError('CONFIG_INVALID', `${node}: these are no rows that can be checked.`, {
    hint: 'Give an Arquero or Arrow table, a batch, columns by name, or an array or async iterable of tables or batches.',
    data: { given: typeof data },
  })
}

/** Columns that Arrow holds are taken over as they are. */
function ofTable(table: ColumnTable, node: string): Batch {
  const names = table.columnNames()
  const plain = !table.isFiltered() && !table.isOrdered()
  if (!plain || !names.some((name) => isArrowColumn(table.column(name)))) return toBatch(table, { node })
  const columns = names.map((name) => {
    const column = table.column(name) as unknown as Indexed
    return [name, isArrowColumn(column) ? arrowColumn(column, name, node) : column]
  })
  return toBatch(new ColumnTable(Object.fromEntries(columns) as never, names), { node })
}

/** Arquero's, also that of another copy of it. */
function isTable(data: unknown): data is ColumnTable {
  if (data instanceof ColumnTable) return true
  const table = data as Partial<ColumnTable> | null
  return ['columnNames', 'numRows', 'totalRows', 'isOrdered', 'isFiltered', 'indices'].every(
    (word) => typeof table?.[word as keyof ColumnTable] === 'function',
  )
}

function isBatch(data: unknown): data is Batch {
  const batch = data as Partial<Batch> | null
  return (
    typeof batch === 'object' &&
    batch !== null &&
    typeof batch.length === 'number' &&
    Array.isArray(batch.columns) &&
    Array.isArray(batch.schema?.fields)
  )
}

function isRecord(data: unknown): data is Readonly<Record<string, Cells>> {
  if (typeof data !== 'object' || data === null) return false
  return Object.values(data).every(
    (cells) => isColumn(cells) || Array.isArray(cells) || ArrayBuffer.isView(cells) || isArrowColumn(cells),
  )
}

/** Text that several checks look at is encoded once: bytes are searched, measured and hashed faster than strings. */
export function encodeTexts(batch: Batch, names: readonly string[]): void {
  for (const [i, { name }] of batch.schema.fields.entries()) {
    const column = batch.columns[i]
    if (column instanceof BytesColumn && !column.isEncoded && names.includes(name)) void column.bytes
  }
}
