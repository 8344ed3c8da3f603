import type { AnyPlugin } from '../../plugins/plugin.ts'
import { isPlugin } from '../define/plugin.ts'
import { isNode } from '../node.ts'
import { isSecret } from '../secret.ts'
import { type Fault, pathText } from './fault.ts'
import { validateOptions } from './validate-options.ts'

/** A plugin that stands in an option (`serviceOption`), with its place. */
export interface OptionService {
  readonly plugin: AnyPlugin
  readonly where: string
}

/** The plugins in options, at any depth and in the options of each other; inner ones first. */
export function servicesIn(options: unknown, where = ''): readonly OptionService[] {
  const found: OptionService[] = []
  const seen = new Set<unknown>()
  const visit = (value: unknown, at: string): void => {
    if (!isContainer(value) || seen.has(value)) return
    seen.add(value)
    if (isPlugin(value)) {
      visit(value.given, at)
      found.push({ plugin: value, where: at })
    } else if (Array.isArray(value)) for (const [i, inner] of value.entries()) visit(inner, pathText(at, [i]))
    else for (const [key, inner] of Object.entries(value)) visit(inner, pathText(at, [key]))
  }
  visit(options, where)
  return found
}

/** Everything that is wrong with the plugins in options. */
export function serviceFaults(options: unknown, where: string): Fault[] {
  return servicesIn(options, where).flatMap(({ plugin, where: at }) => {
    const { faults } = validateOptions(plugin.options, plugin.given, at)
    if (plugin.scope === 'kernel' && plugin.create !== undefined) return faults
    const what = plugin.create === undefined ? 'makes no service' : 'is made anew for each run'
    const hint = 'Give it a plugin made by provide(...) with the scope "kernel".'
    return [...faults, { code: 'CONFIG_INVALID' as const, where: at, message: `${plugin.name} ${what}`, hint }]
  })
}

/** A copy of options in which every plugin is its instance. */
export async function withServices<T>(options: T, service: (plugin: AnyPlugin) => Promise<unknown>): Promise<T> {
  if (servicesIn(options).length === 0) return options
  const fill = async (value: unknown): Promise<unknown> => {
    if (!isContainer(value)) return value
    if (isPlugin(value)) return service(value)
    // One after another, so that the order of creation is that of the options.
    const filled: [string, unknown][] = []
    for (const [key, inner] of Object.entries(value)) filled.push([key, await fill(inner)])
    return Array.isArray(value) ? filled.map(([, inner]) => inner) : Object.fromEntries(filled)
  }
  return (await fill(options)) as T // Plain data of the same shape: only plugins became what they make.
}

/** Nodes, schemas and instances of classes are values of their own kind, not places where options are nested. */
function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || isNode(value) || isSecret(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === Object.prototype || prototype === null
}
