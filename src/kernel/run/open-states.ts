import { isTidegateError, TidegateError } from '../errors.ts'
import { type Graph, type GraphNode, withAncestors, withDescendants } from '../graph/graph.ts'
import { nearest } from '../nearest.ts'
import type { Entry, Section } from '../parts/record.ts'
import type { Engine } from './engine.ts'
import type { NodeState } from './node-state.ts'

export interface Selection {
  /** These and what they need. */
  readonly only?: readonly string[]
  /** These and what reads them; what they read is taken as committed. */
  readonly from?: readonly string[]
  /** What these need, and they themselves. */
  readonly to?: readonly string[]
}

/** The nodes a run looks at. */
export function selectNodes(graph: Graph, selection: Selection): ReadonlySet<string> {
  for (const name of [...(selection.only ?? []), ...(selection.from ?? []), ...(selection.to ?? [])]) {
    if (graph.byName.has(name) || graph.aliases.has(name)) continue
    const near = nearest(name, [...graph.byName.keys()])
    throw new TidegateError('NODE_UNKNOWN', `Pipeline "${graph.pipeline}" has no node "${name}"`, {
      hint: `${near === undefined ? '' : `Did you mean "${near}"? `}Its nodes: ${[...graph.byName.keys()].join(', ')}.`,
    })
  }
  const real = (names: readonly string[]) => names.map((name) => graph.aliases.get(name)?.node ?? name)
  let chosen = new Set(graph.byName.keys())
  const narrow = (by: ReadonlySet<string>) => {
    chosen = new Set([...chosen].filter((name) => by.has(name)))
  }
  if (selection.only !== undefined && selection.only.length > 0) narrow(withAncestors(graph, real(selection.only)))
  if (selection.from !== undefined && selection.from.length > 0) narrow(withDescendants(graph, real(selection.from)))
  if (selection.to !== undefined && selection.to.length > 0) narrow(withAncestors(graph, real(selection.to)))
  return chosen
}

/** The state of every node at the beginning of an attempt, from the current entry. */
export async function openStates(
  engine: Engine,
  previous: Entry | undefined,
  active: ReadonlySet<string>,
  full: boolean,
): Promise<ReadonlyMap<string, NodeState>> {
  const states = new Map<string, NodeState>()
  for (const node of engine.graph.nodes) {
    const names = historyNames(engine.graph, node, previous)
    const path = names.map((name) => previous?.nodes[name]).find((found) => found !== undefined)
    const attemptPath = names.map((name) => previous?.withheld[name]).find((found) => found !== undefined)
    const committed = await sectionAt(engine, path, full)
    const attempt = await sectionAt(engine, attemptPath, full)
    const frozen = !active.has(node.name)
    const taken = frozen && committed !== undefined
    states.set(node.name, {
      node,
      kept: engine.kept.get(node.name)?.kept ?? false,
      previous: committed,
      previousPath: path,
      attempt,
      attemptPath,
      frozen: taken || (frozen && isOutside(engine.graph, node.name, active)),
      full,
      phase: taken ? 'settled' : frozen && isOutside(engine.graph, node.name, active) ? 'skipped' : 'open',
      why: frozen ? 'not asked for' : '',
      ingredients: undefined,
      base: taken ? committed.base : undefined,
      inputs: undefined,
      others: new Map(),
      listing: taken ? committed.listing : undefined,
      arrivals: committed?.arrivals,
      removed: [],
      schema: committed?.schema ?? attempt?.schema,
      lineage: committed?.lineage ?? attempt?.lineage ?? [],
      records: new Map(),
      expected: new Map(),
      reused: new Set(),
      made: new Set(),
      section: taken ? committed : undefined,
      path: taken ? path : undefined,
      status: frozen ? 'skipped' : undefined,
      error: undefined,
      started: undefined,
      ended: undefined,
      bytes: 0,
    })
  }
  return states
}

/**
 * Under which names of the entry a node's history stands. What stands under a name that another node says it had before (`renamedFrom`) is that
 * node's history, until an entry has that node under its new name: a new node of the old name begins without one.
 */
function historyNames(graph: Graph, { name, spec }: GraphNode, previous: Entry | undefined): readonly string[] {
  const known = (other: string) => previous?.nodes[other] !== undefined || previous?.withheld[other] !== undefined
  const heir = graph.nodes.find((other) => other.name !== name && other.spec.gate.renamedFrom === name)
  const own = heir === undefined || known(heir.name) ? [name] : []
  const { renamedFrom } = spec.gate
  return renamedFrom === undefined || own.some(known) ? own : [...own, renamedFrom]
}

/** With `--full` everything is made anew, so that a damaged section is as good as none. */
async function sectionAt(engine: Engine, path: string | undefined, full: boolean): Promise<Section | undefined> {
  if (path === undefined) return undefined
  try {
    return await engine.store.getSection(path)
  } catch (error) {
    if (full && isTidegateError(error) && error.code === 'WORKSPACE_CORRUPT') return undefined
    throw error
  }
}

/** Not chosen, and nothing chosen needs it: it is left alone even if it was never made. */
function isOutside(graph: Graph, name: string, active: ReadonlySet<string>): boolean {
  return !withAncestors(graph, active).has(name)
}
