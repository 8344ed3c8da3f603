import type { Graph, GraphNode } from './graph.ts'

export interface Kept {
  readonly kept: boolean
  /** In words, for the plan. */
  readonly why: string
}

/**
 * Which nodes write their rows (`keep: 'auto'`): row-wise nodes and sources are fused into their consumers, unless something needs their rows
 * standing still. Folding and whole-table nodes always write.
 */
export function decideKept(graph: Graph, named: ReadonlySet<string>): ReadonlyMap<string, Kept> {
  return new Map(graph.nodes.map((node) => [node.name, decide(graph, node, named)]))
}

function decide(graph: Graph, node: GraphNode, named: ReadonlySet<string>): Kept {
  if (node.shape === 'target') return { kept: false, why: 'a target' }
  if (node.shape === 'fold') return { kept: true, why: 'it holds state' }
  if (node.shape === 'whole') return { kept: true, why: 'it is made from whole tables' }
  if (node.spec.gate.keep === true) return { kept: true, why: 'keep: true' }
  if (node.spec.gate.onRemoved === 'retain') return { kept: true, why: 'it retains parts that are gone' }
  const condemning = (node.spec.gate.expect ?? []).find((check) => check.rule.scope === 'condemning')
  if (condemning !== undefined) return { kept: true, why: `${condemning.name} is decided over all rows` }
  const consumers = graph
    .consumers(node.name)
    .filter((consumer) => consumer.inputs.some((edge) => edge.from === node.name && edge.output === 'main'))
  const whole = consumers.find((consumer) =>
    consumer.inputs.some((edge) => edge.from === node.name && edge.output === 'main' && edge.mode === 'whole'),
  )
  if (whole !== undefined) return { kept: true, why: `${whole.name} reads it whole` }
  const looker = consumers.find((consumer) =>
    consumer.looksAt.some((edge) => edge.from === node.name && edge.output === 'main'),
  )
  if (looker !== undefined) return { kept: true, why: `checks of ${looker.name} look at it` }
  if (named.has(node.name)) return { kept: true, why: 'asked for' }
  if (consumers.length === 0) return { kept: true, why: 'nothing else holds its rows' }
  return { kept: false, why: `fused into ${consumers.map((consumer) => consumer.name).join(', ')}` }
}
