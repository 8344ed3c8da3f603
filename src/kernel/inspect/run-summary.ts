import type { NodeStatus } from '../../plugins/events.ts'
import type { CheckOutcome, Section } from '../parts/record.ts'
import { noCounts } from '../parts/record.ts'
import type { NodeState } from '../run/node-state.ts'
import type { RunOutcome } from '../run/run-pipeline.ts'

/** What one node came to in a run. Rows are those of the whole dataset, whatever part of it was made anew. */
export interface NodeSummary {
  readonly node: string
  readonly kind: string
  readonly shape: NodeState['node']['shape']
  readonly kept: boolean
  readonly status: NodeStatus
  readonly why: string
  /** Rows read: of a roll-up and a whole-table step those of their inputs, otherwise those that entered the gate. */
  readonly rowsIn: number
  readonly rowsOut: number
  readonly quarantined: number
  readonly dropped: number
  readonly warned: number
  /** Rows that go on with cells that repairs changed. */
  readonly repaired: number
  /** Milliseconds; 0 for a node that had nothing to do. */
  readonly duration: number
  readonly bytes: number
  readonly parts: number
  /** When its committed state was made, epoch milliseconds, UTC. */
  readonly at: number | undefined
  readonly violated: readonly CheckOutcome[]
  readonly published: Section['published']
  readonly errorCode: string | undefined
}

/** All nodes of a run, in topological order. */
export function summarizeRun(outcome: RunOutcome): readonly NodeSummary[] {
  return [...outcome.states.values()].map((state) => {
    const { section, node } = state
    const counts = section?.counts ?? noCounts
    const gathers = node.shape === 'fold' || node.shape === 'whole'
    return {
      node: node.name,
      kind: node.spec.uses.name,
      shape: node.shape,
      kept: state.kept,
      status: state.status ?? 'skipped',
      why: state.why,
      rowsIn: gathers && section !== undefined ? inputRows(outcome, state) : counts.rowsIn,
      rowsOut: counts.rowsOut,
      quarantined: counts.quarantined,
      dropped: counts.dropped,
      warned: counts.warned,
      repaired: counts.repaired ?? 0,
      duration: state.started === undefined || state.ended === undefined ? 0 : state.ended - state.started,
      bytes: state.bytes,
      parts: section?.partials?.length ?? section?.parts.length ?? 0,
      at: section?.at,
      violated: (section?.checks ?? []).filter((check) => check.failed > 0 || !check.pass),
      published: section?.published,
      errorCode: state.error?.code,
    }
  })
}

function inputRows({ states }: RunOutcome, { node }: NodeState): number {
  return node.inputs.reduce((sum, edge) => {
    if (edge.mode === 'gate') return sum
    const counts = states.get(edge.from)?.section?.counts ?? noCounts
    return sum + (edge.output === 'main' ? counts.rowsOut : counts.quarantined)
  }, 0)
}
