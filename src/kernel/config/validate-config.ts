import { type Fault, pathText } from '../boot/fault.ts'
import { validateOptions } from '../boot/validate-options.ts'
import type { Config } from '../define/config.ts'
import { configSchema } from '../define/config-schema.ts'
import { nodeName } from '../define/node-name.ts'
import { isPipeline } from '../define/pipeline.ts'
import { didYouMean } from '../nearest.ts'
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
  for (const key of ['deadlines', 'schedules'] as const) faults.push(...strangers(key, config, Object.keys(pipelines)))
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

/** Entries of a key whose names are those of pipelines, under a name that no pipeline has. */
function strangers(key: 'deadlines' | 'schedules', config: object, pipelines: readonly string[]): Fault[] {
  const given: unknown = (config as Partial<Config>)[key]
  if (typeof given !== 'object' || given === null) return []
  const unknown = Object.keys(given).filter((name) => !pipelines.includes(name))
  return unknown.map((name) => ({
    code: 'CONFIG_INVALID',
    where: pathText(key, [name]),
    message: `there is no pipeline "${name}"`,
    hint: didYouMean(name, pipelines) ?? `The pipelines are ${pipelines.join(', ')}.`,
  }))
}

function namedNode(key: string, node: Node, where: string): Fault[] {
  return isNode(node) ? [...nameFaults('node', key, where), ...validateNode(node, where)] : []
}

/** Names become parts of paths and of references such as `clean.quarantine` and `other/daily`. */
function nameFaults(what: string, name: string, where: string): Fault[] {
  if (/^[\p{L}\p{N}_][\p{L}\p{N}_-]*$/u.test(name) && name !== '__proto__') return []
  const hint = `Use letters, digits, "_" and "-", such as "${nodeName(name)}"; nodeName(...) makes such names of any text.`
  return [{ code: 'CONFIG_INVALID', where, message: `"${name}" cannot name a ${what}`, hint }]
}
