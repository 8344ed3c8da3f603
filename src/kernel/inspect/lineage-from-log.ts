import { createMemoryLineage } from '../../plugins/defaults/memory-lineage.ts'
import type { LineageStore } from '../../plugins/lineage-store.ts'
import { correctionInputs, type NodeFacts } from '../lineage/facts.ts'
import { recordFinish } from '../lineage/recorder.ts'
import type { Entry } from '../parts/record.ts'
import type { Engine } from '../run/engine.ts'
import type { Committed } from './committed.ts'

/** How many entries are read back at most: older runs than these are not told. */
const newest = 50

/**
 * A lineage store told from the commit log: what a config without a store of its own still knows, since every committed state carries its column
 * lineage. Runs that failed or changed nothing are not in it.
 */
export async function lineageFromLog({ engine, log }: Committed): Promise<LineageStore> {
  const store = createMemoryLineage()
  const numbers = (await log.numbers()).slice(0, newest).reverse()
  for (const number of numbers) {
    const entry = await log.entry(number)
    if (entry !== undefined)
      await recordFinish(store, {
        env: entry.env,
        pipeline: entry.pipeline,
        runId: entry.runId,
        startedAt: entry.at,
        endedAt: entry.at,
        entry: entry.number,
        status: 'succeeded',
        nodes: await factsOf(engine, entry),
      })
  }
  return store
}

async function factsOf(engine: Engine, entry: Entry): Promise<readonly NodeFacts[]> {
  const facts: NodeFacts[] = []
  for (const node of engine.graph.nodes) {
    const path = entry.nodes[node.name]
    if (path === undefined) continue
    const section = await engine.store.getSection(path)
    const location = await locationOf(engine, node.name, node.shape)
    const made = entry.changed.includes(node.name)
    facts.push({
      name: node.name,
      kind: node.spec.uses.name,
      shape: node.shape,
      status: !made ? 'up to date' : node.shape === 'target' ? 'published' : 'committed',
      inputs: [
        ...node.inputs.map((edge) => ({ name: edge.name, node: edge.from, output: edge.output })),
        ...correctionInputs(node.name, section),
      ],
      section,
      ...(location === undefined
        ? {}
        : { dataset: { namespace: location.startsWith('/') ? 'file' : node.spec.uses.name, name: location } }),
      startedAt: section.at,
      endedAt: section.at + section.duration,
    })
  }
  return facts
}

/** A connector that cannot be opened now has no name outside; its lineage inside is told all the same. */
async function locationOf(engine: Engine, node: string, shape: NodeFacts['shape']): Promise<string | undefined> {
  if (shape !== 'source' && shape !== 'target') return undefined
  const opened =
    shape === 'source'
      ? engine.source(node).then(({ source }) => source.location)
      : engine.target(node).then(({ location }) => location)
  return opened.catch(() => undefined)
}
