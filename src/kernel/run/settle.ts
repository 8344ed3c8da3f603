import type { FoldStep } from '../../plugins/step-kind.ts'
import { replayCorrections } from '../corrections/replay.ts'
import { settleQuarantine } from '../corrections/settle-quarantine.ts'
import { halts } from '../gate/decide.ts'
import type { GatePlan } from '../gate/gate-plan.ts'
import type { GraphNode } from '../graph/graph.ts'
import { foldLineage } from '../lineage/fold-lineage.ts'
import { appendPoint, metricPoint } from '../parts/metrics.ts'
import { datasetIdentity, outputIdentity } from '../parts/recipe.ts'
import { addCounts, type CheckOutcome, noCounts, type PartRecord, type Section } from '../parts/record.ts'
import { unifySchemas } from '../schema/unify.ts'
import type { TableSchema } from '../types.ts'
import { condemn } from './condemn.ts'
import { decideNode } from './decide-node.ts'
import type { Engine } from './engine.ts'
import { foldNode } from './fold-node.ts'
import { foldIngredients } from './ingredients.ts'
import { declaredMark } from './listing.ts'
import type { NodeState } from './node-state.ts'
import type { AskVerdict } from './resolve.ts'

export interface Settlement {
  readonly section: Section
  readonly halted: readonly CheckOutcome[]
}

/** The fold over a node's records, in part order: what needs the whole dataset is decided here, and only here. */
export async function settleNode(
  engine: Engine,
  state: NodeState,
  input: TableSchema | undefined,
  ask: AskVerdict,
  signal: AbortSignal,
): Promise<Settlement> {
  const { node } = state
  const plan = engine.gates.get(node.name) as GatePlan
  const inOrder = (state.inputs ?? []).map((input) => state.records.get(input.id) as PartRecord)
  const folded = node.shape === 'fold' ? await foldNode(engine, state, inOrder, input, ask, signal) : undefined
  const records = folded?.records ?? inOrder
  const schema =
    records.length === 0
      ? (folded?.schema ?? state.schema ?? { fields: [] })
      : records.map((record) => record.schema).reduce((a, b) => unifySchemas(a, b, { node: node.name }))
  const replayed = await replayCorrections(engine, state, plan, records, schema, ask, signal)
  const all = [...records, ...replayed.records]
  const judged = await condemn(engine, state, plan, all, schema, ask, signal)
  const settled = await settleQuarantine(engine, state, plan, all, judged, replayed)
  const { condemned, parts } = settled
  const counts = settled.records.reduce((sum, record) => addCounts(sum, record.counts), noCounts)
  const total = {
    ...counts,
    rowsOut: counts.rowsOut - condemned.gone,
    quarantined: counts.quarantined + condemned.aside,
    dropped: counts.dropped + condemned.dropped,
    warned: counts.warned + condemned.warned,
  }
  const pinned = node.shape === 'source' && state.schema !== undefined ? state.schema : schema
  const identity = datasetIdentity(
    parts.map((part) => ({ id: part.record.part, ...outputIdentity(part) })),
    pinned,
  )
  const snapshot = identity.content ?? identity.key
  const { checks, measures } = await decideNode(
    engine,
    node.name,
    plan,
    settled.records,
    schema,
    condemned,
    state,
    snapshot,
    signal,
  )
  const halted = checks.filter(halts)
  const { now, runId } = engine.settings
  const before = state.previous?.metrics ?? []
  const point = metricPoint({ at: now, runId, snapshot, counts: total }, checks, measures)
  const section: Section = {
    version: 1,
    pipeline: engine.graph.pipeline,
    node: node.name,
    kind: node.spec.uses.name,
    runId,
    at: now,
    kept: state.kept,
    base: state.base as string,
    ingredients: {
      ...(state.ingredients ?? {}),
      thresholds: foldIngredients(engine, state),
      declared: declaredMark(node),
    },
    schema: pinned,
    parts,
    ...(folded === undefined ? {} : { partials: inOrder, buckets: folded.buckets }),
    order: folded !== undefined ? { by: 'key', columns: folded.keys } : { by: await orderOf(engine, state) },
    ...(await locationOf(engine, state)),
    ...(state.listing === undefined ? {} : { listing: state.listing, arrivals: state.arrivals ?? {} }),
    lineage: folded === undefined ? state.lineage : foldLineage((folded.fold as FoldStep).by, folded.fold.measure),
    inputs: wiringOf(node),
    counts: total,
    checks,
    ...settled.section,
    // What a gate withholds is no snapshot.
    metrics: halted.length > 0 ? before : await appendPoint(engine.store, before, point, measures),
    snapshot,
    duration: Math.round((state.ended ?? 0) - (state.started ?? 0)),
    bytes: parts.reduce((sum, part) => sum + (part.record.data?.bytes ?? 0), 0),
  }
  return { section, halted }
}

/** What a node reads, by the name under which it knows it. */
export function wiringOf({ inputs }: Pick<GraphNode, 'inputs'>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    inputs.map((edge) => [edge.name, `${edge.from}${edge.output === 'main' ? '' : `.${edge.output}`}`]),
  )
}

async function locationOf(engine: Engine, state: NodeState): Promise<Pick<Section, 'location'>> {
  if (state.node.shape !== 'source') return {}
  const { location } = (await engine.source(state.node.name)).source
  return location === undefined ? {} : { location }
}

async function orderOf(engine: Engine, state: NodeState): Promise<'part' | 'none'> {
  if (state.node.shape !== 'whole') return 'part'
  const step = await engine.step(state.node.name)
  return step.shape === 'whole' && step.ordered === false ? 'none' : 'part'
}
