import { tellBeforeStep } from '../../hooks/ask.ts'
import type { Perform } from '../../plugins/executor.ts'
import { isTidegateError, TidegateError } from '../errors.ts'
import { withDescendants } from '../graph/graph.ts'
import { hashJson } from '../hash/hash.ts'
import type { Entry } from '../parts/record.ts'
import type { TableSchema } from '../types.ts'
import { createAsk } from './ask.ts'
import { outputSchema } from './dataset.ts'
import type { Engine } from './engine.ts'
import { explainWhy, plannedNode } from './explain.ts'
import { baseOf, codeOf, explainChange, ingredientsOf, type NodeCode, pipelineFingerprint } from './ingredients.ts'
import { declaredMark, listParts, pinSchema } from './listing.ts'
import type { InputPart, NodeState } from './node-state.ts'
import { openStates } from './open-states.ts'
import { prepareNode } from './prepare.ts'
import { createProgress, type Progress } from './progress.ts'
import { type AskVerdict, createResolver, isPending, openParts, type Resolver, sectionIdentity, settledParts } from './resolve.ts'
import { settleState } from './settle-state.ts'
import { type Missing, planTasks, runTask } from './tasks.ts'

export interface CoordinateRequest {
  readonly engine: Engine
  readonly previous: Entry | undefined
  readonly active: ReadonlySet<string>
  readonly full: boolean
  readonly perform: Perform
  readonly signal: AbortSignal
  /** Stop after finding out what is missing. */
  readonly planOnly: boolean
  /** Milliseconds, for durations only. */
  readonly clock: () => number
}

export interface Coordination {
  readonly states: ReadonlyMap<string, NodeState>
  readonly ask: AskVerdict
}

/** What one attempt works with. */
interface Attempt extends CoordinateRequest {
  readonly states: ReadonlyMap<string, NodeState>
  readonly codes: ReadonlyMap<string, NodeCode>
  /** Code of the whole pipeline: a worker with another one refuses tasks. */
  readonly fingerprint: string
  readonly ask: AskVerdict
  readonly resolver: Resolver
  readonly progress: Progress
}

/**
 * Brings a pipeline up to date, up to but without the commit: find out what is missing, make it, fold it, gate it. Round by round, because what a
 * node needs is known only when those before it are settled.
 */
export async function coordinate(request: CoordinateRequest): Promise<Coordination> {
  const attempt = await begin(request)
  const { states, engine } = attempt
  for (const state of states.values()) await attend(attempt, state, () => listSource(attempt, state))
  await prepareAll(attempt)
  for (let first = true; ; first = false) {
    request.signal.throwIfAborted()
    const { missing, lacking } = await survey(attempt)
    if (first) {
      const nodes = [...states.values()].filter((state) => state.node.shape !== 'target').map((state) => plannedNode(state, lacking.get(state.node.name)))
      const { settings, graph } = engine
      engine.events.emit({ type: 'run.planned', at: request.clock(), nodes, runId: settings.runId, pipeline: graph.pipeline, span: settings.runId })
    }
    if (missing.length === 0 || request.planOnly) return { states, ask: attempt.ask }
    await makeMissing(attempt, missing)
  }
}

async function begin(request: CoordinateRequest): Promise<Attempt> {
  const { engine } = request
  const states = await openStates(engine, request.previous, request.active, request.full)
  const codes = new Map([...states.values()].filter((state) => state.phase === 'open').map((state) => [state.node.name, codeOf(engine, state.node)]))
  const ask = createAsk(engine)
  const { now, seed } = engine.settings
  const resolver = createResolver({ graph: engine.graph, store: engine.store, states, ask, now, seed, full: request.full })
  return { ...request, states, codes, fingerprint: pipelineFingerprint(engine), ask, resolver, progress: createProgress(engine, request.clock) }
}

async function listSource(attempt: Attempt, state: NodeState): Promise<void> {
  if (state.node.shape !== 'source' || state.phase !== 'open') return
  const open = await attempt.engine.source(state.node.name)
  const listing = await listParts(state.node, open, state.previous, attempt.signal)
  state.listing = listing.parts
  state.arrivals = listing.arrivals
  state.removed = listing.removed
  state.inputs = listing.parts.map((part) => ({ id: part.id, key: part.fingerprint }))
  state.schema = await pinSchema(state.node, open, listing.parts, state.previous, attempt.signal)
}

/** Rehearses what is new or changed, and what reads it; everything else keeps schema and lineage of the committed state. */
async function prepareAll(attempt: Attempt): Promise<void> {
  const { engine, states, codes } = attempt
  const fresh = new Set<string>()
  for (const state of states.values()) {
    const { node, previous } = state
    if (state.phase !== 'open' || node.shape === 'target') continue
    const now = ingredientsOf(engine, node, { code: codes.get(node.name) as NodeCode, sides: {}, schema: node.shape === 'source' ? state.schema : undefined })
    const same = previous !== undefined && ['kind', 'code', 'options', 'params', 'checks', 'schema'].every((name) => now[name] === previous.ingredients[name]) && previous.ingredients['declared'] === declaredMark(node)
    if (same && !node.inputs.some((edge) => fresh.has(edge.from))) continue
    fresh.add(node.name)
    await prepareNode(engine, states, state, attempt.signal)
  }
}

interface Survey {
  readonly missing: readonly Missing[]
  readonly lacking: ReadonlyMap<string, readonly InputPart[]>
}

/** Looks at every open node in order: what it needs, which records exist. What lacks nothing is settled on the spot. */
async function survey(attempt: Attempt): Promise<Survey> {
  const { states, resolver } = attempt
  const missing: Missing[] = []
  const lacking = new Map<string, readonly InputPart[]>()
  const deferred = new Map<string, ReadonlySet<string>>()
  for (const state of states.values()) {
    if (state.phase !== 'open' || state.node.shape === 'target' || isBlocked(states, state)) continue
    await attend(attempt, state, async () => {
      describeInputs(attempt, state)
      const found = await resolver.resolve(state)
      if (found === undefined) {
        state.why = `waits for ${state.node.inputs.map((edge) => edge.from).find((from) => states.get(from)?.phase === 'open') ?? 'its inputs'}`
        return
      }
      lacking.set(state.node.name, found)
      const change = explainChange(state.previous?.ingredients, { ...state.ingredients, ...pick(state.previous?.ingredients, ['thresholds', 'declared']) }, attempt.codes.get(state.node.name) as NodeCode)
      if (state.why === '' || state.why.startsWith('waits for')) state.why = explainWhy(state, found, change) ?? 'nothing changed'
      const later = deferrable(attempt, state, found, deferred)
      deferred.set(state.node.name, later)
      for (const input of found) if (!later.has(input.id)) missing.push({ state, input })
      if (found.length === 0 && !attempt.planOnly) await settleState(attempt.engine, state, streamSchema(states, state), attempt.ask, attempt.signal, attempt.clock)
      else if (found.length === 0 && state.previous !== undefined && partsUnchanged(state)) {
        state.section = state.previous
        state.path = state.previousPath
        state.phase = 'settled'
      }
    })
  }
  return { missing, lacking }
}

function pick(from: Readonly<Record<string, string>> | undefined, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap((name) => (from?.[name] === undefined ? [] : [[name, from[name]]])))
}

function streamSchema(states: ReadonlyMap<string, NodeState>, state: NodeState): TableSchema | undefined {
  const edge = state.node.stream
  const parent = edge === undefined ? undefined : states.get(edge.from)
  const schema = parent?.section?.schema ?? parent?.schema
  return schema === undefined || edge === undefined ? schema : outputSchema(schema, edge.output)
}

/** For the plan alone: nothing is missing and nothing is gone, so the committed state stands. */
function partsUnchanged(state: NodeState): boolean {
  const before = state.previous?.partials ?? state.previous?.parts.map((part) => part.record) ?? []
  return before.length === state.inputs?.length && before.every((record) => state.records.get(record.part)?.key === record.key)
}

/** A node before it failed, was withheld or left out: it stays as it is. */
function isBlocked(states: ReadonlyMap<string, NodeState>, state: NodeState): boolean {
  const blocker = state.node.inputs.map((edge) => states.get(edge.from) as NodeState).find((parent) => ['failed', 'withheld', 'skipped'].includes(parent.phase))
  if (blocker === undefined) return false
  state.phase = blocker.phase === 'withheld' ? 'withheld' : 'skipped'
  state.status = blocker.phase === 'withheld' ? 'withheld' : 'skipped'
  state.why = `${blocker.node.name} ${blocker.phase === 'withheld' ? 'was withheld' : blocker.phase === 'failed' ? 'failed' : 'was left out'}`
  return true
}

/** Fills in the parts of a node's input and its base recipe, as far as the nodes before it allow. */
function describeInputs(attempt: Attempt, state: NodeState): void {
  const { engine, states, codes } = attempt
  const { node } = state
  const wholes = node.wholes.map((edge) => ({ edge, section: states.get(edge.from)?.section }))
  if (wholes.some(({ section }) => section === undefined)) return
  const identities = wholes.map(({ edge, section }) => ({ id: edge.name, ...sectionIdentity(section as NonNullable<typeof section>, edge.output) }))
  if (state.base === undefined) {
    const sides = node.shape === 'whole' ? {} : Object.fromEntries(identities.map(({ id, key, content }) => [id, content ?? key]))
    state.ingredients = ingredientsOf(engine, node, { code: codes.get(node.name) as NodeCode, sides, schema: node.shape === 'source' ? state.schema : undefined })
    state.base = baseOf(state.ingredients)
  }
  if (node.shape === 'whole') state.inputs = [{ id: 'all', ...wholeIdentity(identities) }]
  else if (node.stream !== undefined) state.inputs = streamedParts(states, state)
}

function wholeIdentity(inputs: readonly { readonly id: string; readonly key: string; readonly content?: string }[]): { readonly key: string; readonly content?: string } {
  const key = hashJson(inputs.map(({ id, key }) => [id, key]))
  return inputs.some(({ content }) => content === undefined) ? { key } : { key, content: hashJson(inputs.map(({ id, content }) => [id, content])) }
}

/** Parts of the streamed input. Rows that only the fold decides about (roll-ups, condemning checks, quarantine) are known once it is settled. */
function streamedParts(states: ReadonlyMap<string, NodeState>, state: NodeState): readonly InputPart[] | undefined {
  const edge = state.node.stream as NonNullable<typeof state.node.stream>
  const parent = states.get(edge.from) as NodeState
  if (parent.section !== undefined) return settledParts(parent.section, edge.output)
  const rowWise = parent.node.shape === 'source' || parent.node.shape === 'row-wise'
  const condemns = (parent.node.spec.gate.expect ?? []).some((check) => check.rule.scope === 'condemning')
  return rowWise && !condemns && edge.output === 'main' ? openParts(states, edge.from) : undefined
}

/**
 * Parts that may turn out to need nothing: the kept node before them is made anew, and if its rows come out as they were, what was made of them
 * before still stands. They wait a round.
 */
function deferrable(attempt: Attempt, state: NodeState, lacking: readonly InputPart[], deferred: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const edge = state.node.stream
  if (edge === undefined) return new Set()
  const parent = attempt.states.get(edge.from) as NodeState
  const before = state.previous?.partials ?? state.previous?.parts.map((part) => part.record) ?? []
  const hopeful = new Set(parent.kept && !attempt.full ? before.filter((record) => record.base === state.base && record.input.content !== undefined).map((record) => record.part) : [])
  return new Set(lacking.filter((input) => deferred.get(edge.from)?.has(input.id) || (isPending(input) && hopeful.has(input.id))).map((input) => input.id))
}

async function makeMissing(attempt: Attempt, missing: readonly Missing[]): Promise<void> {
  const { engine, states, signal, progress, perform, ask } = attempt
  await announce(attempt, missing)
  const tasks = planTasks(engine, states, missing.filter(({ state }) => state.phase === 'open'), attempt.fingerprint)
  let next = 0
  const worker = async () => {
    for (let index = next++; index < tasks.length; index = next++) {
      const task = tasks[index] as (typeof tasks)[number]
      signal.throwIfAborted()
      const { records, failed } = await runTask(engine, { task, executor: engine.executor, perform, ask, signal, progress: progress.rows })
      for (const [name, error] of failed) fail(attempt, states.get(name) as NodeState, error)
      for (const [name, record] of Object.entries(records)) {
        const state = states.get(name) as NodeState
        state.records.set(record.part, record)
        state.made.add(record.part)
        state.bytes += (record.data?.bytes ?? 0) + (record.quarantine?.bytes ?? 0) + (record.files?.bytes ?? 0) + (record.partial?.bytes ?? 0)
        progress.partDone(state)
      }
    }
  }
  const lanes = Array.from({ length: Math.min(engine.executor.concurrency, tasks.length) }, worker)
  const endings = await Promise.allSettled(lanes)
  const broken = endings.find((ending) => ending.status === 'rejected')
  if (broken !== undefined) throw broken.reason
}

/** `beforeStep`, before the first part of every node that has something to do; a tap that throws stops the node. */
async function announce(attempt: Attempt, missing: readonly Missing[]): Promise<void> {
  const { engine, progress } = attempt
  const counts = new Map<NodeState, number>()
  for (const { state } of missing) counts.set(state, (counts.get(state) ?? 0) + 1)
  for (const [state, parts] of counts) {
    if (state.started !== undefined) continue
    progress.start(state, parts)
    const { graph, settings } = engine
    await attend(attempt, state, () => tellBeforeStep(engine.hooks, { pipeline: graph.pipeline, node: state.node.name, kind: state.node.spec.uses.name, runId: settings.runId, env: settings.env }))
  }
}

/** What goes wrong while looking after one node is that node's failure; the others go on. */
async function attend(attempt: Attempt, state: NodeState, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (cause) {
    attempt.signal.throwIfAborted()
    if (attempt.planOnly) throw cause
    const error = isTidegateError(cause) ? cause : new TidegateError('STEP_FAILED', `Node "${state.node.name}" failed: ${cause instanceof Error ? cause.message : String(cause)}`, { data: { node: state.node.name }, cause })
    fail(attempt, state, error)
  }
}

function fail(attempt: Attempt, state: NodeState, error: TidegateError): void {
  if (state.phase === 'failed') return
  state.phase = 'failed'
  state.status = 'failed'
  state.error = error
  state.ended = attempt.clock()
  for (const name of withDescendants(attempt.engine.graph, [state.node.name])) {
    const below = attempt.states.get(name) as NodeState
    if (below.phase !== 'open') continue
    below.phase = 'skipped'
    below.status = 'skipped'
    below.why = `${state.node.name} failed`
  }
}
