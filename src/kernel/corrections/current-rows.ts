import { type Batch, columnOf } from '../columns/batch.ts'
import type { TableSchema } from '../types.ts'
import type { Current } from './change-section.ts'
import { asRowsOf } from './fit.ts'
import type { Life } from './lives.ts'
import { storyRows } from './rows.ts'

/** Rows by key. */
export interface KeyedRows {
  readonly batches: readonly Batch[]
  /** Batch and row of each key; of several, the last. */
  readonly at: ReadonlyMap<string, readonly [batch: number, row: number]>
}

/** The columns of rows that people correct: those of the node, any of which may be absent, and the key. */
export function correctionSchema(schema: TableSchema): TableSchema {
  return {
    fields: [
      { name: '_key', type: { kind: 'string' }, nullable: false },
      ...schema.fields.map(({ fallback: _, ...field }) => ({ ...field, nullable: true })),
    ],
  }
}

/** What the rows with these keys hold now: the latest correction that fits the node, else what came with the data. */
export async function currentRows(
  { engine, section }: Current,
  lives: ReadonlyMap<string, Life>,
  keys: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<KeyedRows> {
  const batches: Batch[] = []
  const at = new Map<string, readonly [number, number]>()
  const take = (batch: Batch) => {
    const column = columnOf(batch, '_key')
    for (let row = 0; row < batch.length; row++) {
      const key = String(column?.at(row))
      if (keys.has(key)) at.set(key, [batches.length, row])
    }
    batches.push(batch)
  }
  const wanted = (life: Life, key: string) => life.last === undefined && keys.has(key)
  for await (const batch of storyRows(engine.store, section, lives, wanted, signal)) take(batch)
  for (const { data } of section.corrections ?? [])
    for await (const batch of engine.store.readData(data, { signal }))
      if (asRowsOf(section.schema, [batch]) !== undefined) take(batch)
  return { batches, at }
}
