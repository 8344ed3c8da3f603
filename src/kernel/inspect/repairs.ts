import { type Batch, columnOf, takeBatch } from '../columns/batch.ts'
import { type Column, ValuesColumn } from '../columns/column.ts'
import { DictionaryColumn } from '../columns/text.ts'
import { display } from '../display.ts'
import { TidegateError } from '../errors.ts'
import { repairsSchema } from '../gate/repair-audit.ts'
import type { Kernel } from '../kernel.ts'
import { didYouMean } from '../nearest.ts'
import type { Section } from '../parts/record.ts'
import type { Store } from '../parts/store.ts'
import { type TableSchema, types } from '../types.ts'
import { withCommitted } from './committed.ts'
import type { NodeAddress } from './find-node.ts'
import { firstRows } from './first-rows.ts'
import { taggedSchema } from './tagged-schema.ts'

/** What the repairs of one gate changed: in the committed state, or in the last attempt that it withheld. */
export interface RepairView {
  readonly pipeline: string
  readonly node: string
  readonly state: 'committed' | 'withheld'
  /** Epoch milliseconds, UTC. */
  readonly at: number
  /** Rows that go on with cells that repairs changed, and how many rows entered the gate. */
  readonly rows: number
  readonly of: number
  readonly cells: number
  /** By check: rows that failed it as they came, and keep it now; and rows that fail it still. */
  readonly checks: readonly { readonly check: string; readonly repaired: number; readonly failed: number }[]
}

/** Cells as `node.repairs` has them, and `run`: the one that made the record. Cells of tagged columns are masked. */
export const shownRepairs: TableSchema = {
  fields: [...repairsSchema.fields, { name: 'run', type: types.string, nullable: false }],
}

/** The first changed cells; undefined where there are none. */
export function readRepairs(
  kernel: Kernel,
  address: NodeAddress,
  options: { readonly rows: number; readonly column?: string | undefined; readonly signal: AbortSignal },
): Promise<{ readonly view: RepairView; readonly sample: Batch } | undefined> {
  return withCommitted(kernel, address.pipeline, async ({ engine, states }) => {
    const state = states.get(address.node)
    const found = [state?.attempt, state?.section].find((section) => section !== undefined && cellsIn(section) > 0)
    if (found === undefined) return undefined
    const { column } = options
    const names = found.schema.fields.map(({ name }) => name)
    if (column !== undefined && !names.includes(column))
      throw new TidegateError('COLUMN_MISSING', `Node "${address.node}" has no column "${column}"`, {
        hint: didYouMean(column, names) ?? `It has ${names.join(', ')}.`,
        data: { node: address.node, column },
      })
    const batches = changedCells(engine.store, found, taggedSchema(states, found), options)
    const { pipeline, node, at, counts, checks } = found
    const view: RepairView = {
      pipeline,
      node,
      state: found === state?.attempt ? 'withheld' : 'committed',
      at,
      rows: counts.repaired ?? 0,
      of: counts.rowsIn,
      cells: cellsIn(found),
      checks: checks.flatMap(({ name, repaired, failed }) =>
        repaired === undefined ? [] : [{ check: name, repaired, failed }],
      ),
    }
    return { view, sample: await firstRows(batches, shownRepairs, options.rows) }
  })
}

function cellsIn({ parts }: Section): number {
  return parts.reduce((sum, { record, repairs }) => sum + (record.repairs?.rows ?? 0) + (repairs?.rows ?? 0), 0)
}

async function* changedCells(
  store: Store,
  { parts }: Section,
  schema: TableSchema,
  { column, signal }: { readonly column?: string | undefined; readonly signal: AbortSignal },
): AsyncIterable<Batch> {
  for (const stored of parts.flatMap((part) => [part.record.repairs, part.repairs])) {
    if (stored === undefined) continue
    const { runId } = stored
    for await (const batch of store.readData(stored, { signal })) {
      const own = column === undefined ? batch : ofColumn(batch, column)
      const columns = own.columns.map((cells, i) => {
        const name = own.schema.fields[i]?.name
        return name === 'before' || name === 'after' ? masked(own, cells, schema) : cells
      })
      const run = new DictionaryColumn(new Uint8Array(own.length), [runId])
      yield { schema: shownRepairs, length: own.length, columns: [...columns, run] }
    }
  }
}

function ofColumn(batch: Batch, name: string): Batch {
  const columns = columnOf(batch, 'column') as Column
  const rows = Array.from({ length: batch.length }, (_, row) => row).filter((row) => columns.at(row) === name)
  return takeBatch(batch, Int32Array.from(rows))
}

function masked(batch: Batch, cells: Column, { fields }: TableSchema): Column {
  const columns = columnOf(batch, 'column') as Column
  const tagged = new Map(fields.flatMap((field) => (field.meta?.tags === undefined ? [] : [[field.name, field]])))
  if (tagged.size === 0) return cells
  const values = Array.from({ length: batch.length }, (_, row) => {
    const value = cells.at(row)
    const field = tagged.get(columns.at(row) as string)
    return value === null || field === undefined || display(value) === display(value, field)
      ? value
      : display(value, field)
  })
  return new ValuesColumn(types.string, values, cells.validity)
}
