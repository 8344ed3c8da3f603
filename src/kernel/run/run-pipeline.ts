import { tellAfterStep } from '../../hooks/ask.ts'
import type { ErrorFacts } from '../../plugins/events.ts'
import { createLog, type Log } from '../commit/log.ts'
import { takeLock } from '../commit/lock.ts'
import { createRunId, wallClock } from '../context.ts'
import { isTidegateError, TidegateError } from '../errors.ts'
import type { Kernel } from '../kernel.ts'
import { recordFinish, recordStart } from '../lineage/recorder.ts'
import { errorFacts } from '../log/error-facts.ts'
import type { Node } from '../node.ts'
import { type Entry, noCounts } from '../parts/record.ts'
import { coordinate } from './coordinator.ts'
import { createEngine } from './create-engine.ts'
import type { Engine } from './engine.ts'
import { lineageFacts } from './lineage-facts.ts'
import type { NodeState } from './node-state.ts'
import { type Selection, selectNodes } from './open-states.ts'
import { createPerform } from './perform.ts'
import { publishTargets } from './publish.ts'

export interface RunRequest extends Selection {
  readonly full?: boolean
  readonly paranoid?: boolean
  readonly signal?: AbortSignal
  readonly replace?: readonly (readonly [Node, Node])[]
  /** Another environment for the results. */
  readonly into?: string
}

export interface RunOutcome {
  readonly runId: string
  readonly env: string
  readonly pipeline: string
  readonly status: 'succeeded' | 'up to date' | 'failed'
  /** Number of the entry that is current now; undefined when nothing was ever committed. */
  readonly entry: number | undefined
  readonly states: ReadonlyMap<string, NodeState>
  /** What went wrong, node by node; lineage and hooks without one. */
  readonly errors: readonly TidegateError[]
  readonly engine: Engine
}

/** How often a run plans again because another one committed first. */
const attempts = 5

/** Plans, computes, gates, commits and publishes one pipeline. Faults of nodes are in the outcome; what stops the whole run is thrown. */
export async function runPipeline(kernel: Kernel, pipeline: string, request: RunRequest = {}): Promise<RunOutcome> {
  const startedAt = wallClock()
  const runId = createRunId(startedAt)
  const env = request.into ?? kernel.env
  const named = [...(request.only ?? []), ...(request.to ?? [])]
  const engine = createEngine(kernel, { pipeline, runId, now: startedAt, env, named, ...(request.paranoid === true ? { paranoid: true } : {}), ...(request.replace === undefined ? {} : { replace: request.replace }) })
  const signal = request.signal ?? new AbortController().signal
  const span = { runId, pipeline, span: runId }
  engine.events.emit({ type: 'run.started', at: startedAt, env, ...span })
  const end = (status: 'succeeded' | 'up to date' | 'failed' | 'aborted', error?: ErrorFacts) => {
    const at = wallClock()
    engine.events.emit({ type: 'run.finished', at, status, duration: at - startedAt, ...(error === undefined ? {} : { error }), ...span })
  }
  let unlock: (() => Promise<void>) | undefined
  try {
    unlock = await takeLock(engine.store.workspace, { runId, pipeline, env, at: startedAt })
    await recordStart(engine.lineage, { env, pipeline, runId, startedAt })
    const { entry, states } = await attemptAll(engine, request, signal)
    const errors = [...(await tellResults(engine, states)), ...[...states.values()].flatMap((state) => (state.error === undefined ? [] : [state.error]))]
    const worked = [...states.values()].some((state) => state.status === 'committed' || state.status === 'published')
    const status = errors.length > 0 ? 'failed' : worked ? 'succeeded' : 'up to date'
    errors.push(...(await recorded(engine, states, { startedAt, status, entry, request })))
    end(errors.length > 0 ? 'failed' : status, errors.length > 0 ? errorFacts(errors[0]) : undefined)
    return { runId, env, pipeline, status: errors.length > 0 ? 'failed' : status, entry: entry?.number, states, errors, engine }
  } catch (cause) {
    const error = signal.aborted ? aborted(cause) : cause
    end(signal.aborted ? 'aborted' : 'failed', errorFacts(error))
    await finishLineage(engine, { startedAt, aborted: signal.aborted, error })
    throw error
  } finally {
    await unlock?.().catch((error: unknown) => engine.log.warn('the lock of the run could not be removed', { error: String(error) }))
    await engine.close()
  }
}

/** Attempts until the commit succeeds: who loses the race for a number plans again, and finds finished records to adopt. */
async function attemptAll(engine: Engine, request: RunRequest, signal: AbortSignal): Promise<{ readonly entry: Entry | undefined; readonly states: ReadonlyMap<string, NodeState> }> {
  const log = createLog(engine.store.workspace, engine.settings.env, engine.graph.pipeline)
  const active = selectNodes(engine.graph, request)
  // Targets that this run published while another one committed: which of the two they show now is not known.
  const doubtful = new Set<string>()
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const previous = await log.current()
    // What the first attempt made anew stands; later ones only plan again.
    const full = request.full === true && attempt === 1
    const { states } = await coordinate({ engine, previous, active, full, perform: createPerform(engine), signal, planOnly: false, clock: wallClock })
    const next = nextEntry(engine, previous, states)
    if (next !== undefined) {
      await engine.store.sync()
      signal.throwIfAborted()
      if (!(await log.append(next))) continue
      engine.events.emit({ type: 'run.committed', at: wallClock(), entry: next.number, runId: engine.settings.runId, pipeline: engine.graph.pipeline, span: engine.settings.runId })
    }
    announceNodes(engine, states, (state) => state.node.shape !== 'target')
    await publishTargets(engine, states, { full, doubtful, signal, clock: wallClock })
    const committed = next ?? previous
    const published = [...states.values()].filter((state) => state.status === 'published')
    const entry = published.length === 0 ? committed : await commitTargets(engine, log, committed, published)
    if (published.length > 0 && entry === undefined) {
      for (const state of published) doubtful.add(state.node.name)
      continue
    }
    announceNodes(engine, states, (state) => state.node.shape === 'target')
    return { entry, states }
  }
  throw new TidegateError('RUN_CONFLICT', `Other runs of "${engine.graph.pipeline}" in "${engine.settings.env}" kept committing first, ${attempts} times`, { hint: 'Run again when they are done, or run them one after another.' })
}

/** The entry that this attempt commits; undefined when it would say nothing new. */
function nextEntry(engine: Engine, previous: Entry | undefined, states: ReadonlyMap<string, NodeState>): Entry | undefined {
  const nodes: Record<string, string> = {}
  const withheld: Record<string, string> = {}
  for (const [name, state] of states) {
    const settled = state.phase === 'settled' ? state.path : state.previousPath
    if (settled !== undefined) nodes[name] = settled
    if (state.phase === 'withheld') {
      const path = state.path ?? state.attemptPath
      if (path !== undefined) withheld[name] = path
    } else if (state.phase !== 'settled' && state.attemptPath !== undefined) withheld[name] = state.attemptPath
  }
  const changed = Object.keys(nodes).filter((name) => nodes[name] !== previous?.nodes[name])
  const gone = Object.keys(previous?.nodes ?? {}).filter((name) => nodes[name] === undefined)
  const sameWithheld = JSON.stringify(withheld) === JSON.stringify(previous?.withheld ?? {})
  if (changed.length === 0 && gone.length === 0 && sameWithheld) return undefined
  return entryOf(engine, (previous?.number ?? 0) + 1, nodes, withheld, changed)
}

function entryOf(engine: Engine, number: number, nodes: Entry['nodes'], withheld: Entry['withheld'], changed: readonly string[]): Entry {
  const { settings, graph } = engine
  return { version: 1, number, runId: settings.runId, env: settings.env, pipeline: graph.pipeline, at: settings.now, nodes, withheld, changed }
}

/** Records what was published; undefined when another run committed since, whose targets may have been published before or after. */
async function commitTargets(engine: Engine, log: Log, committed: Entry | undefined, published: readonly NodeState[]): Promise<Entry | undefined> {
  const paths = Object.fromEntries(published.map((state) => [state.node.name, state.path as string]))
  await engine.store.sync()
  const next = entryOf(engine, (committed?.number ?? 0) + 1, { ...committed?.nodes, ...paths }, committed?.withheld ?? {}, Object.keys(paths))
  return (await log.append(next)) ? next : undefined
}

function announceNodes(engine: Engine, states: ReadonlyMap<string, NodeState>, which: (state: NodeState) => boolean): void {
  const { settings, graph, events } = engine
  for (const state of states.values()) {
    if (!which(state)) continue
    const counts = state.section?.counts ?? noCounts
    const at = state.ended ?? wallClock()
    events.emit({
      type: 'node.finished',
      at,
      status: state.status ?? 'skipped',
      duration: state.started === undefined ? 0 : at - state.started,
      bytes: state.bytes,
      why: state.why,
      ...(state.error === undefined ? {} : { error: errorFacts(state.error) }),
      ...counts,
      runId: settings.runId,
      pipeline: graph.pipeline,
      node: state.node.name,
      span: `${settings.runId}/${state.node.name}`,
      parent: settings.runId,
    })
  }
}

/** `afterStep`, for every node that had something to do. What a tap throws is an error of the run; what was committed stays. */
async function tellResults(engine: Engine, states: ReadonlyMap<string, NodeState>): Promise<TidegateError[]> {
  const errors: TidegateError[] = []
  const { settings, graph, hooks } = engine
  for (const state of states.values()) {
    const folded = state.status === 'committed' || (state.status === 'withheld' && state.error !== undefined)
    if (state.started === undefined && state.status !== 'failed' && !folded) continue
    const duration = (state.ended ?? 0) - (state.started ?? state.ended ?? 0)
    const result = { pipeline: graph.pipeline, node: state.node.name, kind: state.node.spec.uses.name, runId: settings.runId, env: settings.env, status: state.status ?? 'skipped', duration, bytes: state.bytes, ...(state.section?.counts ?? noCounts), ...(state.error === undefined ? {} : { error: errorFacts(state.error) }) }
    try {
      await tellAfterStep(hooks, result)
    } catch (error) {
      errors.push(isTidegateError(error) ? error : new TidegateError('HOOK_FAILED', String(error), { cause: error }))
    }
  }
  return errors
}

async function recorded(engine: Engine, states: ReadonlyMap<string, NodeState>, given: { readonly startedAt: number; readonly status: 'succeeded' | 'up to date' | 'failed'; readonly entry: Entry | undefined; readonly request: RunRequest }): Promise<TidegateError[]> {
  try {
    await recordFinish(engine.lineage, await lineageFacts(engine, states, { startedAt: given.startedAt, endedAt: wallClock(), status: given.status, entry: given.entry?.number }))
    return []
  } catch (error) {
    return [isTidegateError(error) ? error : new TidegateError('LINEAGE_FAILED', `Lineage could not be recorded: ${String(error)}`, { cause: error })]
  }
}

/** A run that was stopped says so in the lineage; a store that fails now must not hide why the run stopped. */
async function finishLineage(engine: Engine, given: { readonly startedAt: number; readonly aborted: boolean; readonly error: unknown }): Promise<void> {
  const { settings, graph, log } = engine
  try {
    await recordFinish(engine.lineage, { env: settings.env, pipeline: graph.pipeline, runId: settings.runId, startedAt: given.startedAt, endedAt: wallClock(), status: given.aborted ? 'aborted' : 'failed', error: errorFacts(given.error), nodes: [] })
  } catch (error) {
    log.warn('the end of the run could not be recorded in the lineage', { error: errorFacts(error).message })
  }
}

function aborted(cause: unknown): TidegateError {
  return new TidegateError('RUN_ABORTED', 'The run was cancelled', { hint: 'Finished records stay in the workspace: the next run adopts them.', cause })
}
