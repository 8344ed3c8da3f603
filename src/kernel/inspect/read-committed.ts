import type { Batch } from '../columns/batch.ts'
import type { Kernel } from '../kernel.ts'
import { readNode } from '../run/read-node.ts'
import { withCommitted } from './committed.ts'

/** The committed rows of a node, for as long as `act` reads them; a fused node is computed from its source. */
export function readCommitted<T>(
  kernel: Kernel,
  pipeline: string,
  node: string,
  signal: AbortSignal,
  act: (rows: AsyncIterable<Batch>) => Promise<T>,
): Promise<T> {
  return withCommitted(kernel, pipeline, ({ engine, states }) => act(readNode(engine, states, node, 'main', signal)))
}
