import { pathText } from '../boot/fault.ts'
import { servicesIn } from '../boot/option-services.ts'
import type { Demand } from '../boot/wire.ts'
import type { Config } from '../define/config.ts'
import { isPipeline } from '../define/pipeline.ts'
import { isNode, type NodeSpec, specOf } from '../node.ts'
import { secretNames } from '../secrets/resolve-secrets.ts'

/** What the kinds of all nodes need, and the plugins in their options. */
export function demandsOf(config: Config): readonly Demand[] {
  return nodesOf(config, () => true).flatMap(([where, { uses, options, output }]): readonly Demand[] => [
    { where, needs: uses.needs },
    // `node.quarantine` and `node.files` carry the options of their node.
    ...(output ? [] : servicesIn(options, where)).map(
      (service): Demand => ({ where: service.where, needs: service.plugin.needs, scope: 'kernel' }),
    ),
  ])
}

/** The secrets in the options of some pipelines' nodes. */
export function nodeSecrets(config: Config, pipelines: readonly string[]) {
  const nodes = nodesOf(config, (name) => pipelines.includes(name))
  return nodes.flatMap(([where, { options }]) => secretNames(options).map((name) => ({ name, where })))
}

/** Values that are no pipelines or nodes are left out: validation names them. */
function nodesOf(config: Config, which: (pipeline: string) => boolean): readonly (readonly [string, NodeSpec])[] {
  const pipelines = Object.entries((config as Partial<Config> | null)?.pipelines ?? {})
  return pipelines.flatMap(([name, value]) => {
    if (!which(name) || !isPipeline(value)) return []
    return Object.entries(value.nodes).flatMap(([key, node]) => {
      return isNode(node) ? [[pathText('pipelines', [name, key]), specOf(node)] as const] : []
    })
  })
}
