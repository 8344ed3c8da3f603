import { type Fault, pathText } from '../boot/fault.ts'
import { validateOptions } from '../boot/validate-options.ts'
import type { Config } from '../define/config.ts'
import { configSchema } from '../define/config-schema.ts'
import { isPipeline } from '../define/pipeline.ts'
import { isNode, type Node } from '../node.ts'
import { validateNode } from './validate-node.ts'

/** Everything that is wrong with the value of a config, its nodes included. Options of plugins are checked at boot, and reported together with these. */
export function validateConfig(config: unknown): Fault[] {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    const hint = 'Return an object such as { pipelines: { ... } }.'
    const given = Array.isArray(config) ? 'a list' : config === null ? 'null' : typeof config
    return [{ code: 'CONFIG_INVALID', where: 'config', message: `expected an object, got ${given}`, hint }]
  }
  const faults = [...validateOptions(configSchema, config, '').faults]
  const { pipelines } = config as Partial<Config>
  if (typeof pipelines !== 'object' || pipelines === null) return faults
  if (Object.keys(pipelines).length === 0) {
    const hint = 'Add one: pipelines: { name: pipeline({ ... }) }.'
    faults.push({ code: 'CONFIG_INVALID', where: 'pipelines', message: 'there is no pipeline', hint })
  }
  for (const [name, value] of Object.entries(pipelines)) {
    const where = pathText('pipelines', [name])
    faults.push(...nameFaults('pipeline', name, where))
    if (!isPipeline(value)) continue
    const nodes = Object.entries(value.nodes)
    if (nodes.length === 0) {
      const hint = 'Give it nodes: pipeline({ orders, clean, ... }).'
      faults.push({ code: 'CONFIG_INVALID', where, message: 'the pipeline has no nodes', hint })
    }
    for (const [key, node] of nodes) faults.push(...namedNode(key, node, pathText(where, [key])))
  }
  return faults
}

function namedNode(key: string, node: Node, where: string): Fault[] {
  return isNode(node) ? [...nameFaults('node', key, where), ...validateNode(node, where)] : []
}

/** Names become parts of paths and of references such as `clean.quarantine` and `other/daily`. */
function nameFaults(what: string, name: string, where: string): Fault[] {
  if (/^[\p{L}\p{N}_][\p{L}\p{N}_-]*$/u.test(name)) return []
  const hint = 'Use letters, digits, "_" and "-".'
  return [{ code: 'CONFIG_INVALID', where, message: `"${name}" cannot name a ${what}`, hint }]
}
