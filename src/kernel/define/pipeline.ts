import { TidegateError } from '../errors.ts'
import { isNode, type Node } from '../node.ts'
import type { Inputs } from '../nodes/gate.ts'

const brand = Symbol.for('tidegate/pipeline@1')

/** Nodes with their names. The graph is what the nodes refer to; the names are what its history is kept under. */
export interface Pipeline<out G extends Inputs = Inputs> {
  readonly [brand]: true
  readonly nodes: G
}

/**
 * Gives nodes their names: `pipeline({ flights, clean, daily })`. Throws `CONFIG_INVALID` for a value that is no node,
 * or one node under two names.
 */
export function pipeline<const G extends Inputs>(nodes: G): Pipeline<G> {
  const names = new Map<Node, string>()
  for (const [name, node] of Object.entries(nodes)) {
    if (!isNode(node)) {
      throw new TidegateError(
        'CONFIG_INVALID',
        `"${name}" of the pipeline is ${node === null ? 'null' : typeof node}, not a node`,
        {
          hint: 'Give it what a source, generator, step or target function returned.',
          data: { node: name },
        },
      )
    }
    const other = names.get(node)
    if (other !== undefined) {
      throw new TidegateError('CONFIG_INVALID', `"${other}" and "${name}" name the same node`, {
        hint: 'A node has one name, because its history is kept under it: remove one of the two.',
        data: { nodes: [other, name] },
      })
    }
    names.set(node, name)
  }
  return Object.freeze({ [brand]: true as const, nodes: Object.freeze({ ...nodes }) })
}

export function isPipeline(value: unknown): value is Pipeline {
  return typeof value === 'object' && value !== null && brand in value
}
