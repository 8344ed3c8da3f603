import type { Json } from '../context.ts'
import { isPlugin } from '../define/plugin.ts'
import { isSecret } from '../secret.ts'

/** Options as JSON for people: secrets as references, functions and instances by name, a plugin in an option as `{ plugin, options }`. */
export function plainOptions(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value
  if (value === undefined) return null
  if (isSecret(value)) return value.toString()
  if (isPlugin(value)) return { plugin: value.name, options: plainOptions(value.given) }
  if (typeof value === 'function') return `function ${value.name === '' ? '(anonymous)' : value.name}`
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return value.map(plainOptions)
  if (value instanceof RegExp || value instanceof URL || value instanceof Date) return String(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return `[${value.constructor?.name ?? 'object'}]`
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainOptions(inner)]))
}
