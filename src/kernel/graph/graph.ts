import { TidegateError } from '../errors.ts'
import { isNode, type Node, type NodeSpec, type OutputName, specOf } from '../node.ts'

export interface Edge {
  /** The name under which the step knows the input. */
  readonly name: string
  readonly from: string
  readonly output: OutputName
  /** `gate`: a check of the node looks at it, over the whole dataset; its code does not read it. */
  readonly mode: 'stream' | 'whole' | 'gate'
  /** `gate`: the name of the check. */
  readonly check?: string
}

export interface GraphNode {
  readonly name: string
  readonly node: Node
  readonly spec: NodeSpec
  readonly shape: 'source' | 'target' | 'row-wise' | 'fold' | 'whole'
  readonly inputs: readonly Edge[]
  /** The streamed input, if any. */
  readonly stream: Edge | undefined
  readonly wholes: readonly Edge[]
  /** What its checks look at: settled before the gate decides, no part of any recipe. They stand in `inputs` behind those of its code. */
  readonly looksAt: readonly Edge[]
  /** The name that recipes use: the oldest one, so that a rename recomputes nothing. A new node of such a name has another one. */
  readonly identity: string
}

export interface Graph {
  readonly pipeline: string
  /** In topological order; ties in the order of the pipeline's keys. */
  readonly nodes: readonly GraphNode[]
  readonly byName: ReadonlyMap<string, GraphNode>
  /** Names given to outputs of nodes (`bad: clean.quarantine`). */
  readonly aliases: ReadonlyMap<string, { readonly node: string; readonly output: OutputName }>
  consumers(name: string): readonly GraphNode[]
}

/**
 * Names and orders the nodes of a pipeline. All faults at once: nodes without a key, cycles, values that are no nodes. A replaced node keeps its
 * name and its readers; what it does and reads is the other's.
 */
export function buildGraph(
  pipeline: string,
  nodes: Readonly<Record<string, Node>>,
  replaced: ReadonlyMap<Node, Node> = new Map(),
): Graph {
  const names = new Map<NodeSpec, string>()
  const aliases = new Map<string, { node: string; output: OutputName }>()
  for (const [name, node] of Object.entries(nodes)) {
    if (!isNode(node)) {
      throw new TidegateError('CONFIG_INVALID', `pipelines.${pipeline}.${name} is no node`, {
        hint: 'Give what `each`, `step`, `rollup`, a source or a target returned.',
      })
    }
    const own = specOf(node)
    if (own.output === undefined && names.has(own)) {
      throw new TidegateError(
        'CONFIG_INVALID',
        `The same node stands in pipeline "${pipeline}" as "${names.get(own)}" and as "${name}"`,
        { hint: 'Give each node one key.' },
      )
    }
    if (own.output === undefined) names.set(own, name)
  }
  const standIns = new Map([...replaced].map(([node, other]) => [specOf(node), specOf(other)]))
  for (const [own, other] of standIns) {
    const name = names.get(own)
    if (name === undefined)
      throw new TidegateError('NODE_UNKNOWN', `A node that is to be replaced is not in pipeline "${pipeline}"`, {
        hint: 'Replace nodes that have a name there.',
      })
    names.set(other, name)
  }
  for (const [name, node] of Object.entries(nodes)) {
    const { output } = specOf(node)
    if (output === undefined) continue
    const owner = names.get(specOf(output.of))
    if (owner === undefined) throw unnamed(pipeline, [`the node behind "${name}"`])
    aliases.set(name, { node: owner, output: output.name })
  }

  const nameless: string[] = []
  const edgeTo = (node: Node, edge: Pick<Edge, 'name' | 'mode' | 'check'>, reads: string): Edge[] => {
    const target = specOf(node)
    const base = target.output === undefined ? target : specOf(target.output.of)
    const from = names.get(base)
    if (from !== undefined) return [{ ...edge, from, output: target.output?.name ?? 'main' }]
    nameless.push(`the ${base.uses.name} node that ${reads}`)
    return []
  }
  const edgesOf = (name: string, own: NodeSpec): Edge[] => [
    ...own.inputs.flatMap((input) =>
      edgeTo(
        input.node,
        { name: input.name, mode: input.mode },
        `"${name}" reads${input.name === '' ? '' : ` as "${input.name}"`}`,
      ),
    ),
    ...(own.gate.expect ?? []).flatMap((check) =>
      Object.entries(check.others ?? {}).flatMap(([other, node]) =>
        edgeTo(
          node,
          { name: gateEdgeName(check.name, other), mode: 'gate', check: check.name },
          `the check ${check.name} of "${name}" looks at`,
        ),
      ),
    ),
  ]
  const acting = new Map([...names].filter(([own]) => !standIns.has(own)).map(([own, name]) => [name, own]))
  const edges = new Map([...acting].map(([name, own]) => [name, edgesOf(name, own)]))
  if (nameless.length > 0) throw unnamed(pipeline, nameless)

  const heirs = heirsOf(pipeline, acting)
  const order = sorted(pipeline, edges)
  const list = order.map((name): GraphNode => {
    const spec = acting.get(name) as NodeSpec
    const inputs = edges.get(name) as Edge[]
    return {
      name,
      node: nodes[name] as Node,
      spec,
      shape: spec.uses.point === 'step' ? spec.uses.shape : spec.uses.point,
      inputs,
      stream: inputs.find((edge) => edge.mode === 'stream'),
      wholes: inputs.filter((edge) => edge.mode === 'whole'),
      looksAt: inputs.filter((edge) => edge.mode === 'gate'),
      identity: spec.gate.renamedFrom ?? (heirs.has(name) ? `${name} (anew)` : name),
    }
  })
  const consumers = new Map<string, GraphNode[]>()
  for (const node of list)
    for (const from of new Set(node.inputs.map((edge) => edge.from)))
      consumers.set(from, [...(consumers.get(from) ?? []), node])
  return {
    pipeline,
    nodes: list,
    byName: new Map(list.map((node) => [node.name, node])),
    aliases,
    consumers: (name) => consumers.get(name) ?? [],
  }
}

/** Under which name a check's other dataset stands among the inputs of its node. */
export function gateEdgeName(check: string, other: string): string {
  return `${check} ${other}`
}

/** Which node has the history of a name, by `renamedFrom`. */
function heirsOf(pipeline: string, specs: ReadonlyMap<string, NodeSpec>): ReadonlyMap<string, string> {
  const heirs = new Map<string, string>()
  for (const [name, { gate }] of specs) {
    const { renamedFrom } = gate
    if (renamedFrom === undefined || renamedFrom === name) continue
    const other = heirs.get(renamedFrom)
    if (other !== undefined)
      throw new TidegateError(
        'CONFIG_INVALID',
        `Pipeline "${pipeline}": both "${other}" and "${name}" say that they were named "${renamedFrom}"`,
        { hint: 'One node can have its history: remove `renamedFrom` from the other.', data: { node: name } },
      )
    heirs.set(renamedFrom, name)
  }
  return heirs
}

function unnamed(pipeline: string, faults: readonly string[]): TidegateError {
  return new TidegateError(
    'NODE_UNNAMED',
    `Pipeline "${pipeline}" reaches ${faults.join(' and ')}, which ${faults.length === 1 ? 'has' : 'have'} no name`,
    {
      hint: `Add ${faults.length === 1 ? 'it' : 'them'} to pipeline({ ... }): the key is the node's name.`,
      data: { pipeline, faults },
    },
  )
}

/** Depth first from the keys in order; a node met again while it is being visited closes a cycle. */
function sorted(pipeline: string, edges: ReadonlyMap<string, readonly Edge[]>): readonly string[] {
  const order: string[] = []
  const state = new Map<string, 'open' | 'done'>()
  const visit = (name: string, path: readonly { readonly name: string; readonly edge: Edge }[]): void => {
    if (state.get(name) === 'done') return
    if (state.get(name) === 'open') {
      const circle = path.slice(path.findIndex((step) => step.name === name))
      const cycle = [...circle.map((step) => step.name), name].join(' -> ')
      const checks = circle.flatMap(({ name, edge }) =>
        edge.check === undefined ? [] : [`${edge.check} of "${name}"`],
      )
      const closed = checks.length === 0 ? '' : `, through the dataset that ${checks.join(' and ')} looks at`
      throw new TidegateError('NODE_CYCLE', `Pipeline "${pipeline}" has a cycle: ${cycle}${closed}`, {
        hint: checks.length === 0 ? 'Remove one of these inputs.' : 'Remove the check, or one of these inputs.',
        data: { pipeline, cycle },
      })
    }
    state.set(name, 'open')
    for (const edge of edges.get(name) ?? []) visit(edge.from, [...path, { name, edge }])
    state.set(name, 'done')
    order.push(name)
  }
  for (const name of edges.keys()) visit(name, [])
  return order
}

/** `names` and everything they read, directly or not. */
export function withAncestors(graph: Graph, names: Iterable<string>): Set<string> {
  const found = new Set<string>()
  const visit = (name: string): void => {
    if (found.has(name)) return
    found.add(name)
    for (const edge of graph.byName.get(name)?.inputs ?? []) visit(edge.from)
  }
  for (const name of names) visit(name)
  return found
}

/** `names` and everything that reads them, directly or not. */
export function withDescendants(graph: Graph, names: Iterable<string>): Set<string> {
  const found = new Set<string>()
  const visit = (name: string): void => {
    if (found.has(name)) return
    found.add(name)
    for (const consumer of graph.consumers(name)) visit(consumer.name)
  }
  for (const name of names) visit(name)
  return found
}
