import { type Batch, columnOf } from '../columns/batch.ts'
import { type Column, ValuesColumn } from '../columns/column.ts'
import type { Blob } from '../parts/record.ts'
import { decodeState, encodeState } from '../parts/state.ts'
import type { Store } from '../parts/store.ts'
import { concatBatches } from '../schema/concat.ts'
import { type TableSchema, types } from '../types.ts'
import { putState } from './put-state.ts'

const schema: TableSchema = { fields: [{ name: '_key', type: types.string, nullable: false }] }

/** Keys of the rows that a part has in quarantine, in their order. */
export function putKeys(store: Store, keys: readonly string[]): Promise<Blob> {
  return putState(store, encodeState({ schema, length: keys.length, columns: [new ValuesColumn(types.string, keys)] }))
}

export async function readKeys(store: Store, blob: Blob): Promise<Column> {
  const batch = concatBatches(schema, await decodeState(await store.getBlob(blob), schema))
  return batch.columns[0] as Column
}

/** The batch with these values in `_key`, if it has that column. */
export function withKeys(batch: Batch, keys: Column): Batch {
  if (columnOf(batch, '_key') === undefined) return batch
  return {
    ...batch,
    columns: batch.columns.map((column, index) => (batch.schema.fields[index]?.name === '_key' ? keys : column)),
  }
}

/**
 * Gives every row of a dataset a key of its own: rows with one key are numbered in part order (`k`, `k-2`, `k-3`), so that of equal rows each can be
 * corrected by itself, and none twice. Call it part by part.
 */
export function createNumbering(): (keys: readonly string[]) => readonly string[] {
  const times = new Map<string, number>()
  return (keys) =>
    keys.map((key) => {
      const time = (times.get(key) ?? 0) + 1
      times.set(key, time)
      return time === 1 ? key : `${key}-${time}`
    })
}
