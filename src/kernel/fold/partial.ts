import type { FoldStep } from '../../plugins/step-kind.ts'
import { type Batch, takeBatch } from '../columns/batch.ts'
import type { Column } from '../columns/column.ts'
import { createGrouper, type Grouper } from '../group/grouper.ts'
import { createContentHash } from '../hash/content-hash.ts'
import { hashPrefix } from '../hash/row-hashes.ts'
import { createSchemaSettler } from '../schema-settler.ts'
import type { Field, TableSchema } from '../types.ts'

/** Keys and measures of a folding step, bound to the schema of its input. */
export interface BoundFold {
  readonly keyFields: readonly Field[]
  keys(batch: Batch): readonly Column[]
  readonly measures: readonly {
    readonly name: string
    readonly accumulator: ReturnType<FoldStep['measure'][string]['create']>
  }[]
  /** Keys, then every state column of every measure. */
  readonly partialSchema: TableSchema
  /** Keys, then results. */
  readonly schema: TableSchema
}

export function bindFold(fold: FoldStep, input: TableSchema): BoundFold {
  const keys = Object.entries(fold.by).map(([name, key]) => ({ name, bound: key.create(input) }))
  const measures = Object.entries(fold.measure).map(([name, measure]) => ({ name, accumulator: measure.create(input) }))
  const keyFields = keys.map(({ name, bound }): Field => ({ name, ...bound.result }))
  const states = measures.flatMap(({ name, accumulator }) =>
    accumulator.stateFields.map((field): Field => ({ ...field, name: `${name}\u0000${field.name}` })),
  )
  return {
    keyFields,
    keys: (batch) => keys.map(({ bound }) => bound.of(batch)),
    measures,
    partialSchema: { fields: [...keyFields, ...states] },
    schema: {
      fields: [...keyFields, ...measures.map(({ name, accumulator }): Field => ({ name, ...accumulator.result }))],
    },
  }
}

/** Columns of the input that a folding step reads. */
export function foldColumns(fold: FoldStep): readonly string[] {
  return [...new Set([...Object.values(fold.by), ...Object.values(fold.measure)].flatMap((reader) => reader.columns))]
}

export interface FinishedPartial {
  /** The input's schema, as far as the step reads it. */
  readonly schema: TableSchema
  readonly batch: Batch
  /** [prefix, first row, content hash] of each hash prefix present, ascending. */
  readonly slices: readonly (readonly [number, number, string])[]
}

/** The partial measures of one input part: one row per group, sorted by the 8-bit prefix of the key's hash, then by first appearance. */
export interface PartialBuilder {
  add(batch: Batch): void
  finish(empty: TableSchema): FinishedPartial
}

export function createPartialBuilder(node: string, fold: FoldStep): PartialBuilder {
  const columns = foldColumns(fold)
  const settler = createSchemaSettler(node, columns)
  let bound: BoundFold | undefined
  let grouper: Grouper | undefined
  const take = (batch: Batch) => {
    bound ??= bindFold(fold, batch.schema)
    grouper ??= createGrouper(bound.keyFields)
    const groups = bound.keyFields.length === 0 ? undefined : grouper.assign(bound.keys(batch))
    const count = bound.keyFields.length === 0 ? 1 : grouper.count
    for (const { accumulator } of bound.measures) accumulator.add(batch, groups, count)
  }
  return {
    add: (batch) => settler.add(batch).forEach(take),
    finish(empty) {
      settler.finish().forEach(take)
      const input = narrowed(settler.schema ?? empty, columns)
      bound ??= bindFold(fold, input)
      grouper ??= createGrouper(bound.keyFields)
      // Without keys there is one group as soon as there is a part, also for an empty one: a count of nothing is 0.
      const count = bound.keyFields.length === 0 ? 1 : grouper.count
      const states = bound.measures.flatMap(({ accumulator }) => accumulator.state(count))
      const batch: Batch = {
        schema: bound.partialSchema,
        length: count,
        columns: [...(bound.keyFields.length === 0 ? [] : grouper.keys()), ...states],
      }
      return { schema: input, ...sliced(batch, bound.keyFields.length) }
    },
  }
}

function narrowed(schema: TableSchema, columns: readonly string[]): TableSchema {
  return { fields: schema.fields.filter((field) => columns.includes(field.name)) }
}

function sliced(batch: Batch, keys: number): Pick<FinishedPartial, 'batch' | 'slices'> {
  const prefixes = keys === 0 ? new Uint8Array(batch.length) : hashPrefix(batch.columns.slice(0, keys))
  const starts = new Int32Array(257)
  for (const prefix of prefixes) starts[prefix + 1] = (starts[prefix + 1] as number) + 1
  for (let i = 0; i < 256; i++) starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number)
  const next = starts.slice()
  const order = new Int32Array(batch.length)
  for (let row = 0; row < batch.length; row++) {
    const prefix = prefixes[row] as number
    order[next[prefix] as number] = row
    next[prefix] = (next[prefix] as number) + 1
  }
  const sorted = takeBatch(batch, order)
  const slices: [number, number, string][] = []
  for (let prefix = 0; prefix < 256; prefix++) {
    const start = starts[prefix] as number
    const end = starts[prefix + 1] as number
    if (start === end) continue
    const hash = createContentHash()
    hash.add({
      schema: sorted.schema,
      length: end - start,
      columns: sorted.columns.map((column) => column.slice(start, end)),
    })
    slices.push([prefix, start, hash.digest()])
  }
  return { batch: sorted, slices }
}
