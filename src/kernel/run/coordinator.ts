import { isDeepStrictEqual } from 'node:util'
import { fanOutOf } from '../plan/fan-out.ts'
import type { TableSchema } from '../types.ts'
import { type Attempt, attend, beginAttempt, type CoordinateRequest, fail } from './attempt.ts'
import { plannedNode, removedNodes } from './explain.ts'
import { ingredientsOf, type NodeCode } from './ingredients.ts'
import { declaredMark, listParts, pinSchema } from './listing.ts'
import { makeMissing } from './make-missing.ts'
import type { NodeState } from './node-state.ts'
import { prepareNode } from './prepare.ts'
import type { AskVerdict } from './resolve.ts'
import { retrying } from './retry.ts'
import { wiringOf } from './settle.ts'
import { createStopwatch } from './stopwatch.ts'
import { survey } from './survey.ts'

export interface Coordination {
  readonly states: ReadonlyMap<string, NodeState>
  readonly ask: AskVerdict
}

/**
 * Brings a pipeline up to date, up to but without the commit: find out what is missing, make it, fold it, gate it. Round by round, because what a
 * node needs is known only when those before it are settled.
 */
export async function coordinate(request: CoordinateRequest): Promise<Coordination> {
  const attempt = await beginAttempt(request)
  const { states, engine } = attempt
  for (const state of states.values()) await attend(attempt, state, () => listSource(attempt, state))
  await prepareAll(attempt)
  for (let first = true; ; first = false) {
    request.signal.throwIfAborted()
    const { missing, lacking } = await survey(attempt)
    if (first) {
      const nodes = [...states.values()]
        .filter((state) => state.node.shape !== 'target')
        .map((state) => {
          const lacks = lacking.get(state.node.name)
          return plannedNode(state, lacks, fanOutOf(states, state, lacks))
        })
      const { settings, graph } = engine
      engine.events.emit({
        type: 'run.planned',
        at: request.clock(),
        nodes,
        removed: removedNodes(graph, request.previous),
        runId: settings.runId,
        pipeline: graph.pipeline,
        span: settings.runId,
      })
    }
    if (missing.length === 0 || request.planOnly) return { states, ask: attempt.ask }
    await makeMissing(attempt, missing)
  }
}

async function listSource(attempt: Attempt, state: NodeState): Promise<void> {
  if (state.node.shape !== 'source' || state.phase !== 'open') return
  const open = await attempt.engine.source(state.node.name)
  const { runId } = attempt.engine.settings
  const signal = attempt.deadlines?.signal([state.node.name], attempt.signal) ?? attempt.signal
  const again = <T>(act: () => Promise<T>) => retrying(state.node, runId, signal, () => abortable(signal, act))
  const listing = await again(() => listParts(state.node, open, state.previous, signal))
  state.listing = listing.parts
  state.arrivals = listing.arrivals
  state.removed = listing.removed
  state.inputs = listing.parts.map((part) => ({ id: part.id, key: part.fingerprint }))
  state.schema = await again(() => pinSchema(state.node, open, listing.parts, pinnedBefore(attempt, state), signal))

  /** A deadline stops also a listing that does not listen to its signal. */
  function abortable<T>(own: AbortSignal, act: () => Promise<T>): Promise<T> {
    return own === attempt.signal ? act() : createStopwatch(state.node.name, undefined, undefined, own).race(act)
  }
}

/** A schema stays pinned as long as the source is the same one, declared alike; `full` finds it out anew. */
function pinnedBefore(attempt: Attempt, { node, previous }: NodeState): TableSchema | undefined {
  if (previous === undefined || attempt.full || previous.ingredients['declared'] !== declaredMark(node))
    return undefined
  const now = ingredientsOf(attempt.engine, node, {
    code: attempt.codes.get(node.name) as NodeCode,
    sides: {},
    schema: undefined,
  })
  return ['kind', 'options'].every((name) => now[name] === previous.ingredients[name]) ? previous.schema : undefined
}

/** Rehearses what is new or changed, and what reads it; everything else keeps schema and lineage of the committed state. */
async function prepareAll(attempt: Attempt): Promise<void> {
  const { engine, states, codes } = attempt
  const fresh = new Set<string>()
  for (const state of states.values()) {
    const { node, previous } = state
    if (state.phase !== 'open' || node.shape === 'target') continue
    const now = ingredientsOf(engine, node, {
      code: codes.get(node.name) as NodeCode,
      sides: {},
      schema: node.shape === 'source' ? state.schema : undefined,
    })
    const same =
      previous !== undefined &&
      ['kind', 'code', 'options', 'params', 'checks', 'schema'].every(
        (name) => now[name] === previous.ingredients[name],
      ) &&
      previous.ingredients['declared'] === declaredMark(node) &&
      // Schema and lineage name the inputs: where one came or went, the code is rehearsed with what it reads now.
      isDeepStrictEqual(previous.inputs, wiringOf(node))
    if (same && !node.inputs.some((edge) => edge.mode !== 'gate' && fresh.has(edge.from))) continue
    fresh.add(node.name)
    await prepareInTime(attempt, state)
  }
}

/** What a rehearsal finds concerns the whole run; that it takes longer than the node's deadline, only the node. */
async function prepareInTime(attempt: Attempt, state: NodeState): Promise<void> {
  const { engine, states, deadlines } = attempt
  const { name } = state.node
  const signal = deadlines?.signal([name], attempt.signal) ?? attempt.signal
  const prepare = () => prepareNode(engine, states, state, signal)
  if (signal === attempt.signal) return prepare()
  try {
    await createStopwatch(name, undefined, undefined, signal).race(prepare)
  } catch (error) {
    const late = deadlines?.halted([name])
    if (late === undefined || attempt.signal.aborted) throw error
    fail(attempt, state, late)
  }
}
