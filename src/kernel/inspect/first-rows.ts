import { type Batch, sliceBatch } from '../columns/batch.ts'
import { concatBatches } from '../schema/concat.ts'
import { emptyBatch } from '../schema/empty.ts'
import type { TableSchema } from '../types.ts'

/** The first `count` rows of a stream, as one batch; reads no further than it must. */
export async function firstRows(batches: AsyncIterable<Batch>, schema: TableSchema, count: number): Promise<Batch> {
  const taken: Batch[] = []
  let rows = 0
  if (count > 0) {
    for await (const batch of batches) {
      taken.push(rows + batch.length > count ? sliceBatch(batch, 0, count - rows) : batch)
      rows += batch.length
      if (rows >= count) break
    }
  }
  return taken.length === 0 ? emptyBatch(schema) : concatBatches(schema, taken)
}
