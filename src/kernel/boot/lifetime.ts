import { hooksFor } from '../../hooks/create-hooks.ts'
import type { Hooks } from '../../hooks/hooks.ts'
import type { AnyPlugin, Given, Needs } from '../../plugins/plugin.ts'
import { SecretStore } from '../../plugins/secret-store.ts'
import type { Container } from '../container.ts'
import type { Awaitable } from '../context.ts'
import { TidegateError } from '../errors.ts'
import type { Redactor } from '../secrets/redactor.ts'
import { resolveSecrets, secretNames } from '../secrets/resolve-secrets.ts'
import { faultsError } from './fault.ts'
import { serviceFaults, withServices } from './option-services.ts'
import { validateOptions } from './validate-options.ts'

export interface LifetimeGiven {
  readonly container: Container
  readonly options: ReadonlyMap<AnyPlugin, unknown>
  readonly hooks: Hooks
  readonly redactor: Redactor
  /** Whose services are used for plugins in options; default: those of this lifetime. */
  readonly outer?: Lifetime
}

/** What was created in one scope, and how it ends. */
export interface Lifetime {
  /** Creates or sets up what has not been created yet, in order. When one fails, everything of this lifetime is disposed, and the error names the plugin. */
  begin(plugins: readonly AnyPlugin[]): Promise<void>
  /** Options as `create` receives them: every secret as text, every plugin in an option as its instance, made at its first use and kept. */
  resolve<T>(options: T): Promise<T>
  /** Disposes in reverse order of creation. Every plugin gets its turn; the failures come as one `DISPOSE_FAILED`. */
  dispose(): Promise<void>
}

export function createLifetime(given: LifetimeGiven): Lifetime {
  const { container, redactor } = given
  const begun = new Set<AnyPlugin>()
  const endings: { readonly plugin: AnyPlugin; readonly end: () => Awaitable<void> }[] = []

  const services = new Map<AnyPlugin, Promise<unknown>>()

  const resolve = async <T>(options: T): Promise<T> => {
    if (given.outer) return given.outer.resolve(options)
    const secret = secretNames(options).length > 0
    const plain = secret ? await resolveSecrets(options, container.get(SecretStore), redactor) : options
    return withServices(plain, (plugin) => {
      const known = services.get(plugin)
      if (known !== undefined) return known
      const fresh = startService(plugin)
      services.set(plugin, fresh)
      // One that could not be made is not remembered: whoever awaits it sees the error, and may try again.
      fresh.catch(() => services.delete(plugin))
      return fresh
    })
  }

  const startService = async (plugin: AnyPlugin): Promise<unknown> => {
    const faults = serviceFaults(plugin, plugin.name)
    const { options } = validateOptions(plugin.options, plugin.given, plugin.name)
    if (faults.length > 0) throw faultsError(faults)
    try {
      const made: unknown = await plugin.create?.(
        (await resolve(options)) as never,
        take(container, plugin.needs) as never,
      )
      if (made === undefined || made === null) throw new Error(`create returned ${made}`)
      const { dispose } = plugin
      if (dispose) endings.push({ plugin, end: () => dispose(made) })
      return made
    } catch (cause) {
      throw startError(plugin, cause, undefined, redactor)
    }
  }

  const begin = async (plugin: AnyPlugin): Promise<void> => {
    begun.add(plugin)
    const options = await resolve(given.options.get(plugin))
    const needs = take(container, plugin.needs)
    // The options were made by this plugin's own schema and the needs by its own tokens: `provide` and `definePlugin` typed both.
    const made = await plugin.create?.(options as never, needs as never)
    if (plugin.create && plugin.provides) {
      if (made === undefined || made === null) throw new Error(`create returned ${made}`)
      container.register(plugin.provides, made)
    }
    const { dispose } = plugin
    if (dispose) endings.push({ plugin, end: () => dispose(made) })
    await plugin.setup?.(options as never, { ...needs, hooks: hooksFor(given.hooks, plugin.name) } as never)
  }

  const dispose = async (): Promise<void> => {
    await Promise.allSettled(services.values())
    services.clear()
    const failures: { readonly name: string; readonly error: unknown }[] = []
    for (let ending = endings.pop(); ending; ending = endings.pop()) {
      try {
        await ending.end()
      } catch (error) {
        failures.push({ name: ending.plugin.name, error })
      }
    }
    if (failures.length > 0) throw disposeError(failures, redactor)
  }

  return {
    dispose,
    resolve,
    async begin(plugins) {
      for (const plugin of plugins) {
        if (begun.has(plugin)) continue
        try {
          await begin(plugin)
        } catch (cause) {
          const also = await dispose().then(
            () => undefined,
            (error: TidegateError) => error,
          )
          throw startError(plugin, cause, also, redactor)
        }
      }
    },
  }
}

/** Exactly the instances that `needs` names, never the container. */
export function take<N extends Needs>(container: Container, needs: N): Given<N> {
  const entries = Object.entries(needs).map(([name, token]) => [name, container.get(token)] as const)
  return Object.fromEntries(entries) as Given<N> // Same keys, each with the instance of its token.
}

function startError(
  plugin: AnyPlugin,
  cause: unknown,
  also: TidegateError | undefined,
  redactor: Redactor,
): TidegateError {
  const reason = redactor.redact(textOf(cause))
  const message = `Plugin ${plugin.name} could not start: ${reason}${also ? `. ${also.message}` : ''}`
  const fault = { code: 'BOOT_FAILED', where: plugin.name, message: `could not start: ${reason}` }
  const hint = (cause as { readonly hint?: unknown } | undefined)?.hint
  return new TidegateError('BOOT_FAILED', message, {
    data: { faults: [fault] },
    cause,
    hint:
      typeof hint === 'string'
        ? hint
        : 'What had been created before was closed again. The cause says what the plugin met.',
  })
}

function disposeError(
  failures: readonly { readonly name: string; readonly error: unknown }[],
  redactor: Redactor,
): TidegateError {
  const list = failures.map(({ name, error }) => `${name} (${redactor.redact(textOf(error))})`).join(', ')
  const errors = failures.map(({ error }) => error)
  return new TidegateError('DISPOSE_FAILED', `Plugins failed while being closed: ${list}`, {
    data: { plugins: failures.map(({ name }) => name) },
    cause: errors.length === 1 ? errors[0] : new AggregateError(errors, 'several plugins failed'),
  })
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
