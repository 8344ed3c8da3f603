import type { Counts } from '../../plugins/events.ts'
import type { Kernel } from '../kernel.ts'
import { readPoints, type Scalar } from '../parts/metrics.ts'
import { withCommitted } from './committed.ts'
import type { NodeAddress } from './find-node.ts'

/** What the gate of a node measured in one committed snapshot. */
export interface MetricSnapshot {
  /** Epoch milliseconds, UTC: the `now` of the run that committed it. */
  readonly at: number
  readonly runId: string
  /** Rows in, out, quarantined, dropped and warned, over the whole dataset. */
  readonly counts: Counts
  /** Failed rows of each check; of a rule over the whole dataset all rows, where it did not pass. */
  readonly failed: Readonly<Record<string, number>>
  /** Results of the measures of rules over the whole dataset, by name: `mean(delay)`. */
  readonly measures: Readonly<Record<string, Scalar>>
}

/** The metric history of a node, oldest first; empty before its first commit. */
export function metricHistory(
  kernel: Kernel,
  { pipeline, node }: Pick<NodeAddress, 'pipeline' | 'node'>,
): Promise<readonly MetricSnapshot[]> {
  return withCommitted(kernel, pipeline, async ({ engine, states }) => {
    const points = await readPoints(engine.store, states.get(node)?.section?.metrics ?? [])
    return points.map(({ at, runId, counts, failed, values }) => ({ at, runId, counts, failed, measures: values }))
  })
}
