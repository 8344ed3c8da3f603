import type { Batch } from '../columns/batch.ts'
import { quarantineSchema } from '../gate/quarantine.ts'
import type { Kernel } from '../kernel.ts'
import type { OutputName } from '../node.ts'
import type { CheckOutcome, Section } from '../parts/record.ts'
import { outputRows } from '../run/dataset.ts'
import { readNode } from '../run/read-node.ts'
import type { TableSchema } from '../types.ts'
import { withCommitted } from './committed.ts'
import type { NodeAddress } from './find-node.ts'
import { firstRows } from './first-rows.ts'
import { type HistoryEntry, nodeHistory } from './history.ts'

/** What there is to know of one output of a node. */
export interface NodeView {
  readonly env: string
  readonly pipeline: string
  readonly node: string
  readonly output: OutputName
  readonly kind: string
  readonly shape: 'source' | 'target' | 'row-wise' | 'fold' | 'whole'
  readonly kept: boolean
  readonly keptWhy: string
  /** Undefined while nothing is committed; everything below is then empty. */
  readonly committed: { readonly entry: number; readonly at: number; readonly runId: string } | undefined
  readonly schema: TableSchema
  readonly rows: number
  readonly sample: Batch | undefined
  readonly history: readonly HistoryEntry[]
  readonly checks: readonly CheckOutcome[]
  /** Targets: what was published last. */
  readonly published: Section['published']
  /** The last attempt that the gate withheld and that nothing has replaced since. */
  readonly withheld: { readonly at: number; readonly runId: string; readonly checks: readonly CheckOutcome[]; readonly quarantined: number } | undefined
}

/** Schema, rows, history and checks of a node, as committed. A fused node is computed for the `rows` asked for, and no further. */
export function viewNode(kernel: Kernel, address: NodeAddress, options: { readonly rows: number; readonly signal: AbortSignal }): Promise<NodeView> {
  const { pipeline, node, output } = address
  return withCommitted(kernel, pipeline, async ({ engine, log, entry, states }) => {
    const state = states.get(node) as NonNullable<ReturnType<typeof states.get>>
    const { section, attempt } = state
    const kept = engine.kept.get(node)
    const schema = section === undefined ? undefined : output === 'main' ? section.schema : quarantineSchema(section.schema)
    const sample = schema === undefined ? undefined : await firstRows(readNode(engine, states, node, output, options.signal), schema, options.rows)
    return {
      env: kernel.env,
      pipeline,
      node,
      output,
      kind: state.node.spec.uses.name,
      shape: state.node.shape,
      kept: kept?.kept ?? false,
      keptWhy: kept?.why ?? '',
      committed: section === undefined || entry === undefined ? undefined : { entry: entry.number, at: section.at, runId: section.runId },
      schema: schema ?? { fields: [] },
      rows: section === undefined ? 0 : outputRows(section, output),
      sample,
      history: await nodeHistory(log, engine.store, node),
      checks: section?.checks ?? [],
      published: section?.published,
      withheld: attempt === undefined ? undefined : { at: attempt.at, runId: attempt.runId, checks: attempt.checks, quarantined: attempt.counts.quarantined },
    }
  })
}
