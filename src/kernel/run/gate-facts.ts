import type { Check, GateFacts, HistoryPoint, OtherDataset } from '../../plugins/check.ts'
import type { Batch } from '../columns/batch.ts'
import { TidegateError } from '../errors.ts'
import { type Edge, gateEdgeName } from '../graph/graph.ts'
import type { Section } from '../parts/record.ts'
import type { Store } from '../parts/store.ts'
import { openOutput, type ReadOptions } from './dataset.ts'
import type { Engine } from './engine.ts'
import type { NodeState } from './node-state.ts'
import { sectionIdentity } from './resolve.ts'

/** The settled sections of what a node's checks look at, by the name of the edge. All nodes before it must be settled. */
export function lookedAt(states: ReadonlyMap<string, NodeState>, state: NodeState): ReadonlyMap<string, Section> {
  return new Map(
    state.node.looksAt.map((edge) => [edge.name, (states.get(edge.from) as NodeState).section as Section] as const),
  )
}

/** What the other datasets hold: decided again where it changes, while no record depends on it. */
export function othersIdentity({ node, others }: NodeState): readonly (readonly [string, string])[] {
  return node.looksAt.map((edge) => {
    const { key, content } = sectionIdentity(others.get(edge.name) as Section, edge.output)
    return [edge.name, content ?? key]
  })
}

/** What one check may look at besides its own measures and partials. */
export function factsOf(
  engine: Engine,
  state: NodeState,
  check: Check,
  given: { readonly now: number; readonly history: readonly HistoryPoint[]; readonly signal: AbortSignal },
): GateFacts {
  const edges = new Map(state.node.looksAt.map((edge) => [edge.name, edge]))
  const others = Object.keys(check.others ?? {}).map((name) => {
    const edge = edges.get(gateEdgeName(check.name, name)) as Edge
    return [name, otherDataset(engine.store, edge, state.others.get(edge.name) as Section, given.signal)] as const
  })
  return { ...given, others: Object.fromEntries(others) }
}

function otherDataset(store: Store, edge: Edge, section: Section, signal: AbortSignal): OtherDataset {
  const name = edge.output === 'main' ? edge.from : `${edge.from}.${edge.output}`
  if (edge.output === 'main' && section.parts.some(({ record }) => record.data === undefined)) {
    throw new TidegateError(
      'ROWS_NOT_KEPT',
      `A check looks at "${name}", whose rows were not kept when it was committed`,
      {
        hint: `Run "${edge.from}" too: leave out --from and --only, or name it.`,
        data: { node: edge.from },
      },
    )
  }
  const dataset = openOutput(store, section, edge.output)
  return {
    name,
    schema: dataset.schema,
    rows: dataset.rows,
    // Part by part: a check has no use for the order of keys, and a merge by key would hold everything.
    async *batches(options: Pick<ReadOptions, 'columns'> = {}): AsyncIterable<Batch> {
      for (const { id } of dataset.parts) yield* dataset.batchesOf(id, { ...options, signal })
    },
  }
}
