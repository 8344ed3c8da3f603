import {
  type Batch,
  buildColumn,
  type Check,
  type Column,
  type Condemnation,
  type CondemnedPart,
  type CondemningRule,
  columnOf,
  type LogicalType,
  type OtherDataset,
  takeBatch,
} from 'tidegate'
import { gateFacts } from 'tidegate/testing'

export type Cell = number | bigint | string | boolean | null
export type Columns = Readonly<Record<string, readonly [LogicalType, readonly Cell[]]>>

export function batchOf(columns: Columns): Batch {
  const fields = Object.entries(columns).map(([name, [type]]) => ({
    name,
    type,
    nullable: true,
    ...(type.kind === 'int' && type.bits === 64 ? { sees: 'bigint' as const } : {}),
  }))
  const made = Object.entries(columns).map(([name, [type, cells]], i) =>
    buildColumn(type, cells, { column: name }, fields[i]?.sees),
  )
  return { schema: { fields }, length: made[0]?.length ?? 0, columns: made }
}

function projected(batch: Batch, names: readonly string[] | undefined): Batch {
  if (names === undefined) return batch
  const fields = batch.schema.fields.filter(({ name }) => names.includes(name))
  return {
    schema: { fields },
    length: batch.length,
    columns: fields.map(({ name }) => columnOf(batch, name) as Column),
  }
}

/** A committed dataset of these batches; `reads` counts how often it was read. */
export function otherOf(name: string, batches: readonly Batch[]): OtherDataset & { reads: number } {
  const other = {
    name,
    reads: 0,
    schema: batches[0]?.schema ?? { fields: [] },
    rows: batches.reduce((sum, { length }) => sum + length, 0),
    async *batches({ columns }: { readonly columns?: readonly string[] } = {}) {
      other.reads++
      for (const batch of batches) yield projected(batch, columns)
    },
  }
  return other
}

/** Each batch as a part of its own. */
export function partsOf(check: Check, batches: readonly Batch[]): readonly CondemnedPart[] {
  return batches.map((batch) => {
    const collector = (check.rule as CondemningRule).collect(batch.schema)
    collector.add(batch)
    const bytes = collector.finish()
    return {
      rows: batch.length,
      // As a workspace may give it: a Buffer, at an odd address.
      partial: async () => Buffer.concat([Buffer.alloc(1), bytes]).subarray(1),
      async *batches({ columns }: { readonly columns?: readonly string[] } = {}) {
        yield projected(batch, columns)
      },
    }
  })
}

export async function condemnation(
  check: Check,
  batches: readonly Batch[],
  other?: OtherDataset,
): Promise<Condemnation & { readonly list: readonly boolean[] }> {
  const rule = check.rule as CondemningRule
  const found = await rule.condemn(partsOf(check, batches), gateFacts(other === undefined ? {} : { others: { other } }))
  return { ...found, list: listOf(batches, found) }
}

export function listOf(batches: readonly Batch[], { rows }: Pick<Condemnation, 'rows'>): readonly boolean[] {
  return batches.flatMap((batch, part) =>
    Array.from({ length: batch.length }, (_, row) => (((rows.get(part)?.[row >> 3] ?? 0) >> (row & 7)) & 1) === 1),
  )
}

/** The batch cut into pieces at these places. */
export function cutAt(batch: Batch, cuts: readonly number[]): readonly Batch[] {
  const ends = [...new Set([...cuts.map((cut) => cut % (batch.length + 1)), batch.length])].sort((a, b) => a - b)
  return ends.map((end, i) => {
    const start = i === 0 ? 0 : (ends[i - 1] as number)
    return takeBatch(
      batch,
      Int32Array.from({ length: end - start }, (_, row) => start + row),
    )
  })
}
