import type { Perform } from '../../plugins/executor.ts'
import type { Deadlines } from '../deadline/deadlines.ts'
import { isTidegateError, TidegateError } from '../errors.ts'
import { withDescendants } from '../graph/graph.ts'
import type { Entry } from '../parts/record.ts'
import { redactError } from '../secrets/redact-error.ts'
import { createAsk } from './ask.ts'
import type { Engine } from './engine.ts'
import { codeOf, type NodeCode, pipelineFingerprint } from './ingredients.ts'
import type { NodeState } from './node-state.ts'
import { openStates } from './open-states.ts'
import { createProgress, type Progress } from './progress.ts'
import { type AskVerdict, createResolver, type Resolver } from './resolve.ts'

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
  /** Of the run; a plan has none. */
  readonly deadlines?: Deadlines
}

/** What one attempt works with. */
export interface Attempt extends CoordinateRequest {
  readonly states: ReadonlyMap<string, NodeState>
  readonly codes: ReadonlyMap<string, NodeCode>
  /** Code of the whole pipeline: a worker with another one refuses tasks. */
  readonly fingerprint: string
  readonly ask: AskVerdict
  readonly resolver: Resolver
  readonly progress: Progress
}

export async function beginAttempt(request: CoordinateRequest): Promise<Attempt> {
  const { engine } = request
  const states = await openStates(engine, request.previous, request.active, request.full)
  const codes = new Map(
    [...states.values()]
      .filter((state) => state.phase === 'open')
      .map((state) => [state.node.name, codeOf(engine, state.node)]),
  )
  const ask = createAsk(engine)
  const { now, seed } = engine.settings
  const resolver = createResolver({
    graph: engine.graph,
    store: engine.store,
    ask,
    now,
    seed,
    full: request.full,
  })
  return {
    ...request,
    states,
    codes,
    fingerprint: pipelineFingerprint(engine),
    ask,
    resolver,
    progress: createProgress(engine, request.clock),
  }
}

/** What goes wrong while looking after one node is that node's failure; the others go on. */
export async function attend(attempt: Attempt, state: NodeState, act: () => Promise<void>): Promise<void> {
  try {
    await act()
    if (state.phase === 'settled') attempt.deadlines?.done(state.node.name)
    const late = attempt.deadlines?.halted([state.node.name])
    if (late !== undefined && state.phase !== 'withheld') fail(attempt, state, late)
  } catch (cause) {
    attempt.signal.throwIfAborted()
    const late = attempt.deadlines?.halted([state.node.name])
    if (late !== undefined) return fail(attempt, state, late)
    if (attempt.planOnly) throw redactError(cause, attempt.engine.redact)
    const error = isTidegateError(cause)
      ? cause
      : new TidegateError(
          'STEP_FAILED',
          `Node "${state.node.name}" failed: ${cause instanceof Error ? cause.message : String(cause)}`,
          { data: { node: state.node.name }, cause },
        )
    fail(attempt, state, error)
  }
}

export function fail(attempt: Attempt, state: NodeState, error: TidegateError): void {
  if (state.phase === 'failed') return
  // What a deadline stops is held back as by a gate: nothing is wrong with the node, and its last committed state stays.
  const late = error.code === 'DEADLINE_MISSED'
  state.phase = late ? 'withheld' : 'failed'
  state.status = late ? 'withheld' : 'failed'
  if (late) {
    state.section = undefined
    state.path = undefined
  }
  state.error = redactError(error, attempt.engine.redact)
  state.ended = attempt.clock()
  for (const name of withDescendants(attempt.engine.graph, [state.node.name])) {
    const below = attempt.states.get(name) as NodeState
    if (below.phase !== 'open') continue
    below.phase = late ? 'withheld' : 'skipped'
    below.status = late ? 'withheld' : 'skipped'
    below.why = `${state.node.name} ${late ? 'missed its deadline' : 'failed'}`
  }
}
