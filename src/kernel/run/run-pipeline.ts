import type { ErrorFacts } from '../../plugins/events.ts'
import { takeLock } from '../commit/lock.ts'
import { createLog } from '../commit/log.ts'
import { createRunId, wallClock } from '../context.ts'
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
  engine.events.emit({ type: 'run.started', at: startedAt, env, ...span })
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
  try {
    unlock = await takeLock(engine.store.workspace, { runId, pipeline, env, at: startedAt }, { signal })
    await recordStart(engine.lineage, { env, pipeline, runId, startedAt })
    const into = env === kernel.env ? undefined : env
    const { entry, states } = await attemptAll(engine, request, into, signal)
    const errors = [
      ...(await tellResults(engine, states)),
      ...[...states.values()].flatMap((state) => (state.error === undefined ? [] : [state.error])),
    ]
    const worked = [...states.values()].some((state) => state.status === 'committed' || state.status === 'published')
    const status = errors.length > 0 ? 'failed' : worked ? 'succeeded' : 'up to date'
    errors.push(...(await recorded(engine, states, { startedAt, status, entry, request })))
    end(errors.length > 0 ? 'failed' : status, errors.length > 0 ? errorFacts(errors[0]) : undefined)
    return {
      runId,
      env,
      pipeline,
      status: errors.length > 0 ? 'failed' : status,
      entry: entry?.number,
      states,
      errors,
      engine,
    }
  } catch (cause) {
    const error = redactError(signal.aborted ? aborted(cause) : cause, engine.redact)
    end(signal.aborted ? 'aborted' : 'failed', errorFacts(error))
    await finishLineage(engine, { startedAt, aborted: signal.aborted, error })
    throw error
  } finally {
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
  into: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly entry: Entry | undefined; readonly states: ReadonlyMap<string, NodeState> }> {
  const log = createLog(engine.store.workspace, engine.settings.env, engine.graph.pipeline)
  const active = selectNodes(engine.graph, request)
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
    await publishTargets(engine, states, { full, doubtful, into, signal, clock: wallClock })
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
    readonly request: RunRequest
  },
): Promise<TidegateError[]> {
  try {
    await recordFinish(
      engine.lineage,
      lineageFacts(engine, states, {
        startedAt: given.startedAt,
        endedAt: wallClock(),
        status: given.status,
        entry: given.entry?.number,
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
  given: { readonly startedAt: number; readonly aborted: boolean; readonly error: unknown },
): Promise<void> {
  const { settings, graph, log } = engine
  try {
    await recordFinish(engine.lineage, {
      env: settings.env,
      pipeline: graph.pipeline,
      runId: settings.runId,
      startedAt: given.startedAt,
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
