import type { Log } from '../commit/log.ts'
import type { Entry } from '../parts/record.ts'
import type { Engine } from './engine.ts'
import type { NodeState } from './node-state.ts'

/** The entry that this attempt commits; undefined when it would say nothing new. */
export function nextEntry(
  engine: Engine,
  previous: Entry | undefined,
  states: ReadonlyMap<string, NodeState>,
): Entry | undefined {
  const nodes: Record<string, string> = {}
  const withheld: Record<string, string> = {}
  for (const [name, state] of states) {
    const settled = state.phase === 'settled' ? state.path : state.previousPath
    if (settled !== undefined) nodes[name] = settled
    if (state.phase === 'withheld') {
      const path = state.path ?? state.attemptPath
      if (path !== undefined) withheld[name] = path
    } else if ((state.frozen || state.phase !== 'settled') && state.attemptPath !== undefined)
      // Nobody asked for it: what its gate withheld stays, with what people said of those rows.
      withheld[name] = state.attemptPath
  }
  const changed = Object.keys(nodes).filter((name) => nodes[name] !== previous?.nodes[name])
  const gone = Object.keys(previous?.nodes ?? {}).filter((name) => nodes[name] === undefined)
  const sameWithheld = JSON.stringify(withheld) === JSON.stringify(previous?.withheld ?? {})
  if (changed.length === 0 && gone.length === 0 && sameWithheld) return undefined
  return entryOf(engine, (previous?.number ?? 0) + 1, nodes, withheld, changed)
}

function entryOf(
  engine: Engine,
  number: number,
  nodes: Entry['nodes'],
  withheld: Entry['withheld'],
  changed: readonly string[],
): Entry {
  const { settings, graph } = engine
  return {
    version: 1,
    number,
    runId: settings.runId,
    env: settings.env,
    pipeline: graph.pipeline,
    at: settings.now,
    nodes,
    withheld,
    changed,
  }
}

/** Records what was published; undefined when another run committed since, whose targets may have been published before or after. */
export async function commitTargets(
  engine: Engine,
  log: Log,
  committed: Entry | undefined,
  published: readonly NodeState[],
): Promise<Entry | undefined> {
  const paths = Object.fromEntries(published.map((state) => [state.node.name, state.path as string]))
  await engine.store.sync()
  const next = entryOf(
    engine,
    (committed?.number ?? 0) + 1,
    { ...committed?.nodes, ...paths },
    committed?.withheld ?? {},
    Object.keys(paths),
  )
  return (await log.append(next)) ? next : undefined
}
