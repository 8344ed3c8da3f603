import assert from 'node:assert/strict'
import type { ColumnTable } from 'arquero'
import type { Batch } from '../kernel/columns/batch.ts'
import { toBatch } from '../kernel/columns/from-table.ts'
import type { RejectedRow, SourceChunk } from '../plugins/source.ts'
import type { PlainRow } from './harness.ts'

export function rowsOf(batch: Batch): PlainRow[] {
  return Array.from({ length: batch.length }, (_, row) =>
    Object.fromEntries(batch.schema.fields.map(({ name }, i) => [name, batch.columns[i]?.at(row) ?? null])),
  )
}

export interface ReadRows {
  readonly rows: readonly PlainRow[]
  readonly rejected: readonly RejectedRow[]
  readonly batches: readonly Batch[]
}

/** All chunks of a part, tables and batches alike. */
export async function readChunks(chunks: AsyncIterable<SourceChunk>): Promise<ReadRows> {
  const rows: PlainRow[] = []
  const rejected: RejectedRow[] = []
  const batches: Batch[] = []
  for await (const chunk of chunks) {
    if ('rejected' in chunk) {
      rejected.push(...chunk.rejected)
      continue
    }
    const batch = 'schema' in chunk ? chunk : toBatch(chunk as ColumnTable, { node: 'a chunk', nulls: 'leave' })
    for (const [i, column] of batch.columns.entries())
      assert.equal(
        column.length,
        batch.length,
        `column ${batch.schema.fields[i]?.name} has another length than its batch`,
      )
    assert.equal(batch.columns.length, batch.schema.fields.length, 'a batch has other columns than its schema')
    batches.push(batch)
    rows.push(...rowsOf(batch))
  }
  return { rows, rejected, batches }
}

/** The same rows in the same order; floats may differ by rounding where `rounding` says so. */
export function sameRows(actual: readonly PlainRow[], expected: readonly PlainRow[], what: string, rounding = 0): void {
  assert.equal(actual.length, expected.length, `${what}: ${actual.length} rows in the place of ${expected.length}`)
  if (rounding === 0) assert.deepEqual(actual, expected, what)
  for (const [i, row] of expected.entries()) {
    for (const [name, cell] of Object.entries(row)) {
      const found = actual[i]?.[name]
      const close =
        typeof cell === 'number' &&
        typeof found === 'number' &&
        Math.abs(cell - found) <= rounding * Math.max(Math.abs(cell), Math.abs(found), 1e-9)
      if (!close) assert.deepEqual(found, cell, `${what}: "${name}" of row ${i}`)
    }
  }
}

/** For rows whose order has no meaning: sorted by their text. */
export function sortedRows(rows: readonly PlainRow[]): readonly PlainRow[] {
  const keyed = rows.map((row) => ({
    row,
    key: Object.entries(row)
      .map(([name, cell]) => `${name}=${typeof cell}:${String(cell)}`)
      .join('|'),
  }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ row }) => row)
}
