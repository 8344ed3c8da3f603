import type { Batch } from './batch.ts'
import type { Column } from './column.ts'

/** As `takeBatch`, but a column's rows are gathered when it is read for the first time: columns that nobody reads cost nothing. */
export function viewBatch(batch: Batch, rows: Int32Array): Batch {
  const columns: Column[] = []
  batch.columns.forEach((column, index) => {
    let taken: Column | undefined
    Object.defineProperty(columns, index, {
      enumerable: true,
      get() {
        taken ??= column.take(rows)
        return taken
      },
    })
  })
  return { schema: batch.schema, length: rows.length, columns }
}
