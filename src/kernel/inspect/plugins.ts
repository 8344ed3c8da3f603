import { defaultPlugins } from '../../plugins/defaults/default-plugins.ts'
import type { AnyPlugin, Needs } from '../../plugins/plugin.ts'
import { pathText } from '../boot/fault.ts'
import { pluginsOf } from '../config/plugins-of.ts'
import type { Json } from '../context.ts'
import type { Kernel } from '../kernel.ts'
import { type NodeKind, specOf } from '../node.ts'
import { type FunctionFiles, openFunctionFiles } from './function-file.ts'
import { type Origin, originOf } from './origin.ts'
import { plainOptions } from './plain-options.ts'

/** One plugin of a kernel, or one kind of node that its pipelines use. */
export interface LoadedPlugin {
  readonly name: string
  /** `slot`: fills `slot`; `plugin`: taps hooks; the others are kinds of nodes. */
  readonly point: 'slot' | 'plugin' | 'source' | 'target' | 'step'
  readonly slot?: string
  /** Places in the config; none for what fills a slot by default. */
  readonly where: readonly string[]
  readonly origin: Origin
  readonly scope: 'kernel' | 'run'
  readonly needs: readonly string[]
  /** As written in the config, secrets as references. Empty for kinds of nodes: their options stand with each node. */
  readonly options: Json
}

/** Everything that is loaded: what fills the slots, plugins, and the kinds of the nodes. */
export function listPlugins(kernel: Kernel): readonly LoadedPlugin[] {
  const files = openFunctionFiles()
  try {
    const given = [...pluginsOf(kernel.config)]
    const filled = new Set(given.map(([plugin]) => plugin.provides?.key))
    const defaults = defaultPlugins().filter(({ provides }) => !filled.has(provides?.key))
    return [
      ...given.map(([plugin, where]) => ofPlugin(kernel, files, plugin, [where])),
      ...defaults.map((plugin) => ({ ...ofPlugin(kernel, files, plugin, []), origin: { from: 'built in' as const } })),
      ...nodeKinds(kernel).map(([kind, where]) => ofKind(kernel, files, kind, where)),
    ]
  } finally {
    files.close()
  }
}

function ofPlugin(kernel: Kernel, files: FunctionFiles, plugin: AnyPlugin, where: readonly string[]): LoadedPlugin {
  const code = plugin.create ?? plugin.setup
  return {
    name: plugin.name,
    point: plugin.provides === undefined ? 'plugin' : 'slot',
    ...(plugin.provides === undefined ? {} : { slot: plugin.provides.name }),
    where,
    origin: originOf(code === undefined ? undefined : files.fileOf(code), kernel.folder),
    scope: plugin.scope,
    needs: needsOf(plugin.needs),
    options: plainOptions(plugin.given),
  }
}

function ofKind(kernel: Kernel, files: FunctionFiles, kind: NodeKind, where: readonly string[]): LoadedPlugin {
  return {
    name: kind.name,
    point: kind.point,
    where,
    origin: originOf(files.fileOf(kind.create), kernel.folder),
    scope: 'run',
    needs: needsOf(kind.needs),
    options: {},
  }
}

function needsOf(needs: Needs): readonly string[] {
  return Object.values(needs).map(({ name }) => name)
}

/** Each kind once, with the nodes that use it. */
function nodeKinds({ config }: Kernel): readonly (readonly [NodeKind, readonly string[]])[] {
  const kinds = new Map<NodeKind, string[]>()
  for (const [pipeline, { nodes }] of Object.entries(config.pipelines)) {
    for (const [name, node] of Object.entries(nodes)) {
      const { uses, output } = specOf(node)
      if (output === undefined) kinds.set(uses, [...(kinds.get(uses) ?? []), pathText('pipelines', [pipeline, name])])
    }
  }
  return [...kinds]
}
