import type { Batch } from '../kernel/columns/batch.ts'
import { createToken } from '../kernel/token.ts'
import type { TableSchema } from '../kernel/types.ts'

/** Random access to one stored object. */
export interface ByteSource {
  readonly size: number
  read(offset: number, length: number): Promise<Uint8Array>
}

/** Turns the batches of one output part into bytes. */
export interface PartWriter {
  /** Bytes ready to be written so far (may be none). The batch may be kept until `finish`. */
  add(batch: Batch): readonly Uint8Array[]
  finish(): readonly Uint8Array[]
}

/**
 * How the data of records is laid out in files. What is written must read back equal: types, nulls, order, encodings' values.
 * Manifests record `format`, so that old data stays readable after the strategy is changed: keep reading what you once wrote.
 */
export interface StorageStrategy {
  /** Name and version of the layout, such as `arrow-ipc@1`. */
  readonly format: string
  /** File name ending without the dot. */
  readonly extension: string
  writer(schema: TableSchema): PartWriter
  /** Batches in stored order. `columns` narrows to those columns (in the schema's order); the batches then carry the narrowed schema. */
  read(
    source: ByteSource,
    options: { readonly schema: TableSchema; readonly columns?: readonly string[]; readonly signal?: AbortSignal },
  ): AsyncIterable<Batch>
}

export const StorageStrategy = createToken<StorageStrategy>('tidegate/StorageStrategy')
