import type { Hooks } from '../../hooks/hooks.ts'
import type { AnyPlugin, Given, Needs } from '../../plugins/plugin.ts'
import { SecretStore } from '../../plugins/secret-store.ts'
import { type AnyToken, type Container, createContainer } from '../container.ts'
import { TidegateError } from '../errors.ts'
import { errorFacts } from '../log/error-facts.ts'
import { Redactor } from '../secrets/redactor.ts'
import { readSecrets, secretHint, secretNames } from '../secrets/resolve-secrets.ts'
import type { Token } from '../token.ts'
import { type Fault, faultsError } from './fault.ts'
import { createLifetime, take } from './lifetime.ts'
import { serviceFaults } from './option-services.ts'
import { validateOptions } from './validate-options.ts'
import { type Demand, type Wiring, wire } from './wire.ts'

/** A value that is there already, under its token. */
export type Value = readonly [token: AnyToken, value: unknown]

export function value<T>(token: Token<T>, instance: T): Value {
  return [token, instance]
}

export interface BootRequest {
  readonly hooks: Hooks
  readonly redactor: Redactor
  /** Fill the slots that no plugin fills. */
  readonly defaults?: readonly AnyPlugin[]
  readonly values?: readonly Value[]
  /** Tokens whose values `startRun` will bring. */
  readonly runValues?: readonly AnyToken[]
  /** What nodes need. */
  readonly demands?: readonly Demand[]
  /** Secrets that are needed besides those in the plugins' options, each with its place. */
  readonly secrets?: readonly { readonly name: string; readonly where: string }[]
  /** Faults found before, reported together with those found here. */
  readonly faults?: readonly Fault[]
  /** The place of a plugin in the config; its name by default. */
  readonly where?: (plugin: AnyPlugin) => string
  readonly file?: string
}

/** Instances of one scope. */
export interface Scope {
  get<T>(token: Token<T>): T
  has(token: AnyToken): boolean
  /** Exactly what a record of tokens names: what the kinds of nodes get. */
  give<N extends Needs>(needs: N): Given<N>
  dispose(): Promise<void>
}

export interface Booted extends Scope {
  /** Options as `create` receives them: secrets as text, plugins in options as their instances. */
  resolve<T>(options: T): Promise<T>
  /** Makes the plugins of scope `run` anew. */
  startRun(values: readonly Value[]): Promise<Scope>
}

/**
 * Starts plugins. Everything that is wrong is found before anything is created (the secret store alone is asked first, since it knows which
 * secrets are missing) and comes as one error: `CONFIG_INVALID`, `SECRET_MISSING` or `BOOT_FAILED`. Then `create` is awaited in topological
 * order, and `setup` follows after all services. When one fails, what was created is disposed in reverse order.
 */
export async function bootServices(plugins: readonly AnyPlugin[], request: BootRequest): Promise<Booted> {
  const { hooks, redactor, where = ({ name }: AnyPlugin) => name } = request
  const values = [value(Redactor, redactor), ...(request.values ?? [])]
  const wiring = wire({
    plugins,
    defaults: request.defaults ?? [],
    kernelValues: values.map(([token]) => token),
    runValues: request.runValues ?? [],
    demands: request.demands ?? [],
    where,
  })
  const { options, faults: optionFaults } = validated([...wiring.kernel, ...wiring.run], where)
  const container = filled(createContainer(), values)
  const lifetime = createLifetime({ container, options, hooks, redactor })
  const faults = [...(request.faults ?? []), ...optionFaults, ...wiring.faults]

  const wanted = [...secretsOf([...wiring.kernel, ...wiring.run], where), ...(request.secrets ?? [])]
  const early = sound(wiring, options, container) ? wiring.secretChain : []
  if (wanted.length > 0 && (early.length > 0 || container.has(SecretStore))) {
    try {
      await lifetime.begin(early)
      faults.push(...(await secretFaults(wanted, container.get(SecretStore), redactor)))
    } catch (error) {
      const name = wiring.secretChain.at(-1)?.name ?? SecretStore.name
      faults.push({
        code: 'BOOT_FAILED',
        where: name,
        message: redactor.redact(errorFacts(error).message),
        cause: error,
      })
    }
  }
  if (faults.length > 0) {
    await lifetime
      .dispose()
      .catch(({ code, message }: TidegateError) => faults.push({ code, where: 'secrets', message }))
    throw faultsError(faults, request.file)
  }
  await lifetime.begin(wiring.kernel)

  const runs = new Set<Scope>()
  return {
    resolve: lifetime.resolve,
    ...scopeOver(container, async () => {
      const endings = await Promise.allSettled([...runs].map((run) => run.dispose()))
      endings.push(...(await Promise.allSettled([lifetime.dispose()])))
      const failures = endings.flatMap((ending) => (ending.status === 'rejected' ? [ending.reason as unknown] : []))
      if (failures.length > 1) throw allFailures(failures)
      if (failures.length === 1) throw failures[0]
    }),
    async startRun(runValues) {
      const inner = filled(container.child(), runValues)
      const own = createLifetime({ container: inner, options, hooks, redactor, outer: lifetime })
      await own.begin(wiring.run)
      const run = scopeOver(inner, () => {
        runs.delete(run)
        return own.dispose()
      })
      runs.add(run)
      return run
    },
  }
}

function scopeOver(container: Container, dispose: () => Promise<void>): Scope {
  return { get: container.get, has: container.has, give: (needs) => take(container, needs), dispose }
}

function filled(container: Container, values: readonly Value[]): Container {
  for (const [token, instance] of values) container.register(token as Token<unknown>, instance)
  return container
}

function validated(plugins: readonly AnyPlugin[], where: (plugin: AnyPlugin) => string) {
  const options = new Map<AnyPlugin, unknown>()
  const faults: Fault[] = []
  for (const plugin of plugins) {
    const result = validateOptions(plugin.options, plugin.given, where(plugin))
    faults.push(...result.faults, ...serviceFaults(plugin.given, where(plugin)))
    if (result.options !== undefined) options.set(plugin, result.options)
  }
  return { options, faults }
}

/** The secret store can be asked although other plugins have faults, if it and all it needs have none. */
function sound({ secretChain }: Wiring, options: ReadonlyMap<AnyPlugin, unknown>, container: Container): boolean {
  const given = new Set(secretChain.map(({ provides }) => provides?.key))
  const met = (token: AnyToken) => given.has(token.key) || container.has(token)
  const circular = secretChain.some((plugin, i) => {
    const later = new Set(secretChain.slice(i).map(({ provides }) => provides?.key))
    return Object.values(plugin.needs).some((token) => later.has(token.key)) || secretNames(plugin.given).length > 0
  })
  if (circular) return false
  return secretChain.every((plugin) => {
    return plugin.scope === 'kernel' && options.has(plugin) && Object.values(plugin.needs).every(met)
  })
}

function secretsOf(plugins: readonly AnyPlugin[], where: (plugin: AnyPlugin) => string) {
  return plugins.flatMap((plugin) => secretNames(plugin.given).map((name) => ({ name, where: where(plugin) })))
}

async function secretFaults(
  wanted: readonly { readonly name: string; readonly where: string }[],
  store: SecretStore,
  redactor: Redactor,
): Promise<Fault[]> {
  const { values, missing } = await readSecrets([...new Set(wanted.map(({ name }) => name))], store)
  for (const [name, text] of values) redactor.learn(name, text)
  return missing.map((name) => {
    const places = new Set(wanted.filter((want) => want.name === name).map((want) => want.where))
    const fault = {
      code: 'SECRET_MISSING',
      where: [...places].join(', '),
      message: `the secret "${name}" is not set`,
    } as const
    return { ...fault, hint: secretHint([name]) }
  })
}

function allFailures(failures: readonly unknown[]): TidegateError {
  const message = failures.map((failure) => errorFacts(failure).message).join('; ')
  return new TidegateError('DISPOSE_FAILED', message, { cause: new AggregateError(failures, 'several scopes failed') })
}
