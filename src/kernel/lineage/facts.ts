import type { ErrorFacts, MissedDeadline, NodeStatus } from '../../plugins/events.ts'
import type { GraphNode } from '../graph/graph.ts'
import type { Section } from '../parts/record.ts'

export interface DatasetName {
  readonly namespace: string
  readonly name: string
}

/** What is known when a run begins. Times are epoch milliseconds, UTC. */
export interface RunStart {
  readonly env: string
  readonly pipeline: string
  readonly runId: string
  readonly startedAt: number
  /** The tick of the schedule that the run belongs to. */
  readonly scheduled?: number
}

/** What is known when it has ended: all nodes of the pipeline, in topological order, also those that did not run. */
export interface RunFacts extends RunStart {
  readonly endedAt: number
  /** Number of the entry that the run committed. */
  readonly entry?: number
  /** Without it: `failed` if a node failed or was withheld, `up to date` if every node was, else `succeeded`. */
  readonly status?: 'succeeded' | 'up to date' | 'failed' | 'aborted'
  readonly error?: ErrorFacts
  /** Of the pipeline as a whole. */
  readonly missed?: readonly MissedDeadline[]
  readonly nodes: readonly NodeFacts[]
}

export interface InputFacts {
  /** The name under which the step knows it; `''` is `from`. */
  readonly name: string
  readonly node: string
  readonly output: string
  /** Where the node belongs to another pipeline. */
  readonly pipeline?: string
}

/** What people corrected is an input of the node, as long as its rows stand for rejected ones. */
export function correctionInputs(node: string, section: Section | undefined): readonly InputFacts[] {
  return section?.parts.some(({ correction }) => correction === true)
    ? [{ name: 'corrections', node, output: 'corrections' }]
    : []
}

export interface NodeFacts {
  readonly name: string
  readonly kind: string
  readonly shape: GraphNode['shape']
  readonly status: NodeStatus
  readonly inputs: readonly InputFacts[]
  /** Its state after the run; for a withheld node that of the attempt. */
  readonly section?: Section
  /** What a source reads and a target writes, by its name outside: `{ namespace: 'file', name: '/data/flights.parquet' }`. */
  readonly dataset?: DatasetName
  readonly startedAt: number
  readonly endedAt: number
  readonly error?: ErrorFacts
  readonly missed?: readonly MissedDeadline[]
}
