import { faultsError } from '../boot/fault.ts'
import { buildDocument } from '../config/build-document.ts'
import { slotKeys } from '../config/plugins-of.ts'
import { coreRegistry } from '../config/registry.ts'
import type { Json } from '../context.ts'
import type { Config } from '../define/config.ts'
import { isNode, type Node, type NodeSpec, specOf } from '../node.ts'
import { exportsOf } from './exports-of.ts'
import { writeNode } from './write-node.ts'
import { createWriter, unwritten, type Writer, type Written } from './writer.ts'

/**
 * A config as a YAML or JSON document that loads back: the same nodes, options, checks and schemas, code as references to exports, secrets as
 * references. With `only`, that pipeline alone. Throws `CONFIG_INVALID` with everything that a document cannot say, each with its remedy. Paths
 * are relative to `folder`, in which the document has to stand.
 */
export async function exportConfig(
  config: Config,
  given: { readonly file: string | undefined; readonly folder: string; readonly only?: string },
): Promise<Readonly<Record<string, Json>>> {
  const { file, folder, only } = given
  const writer = createWriter(await exportsOf(file, folder))
  const { pipelines, plugins, deadlines, schedules, ...rest } = config
  const chosen = Object.fromEntries(Object.entries(pipelines).filter(([name]) => only === undefined || name === only))
  const document: Record<string, Json> = {}
  const put = (key: string, written: Written) => {
    if (written !== unwritten) document[key] = written
  }
  const settings = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  for (const [key, value] of Object.entries(settings)) put(key, writer.value(value, key))
  const active = (plugins ?? []).filter((plugin) => plugin !== false)
  if (active.length > 0) put('plugins', writer.list(active, 'plugins', writer.value))
  for (const [key, value] of Object.entries({ deadlines, schedules })) {
    const own = Object.fromEntries(Object.entries(value ?? {}).filter(([name]) => name in chosen))
    if (Object.keys(own).length > 0) put(key, writer.value(own, key))
  }
  put(
    'pipelines',
    writer.entries(chosen, 'pipelines', (value, where) =>
      pipelineOf(writer, (value as Config['pipelines'][string]).nodes, where),
    ),
  )
  if (writer.faults.length > 0) throw faultsError(writer.faults, file)
  await verify(document, chosen, folder, file)
  return document
}

function pipelineOf(writer: Writer, nodes: Readonly<Record<string, Node>>, where: string): Written {
  const names = new Map<NodeSpec, string>(
    Object.entries(nodes).flatMap(([name, node]) => (isNode(node) ? [[specOf(node), name] as const] : [])),
  )
  return writer.entries(nodes, where, (node, at) =>
    writeNode(writer, node as Node, (other) => names.get(specOf(other)), at),
  )
}

/** What was written is loaded, and compared with what it was written from. */
async function verify(
  document: Readonly<Record<string, Json>>,
  pipelines: Config['pipelines'],
  folder: string,
  file: string | undefined,
): Promise<void> {
  const { source, faults } = await buildDocument(structuredClone(document), { folder, registry: coreRegistry })
  if (faults.length > 0) throw faultsError(faults, file)
  for (const [name, { nodes }] of Object.entries(pipelines)) {
    const again = source.pipelines[name]?.nodes ?? {}
    const wrong = Object.keys(nodes).filter((node) => shapeOf(nodes[node]) !== shapeOf(again[node]))
    if (wrong.length > 0) {
      const places = wrong.map((node) => ({
        code: 'CONFIG_INVALID' as const,
        where: `pipelines.${name}.${node}`,
        message: 'the document that was written makes another node',
        hint: 'Write this node in the document by hand.',
      }))
      throw faultsError(places, file)
    }
  }
  if (slotKeys.some((key) => key in document && source[key] === undefined))
    throw new Error('a slot of the config was lost on the way')
}

function shapeOf(node: Node | undefined): string {
  if (node === undefined) return ''
  const { uses, inputs, gate, schema } = specOf(node)
  const checks = (gate.expect ?? []).map(({ name, verdict, atLeast, atMost, severity }) => [
    name,
    verdict,
    atLeast,
    atMost,
    severity,
  ])
  return JSON.stringify([
    uses.name,
    inputs.map(({ name, mode, node: from }) => [name, mode, from.kind]),
    checks,
    Object.keys(schema?.shape ?? {}),
  ])
}
