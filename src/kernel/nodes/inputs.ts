import { TidegateError } from '../errors.ts'
import { isNode, type NodeInput } from '../node.ts'
import type { From } from './gate.ts'

/**
 * The inputs that `from` or `with` names. A single node is the input `''`; a record names its own. Throws
 * `CONFIG_INVALID` for anything but nodes.
 */
export function inputsOf(
  kind: string,
  option: 'from' | 'with',
  given: From | undefined,
  mode: NodeInput['mode'],
): NodeInput[] {
  if (isNode(given)) return [{ name: '', node: given, mode }]
  if (typeof given !== 'object' || given === null) {
    throw new TidegateError('CONFIG_INVALID', `"${option}" of ${kind} is ${describe(given)}, not a node`, {
      hint: 'Give it what a source, generator or step function returned.',
    })
  }
  return Object.entries(given).map(([name, node]) => {
    if (isNode(node)) return { name, node, mode }
    throw new TidegateError('CONFIG_INVALID', `"${option}.${name}" of ${kind} is ${describe(node)}, not a node`, {
      hint: 'Give it what a source, generator or step function returned.',
    })
  })
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${String(value)}`
}
