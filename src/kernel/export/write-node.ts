import { isDeepStrictEqual } from 'node:util'
import type { Check } from '../../plugins/check.ts'
import type { Key, Measure } from '../../plugins/measure.ts'
import { coreRegistry } from '../config/registry.ts'
import type { Json } from '../context.ts'
import { madeBy } from '../define/made-by.ts'
import { isNode, type Node, type NodeSpec, specOf } from '../node.ts'
import type { Window } from '../nodes/window.ts'
import { writeCheck, writeKey, writeMeasure, writeWindow } from './write-rules.ts'
import { unwritten, type Writer, type Written } from './writer.ts'

/** A node as a document declares it: its kind or the function that makes it, what it reads, its options. */
export function writeNode(
  writer: Writer,
  node: Node,
  nameOf: (node: Node) => string | undefined,
  where: string,
): Written {
  const spec = specOf(node)
  if (spec.output !== undefined)
    return writer.fault(
      where,
      `it is the output "${spec.output.name}" of another node under a name of its own`,
      `Leave it out, and refer to that node's .${spec.output.name} instead.`,
    )
  const factory = factoryOf(writer, spec)
  if (factory === undefined)
    return writer.fault(
      where,
      `the function that made this node of kind "${spec.uses.name}" is no export of what the config imports`,
      'Move that function into a module and export it.',
    )
  const options = writer.entries(spec.options as object, where, (value, at, key) => option(writer, key, value, at))
  const gate = writer.entries(spec.gate, where, (value, at, key) =>
    key === 'expect'
      ? writer.list(value as readonly Check[], at, (check, inner) => writeCheck(writer, check as Check, inner))
      : writer.value(value, at),
  )
  const schema = factory.schema === undefined ? {} : writer.schema(factory.schema, `${where}.schema`)
  const inputs = writer.entries(wired(spec), where, (value, at) =>
    isNode(value)
      ? reference(writer, value, nameOf, at)
      : writer.entries(value as object, at, (inner, place) => reference(writer, inner as Node, nameOf, place)),
  )
  if ([options, gate, schema, inputs].includes(unwritten)) return unwritten
  return {
    ...factory.head,
    ...(inputs as object),
    ...(factory.schema === undefined ? {} : { schema: schema as Json }),
    ...(options as object),
    ...(gate as object),
  }
}

function option(writer: Writer, key: string, value: unknown, where: string): Written {
  if (key === 'by' && Array.isArray(value))
    return writer.list(value, where, (one, at) => writeKey(writer, one as string | Key, at))
  if (key === 'by')
    return writer.entries(value as object, where, (one, at) => writeKey(writer, one as string | Key, at))
  if (key === 'measure')
    return writer.entries(value as object, where, (one, at) => writeMeasure(writer, one as Measure, at))
  if (key === 'window') return writeWindow(writer, value as Window, where)
  return writer.value(value, where)
}

/** `from` and `with`, as the node's function takes them. */
function wired({ uses, inputs }: NodeSpec): Readonly<Record<string, Node | Readonly<Record<string, Node>>>> {
  const whole = uses.point === 'target' || (uses.point === 'step' && uses.shape === 'whole')
  const record = (mine: NodeSpec['inputs']) => Object.fromEntries(mine.map(({ name, node }) => [name, node]))
  const [first] = inputs
  if (first === undefined) return {}
  if (whole) return { from: first.name === '' ? first.node : record(inputs) }
  const sides = inputs.filter(({ mode }) => mode === 'whole')
  return { from: first.node, ...(sides.length === 0 ? {} : { with: record(sides) }) }
}

function reference(writer: Writer, node: Node, nameOf: (node: Node) => string | undefined, where: string): Written {
  const { output } = specOf(node)
  const name = nameOf(output?.of ?? node)
  if (name === undefined)
    return writer.fault(where, 'it reads a node without a name', 'Add that node to pipeline({ ... }).')
  return output === undefined ? name : `${name}.${output.name}`
}

interface Factory {
  readonly head: Readonly<Record<string, Json>>
  /** The schema to declare: undefined where the function has one of its own. */
  readonly schema: NodeSpec['schema']
}

/** The function that makes such a node, proven by having it make this one again: nodes are inert, so nothing happens by that. */
function factoryOf(writer: Writer, spec: NodeSpec): Factory | undefined {
  const kind = spec.uses.name
  const own = Object.hasOwn(coreRegistry.kinds, kind) ? (coreRegistry.kinds[kind] as CallableFunction) : undefined
  if (own !== undefined && makes(own, spec, true)) return { head: { kind }, schema: spec.schema }
  const last = kind.split(/[/#]/).at(-1) ?? ''
  const direct = writer.exports.functions.filter(({ value }) => madeBy(value) === spec.uses)
  const named = writer.exports.functions.filter(({ name }) => name === last || name === camel(last))
  for (const { ref, value } of [...direct, ...named]) {
    if (makes(value, spec, false)) return { head: { use: ref }, schema: undefined }
    if (makes(value, spec, true)) return { head: { use: ref }, schema: spec.schema }
  }
  return undefined
}

function makes(factory: CallableFunction, spec: NodeSpec, withSchema: boolean): boolean {
  const schema = withSchema && spec.schema !== undefined ? { schema: spec.schema } : {}
  try {
    const made: unknown = factory({ ...(spec.options as object), ...spec.gate, ...wired(spec), ...schema })
    if (!isNode(made)) return false
    const again = specOf(made)
    const kindOf = ({ point, name, version }: NodeSpec['uses'] & { readonly version?: unknown }) => ({
      point,
      name,
      version,
    })
    return (
      isDeepStrictEqual(kindOf(again.uses), kindOf(spec.uses)) &&
      again.schema === spec.schema &&
      isDeepStrictEqual(again.options, spec.options) &&
      isDeepStrictEqual(again.gate, spec.gate) &&
      again.inputs.length === spec.inputs.length &&
      again.inputs.every((input, i) => input.node === spec.inputs[i]?.node && input.name === spec.inputs[i]?.name)
    )
  } catch {
    return false
  }
}

function camel(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
