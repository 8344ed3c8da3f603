import { createHooks, tapHandlers } from '../hooks/create-hooks.ts'
import type { Hooks } from '../hooks/hooks.ts'
import { defaultPlugins } from '../plugins/defaults/default-plugins.ts'
import { Events, type TidegateEvent } from '../plugins/events.ts'
import { Logger } from '../plugins/logger.ts'
import type { AnyPlugin, Given, Needs } from '../plugins/plugin.ts'
import { Project } from '../plugins/project.ts'
import { bootServices, type Scope, value } from './boot/boot-services.ts'
import type { Fault } from './boot/fault.ts'
import { RunContext } from './boot/run-context.ts'
import { demandsOf, nodeSecrets } from './config/demands.ts'
import { environmentName } from './config/environment.ts'
import { evaluateConfig } from './config/evaluate-config.ts'
import { pluginsOf } from './config/plugins-of.ts'
import { type Settings, settingsOf } from './config/settings.ts'
import { validateConfig } from './config/validate-config.ts'
import type { Context } from './context.ts'
import type { Config, ConfigFunction } from './define/config.ts'
import type { LogLevel } from './log/create-logger.ts'
import { createRedactor, type Redactor } from './secrets/redactor.ts'
import type { Token } from './token.ts'

export interface KernelOptions {
  /** Default: TIDEGATE_ENV, else `development`. */
  readonly env?: string | undefined
  /** The folder of the config, against which relative paths are resolved. */
  readonly folder: string
  /** The config's file: named in faults, and where workers boot from. */
  readonly file?: string | undefined
  /** Faults of a YAML or JSON document, reported with all others. */
  readonly faults?: readonly Fault[]
  /** Pipelines that are going to run: the secrets of their nodes must be set. */
  readonly pipelines?: readonly string[] | ((names: readonly string[]) => readonly string[])
  /** Listens from the beginning. */
  readonly onEvent?: (event: TidegateEvent) => void
  readonly log?: LogLevel
  readonly variables?: Readonly<Record<string, string | undefined>>
  /** Fill the slots that the config leaves open, before the kernel's own defaults do. */
  readonly defaults?: readonly AnyPlugin[]
  /** Fill their slots whatever the config says: what a worker has of its coordinator. */
  readonly instead?: readonly AnyPlugin[]
}

/** A config brought to life for one environment. Two kernels in one process share nothing. */
export interface Kernel {
  readonly env: string
  readonly folder: string
  readonly file: string | undefined
  /** Validated. */
  readonly config: Config
  readonly settings: Settings
  /** Names that the config gave to `secret(...)` in this environment. */
  readonly secrets: readonly string[]
  readonly hooks: Hooks
  readonly events: Events
  readonly log: Logger
  readonly redactor: Redactor
  service<T>(token: Token<T>): T
  /** Exactly the services that a record of tokens names. */
  give<N extends Needs>(needs: N): Given<N>
  /** Options as `create` and `open` receive them: secrets as text, plugins in options as their instances. Throws `SECRET_MISSING`, `BOOT_FAILED`. */
  resolve<T>(options: T): Promise<T>
  /** Makes the plugins of scope `run` for one run; dispose it when the run ends. */
  startRun(context: Context): Promise<Scope>
  /** Closes everything in reverse order. */
  dispose(): Promise<void>
}

/**
 * Evaluates a config, finds everything that is wrong with it before anything is created, and boots its plugins. Throws `CONFIG_THREW`,
 * `CONFIG_INVALID`, `SECRET_MISSING` or `BOOT_FAILED`; `data.faults` lists them all.
 */
export async function createKernel(source: ConfigFunction | Config, options: KernelOptions): Promise<Kernel> {
  const { folder, file, log, variables = process.env } = options
  const env = environmentName(options.env, variables)
  const { config, secrets } = await evaluateConfig(source, env, file)
  const told = options.faults ?? []
  const pipelines = runningOf(config, options)
  // A node that could not be made is missing from its pipeline: that is no second fault.
  const faults = [
    ...told,
    ...validateConfig(config).filter(({ where }) => !told.some((fault) => fault.where.startsWith(`${where}.`))),
    ...(config?.schedules ? (await import('./schedule/validate-schedules.ts')).scheduleFaults(config.schedules) : []),
  ]

  const [hooks, redactor] = [createHooks(), createRedactor()]
  const { instead = [] } = options
  const taken = new Set(instead.map(({ provides }) => provides?.key))
  const plugins = new Map([...pluginsOf(config)].filter(([{ provides }]) => !provides || !taken.has(provides.key)))
  const own = defaultPlugins({ concurrency: config?.concurrency, log, variables })
  const booted = await bootServices([...plugins.keys()], {
    hooks,
    redactor,
    faults,
    defaults: firstOfEachSlot([...instead, ...(options.defaults ?? []), ...own]),
    values: [value(Project, { folder, env })],
    runValues: [RunContext],
    demands: demandsOf(config),
    secrets: nodeSecrets(config, pipelines),
    where: (plugin) => plugins.get(plugin) ?? plugin.name,
    ...(file === undefined ? {} : { file }),
  })
  if (config.hooks) tapHandlers(hooks, config.hooks)
  const events = booted.get(Events)
  if (options.onEvent) events.on(options.onEvent)

  return {
    env,
    folder,
    file,
    config,
    settings: settingsOf(config),
    secrets,
    hooks,
    events,
    log: booted.get(Logger),
    redactor,
    service: booted.get,
    give: booted.give,
    resolve: booted.resolve,
    startRun: (context) => booted.startRun([value(RunContext, context)]),
    dispose: booted.dispose,
  }
}

/** What is wrong with the names is told with all other faults. */
function runningOf(config: Config, { pipelines = [], faults = [] }: KernelOptions): readonly string[] {
  if (typeof pipelines !== 'function') return pipelines
  const known: unknown = (config as Partial<Config> | null | undefined)?.pipelines
  return faults.length > 0 || typeof known !== 'object' || known === null ? [] : pipelines(Object.keys(known))
}

function firstOfEachSlot(plugins: readonly AnyPlugin[]): readonly AnyPlugin[] {
  return plugins.filter(({ provides }, i) => {
    return !provides || i === plugins.findIndex((other) => other.provides?.key === provides.key)
  })
}
