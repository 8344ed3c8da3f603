import { tellAfterStep } from '../../hooks/ask.ts'
import type { MissedDeadline } from '../../plugins/events.ts'
import { wallClock } from '../context.ts'
import { isTidegateError, TidegateError } from '../errors.ts'
import { errorFacts } from '../log/error-facts.ts'
import { noCounts } from '../parts/record.ts'
import { redactError } from '../secrets/redact-error.ts'
import type { Engine } from './engine.ts'
import type { NodeState } from './node-state.ts'

/** `node.finished`, for every node that `which` names. */
export function announceNodes(
  engine: Engine,
  states: ReadonlyMap<string, NodeState>,
  which: (state: NodeState) => boolean,
): void {
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

/** `afterStep`, for every node that had something to do, or missed a deadline that hooks are told of. What a tap throws is an error of the run; what was committed stays. */
export async function tellResults(
  engine: Engine,
  states: ReadonlyMap<string, NodeState>,
  missed: readonly MissedDeadline[] = [],
): Promise<TidegateError[]> {
  const errors: TidegateError[] = []
  const { settings, graph, hooks } = engine
  for (const state of states.values()) {
    const folded = state.status === 'committed' || (state.status === 'withheld' && state.error !== undefined)
    const told = missed.filter((one) => one.action !== 'warn' && (one.node ?? state.node.name) === state.node.name)
    const own = told.some(({ node }) => node !== undefined)
    if (state.started === undefined && state.status !== 'failed' && !folded && !own) continue
    const duration = (state.ended ?? 0) - (state.started ?? state.ended ?? 0)
    const result = {
      pipeline: graph.pipeline,
      node: state.node.name,
      kind: state.node.spec.uses.name,
      runId: settings.runId,
      env: settings.env,
      status: state.status ?? 'skipped',
      duration,
      bytes: state.bytes,
      ...(state.section?.counts ?? noCounts),
      ...(state.error === undefined ? {} : { error: errorFacts(state.error) }),
      ...(told.length === 0 ? {} : { missed: told }),
    }
    try {
      await tellAfterStep(hooks, result)
    } catch (error) {
      const failed = isTidegateError(error) ? error : new TidegateError('HOOK_FAILED', String(error), { cause: error })
      errors.push(redactError(failed, engine.redact))
    }
  }
  return errors
}
