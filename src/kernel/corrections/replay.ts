import { type Batch, columnOf, takeBatch } from '../columns/batch.ts'
import type { GatePlan } from '../gate/gate-plan.ts'
import { hashJson } from '../hash/hash.ts'
import { recipeOf } from '../parts/recipe.ts'
import type { Correction, OutputPart, PartRecord, Section } from '../parts/record.ts'
import type { Store } from '../parts/store.ts'
import { stillAnswered, withAnswers } from '../run/answers.ts'
import { condemn } from '../run/condemn.ts'
import type { Engine } from '../run/engine.ts'
import type { NodeState } from '../run/node-state.ts'
import { createRecordWriter } from '../run/record-writer.ts'
import type { AskVerdict } from '../run/resolve.ts'
import type { TableSchema } from '../types.ts'
import { asRowsOf } from './fit.ts'
import { readRejected } from './rejected.ts'

/** The records of corrections, and which row each of their rows corrects. */
export interface Replayed {
  readonly records: readonly PartRecord[]
  /** Keys by part and number of the row in it. */
  readonly keys: ReadonlyMap<string, readonly string[]>
  /** All keys for which a correction stands. */
  readonly active: ReadonlySet<string>
}

const nothing: Replayed = { records: [], keys: new Map(), active: new Set() }

/** What a node carries from section to section: of the attempt that its gate withheld, else of the committed state. */
export function carried({ attempt, previous }: Pick<NodeState, 'attempt' | 'previous'>): Partial<Section> {
  return attempt ?? previous ?? {}
}

/** Whether people gave corrections that no run has taken in, or an attempt that was withheld knows more of rejected rows than the committed state. */
export function hasNews(state: Pick<NodeState, 'attempt' | 'previous'>): boolean {
  const { corrections, quarantine } = carried(state)
  const { previous } = state
  if (corrections?.some(({ pending }) => pending === true)) return true
  if (previous !== undefined && previous.counts.quarantined > 0 && quarantine === undefined) return true
  return (
    JSON.stringify([corrections ?? [], quarantine ?? {}]) !==
    JSON.stringify([previous?.corrections ?? [], previous?.quarantine ?? {}])
  )
}

/**
 * Corrections as input parts of the gate, after all others: each row stands as long as the row it corrects is rejected by the other parts and no later
 * correction has the same key. What stands passes the node's own gate like any row. Records are found again by the rows that stand.
 */
export async function replayCorrections(
  engine: Engine,
  state: NodeState,
  plan: GatePlan,
  records: readonly PartRecord[],
  schema: TableSchema,
  ask: AskVerdict,
  signal: AbortSignal,
): Promise<Replayed> {
  const { corrections = [] } = carried(state)
  if (corrections.length === 0) return nothing
  const condemns = plan.checks.some(({ check }) => check.rule.scope === 'condemning')
  const alone: readonly OutputPart[] = condemns
    ? (await condemn(engine, state, plan, records, schema, ask, signal)).parts
    : records.map((record) => ({ record }))
  const rejected = new Set((await readRejected(engine.store, alone)).flatMap((part) => part.keys))
  const active = new Set<string>()
  const keys = new Map<string, readonly string[]>()
  const found: PartRecord[] = []
  // The latest first: what it corrects, no earlier one does.
  for (const correction of [...corrections].reverse()) {
    const stands = (key: string) => rejected.has(key) && !active.has(key)
    const standing = await standingRows(engine.store, correction, stands)
    // What does not fit steps back, and the row that it corrects is open again.
    const batches = asRowsOf(schema, standing.batches)
    if (batches === undefined || standing.keys.length === 0) continue
    for (const key of standing.keys) active.add(key)
    keys.set(correction.id, standing.keys)
    found.push(await recordOf(engine, state, plan, correction, { ...standing, batches }, schema, ask))
  }
  return { records: found.reverse(), keys, active }
}

interface Standing {
  readonly keys: readonly string[]
  readonly batches: readonly Batch[]
}

async function standingRows(store: Store, { data }: Correction, stands: (key: string) => boolean): Promise<Standing> {
  const keys: string[] = []
  const batches: Batch[] = []
  for await (const batch of store.readData(data)) {
    const column = columnOf(batch, '_key')
    const rows: number[] = []
    for (let row = 0; row < batch.length; row++) {
      const key = String(column?.at(row))
      if (!stands(key)) continue
      rows.push(row)
      keys.push(key)
    }
    if (rows.length > 0) batches.push(takeBatch(batch, Int32Array.from(rows)))
  }
  return { keys, batches }
}

async function recordOf(
  engine: Engine,
  state: NodeState,
  plan: GatePlan,
  correction: Correction,
  { keys, batches }: Standing,
  schema: TableSchema,
  ask: AskVerdict,
): Promise<PartRecord> {
  const { node } = state
  const base = state.base as string
  const input = { key: hashJson(['correction', correction.data.content, keys]) }
  const recipe = recipeOf(base, correction.id, input.key)
  const known = [state.previous, state.attempt].flatMap((section) => section?.parts ?? [])
  const before = known.find(({ record }) => record.recipe === recipe)?.record
  const kept = state.full ? undefined : (before ?? (await engine.store.getRecord(recipe)))
  if (kept !== undefined && (await stillAnswered(kept, ask, node.name))) return kept
  const record = await withAnswers(ask, async (answers) => {
    const writer = createRecordWriter({
      store: engine.store,
      pipeline: engine.graph.pipeline,
      node: node.name,
      part: correction.id,
      plan,
      base,
      keep: true,
      name: hashJson([base, correction.id, input.key, engine.settings.runId]),
      answers: (check) => answers.get(check),
      runId: engine.settings.runId,
    })
    for (const batch of batches) await writer.accept(batch)
    return writer.finish(schema, {}, input)
  })
  state.made.add(correction.id)
  return record
}
