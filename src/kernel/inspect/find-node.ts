import { TidegateError } from '../errors.ts'
import { buildGraph, type Graph } from '../graph/graph.ts'
import type { Kernel } from '../kernel.ts'
import { didYouMean } from '../nearest.ts'
import type { OutputName } from '../node.ts'

/** An output of a node, or one column of it. */
export interface NodeAddress {
  readonly pipeline: string
  readonly node: string
  readonly output: OutputName
  readonly column?: string
}

/**
 * What a person means by `clean`, `flights.clean`, `clean.quarantine` or, with `columns`, `clean.delay`. Names are matched as they stand in the
 * config, the longest first. Throws `NODE_UNKNOWN` (with the nearest name), also where several pipelines have such a node.
 */
export function findNode(
  kernel: Kernel,
  text: string,
  { columns = false }: { readonly columns?: boolean } = {},
): NodeAddress {
  const graphs = Object.entries(kernel.config.pipelines).map(([name, { nodes }]) => buildGraph(name, nodes))
  const found = graphs.flatMap((graph) => {
    const prefix = `${graph.pipeline}.`
    const prefixed = text.startsWith(prefix) ? inGraph(graph, text.slice(prefix.length), columns) : []
    return [
      ...inGraph(graph, text, columns),
      ...prefixed.map(({ address, matched }) => ({ address, matched: matched + prefix.length })),
    ]
  })
  // The longest name of a node wins, so that `flights.clean` is a node of the pipeline rather than a column of its node `flights`.
  const most = Math.max(...found.map(({ matched }) => matched))
  const best = found.filter(({ matched }) => matched === most)
  const [first, ...others] = best.map(({ address }) => address)
  if (first === undefined) throw unknown(text, graphs)
  if (others.length === 0) return first
  const choices = best.map(({ address }) => `${address.pipeline}.${text}`)
  throw new TidegateError('NODE_UNKNOWN', `"${text}" is the name of several nodes`, {
    hint: `Say which: ${choices.join(', ')}.`,
    data: { choices },
  })
}

function inGraph(
  graph: Graph,
  text: string,
  columns: boolean,
): readonly { readonly address: NodeAddress; readonly matched: number }[] {
  const outputs = [...graph.byName.keys()].flatMap((node) => [
    { name: node, node, output: 'main' as const },
    { name: `${node}.quarantine`, node, output: 'quarantine' as const },
    { name: `${node}.repairs`, node, output: 'repairs' as const },
    { name: `${node}.files`, node, output: 'files' as const },
  ])
  const named = [...outputs, ...[...graph.aliases].map(([name, alias]) => ({ name, ...alias }))]
  return named.flatMap(({ name, node, output }) => {
    const address = { pipeline: graph.pipeline, node, output }
    if (text === name) return [{ address, matched: name.length }]
    if (!columns || !text.startsWith(`${name}.`)) return []
    return [{ address: { ...address, column: text.slice(name.length + 1) }, matched: name.length }]
  })
}

function unknown(text: string, graphs: readonly Graph[]): TidegateError {
  const names = graphs.flatMap((graph) => [...graph.byName.keys()])
  const [head = text, ...rest] = text.split('.')
  const last = rest.at(-1)
  const pipeline = graphs.find((graph) => graph.pipeline === head)
  const wanted = pipeline !== undefined && last !== undefined ? last : head
  const near = didYouMean(
    wanted,
    pipeline === undefined ? [...names, ...graphs.map((graph) => graph.pipeline)] : [...pipeline.byName.keys()],
  )
  const where = graphs.length === 1 ? `Pipeline "${graphs[0]?.pipeline}" has` : 'The pipelines have'
  return new TidegateError('NODE_UNKNOWN', `${where} no node "${text}"`, {
    hint: `${near === undefined ? '' : `${near} `}${graphs.map((graph) => `Nodes of ${graph.pipeline}: ${[...graph.byName.keys()].join(', ')}.`).join(' ')}`,
    data: { nodes: names },
  })
}

/** The pipelines that a command works on: the named one, or all in the order of the config. Throws `PIPELINE_UNKNOWN`. */
export function findPipelines(names: readonly string[], wanted: string | undefined): readonly string[] {
  if (wanted === undefined) return names
  if (names.includes(wanted)) return [wanted]
  const near = didYouMean(wanted, names)
  throw new TidegateError('PIPELINE_UNKNOWN', `The config has no pipeline "${wanted}"`, {
    hint: `${near === undefined ? '' : `${near} `}Its pipelines: ${names.join(', ')}.`,
    data: { pipelines: names },
  })
}
