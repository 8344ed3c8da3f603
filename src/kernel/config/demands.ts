import { pathText } from '../boot/fault.ts'
import type { Demand } from '../boot/wire.ts'
import type { Config } from '../define/config.ts'
import { isPipeline } from '../define/pipeline.ts'
import { isNode, type NodeSpec, specOf } from '../node.ts'
import { secretNames } from '../secrets/resolve-secrets.ts'

/** What the kinds of all nodes need. */
export function demandsOf(config: Config): readonly Demand[] {
  return nodesOf(config, () => true).map(([where, { uses }]) => ({ where, needs: uses.needs }))
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
