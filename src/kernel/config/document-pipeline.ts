import { pathText } from '../boot/fault.ts'
import { type Pipeline, pipeline } from '../define/pipeline.ts'
import { besideNames, isNode, type Node } from '../node.ts'
import { optionReaders } from './node-options.ts'
import { type Entries, failed, isEntries, type Reader } from './reader.ts'
import type { Registry } from './registry.ts'

type Made = Node | typeof failed

/** The nodes of a pipeline written as data: made by the same functions a TypeScript config calls, in any order of writing. */
export async function readPipeline(
  reader: Reader,
  registry: Registry,
  given: Entries,
  where: string,
): Promise<Pipeline> {
  const made = new Map<string, Made>()
  const path: { readonly name: string; readonly by: string | undefined }[] = []

  /** `by`: the place of the check that looks at the node. */
  const node = async (name: string, by?: string): Promise<Made> => {
    const known = made.get(name)
    if (known !== undefined) return known
    const met = path.findIndex((step) => step.name === name)
    if (met >= 0) {
      const circle = [...path.slice(met).map((step) => step.name), name].join(' -> ')
      const checks = [...path.slice(met + 1), { by }].flatMap((step) => step.by ?? [])
      const closed = checks.length === 0 ? '' : `, by what the check at ${checks.join(' and at ')} looks at`
      return reader.fault(
        pathText(where, [name]),
        `nodes read each other in a circle: ${circle}${closed}`,
        checks.length === 0 ? 'Break the circle.' : 'Remove the check, or let it look at another node.',
        'NODE_CYCLE',
      )
    }
    path.push({ name, by })
    const result = await build(given[name], pathText(where, [name]))
    path.pop()
    made.set(name, result)
    return result
  }

  /** `clean`, or `clean.quarantine`, or `clean.files` */
  const reference = async (text: unknown, at: string, by?: string): Promise<Made> => {
    const [name = '', output, ...rest] = typeof text === 'string' ? text.split('.') : []
    if (!Object.hasOwn(given, name)) return reader.unknown('node', String(text), Object.keys(given), at)
    const found = await node(name, by)
    if (found === failed || output === undefined) return found
    const beside = besideNames.find((known) => known === output)
    if (beside !== undefined && rest.length === 0) return found[beside]
    return reader.unknown('output', output, besideNames, at)
  }
  const references = (value: unknown, at: string) =>
    isEntries(value) ? reader.entries(value, at, (text, inner) => reference(text, inner)) : reference(value, at)
  const options = optionReaders(reader, registry, (text, at) => reference(text, at, at))

  const build = async (declared: unknown, at: string): Promise<Made> => {
    if (!isEntries(declared))
      return reader.fault(
        at,
        'expected a node',
        'Write { kind: each, from: ..., run: ... } or { use: package#export, ... }.',
      )
    const { kind, use, ...rest } = declared
    const factory = await factoryOf(kind, use, at)
    const read = await reader.entries(rest, at, (value, inner, key) => {
      if (key === 'from' || key === 'with') return references(value, inner)
      return (options[key] ?? reader.value)(value, inner)
    })
    if (factory === failed || read === failed) return failed
    const result = reader.call(() => factory(read), at)
    if (result === failed || isNode(result)) return result
    return reader.fault(
      at,
      `${String(use ?? kind)} made no node`,
      'Name a function that returns a node: a source, a target or a step.',
    )
  }

  const factoryOf = async (
    kind: unknown,
    use: unknown,
    at: string,
  ): Promise<((options: Entries) => unknown) | typeof failed> => {
    if (typeof use === 'string') {
      const found = await reader.named(use, `${at}.use`)
      if (found === failed || typeof found === 'function')
        return found as typeof failed | ((options: Entries) => unknown)
      return reader.fault(`${at}.use`, `${use} is not a function`, 'Name a function that returns a node.')
    }
    const kinds = Object.keys(registry.kinds)
    if (typeof kind !== 'string')
      return reader.fault(at, 'the node has neither "kind" nor "use"', `Kinds are ${kinds.join(', ')}.`)
    if (!Object.hasOwn(registry.kinds, kind)) return reader.unknown('kind', kind, kinds, `${at}.kind`)
    return registry.kinds[kind] as (options: Entries) => unknown // Options are validated by the kind's schema, like those of TypeScript.
  }

  const nodes: Record<string, Node> = {}
  for (const name of Object.keys(given)) {
    const result = await node(name)
    if (result !== failed) nodes[name] = result
  }
  return pipeline(nodes)
}
