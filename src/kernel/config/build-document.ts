import type { Fault } from '../boot/fault.ts'
import type { Config } from '../define/config.ts'
import { readPipeline } from './document-pipeline.ts'
import { createReader, failed, isEntries } from './reader.ts'
import type { Registry } from './registry.ts'

/**
 * The config that a YAML or JSON document describes. Nodes are made by the same functions, so that the same option schemas and errors apply. What is
 * faulty is left out of the value and listed in `faults`.
 */
export async function buildDocument(
  document: unknown,
  given: { readonly folder: string; readonly registry: Registry },
): Promise<{ readonly source: Config; readonly faults: readonly Fault[] }> {
  const reader = createReader(given.folder)
  if (!isEntries(document)) return { source: document as Config, faults: [] } // Validation says what was expected.
  const source: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(document)) {
    if (key === 'pipelines' && isEntries(value)) {
      source[key] = await reader.entries(value, key, async (nodes, where) => {
        return isEntries(nodes) ? readPipeline(reader, given.registry, nodes, where) : nodes
      })
      continue
    }
    const read = await reader.value(value, key)
    if (read !== failed) source[key] = read
  }
  return { source: source as unknown as Config, faults: reader.faults } // Validated by the kernel like what TypeScript exports.
}
