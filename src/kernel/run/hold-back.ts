import { withAncestors } from '../graph/graph.ts'
import type { Attempt } from './attempt.ts'
import { isStreamedOpen } from './describe-inputs.ts'
import type { NodeState } from './node-state.ts'
import type { Missing } from './tasks.ts'

/**
 * Leaves out passes that would have to be streamed again: a node of theirs still waits for a whole input that is made elsewhere. They go on as soon
 * as it is there, so that several consumers, side tables or not, are fed from one reading.
 */
export function holdBack(
  attempt: Attempt,
  missing: readonly Missing[],
  waiting: readonly NodeState[],
): readonly Missing[] {
  const { states, engine } = attempt
  const roots = new Map([...states.values()].map((state) => [state.node.name, rootOf(states, state)]))
  const held = new Set<string>()
  for (const state of waiting) {
    const root = roots.get(state.node.name) as string
    const open = state.node.wholes.map((edge) => edge.from).filter((from) => states.get(from)?.phase === 'open')
    const needed = withAncestors(engine.graph, open)
    // What waits for its own pass cannot be waited for.
    if (open.length > 0 && ![...needed].some((name) => roots.get(name) === root)) held.add(root)
  }
  const free = missing.filter(({ state }) => !held.has(roots.get(state.node.name) as string))
  return free.length > 0 ? free : missing
}

/** The node at which the reading begins that feeds this one. */
function rootOf(states: ReadonlyMap<string, NodeState>, state: NodeState): string {
  const edge = state.node.stream
  if (edge === undefined || !isStreamedOpen(states, edge)) return state.node.name
  return rootOf(states, states.get(edge.from) as NodeState)
}
