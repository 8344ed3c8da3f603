import type { FanOut } from '../../plugins/events.ts'
import type { InputPart, NodeState } from '../run/node-state.ts'
import { headOf } from '../run/task-head.ts'

/** Into how many tasks the missing records of a node fall, and together with which nodes they are made; undefined where nothing is missing. */
export function fanOutOf(
  states: ReadonlyMap<string, NodeState>,
  state: NodeState,
  missing: readonly InputPart[] | undefined,
): FanOut | undefined {
  const [first] = missing ?? []
  const { name, shape } = state.node
  if (missing === undefined || first === undefined) return undefined
  if (shape === 'whole') return { of: readBy(state), parts: 1, tasks: 1, chain: [name] }
  const heads = missing.map((input) => head(states, state, input))
  const own = heads[0]
  if (own === undefined) return undefined
  const tasks = new Set(heads.map((one, index) => `${one?.node}/${one?.output}/${one?.id ?? missing[index]?.id}`))
  return { of: own.node, parts: missing.length, tasks: tasks.size, chain: chainOf(states, state, own.node, own.stored) }
}

/** What a step over whole tables waits for. */
function readBy({ node }: NodeState): string {
  return node.wholes.map(({ from }) => from).join(', ')
}

/** Rows that cannot be had are the run's fault to tell; a plan only leaves them uncounted. */
function head(states: ReadonlyMap<string, NodeState>, state: NodeState, input: InputPart) {
  try {
    return headOf(states, { state, input })
  } catch {
    return undefined
  }
}

/** From where the reading begins down to the node; what is read as it was stored is not computed. */
function chainOf(
  states: ReadonlyMap<string, NodeState>,
  state: NodeState,
  from: string,
  stored: unknown,
): readonly string[] {
  const chain = [state.node.name]
  for (let above = state.node.stream?.from; above !== undefined; above = states.get(above)?.node.stream?.from) {
    if (chain[0] === from || (above === from && stored !== undefined)) break
    chain.unshift(above)
  }
  return chain
}
