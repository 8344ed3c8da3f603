import { createArrowStorage } from '../../plugins/defaults/arrow-storage.ts'
import type { Batch } from '../columns/batch.ts'
import type { TableSchema } from '../types.ts'

/** A small batch as bytes: states of measures inside records. Always Arrow, whatever the storage strategy. */
export function encodeState(batch: Batch): Uint8Array {
  const writer = createArrowStorage().writer(batch.schema)
  return Buffer.concat([...writer.add(batch), ...writer.finish()])
}

/** The batches that `encodeState` wrote: one, or none where there were no rows. */
export async function decodeState(bytes: Uint8Array, schema: TableSchema): Promise<readonly Batch[]> {
  const source = {
    size: bytes.length,
    read: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
  }
  const batches: Batch[] = []
  for await (const batch of createArrowStorage().read(source, { schema })) batches.push(batch)
  return batches
}
