import type { Engine } from './engine.ts'
import type { NodeState } from './node-state.ts'

/** Tells the event stream how far nodes are: at most ten times a second and node. */
export interface Progress {
  start(state: NodeState, parts: number): void
  rows(node: string, rows: number): void
  partDone(state: NodeState): void
}

const interval = 100

export function createProgress(engine: Engine, clock: () => number): Progress {
  const { events, graph, settings } = engine
  const counts = new Map<string, { rows: number; parts: number; told: number }>()
  const span = (node: string) => ({
    runId: settings.runId,
    pipeline: graph.pipeline,
    node,
    span: `${settings.runId}/${node}`,
    parent: settings.runId,
  })
  const tell = (node: string, own: { rows: number; parts: number; told: number }) => {
    own.told = clock()
    events.emit({ type: 'node.progress', at: own.told, rows: own.rows, partsDone: own.parts, ...span(node) })
  }
  return {
    start(state, parts) {
      if (state.started !== undefined) return
      state.started = clock()
      counts.set(state.node.name, { rows: 0, parts: 0, told: state.started })
      const known = state.listing?.reduce<number | undefined>(
        (sum, part) => (sum === undefined || part.rows === undefined ? undefined : sum + part.rows),
        0,
      )
      events.emit({
        type: 'node.started',
        at: state.started,
        parts,
        ...(known === undefined ? {} : { rows: known }),
        ...span(state.node.name),
      })
    },
    rows(node, rows) {
      const own = counts.get(node)
      if (own === undefined) return
      own.rows += rows
      if (clock() - own.told >= interval) tell(node, own)
    },
    partDone(state) {
      const own = counts.get(state.node.name)
      if (own === undefined) return
      own.parts++
      tell(state.node.name, own)
    },
  }
}
