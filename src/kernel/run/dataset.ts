import type { ColumnTable } from 'arquero'
import type { StepInput } from '../../plugins/step-kind.ts'
import { hasBit, rowsClear } from '../bits.ts'
import { type Batch, takeBatch } from '../columns/batch.ts'
import type { Column } from '../columns/column.ts'
import { readKeys, withKeys } from '../corrections/keys.ts'
import { quarantineSchema } from '../gate/quarantine.ts'
import { taggedRepairs } from '../gate/repair-audit.ts'
import { sortGroups } from '../group/sort-groups.ts'
import type { OutputName } from '../node.ts'
import { observe } from '../observed/observe.ts'
import { type AsideNotes, filesSchema, type OutputPart, type Section, type StoredData } from '../parts/record.ts'
import type { Store } from '../parts/store.ts'
import { concatBatches } from '../schema/concat.ts'
import { conform } from '../schema/conform.ts'
import type { TableSchema } from '../types.ts'

/** A committed (or settled) output of a node, readable part by part or whole, through its pinned schema. */
export interface Dataset {
  readonly schema: TableSchema
  readonly rows: number
  readonly order: Section['order']
  readonly parts: readonly { readonly id: string; readonly rows: number; readonly part: OutputPart }[]
  batchesOf(id: string, options?: ReadOptions): AsyncIterable<Batch>
  batches(options?: ReadOptions): AsyncIterable<Batch>
}

/** The rows that a gate let pass, minus those the fold condemned. All parts must be kept. */
function openMain(store: Store, section: Section): Dataset {
  const parts = section.parts.map((part) => ({
    id: part.record.part,
    rows: part.record.counts.rowsOut - (part.condemned?.rows ?? 0),
    part,
  }))
  return open(section, section.schema, parts, (part, options) => readMain(store, part, options))
}

/** The schema of an output, given that of the node's rows. */
export function outputSchema(schema: TableSchema, output: OutputName): TableSchema {
  if (output === 'main') return schema
  if (output === 'quarantine') return quarantineSchema(schema)
  return output === 'repairs' ? taggedRepairs(schema) : filesSchema
}

export function outputRows(section: Section, output: OutputName): number {
  if (output === 'main') return section.published?.rows ?? section.counts.rowsOut
  if (output === 'quarantine') return section.counts.quarantined
  return section.parts.flatMap((part) => besides(part, output)).reduce((sum, { rows }) => sum + rows, 0)
}

export function openOutput(store: Store, section: Section, output: OutputName): Dataset {
  if (output === 'main') return openMain(store, section)
  const parts = section.parts.map((part) => ({
    id: part.record.part,
    rows: besides(part, output).reduce((sum, data) => sum + data.rows, 0) - correctedRows(part, output),
    part,
  }))
  return open({ ...section, order: { by: 'part' } }, outputSchema(section.schema, output), parts, (part, options) =>
    readOutput(store, part, output, options),
  )
}

/** The rows of one output of one part, as stored. */
export async function* readOutput(
  store: Store,
  part: OutputPart,
  output: OutputName,
  options: ReadOptions,
): AsyncIterable<Batch> {
  if (output === 'main') yield* readMain(store, part, options)
  else if (output === 'quarantine' && part.aside !== undefined) yield* readAside(store, part, part.aside, options)
  else for (const data of besides(part, output)) yield* store.readData(data, options)
}

/** Rows in quarantine under the keys that the fold gave them, without those that a correction stands for. */
async function* readAside(
  store: Store,
  part: OutputPart,
  { keys, corrected }: AsideNotes,
  options: ReadOptions,
): AsyncIterable<Batch> {
  const named = keys === undefined ? undefined : await readKeys(store, keys)
  const bits = corrected === undefined ? undefined : Buffer.from(corrected.bits, 'base64')
  let first = 0
  for (const data of besides(part, 'quarantine'))
    for await (const batch of store.readData(data, options)) {
      const own = named === undefined ? batch : withKeys(batch, named.slice(first, first + batch.length))
      yield bits === undefined ? own : without(own, bits, first)
      first += batch.length
    }
}

function correctedRows({ aside }: OutputPart, output: OutputName): number {
  return output === 'quarantine' ? (aside?.corrected?.rows ?? 0) : 0
}

function besides(part: OutputPart, output: Exclude<OutputName, 'main'>): readonly StoredData[] {
  const own = output === 'files' ? [part.record.files] : [part.record[output], part[output]]
  return own.filter((data): data is StoredData => data !== undefined)
}

async function* readMain(store: Store, { record, condemned }: OutputPart, options: ReadOptions): AsyncIterable<Batch> {
  if (record.data === undefined) throw new Error(`${record.node} keeps no rows of ${record.part}`)
  const bits = condemned === undefined ? undefined : Buffer.from(condemned.bits, 'base64')
  let first = 0
  for await (const batch of store.readData(record.data, options)) {
    yield bits === undefined ? batch : without(batch, bits, first)
    first += batch.length
  }
}

export interface ReadOptions {
  readonly columns?: readonly string[]
  readonly signal?: AbortSignal
}

type Read = (part: OutputPart, options: ReadOptions) => AsyncIterable<Batch>

function open(section: Section, schema: TableSchema, parts: Dataset['parts'], read: Read): Dataset {
  const narrow = (columns: readonly string[] | undefined) =>
    columns === undefined ? schema : { fields: schema.fields.filter((field) => columns.includes(field.name)) }
  const batchesOf: Dataset['batchesOf'] = async function* (id, options = {}) {
    const found = parts.find((part) => part.id === id)
    if (found === undefined) return
    const target = narrow(options.columns)
    for await (const batch of read(found.part, options))
      if (batch.length > 0) yield conform(batch, target, { node: section.node, part: id, nulls: 'leave' })
  }
  const dataset: Dataset = {
    schema,
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    order: section.order,
    parts,
    batchesOf,
    async *batches(options = {}) {
      if (section.order.by === 'key' && parts.length > 1) {
        yield* mergedByKey(dataset, section.order.columns, options)
        return
      }
      for (const { id } of parts) yield* batchesOf(id, options)
    },
  }
  return dataset
}

function without(batch: Batch, bits: Uint8Array, first: number): Batch {
  const own = new Uint8Array((batch.length + 7) >> 3)
  let any = false
  for (let row = 0; row < batch.length; row++) {
    if (!hasBit(bits, first + row)) continue
    own[row >> 3] = (own[row >> 3] as number) | (1 << (row & 7))
    any = true
  }
  return any ? takeBatch(batch, rowsClear(own, batch.length)) : batch
}

/** A roll-up in several buckets is read as one: every bucket is sorted by key, and all keys differ. */
async function* mergedByKey(dataset: Dataset, keys: readonly string[], options: ReadOptions): AsyncIterable<Batch> {
  const columns = options.columns === undefined ? undefined : [...new Set([...keys, ...options.columns])]
  const batches: Batch[] = []
  for (const { id } of dataset.parts)
    for await (const batch of dataset.batchesOf(id, { ...options, ...(columns === undefined ? {} : { columns }) }))
      batches.push(batch)
  const first = batches[0]
  if (first === undefined) return
  const all = concatBatches(first.schema, batches)
  const keyColumns = keys.map(
    (key) => all.columns[all.schema.fields.findIndex((field) => field.name === key)] as Column,
  )
  const order = sortGroups(keyColumns, all.length)
  const target =
    options.columns === undefined
      ? dataset.schema
      : { fields: dataset.schema.fields.filter((field) => options.columns?.includes(field.name)) }
  for (let start = 0; start < order.length; start += 65_536) {
    yield conform(takeBatch(all, order.subarray(start, start + 65_536)), target, { nulls: 'leave' })
  }
}

/** A dataset as a step sees a whole input. */
export function stepInput(dataset: Dataset, input: string, signal: AbortSignal): StepInput {
  return {
    schema: dataset.schema,
    rows: dataset.rows,
    batches: (options = {}) => dataset.batches({ ...options, signal }),
    table: () => wholeTable(dataset, input, signal),
  }
}

export async function wholeTable(dataset: Dataset, input: string, signal: AbortSignal): Promise<ColumnTable> {
  const batches: Batch[] = []
  for await (const batch of dataset.batches({ signal })) batches.push(batch)
  return observe(concatBatches(dataset.schema, batches), { input, rowWise: false })
}
