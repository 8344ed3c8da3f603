import { createHash } from 'node:crypto'
import type { Batch } from '../columns/batch.ts'
import type { TableSchema } from '../types.ts'
import { typeName } from '../types.ts'
import { hashJson } from './hash.ts'
import { rowHashes } from './row-hashes.ts'

/**
 * The content of a table as 32 hex digits: column names and types, every value, the order of the rows. Where one batch ends and the next
 * begins does not count, nor does the encoding (dictionary or bytes), nor whether a column is declared nullable. sha256 over the rows'
 * 128-bit hashes.
 */
export interface ContentHash {
  add(batch: Batch): void
  /** Ends it. The digest of a table without any batch is that of no columns and no rows. */
  digest(): string
}

export function createContentHash(): ContentHash {
  const sha = createHash('sha256')
  let schema: TableSchema | undefined
  let rows = 0
  return {
    add(batch) {
      schema ??= batch.schema
      rows += batch.length
      const hashes = rowHashes(batch)
      sha.update(new Uint8Array(hashes.buffer, hashes.byteOffset, hashes.byteLength))
    },
    digest() {
      const columns = (schema?.fields ?? []).map((field) => [field.name, typeName(field.type)])
      return hashJson([columns, rows, sha.digest('hex')])
    },
  }
}
