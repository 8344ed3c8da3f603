import { askViolation } from '../../hooks/ask.ts'
import type { CondemningRule, DatasetRule, RowVerdict } from '../../plugins/check.ts'
import type { FoldStep } from '../../plugins/step-kind.ts'
import { countBits, hasBit } from '../bits.ts'
import { concatBatches } from '../schema/concat.ts'
import { conform } from '../schema/conform.ts'
import { bucketInput, bucketName, chooseBuckets, countGroups, foldPartials } from '../fold/fold.ts'
import { decideGate, halts, type Tally } from '../gate/decide.ts'
import type { GatePlan } from '../gate/gate-plan.ts'
import { quarantineRows, quarantineSchema } from '../gate/quarantine.ts'
import { Undecided } from '../gate/row-gate.ts'
import { hashJson } from '../hash/hash.ts'
import { foldLineage } from '../lineage/fold-lineage.ts'
import { datasetIdentity, outputIdentity, recipeOf } from '../parts/recipe.ts'
import { addCounts, type CheckOutcome, noCounts, type OutputPart, type PartRecord, type Section } from '../parts/record.ts'
import { decodeState } from '../parts/state.ts'
import { unifySchemas } from '../schema/unify.ts'
import type { TableSchema } from '../types.ts'
import type { Engine } from './engine.ts'
import { foldIngredients } from './ingredients.ts'
import type { NodeState } from './node-state.ts'
import { createRecordWriter } from './record-writer.ts'
import type { AskVerdict } from './resolve.ts'
import { declaredMark } from './listing.ts'

export interface Settlement {
  readonly section: Section
  readonly halted: readonly CheckOutcome[]
}

/** The fold over a node's records, in part order: what needs the whole dataset is decided here, and only here. */
export async function settleNode(engine: Engine, state: NodeState, input: TableSchema | undefined, ask: AskVerdict, signal: AbortSignal): Promise<Settlement> {
  const { node } = state
  const plan = engine.gates.get(node.name) as GatePlan
  const inOrder = (state.inputs ?? []).map((input) => state.records.get(input.id) as PartRecord)
  const folded = node.shape === 'fold' ? await foldNode(engine, state, inOrder, input, ask, signal) : undefined
  const records = folded?.records ?? inOrder
  const schema = records.length === 0 ? (folded?.schema ?? state.schema ?? { fields: [] }) : records.map((record) => record.schema).reduce((a, b) => unifySchemas(a, b, { node: node.name }))
  const condemned = await condemn(engine, state, plan, records, schema, ask)
  const checks = await decide(engine, node.name, plan, records, schema, condemned.tallies, state)
  const counts = records.reduce((sum, record) => addCounts(sum, record.counts), noCounts)
  const total = { ...counts, rowsOut: counts.rowsOut - condemned.gone, quarantined: counts.quarantined + condemned.aside, dropped: counts.dropped + condemned.dropped, warned: counts.warned + condemned.warned }
  const parts = condemned.parts
  const identity = datasetIdentity(parts.map((part) => ({ id: part.record.part, ...outputIdentity(part) })))
  const section: Section = {
    version: 1,
    pipeline: engine.graph.pipeline,
    node: node.name,
    kind: node.spec.uses.name,
    runId: engine.settings.runId,
    at: engine.settings.now,
    kept: state.kept,
    base: state.base as string,
    ingredients: { ...(state.ingredients ?? {}), thresholds: foldIngredients(engine, node), declared: declaredMark(node) },
    schema: node.shape === 'source' && state.schema !== undefined ? state.schema : schema,
    parts,
    ...(folded === undefined ? {} : { partials: inOrder, buckets: folded.buckets }),
    order: folded !== undefined ? { by: 'key', columns: folded.keys } : { by: await orderOf(engine, state) },
    ...(state.listing === undefined ? {} : { listing: state.listing, arrivals: state.arrivals ?? {} }),
    lineage: folded === undefined ? state.lineage : foldLineage((folded.fold as FoldStep).by, folded.fold.measure),
    inputs: Object.fromEntries(node.inputs.map((edge) => [edge.name, `${edge.from}${edge.output === 'main' ? '' : `.${edge.output}`}`])),
    counts: total,
    checks,
    snapshot: identity.content ?? identity.key,
    duration: Math.round((state.ended ?? 0) - (state.started ?? 0)),
    bytes: parts.reduce((sum, part) => sum + (part.record.data?.bytes ?? 0), 0),
  }
  return { section, halted: checks.filter(halts) }
}

async function orderOf(engine: Engine, state: NodeState): Promise<'part' | 'none'> {
  if (state.node.shape !== 'whole') return 'part'
  const step = await engine.step(state.node.name)
  return step.shape === 'whole' && step.ordered === false ? 'none' : 'part'
}

interface FoldedNode {
  readonly fold: FoldStep
  readonly records: readonly PartRecord[]
  readonly buckets: number
  readonly keys: readonly string[]
  readonly schema: TableSchema
}

/** Buckets whose slices of all partials are as before keep their records; the others are merged again, in one pass over the partials. */
async function foldNode(engine: Engine, state: NodeState, partials: readonly PartRecord[], input: TableSchema | undefined, ask: AskVerdict, signal: AbortSignal): Promise<FoldedNode> {
  const { node } = state
  const fold = (await engine.step(node.name)) as FoldStep
  const keys = Object.keys(fold.by)
  const buckets = keys.length === 0 ? 1 : (state.previous?.buckets ?? fold.buckets ?? chooseBuckets(countGroups(partials)))
  const base = hashJson([state.base, 'buckets', buckets])
  const before = new Map([state.previous, state.attempt].flatMap((section) => (section?.parts ?? []).map((part) => [part.record.recipe, part.record] as const)))
  const inputs = new Map<number, { readonly part: string; readonly key: string }>()
  const found = new Map<number, PartRecord>()
  for (let bucket = 0; bucket < buckets; bucket++) {
    const part = bucketName(bucket, buckets)
    const key = bucketInput(partials, bucket, buckets)
    inputs.set(bucket, { part, key })
    const recipe = recipeOf(base, part, key)
    const record = state.full ? undefined : (before.get(recipe) ?? (await engine.store.getRecord(recipe)))
    if (record !== undefined && (await stillAnswered(record, ask, node.name))) found.set(bucket, record)
  }
  const wanted = new Set([...inputs.keys()].filter((bucket) => !found.has(bucket)))
  const empty = input ?? { fields: [] }
  const folded = wanted.size === 0 ? undefined : await foldPartials({ node: node.name, fold, partials, empty, buckets, wanted, store: engine.store, signal })
  for (const [bucket, batch] of folded?.buckets ?? []) {
    const { part, key } = inputs.get(bucket) as { part: string; key: string }
    found.set(bucket, await withAnswers(ask, async (answers) => {
      const name = hashJson([base, part, key, engine.settings.runId])
      const writer = createRecordWriter({ store: engine.store, pipeline: engine.graph.pipeline, node: node.name, part, plan: engine.gates.get(node.name) as GatePlan, base, keep: true, name, answers: (check) => answers.get(check) })
      await writer.accept(batch)
      return writer.finish(batch.schema, {}, { key })
    }))
    state.made.add(part)
  }
  const records = [...found].sort(([a], [b]) => a - b).map(([, record]) => record)
  return { fold, records, buckets, keys, schema: folded?.schema ?? state.schema ?? { fields: [] } }
}

async function stillAnswered(record: PartRecord, ask: AskVerdict, node: string): Promise<boolean> {
  for (const [check, verdict] of Object.entries(record.answers)) if ((await ask(node, check)) !== verdict) return false
  return true
}

/** Runs what a gate does in the coordinator; a check whose verdict only a hook can tell is asked for, then it runs again. */
async function withAnswers<T>(ask: AskVerdict, act: (answers: ReadonlyMap<string, RowVerdict>) => Promise<T>): Promise<T> {
  const answers = new Map<string, RowVerdict>()
  for (;;) {
    try {
      return await act(answers)
    } catch (error) {
      if (!(error instanceof Undecided)) throw error
      answers.set(error.check, await ask(error.node, error.check))
    }
  }
}

interface Condemned {
  readonly parts: readonly OutputPart[]
  readonly tallies: ReadonlyMap<string, Tally>
  readonly gone: number
  readonly aside: number
  readonly dropped: number
  readonly warned: number
}

/** Rules over the whole dataset that name rows: output part = record minus a bitmap, so that an unchanged part is not written again. */
async function condemn(engine: Engine, state: NodeState, plan: GatePlan, records: readonly PartRecord[], schema: TableSchema, ask: AskVerdict): Promise<Condemned> {
  const { node } = state
  const rules = plan.checks.flatMap(({ check, verdict }) => (check.rule.scope === 'condemning' ? [{ check, verdict, rule: check.rule as CondemningRule }] : []))
  const tallies = new Map<string, Tally>()
  if (rules.length === 0) return { parts: records.map((record) => ({ record })), tallies, gone: 0, aside: 0, dropped: 0, warned: 0 }
  const sizes = records.map((record) => record.counts.rowsOut)
  const verdicts: { readonly name: string; readonly verdict: RowVerdict; readonly bits: ReadonlyMap<number, Uint8Array> }[] = []
  for (const { check, verdict, rule } of rules) {
    const bits = await rule.condemn(records.map((record, index) => ({ rows: sizes[index] as number, partial: () => engine.store.getBlob(record.condemn[check.name] as PartRecord['condemn'][string]) })))
    const failed = [...bits.values()].reduce((sum, own) => sum + countBits(own), 0)
    const actual = verdict !== 'ask' ? verdict : failed === 0 ? undefined : await ask(node.name, check.name)
    tallies.set(check.name, { failed, verdict: actual })
    if (failed > 0) verdicts.push({ name: check.name, verdict: actual as RowVerdict, bits })
  }
  let [gone, aside, dropped, warned] = [0, 0, 0, 0]
  const parts: OutputPart[] = []
  for (const [index, record] of records.entries()) {
    const split = splitCondemned(sizes[index] as number, index, verdicts)
    gone += split.gone.length
    aside += split.aside.length
    dropped += split.gone.length - split.aside.length
    warned += split.warned
    if (split.gone.length === 0) parts.push({ record })
    else {
      const quarantine = split.aside.length === 0 ? undefined : await setAside(engine, record, split.aside, split.reasons, schema)
      parts.push({ record, condemned: { bits: Buffer.from(split.bits).toString('base64'), rows: split.gone.length }, ...(quarantine === undefined ? {} : { quarantine }) })
    }
  }
  return { parts, tallies, gone, aside, dropped, warned }
}

function splitCondemned(rows: number, index: number, verdicts: readonly { readonly name: string; readonly verdict: RowVerdict; readonly bits: ReadonlyMap<number, Uint8Array> }[]) {
  const bits = new Uint8Array((rows + 7) >> 3)
  const gone: number[] = []
  const aside: number[] = []
  const reasons: string[] = []
  let warned = 0
  const own = verdicts.flatMap(({ name, verdict, bits }) => (bits.has(index) ? [{ name, verdict, bits: bits.get(index) as Uint8Array }] : []))
  for (let row = 0; own.length > 0 && row < rows; row++) {
    const failed = own.filter((rule) => hasBit(rule.bits, row))
    if (failed.length === 0) continue
    if (failed.every((rule) => rule.verdict === 'warn')) {
      warned++
      continue
    }
    bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
    gone.push(row)
    if (failed.some((rule) => rule.verdict === 'halt' || rule.verdict === 'quarantine')) {
      aside.push(row)
      reasons.push(failed.map((rule) => rule.name).join('; '))
    }
  }
  return { bits, gone, aside, reasons, warned }
}

/** Condemned rows, read back from the record's data, as a quarantine file of their own. */
async function setAside(engine: Engine, record: PartRecord, rows: readonly number[], reasons: readonly string[], schema: TableSchema) {
  const found = []
  let first = 0
  let at = 0
  for await (const batch of engine.store.readData(record.data as NonNullable<PartRecord['data']>)) {
    const start = at
    while (at < rows.length && (rows[at] as number) < first + batch.length) at++
    if (at > start) {
      const own = rows.slice(start, at).map((row) => row - first)
      found.push(quarantineRows(conform(batch, schema, { node: record.node, nulls: 'leave' }), Int32Array.from(own), reasons.slice(start, at), record.part, first))
    }
    first += batch.length
  }
  const target = quarantineSchema(schema)
  const writer = engine.store.writeData(`${hashJson([record.key, rows, reasons, engine.settings.runId])}.condemned`, target)
  await writer.add(concatBatches(target, found))
  return writer.finish()
}

async function decide(engine: Engine, node: string, plan: GatePlan, records: readonly PartRecord[], schema: TableSchema, condemned: ReadonlyMap<string, Tally>, state: NodeState): Promise<readonly CheckOutcome[]> {
  const tallies = new Map(condemned)
  for (const record of records) {
    for (const [check, { failed, verdict }] of Object.entries(record.checks)) {
      const sofar = tallies.get(check)
      const sample = sofar?.sample ?? record.samples[check]
      tallies.set(check, { failed: (sofar?.failed ?? 0) + failed, verdict, ...(sample === undefined ? {} : { sample }) })
    }
  }
  const rows = records.reduce((sum, record) => sum + record.counts.rowsIn, 0)
  const decided = new Map<string, { pass: boolean; observed: string }>()
  for (const { check } of plan.checks) {
    if (check.rule.scope === 'dataset') decided.set(check.name, await decideDataset(engine, check.name, check.rule, records, schema))
  }
  const outcomes = decideGate(plan, { rows, tallies, decided })
  const violated = outcomes.filter((outcome) => outcome.failed > 0 || !outcome.pass)
  const answered = new Set<string>()
  for (const outcome of violated) {
    const { graph, settings, events, hooks } = engine
    const span = { runId: settings.runId, pipeline: graph.pipeline, node, span: `${settings.runId}/${node}`, parent: settings.runId }
    events.emit({ type: 'check.violated', at: settings.now, check: outcome.name, rows: outcome.failed, of: outcome.of, verdict: outcome.verdict, phase: 'fold', ...span })
    const answer = await askViolation(hooks, { phase: 'fold', pipeline: graph.pipeline, node, kind: state.node.spec.uses.name, runId: settings.runId, env: settings.env, check: { name: outcome.name, columns: outcome.columns }, rows: outcome.failed, of: outcome.of })
    if (answer !== undefined) answered.add(outcome.name)
  }
  return outcomes.map((outcome) => (answered.has(outcome.name) ? { ...outcome, pass: false, verdict: 'halt', observed: `${outcome.observed}, and onQualityViolation answered halt` } : outcome))
}

async function decideDataset(engine: Engine, name: string, rule: DatasetRule, records: readonly PartRecord[], schema: TableSchema) {
  const values: Record<string, unknown> = {}
  for (const [key, measure] of Object.entries(rule.measures)) {
    const accumulator = measure.create(schema)
    for (const record of records) {
      const fields = measure.create(record.schema).stateFields
      const [state] = await decodeState(await engine.store.getBlob(record.measures[`${name}/${key}`] as PartRecord['measures'][string]), { fields })
      if (state !== undefined) accumulator.merge(conform(state, { fields: accumulator.stateFields }, { nulls: 'leave' }).columns, undefined, 1)
    }
    values[key] = accumulator.finish(1).at(0)
  }
  return rule.decide(values)
}
