import type { Config, ConfigFunction } from '../define/config.ts'
import { findNode } from '../inspect/find-node.ts'
import { type MetricSnapshot, metricHistory } from '../inspect/metric-history.ts'
import { createKernel } from '../kernel.ts'

/**
 * What the gate of a node measured, snapshot by snapshot, oldest first, about the last 1,000: rows in and out, failed rows of each check, results of
 * measures. `node` is `clean`, or `flights.clean` where several pipelines have one. Throws `NODE_UNKNOWN`.
 */
export async function history(
  config: Config | ConfigFunction,
  node: string,
  { env }: { readonly env?: string } = {},
): Promise<readonly MetricSnapshot[]> {
  const kernel = await createKernel(config, { folder: process.cwd(), env })
  try {
    return await metricHistory(kernel, findNode(kernel, node))
  } finally {
    await kernel.dispose()
  }
}
