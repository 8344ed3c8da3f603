import { type Batch, conform, type RejectedRow, type TableSchema, toBatch } from 'tidegate'
import type { Input } from './input.ts'

/** A row that could not be read, and the file it stands in. */
export interface Rejected extends RejectedRow {
  readonly file: string
}

/** Counts rows that could not be read, and keeps the first ones for people. */
export interface RejectTally {
  readonly rows: number
  readonly first: readonly Rejected[]
  add(file: string, rejected: readonly RejectedRow[]): void
}

export function createRejectTally(keep: number, sink?: (rejected: readonly Rejected[]) => void): RejectTally {
  const first: Rejected[] = []
  let rows = 0
  return {
    get rows() {
      return rows
    },
    first,
    add(file, rejected) {
      rows += rejected.length
      const named = rejected.map((row) => ({ file, ...row }))
      sink?.(named)
      if (first.length < keep) first.push(...named.slice(0, keep - first.length))
    },
  }
}

export interface RowsRequest {
  /** The pinned schema: every batch is read through it. */
  readonly schema: TableSchema
  readonly columns?: readonly string[]
  readonly batchRows?: number
  readonly signal: AbortSignal
  readonly random: () => number
}

/** Rows of all parts in part order, in bounded memory; what cannot be read goes to the tally. */
export async function* readRows(
  { source, parts }: Pick<Input, 'source' | 'parts'>,
  { schema, columns, batchRows = 65_536, signal, random }: RowsRequest,
  tally: RejectTally,
): AsyncGenerator<Batch> {
  const asked = { schema, batchRows, signal, random, ...(columns === undefined ? {} : { columns }) }
  for (const part of parts) {
    for await (const chunk of source.open(part, asked)) {
      signal.throwIfAborted()
      if ('rejected' in chunk) {
        tally.add(part.id, chunk.rejected as readonly RejectedRow[])
        continue
      }
      const batch = 'schema' in chunk ? (chunk as Batch) : toBatch(chunk, { node: part.id })
      yield columns === undefined ? conform(batch, schema, { part: part.id }) : batch
    }
  }
}
