import type { AnyPlugin } from '../../plugins/plugin.ts'
import type { Config } from '../define/config.ts'
import { isPlugin } from '../define/plugin.ts'

/** The keys of a config that fill one slot each. */
export const slotKeys = [
  'lineage',
  'storage',
  'workspace',
  'executor',
  'secrets',
  'logger',
  'events',
] as const satisfies readonly (keyof Config)[]

/** Every plugin of a config with its place in it, slots first. Values that are no plugins are left out: validation names them. */
export function pluginsOf(config: Config): ReadonlyMap<AnyPlugin, string> {
  const given = config as Partial<Config> | null | undefined // Not validated yet.
  const places = new Map<AnyPlugin, string>()
  for (const key of slotKeys) {
    const plugin: unknown = given?.[key]
    if (isPlugin(plugin)) places.set(plugin, key)
  }
  const plugins: unknown = given?.plugins
  if (Array.isArray(plugins)) {
    plugins.forEach((plugin: unknown, i) => {
      if (isPlugin(plugin)) places.set(plugin, `plugins[${i}]`)
    })
  }
  return places
}
