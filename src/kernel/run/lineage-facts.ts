import type { MissedDeadline } from '../../plugins/events.ts'
import { correctionInputs, type NodeFacts, type RunFacts } from '../lineage/facts.ts'
import { errorFacts } from '../log/error-facts.ts'
import type { Engine } from './engine.ts'
import type { NodeState } from './node-state.ts'

/** What the lineage recorder needs to know of a run that has ended. */
export function lineageFacts(
  engine: Engine,
  states: ReadonlyMap<string, NodeState>,
  run: {
    readonly startedAt: number
    readonly endedAt: number
    readonly status: 'succeeded' | 'up to date' | 'failed'
    readonly entry: number | undefined
    readonly scheduled?: number
    readonly missed: readonly MissedDeadline[]
  },
): RunFacts {
  const { settings, graph } = engine
  const { missed } = run
  const nodes = [...states.values()].map((state) => ({
    ...nodeFacts(state, run),
    ...among(missed, state.node.name),
  }))
  return {
    env: settings.env,
    pipeline: graph.pipeline,
    runId: settings.runId,
    startedAt: run.startedAt,
    ...(run.scheduled === undefined ? {} : { scheduled: run.scheduled }),
    ...among(missed, undefined),
    endedAt: run.endedAt,
    status: run.status,
    ...(run.entry === undefined ? {} : { entry: run.entry }),
    nodes,
  }
}

function among(missed: readonly MissedDeadline[], node: string | undefined): Pick<NodeFacts, 'missed'> {
  const own = missed.filter((one) => one.node === node)
  return own.length === 0 ? {} : { missed: own }
}

function nodeFacts(state: NodeState, run: { readonly startedAt: number; readonly endedAt: number }): NodeFacts {
  const { node } = state
  const section = state.section ?? state.previous
  const location = section?.location
  return {
    name: node.name,
    kind: node.spec.uses.name,
    shape: node.shape,
    status: state.status ?? 'skipped',
    inputs: [
      ...node.inputs.map((edge) => ({ name: edge.name, node: edge.from, output: edge.output })),
      ...correctionInputs(node.name, section),
    ],
    ...(section === undefined ? {} : { section }),
    ...(location === undefined
      ? {}
      : { dataset: { namespace: location.startsWith('/') ? 'file' : node.spec.uses.name, name: location } }),
    startedAt: state.started ?? run.startedAt,
    endedAt: state.ended ?? run.endedAt,
    ...(state.error === undefined ? {} : { error: errorFacts(state.error) }),
  }
}
