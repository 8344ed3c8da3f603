import type { ErrorFacts, MissedDeadline } from '../../plugins/events.ts'
import { takeLock } from '../commit/lock.ts'
import { createLog } from '../commit/log.ts'
import { createRunId, wallClock } from '../context.ts'
import { createClock } from '../deadline/alarm.ts'
import { type Deadlines, watchDeadlines } from '../deadline/deadlines.ts'
import { isTidegateError, TidegateError } from '../errors.ts'
import type { Kernel } from '../kernel.ts'
import { recordFinish, recordStart } from '../lineage/recorder.ts'
import { errorFacts } from '../log/error-facts.ts'
import type { Node } from '../node.ts'
import type { Entry } from '../parts/record.ts'
import { redactError } from '../secrets/redact-error.ts'
import { commitTargets, nextEntry } from './commit-run.ts'
import { coordinate } from './coordinator.ts'
import { createEngine } from './create-engine.ts'
import type { Engine } from './engine.ts'
import { removedNodes } from './explain.ts'
import { lineageFacts } from './lineage-facts.ts'
import type { NodeState } from './node-state.ts'
import { type Selection, selectNodes } from './open-states.ts'
import { createPerform } from './perform.ts'
import { publishTargets } from './publish.ts'
import { announceNodes, tellResults } from './tell-results.ts'

export interface RunRequest extends Selection {
  readonly full?: boolean
  readonly paranoid?: boolean
  readonly signal?: AbortSignal
  readonly replace?: readonly (readonly [Node, Node])[]
  /** Another environment for the results. Targets are not published: they belong to the environment of the config. */
  readonly into?: string
  /** The tick of the schedule that the run belongs to; `now` stays the real time. Epoch milliseconds. */
  readonly scheduled?: number
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
  /** Deadlines that passed before what they are about was done. */
  readonly missed: readonly MissedDeadline[]
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
  const engine = createEngine(kernel, {
    pipeline,
    runId,
    now: startedAt,
    env,
    named,
    ...(request.paranoid === true ? { paranoid: true } : {}),
    ...(request.replace === undefined ? {} : { replace: request.replace }),
  })
  const signal = request.signal ?? new AbortController().signal
  const span = { runId, pipeline, span: runId }
  const { scheduled } = request
  const tick = scheduled === undefined ? {} : { scheduled }
  engine.events.emit({ type: 'run.started', at: startedAt, env, ...tick, ...span })
  const active = selectNodes(engine.graph, request)
  const end = (status: 'succeeded' | 'up to date' | 'failed' | 'aborted', error?: ErrorFacts) => {
    const at = wallClock()
    engine.events.emit({
      type: 'run.finished',
      at,
      status,
      duration: at - startedAt,
      ...(error === undefined ? {} : { error }),
      ...span,
    })
  }
  let unlock: (() => Promise<void>) | undefined
  const deadlines = watchDeadlines(engine, {
    pipeline: kernel.config.deadlines?.[pipeline],
    active,
    startedAt,
    ...tick,
    clock: createClock(wallClock),
  })
  try {
    unlock = await takeLock(engine.store.workspace, { runId, pipeline, env, at: startedAt }, { signal })
    await recordStart(engine.lineage, { env, pipeline, runId, startedAt, ...tick })
    const into = env === kernel.env ? undefined : env
    const { entry, states, removed } = await attemptAll(engine, request, { into, active, deadlines, signal })
    deadlines.finish()
    const missed = deadlines.missed()
    const errors = [
      ...(await tellResults(engine, states, missed)),
      ...[...states.values()].flatMap((state) => (state.error === undefined ? [] : [state.error])),
    ]
    const worked =
      removed || [...states.values()].some((state) => state.status === 'committed' || state.status === 'published')
    const status = errors.length > 0 ? 'failed' : worked ? 'succeeded' : 'up to date'
    errors.push(...(await recorded(engine, states, { startedAt, ...tick, status, entry, missed })))
    end(errors.length > 0 ? 'failed' : status, errors.length > 0 ? errorFacts(errors[0]) : undefined)
    return {
      runId,
      env,
      pipeline,
      status: errors.length > 0 ? 'failed' : status,
      entry: entry?.number,
      states,
      errors,
      missed,
      engine,
    }
  } catch (cause) {
    const error = redactError(signal.aborted ? aborted(cause) : cause, engine.redact)
    end(signal.aborted ? 'aborted' : 'failed', errorFacts(error))
    await finishLineage(engine, { startedAt, ...tick, missed: deadlines.missed(), aborted: signal.aborted, error })
    throw error
  } finally {
    deadlines.close()
    await unlock?.().catch((error: unknown) =>
      engine.log.warn('the lock of the run could not be removed', { error: String(error) }),
    )
    await engine.close()
  }
}

/** Attempts until the commit succeeds: who loses the race for a number plans again, and finds finished records to adopt. */
async function attemptAll(
  engine: Engine,
  request: RunRequest,
  given: {
    readonly into: string | undefined
    readonly active: ReadonlySet<string>
    readonly deadlines: Deadlines
    readonly signal: AbortSignal
  },
): Promise<{
  readonly entry: Entry | undefined
  readonly states: ReadonlyMap<string, NodeState>
  /** Nodes that are no longer in the pipeline left the state. */
  readonly removed: boolean
}> {
  const log = createLog(engine.store.workspace, engine.settings.env, engine.graph.pipeline)
  const { into, active, deadlines, signal } = given
  // Targets that this run published while another one committed: which of the two they show now is not known.
  const doubtful = new Set<string>()
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const previous = await log.current()
    // What the first attempt made anew stands; later ones only plan again.
    const full = request.full === true && attempt === 1
    const { states } = await coordinate({
      engine,
      previous,
      active,
      full,
      perform: createPerform(engine),
      signal,
      planOnly: false,
      clock: wallClock,
      deadlines,
    })
    const next = nextEntry(engine, previous, states)
    if (next !== undefined) {
      await engine.store.sync()
      signal.throwIfAborted()
      if (!(await log.append(next))) continue
      engine.events.emit({
        type: 'run.committed',
        at: wallClock(),
        entry: next.number,
        runId: engine.settings.runId,
        pipeline: engine.graph.pipeline,
        span: engine.settings.runId,
      })
    }
    announceNodes(engine, states, (state) => state.node.shape !== 'target')
    await publishTargets(engine, states, { full, doubtful, into, signal, clock: wallClock, deadlines })
    const committed = next ?? previous
    const published = [...states.values()].filter((state) => state.status === 'published')
    const entry = published.length === 0 ? committed : await commitTargets(engine, log, committed, published)
    if (published.length > 0 && entry === undefined) {
      for (const state of published) doubtful.add(state.node.name)
      continue
    }
    announceNodes(engine, states, (state) => state.node.shape === 'target')
    return { entry, states, removed: next !== undefined && removedNodes(engine.graph, previous).length > 0 }
  }
  throw new TidegateError(
    'RUN_CONFLICT',
    `Other runs of "${engine.graph.pipeline}" in "${engine.settings.env}" kept committing first, ${attempts} times`,
    { hint: 'Run again when they are done, or run them one after another.' },
  )
}

async function recorded(
  engine: Engine,
  states: ReadonlyMap<string, NodeState>,
  given: {
    readonly startedAt: number
    readonly status: 'succeeded' | 'up to date' | 'failed'
    readonly entry: Entry | undefined
    readonly scheduled?: number
    readonly missed: readonly MissedDeadline[]
  },
): Promise<TidegateError[]> {
  try {
    await recordFinish(
      engine.lineage,
      lineageFacts(engine, states, {
        startedAt: given.startedAt,
        endedAt: wallClock(),
        ...(given.scheduled === undefined ? {} : { scheduled: given.scheduled }),
        status: given.status,
        entry: given.entry?.number,
        missed: given.missed,
      }),
    )
    return []
  } catch (error) {
    const failed = isTidegateError(error)
      ? error
      : new TidegateError('LINEAGE_FAILED', `Lineage could not be recorded: ${String(error)}`, { cause: error })
    return [redactError(failed, engine.redact)]
  }
}

/** A run that was stopped says so in the lineage; a store that fails now must not hide why the run stopped. */
async function finishLineage(
  engine: Engine,
  given: {
    readonly startedAt: number
    readonly scheduled?: number
    readonly missed: readonly MissedDeadline[]
    readonly aborted: boolean
    readonly error: unknown
  },
): Promise<void> {
  const { settings, graph, log } = engine
  try {
    await recordFinish(engine.lineage, {
      env: settings.env,
      pipeline: graph.pipeline,
      runId: settings.runId,
      startedAt: given.startedAt,
      ...(given.scheduled === undefined ? {} : { scheduled: given.scheduled }),
      ...(given.missed.length === 0 ? {} : { missed: given.missed }),
      endedAt: wallClock(),
      status: given.aborted ? 'aborted' : 'failed',
      error: errorFacts(given.error),
      nodes: [],
    })
  } catch (error) {
    log.warn('the end of the run could not be recorded in the lineage', { error: errorFacts(error).message })
  }
}

function aborted(cause: unknown): TidegateError {
  return new TidegateError('RUN_ABORTED', 'The run was cancelled', {
    hint: 'Finished records stay in the workspace: the next run adopts them.',
    cause,
  })
}
