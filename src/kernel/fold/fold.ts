import type { FoldStep } from '../../plugins/step-kind.ts'
import { type Batch, sliceBatch, takeBatch } from '../columns/batch.ts'
import { createGrouper } from '../group/grouper.ts'
import { sortGroups } from '../group/sort-groups.ts'
import { hashJson } from '../hash/hash.ts'
import { hashPrefix } from '../hash/row-hashes.ts'
import type { PartRecord } from '../parts/record.ts'
import type { Store } from '../parts/store.ts'
import { conform } from '../schema/conform.ts'
import { unifySchemas } from '../schema/unify.ts'
import { schemaTypes, type TableSchema } from '../types.ts'
import { bindFold } from './partial.ts'

/** Groups one bucket should hold at most when the number of buckets is fixed. */
const groupsPerBucket = 131_072

/** One of 1, 2, 4, ... 256 buckets; fixed at the first commit of the node. */
export function chooseBuckets(groups: number): number {
  let buckets = 1
  while (buckets < 256 && groups > buckets * groupsPerBucket) buckets *= 2
  return buckets
}

export function bucketName(bucket: number, buckets: number): string {
  return buckets === 1 ? 'all' : `bucket-${String(bucket).padStart(3, '0')}-of-${String(buckets).padStart(3, '0')}`
}

/** What a bucket is made from: the content of its slice of every partial, in part order. Equal inputs give an equal bucket. */
export function bucketInput(partials: readonly PartRecord[], bucket: number, buckets: number): string {
  const width = 256 / buckets
  return hashJson([
    // Types count also where there are no rows to show them.
    partials.map((record) => schemaTypes(record.schema)),
    partials.map((record) =>
      (record.partial?.slices ?? [])
        .filter(([prefix]) => Math.floor(prefix / width) === bucket)
        .map(([prefix, , hash]) => [prefix, hash]),
    ),
  ])
}

/** Roughly how many groups the partials hold together (an upper bound). */
export function countGroups(partials: readonly PartRecord[]): number {
  return partials.reduce((most, record) => Math.max(most, record.partial?.rows ?? 0), 0)
}

export interface Folded {
  readonly schema: TableSchema
  /** Rows of each wanted bucket, sorted by key. */
  readonly buckets: ReadonlyMap<number, Batch>
}

/** Merges partials in part order. Only rows of the wanted buckets are looked at. */
export async function foldPartials(given: {
  readonly node: string
  readonly fold: FoldStep
  readonly partials: readonly PartRecord[]
  readonly empty: TableSchema
  readonly buckets: number
  readonly wanted: ReadonlySet<number>
  readonly store: Store
  readonly signal: AbortSignal
}): Promise<Folded> {
  const { node, fold, partials, buckets, wanted } = given
  const inputs = partials.map((record) => record.schema)
  const input = inputs.length === 0 ? given.empty : inputs.reduce((a, b) => unifySchemas(a, b, { node }))
  const bound = bindFold(fold, input)
  const keys = bound.keyFields.length
  const grouper = createGrouper(bound.keyFields)
  const width = 256 / buckets
  for (const record of partials) {
    if (record.partial === undefined) continue
    const ranges = rangesOf(record, width, wanted)
    let first = 0
    for await (const batch of given.store.readData(record.partial, { signal: given.signal })) {
      for (const [start, end] of ranges) {
        const from = Math.max(start - first, 0)
        const to = Math.min(end - first, batch.length)
        if (from >= to) continue
        const rows = conform(
          from === 0 && to === batch.length ? batch : sliceBatch(batch, from, to),
          bound.partialSchema,
          { node, nulls: 'leave' },
        )
        const groups = keys === 0 ? new Int32Array(rows.length) : grouper.assign(rows.columns.slice(0, keys))
        let at = keys
        for (const { accumulator } of bound.measures) {
          const width = accumulator.stateFields.length
          accumulator.merge(rows.columns.slice(at, at + width), groups, keys === 0 ? 1 : grouper.count)
          at += width
        }
      }
      first += batch.length
    }
  }
  const count = keys === 0 ? (partials.length === 0 ? 0 : 1) : grouper.count
  const results = bound.measures.map(({ accumulator }) => accumulator.finish(count))
  const all: Batch = {
    schema: bound.schema,
    length: count,
    columns: [...(keys === 0 ? [] : grouper.keys()), ...results],
  }
  return { schema: bound.schema, buckets: split(all, keys, buckets, wanted) }
}

/** Rows [start, end) of a partial that belong to wanted buckets. */
function rangesOf(
  record: PartRecord,
  width: number,
  wanted: ReadonlySet<number>,
): readonly (readonly [number, number])[] {
  const { slices, rows } = record.partial as NonNullable<PartRecord['partial']>
  const ranges: [number, number][] = []
  for (const [index, [prefix, start]] of slices.entries()) {
    if (!wanted.has(Math.floor(prefix / width))) continue
    const end = slices[index + 1]?.[1] ?? rows
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === start) last[1] = end
    else ranges.push([start, end])
  }
  return ranges
}

function split(all: Batch, keys: number, buckets: number, wanted: ReadonlySet<number>): ReadonlyMap<number, Batch> {
  if (buckets === 1)
    return new Map([[0, keys === 0 ? all : takeBatch(all, sortGroups(all.columns.slice(0, keys), all.length))]])
  const prefixes = hashPrefix(all.columns.slice(0, keys))
  const width = 256 / buckets
  const rows = new Map<number, number[]>([...wanted].map((bucket) => [bucket, []]))
  for (let row = 0; row < all.length; row++) rows.get(Math.floor((prefixes[row] as number) / width))?.push(row)
  return new Map(
    [...rows].map(([bucket, list]) => {
      const own = takeBatch(all, Int32Array.from(list))
      return [bucket, takeBatch(own, sortGroups(own.columns.slice(0, keys), own.length))]
    }),
  )
}
