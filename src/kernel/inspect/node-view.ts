import type { ErrorFacts } from '../../plugins/events.ts'
import type { Batch } from '../columns/batch.ts'
import { quarantineSchema } from '../gate/quarantine.ts'
import type { Kernel } from '../kernel.ts'
import { errorFacts } from '../log/error-facts.ts'
import type { OutputName } from '../node.ts'
import type { CheckOutcome, Section } from '../parts/record.ts'
import { outputRows, outputSchema } from '../run/dataset.ts'
import { readNode } from '../run/read-node.ts'
import type { TableSchema } from '../types.ts'
import { withCommitted } from './committed.ts'
import type { NodeAddress } from './find-node.ts'
import { firstRows } from './first-rows.ts'
import { type HistoryEntry, nodeHistory } from './history.ts'
import { taggedQuarantine, taggedSchema } from './tagged-schema.ts'

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
  /** Why there is no sample: rows of a fused node are computed from its source, which may have changed or gone since. */
  readonly sampleError: ErrorFacts | undefined
  readonly history: readonly HistoryEntry[]
  readonly checks: readonly CheckOutcome[]
  /** Targets: what was published last. */
  readonly published: Section['published']
  /** The last attempt that the gate withheld and that nothing has replaced since. */
  readonly withheld:
    | {
        readonly at: number
        readonly runId: string
        readonly checks: readonly CheckOutcome[]
        readonly quarantined: number
      }
    | undefined
}

/** Schema, rows, history and checks of a node, as committed. A fused node is computed for the `rows` asked for, and no further. */
export function viewNode(
  kernel: Kernel,
  address: NodeAddress,
  options: { readonly rows: number; readonly signal: AbortSignal },
): Promise<NodeView> {
  const { pipeline, node, output } = address
  return withCommitted(kernel, pipeline, async ({ engine, log, entry, states }) => {
    const state = states.get(node) as NonNullable<ReturnType<typeof states.get>>
    const { section, attempt } = state
    const kept = engine.kept.get(node)
    const own = section === undefined ? undefined : taggedSchema(states, section)
    const schema =
      own === undefined || output === 'main'
        ? own
        : output === 'quarantine'
          ? taggedQuarantine(quarantineSchema(own), own)
          : outputSchema(own, output)
    const { sample, sampleError } =
      schema === undefined
        ? {}
        : await sampleOf(() => readNode(engine, states, node, output, options.signal), schema, options)
    return {
      env: kernel.env,
      pipeline,
      node,
      output,
      kind: state.node.spec.uses.name,
      shape: state.node.shape,
      kept: kept?.kept ?? false,
      keptWhy: kept?.why ?? '',
      committed:
        section === undefined || entry === undefined
          ? undefined
          : { entry: entry.number, at: section.at, runId: section.runId },
      schema: schema ?? { fields: [] },
      rows: section === undefined ? 0 : outputRows(section, output),
      sample,
      sampleError,
      history: await nodeHistory(log, engine.store, node),
      checks: section?.checks ?? [],
      published: section?.published,
      withheld:
        attempt === undefined
          ? undefined
          : { at: attempt.at, runId: attempt.runId, checks: attempt.checks, quarantined: attempt.counts.quarantined },
    }
  })
}

async function sampleOf(
  read: () => AsyncIterable<Batch>,
  schema: TableSchema,
  { rows, signal }: { readonly rows: number; readonly signal: AbortSignal },
): Promise<{ readonly sample?: Batch; readonly sampleError?: ErrorFacts }> {
  try {
    return { sample: { ...(await firstRows(read(), schema, rows)), schema } }
  } catch (error) {
    signal.throwIfAborted()
    return { sampleError: errorFacts(error) }
  }
}
