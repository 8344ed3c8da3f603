import type { CondemningRule, DatasetRule, RowVerdict } from '../../plugins/check.ts'
import type { RejectedRow } from '../../plugins/source.ts'
import type { Batch } from '../columns/batch.ts'
import { FlatColumn, ValuesColumn } from '../columns/column.ts'
import { BytesColumn } from '../columns/text.ts'
import { TidegateError } from '../errors.ts'
import type { GatePlan } from '../gate/gate-plan.ts'
import { quarantineSchema } from '../gate/quarantine.ts'
import { repairsSchema } from '../gate/repair-audit.ts'
import { createRowGate, type RowGate } from '../gate/row-gate.ts'
import type { Judged } from '../gate/row-judge.ts'
import { hashJson } from '../hash/hash.ts'
import { keyOf, recipeOf } from '../parts/recipe.ts'
import { type Blob, filesSchema, type PartRecord, type StoredData } from '../parts/record.ts'
import { encodeState } from '../parts/state.ts'
import type { DataWriter, Store } from '../parts/store.ts'
import { createSchemaSettler } from '../schema-settler.ts'
import type { TableSchema } from '../types.ts'

export interface RecordRequest {
  readonly store: Store
  readonly pipeline: string
  readonly node: string
  readonly part: string
  readonly plan: GatePlan
  readonly base: string
  readonly keep: boolean
  /** Unique in the workspace: names of files are never used twice, so that data which an entry refers to is never overwritten. */
  readonly name: string
  readonly answers: (check: string) => RowVerdict | undefined
  readonly runId: string
}

/** Makes one part record: the gate's first question for each batch, and everything the fold will need for the second. */
export interface RecordWriter {
  /** The pure half of the gate: see `RowGate`. */
  judge(batch: Batch): Judged
  /** What was judged, batch after batch in order; returns the rows that go on. */
  apply(judged: Judged): Promise<Batch>
  /** Both. */
  accept(batch: Batch): Promise<Batch>
  /** Columns that are needed of rows that pass. */
  readonly reads: 'all' | readonly string[]
  reject(rows: readonly RejectedRow[], schema: TableSchema): Promise<void>
  /** `empty` is the schema where no batch came. */
  finish(
    empty: TableSchema,
    read: PartRecord['read'],
    input: PartRecord['input'],
    files?: ReadonlyMap<string, Uint8Array>,
  ): Promise<PartRecord>
  abort(): Promise<void>
}

export function createRecordWriter(request: RecordRequest): RecordWriter {
  const { store, node, plan, name } = request
  const gate = createRowGate({ node, part: request.part, plan, answers: request.answers })
  const main = createSink(node, store, `${name}.main`, request.keep)
  const aside = createSink(node, store, `${name}.quarantine`, true)
  const mended = createSink(node, store, `${name}.repairs`, true)
  const fold = createFoldStates(request, name)
  const writer: RecordWriter = {
    judge: gate.judge,
    accept: (batch) => writer.apply(gate.judge(batch)),
    reads: request.keep ? 'all' : fold.reads,
    async apply(judged) {
      const { passed, quarantined, repairs } = gate.apply(judged)
      if (quarantined !== undefined) await aside.add(quarantined)
      if (repairs !== undefined) await mended.add(repairs)
      if (passed.length > 0) {
        fold.add(passed)
        await main.add(passed)
      } else main.see(passed.schema)
      return passed
    },
    async reject(rows, schema) {
      const quarantined = gate.reject(rows, schema)
      if (quarantined !== undefined) await aside.add(quarantined)
    },
    async finish(empty, read, input, files = new Map()) {
      const recipe = recipeOf(request.base, request.part, input.key)
      const data = await main.finish(empty)
      const schema = main.schema ?? empty
      const quarantine = aside.used ? await aside.finish(quarantineSchema(schema)) : undefined
      const repairs = mended.used ? await mended.finish(repairsSchema) : undefined
      const saved = files.size === 0 ? undefined : await saveFiles(store, `${name}.files`, files)
      const removed = gate.removed()
      const record: PartRecord = {
        version: 1,
        pipeline: request.pipeline,
        node,
        part: request.part,
        recipe,
        key: keyOf(recipe, { answers: gate.answers, read }),
        base: request.base,
        input,
        answers: { ...gate.answers },
        read,
        schema,
        counts: gate.counts(),
        checks: { ...gate.checks },
        samples: { ...gate.samples },
        ...(await fold.finish(schema)),
        ...(removed === undefined ? {} : { removed: await store.putBlob(`${name}.removed`, removed) }),
        ...(data === undefined ? {} : { data }),
        ...(quarantine === undefined ? {} : { quarantine }),
        ...(repairs === undefined ? {} : { repairs: { ...repairs, runId: request.runId } }),
        ...(Object.keys(gate.repaired).length === 0 ? {} : { repaired: { ...gate.repaired } }),
        ...(saved === undefined ? {} : { files: saved }),
      }
      balance(record, gate)
      await store.putRecord(record)
      return record
    },
    async abort() {
      await main.abort()
      await aside.abort()
      await mended.abort()
    },
  }
  return writer
}

/** Rows entering a gate == rows out + quarantined + dropped, and what was written is what was counted. */
function balance(record: PartRecord, gate: RowGate): void {
  const { rowsIn, rowsOut, quarantined, dropped } = gate.counts()
  const written = record.data === undefined || record.data.rows === rowsOut
  if (rowsIn === rowsOut + quarantined + dropped && written && (record.quarantine?.rows ?? 0) === quarantined) return
  throw new TidegateError(
    'GATE_UNBALANCED',
    `Node "${record.node}", part ${record.part}: ${rowsIn} rows in, but ${rowsOut} out + ${quarantined} quarantined + ${dropped} dropped`,
    {
      hint: 'This is a fault of Tidegate; nothing was committed. Please report it with the pipeline.',
      data: { ...record.counts },
    },
  )
}

/** One row a file, in order of name. */
async function saveFiles(store: Store, name: string, files: ReadonlyMap<string, Uint8Array>): Promise<StoredData> {
  const writer = store.writeData(name, filesSchema)
  for (const [file, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const columns = [
      new ValuesColumn({ kind: 'string' }, [file]),
      new FlatColumn({ kind: 'float', bits: 64 }, Float64Array.of(content.length)),
      new BytesColumn({ kind: 'binary' }, Int32Array.of(0, content.length), content),
    ]
    await writer.add({ schema: filesSchema, length: 1, columns })
  }
  return writer.finish()
}

interface Sink {
  add(batch: Batch): Promise<void>
  see(schema: TableSchema): void
  finish(empty: TableSchema): Promise<StoredData | undefined>
  abort(): Promise<void>
  readonly used: boolean
  readonly schema: TableSchema | undefined
}

/** Rows on their way into a file, through one settled schema. With `keep` false only the schema is followed. */
function createSink(node: string, store: Store, name: string, keep: boolean): Sink {
  const settler = createSchemaSettler(node)
  let seen: TableSchema | undefined
  let followed: TableSchema | undefined
  let writer: DataWriter | undefined
  const write = async (batches: readonly Batch[]) => {
    for (const batch of batches) {
      writer ??= store.writeData(name, settler.schema ?? batch.schema)
      await writer.add(batch)
    }
  }
  return {
    async add(batch) {
      if (keep) return write(settler.add(batch))
      if (batch.schema === followed) return
      followed = batch.schema
      settler.add({ ...batch, length: 0, columns: batch.columns.map((column) => column.slice(0, 0)) })
    },
    see(schema) {
      seen ??= schema
    },
    async finish(empty) {
      if (!keep) return undefined
      await write(settler.finish())
      writer ??= store.writeData(name, settler.schema ?? seen ?? empty)
      return writer.finish()
    },
    abort: async () => writer?.abort(),
    get used() {
      return writer !== undefined || settler.schema !== undefined
    },
    get schema() {
      return settler.schema ?? seen
    },
  }
}

/** States of dataset rules and partials of condemning rules, over the rows that passed. */
function createFoldStates(request: RecordRequest, name: string) {
  const datasetRules = request.plan.checks.flatMap(({ check }) =>
    check.rule.scope === 'dataset' ? [{ check: check.name, rule: check.rule as DatasetRule }] : [],
  )
  const condemning = request.plan.checks.flatMap(({ check }) =>
    check.rule.scope === 'condemning' ? [{ check: check.name, rule: check.rule as CondemningRule }] : [],
  )
  const measured = datasetRules.flatMap(({ check, rule }) =>
    Object.entries(rule.measures).map(([key, measure]) => ({ name: `${check}/${key}`, measure })),
  )
  const read = [...new Set(measured.flatMap(({ measure }) => measure.columns))]
  const settler = createSchemaSettler(request.node, read)
  let accumulators: readonly ReturnType<(typeof measured)[number]['measure']['create']>[] | undefined
  let collectors: readonly ReturnType<CondemningRule['collect']>[] | undefined
  const idle = measured.length === 0 && condemning.length === 0
  const take = (batch: Batch) => {
    accumulators ??= measured.map(({ measure }) => measure.create(batch.schema))
    for (const accumulator of accumulators) accumulator.add(batch, undefined, 1)
  }
  return {
    // What a condemning rule looks at is known to itself alone.
    reads: condemning.length > 0 ? ('all' as const) : read,
    add(batch: Batch) {
      if (idle) return
      settler.add(batch).forEach(take)
      collectors ??= condemning.map(({ rule }) => rule.collect(batch.schema))
      for (const collector of collectors) collector.add(batch)
    },
    async finish(schema: TableSchema): Promise<Pick<PartRecord, 'measures' | 'condemn'>> {
      settler.finish().forEach(take)
      accumulators ??= measured.map(({ measure }) => measure.create(schema))
      collectors ??= condemning.map(({ rule }) => rule.collect(schema))
      const measures: Record<string, Blob> = {}
      for (const [index, { name: key }] of measured.entries()) {
        const accumulator = accumulators[index] as (typeof accumulators)[number]
        const state: Batch = { schema: { fields: accumulator.stateFields }, length: 1, columns: accumulator.state(1) }
        measures[key] = await request.store.putBlob(`${name}.${hashJson(key)}`, encodeState(state))
      }
      const condemn: Record<string, Blob> = {}
      for (const [index, { check }] of condemning.entries()) {
        const collector = collectors[index] as (typeof collectors)[number]
        condemn[check] = await request.store.putBlob(`${name}.${hashJson(check)}`, collector.finish())
      }
      return { measures, condemn }
    },
  }
}
