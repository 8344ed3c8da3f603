import type { SecretStore } from '../../plugins/secret-store.ts'
import { isPlugin } from '../define/plugin.ts'
import { TidegateError } from '../errors.ts'
import { isNode } from '../node.ts'
import { isSecret } from '../secret.ts'
import type { Redactor } from './redactor.ts'

/** Names of the secrets that options refer to, in order of appearance, each once. Looks into plain objects, arrays and the options of plugins. */
export function secretNames(options: unknown): readonly string[] {
  const names = new Set<string>()
  const seen = new Set<object>()
  const visit = (value: unknown): void => {
    if (isSecret(value)) names.add(value.name)
    else if (isPlugin(value)) visit(value.given)
    else if (isContainer(value) && !seen.has(value)) {
      seen.add(value)
      for (const inner of Array.isArray(value) ? value : Object.values(value)) visit(inner)
    }
  }
  visit(options)
  return [...names]
}

/**
 * A copy of options in which every `secret('NAME')` is its value: for what `create` and `open` receive, and nothing else. The values become known
 * to the redactor first. Throws `SECRET_MISSING` with the names of all that the store does not have.
 */
export async function resolveSecrets<T>(options: T, store: SecretStore, redactor: Redactor): Promise<T> {
  const names = secretNames(options)
  if (names.length === 0) return options
  const { values, missing } = await readSecrets(names, store)
  if (missing.length > 0) throw missingSecrets(missing)
  for (const [name, value] of values) redactor.learn(name, value)
  // Plain data of the same shape: only references became text.
  return filled(options, values) as T
}

/** Asks a store for several secrets at once. An empty value counts as missing. */
export async function readSecrets(
  names: readonly string[],
  store: SecretStore,
): Promise<{ readonly values: ReadonlyMap<string, string>; readonly missing: readonly string[] }> {
  const values = new Map<string, string>()
  const missing: string[] = []
  const answers = await Promise.all(names.map((name) => store.get(name)))
  names.forEach((name, i) => {
    const value = answers[i]
    if (value) values.set(name, value)
    else missing.push(name)
  })
  return { values, missing }
}

export function missingSecrets(names: readonly string[]): TidegateError {
  const list = names.map((name) => `"${name}"`).join(', ')
  const message = names.length === 1 ? `The secret ${list} is not set` : `These secrets are not set: ${list}`
  return new TidegateError('SECRET_MISSING', message, { hint: secretHint(names), data: { secrets: names } })
}

export function secretHint(names: readonly string[]): string {
  const variables = names.length === 1 ? 'an environment variable of that name' : 'environment variables of those names'
  return `Set ${variables}, or give the config a secret store that knows them.`
}

function filled(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (isSecret(value)) return values.get(value.name)
  // A plugin in an option resolves its own when it is created.
  if (!isContainer(value) || isPlugin(value) || secretNames(value).length === 0) return value
  if (Array.isArray(value)) return value.map((inner) => filled(inner, values))
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner, values)]))
}

/** Nodes, schemas and class instances are values of their own kind, not places where options are nested. */
function isContainer(value: unknown): value is Readonly<Record<string, unknown>> | readonly unknown[] {
  if (Array.isArray(value)) return true
  if (typeof value !== 'object' || value === null || isNode(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
