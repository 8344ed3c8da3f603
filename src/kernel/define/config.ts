import type { Handlers } from '../../hooks/hooks.ts'
import type { Events } from '../../plugins/events.ts'
import type { Executor } from '../../plugins/executor.ts'
import type { LineageStore } from '../../plugins/lineage-store.ts'
import type { Logger } from '../../plugins/logger.ts'
import type { AnyPlugin, Plugin } from '../../plugins/plugin.ts'
import type { SecretStore } from '../../plugins/secret-store.ts'
import type { StorageStrategy } from '../../plugins/storage-strategy.ts'
import type { Workspace } from '../../plugins/workspace.ts'
import type { Awaitable } from '../context.ts'
import type { Deadline } from '../node.ts'
import type { Secret } from '../secret.ts'
import type { Pipeline } from './pipeline.ts'
import type { Schedule } from './schedule.ts'

export type Pipelines = Readonly<Record<string, Pipeline>>

/**
 * What survives of old entries; everything not reachable from them, from environments, pins or open readers is garbage.
 */
export interface Retention {
  /** Entries of each log, the current one included. Default 10. */
  readonly entries?: number
  /** Garbage younger than this stays, such as `1h` or `2 days`. Default `1h`. */
  readonly grace?: string
}

/** Everything a project says about its runs. One slot, one key. */
export interface Config<out P extends Pipelines = Pipelines> {
  readonly pipelines: P

  // slots: what fills them is a plugin value; each has a default that needs no install
  /** Default: in memory. */
  readonly lineage?: Plugin<LineageStore>
  /** How data of records is laid out. Default: Arrow IPC. */
  readonly storage?: Plugin<StorageStrategy>
  /** Where records, data and logs live. Default: the folder `.tidegate` beside the config. */
  readonly workspace?: Plugin<Workspace>
  /** Default: in this process. */
  readonly executor?: Plugin<Executor>
  /** Where the values of `secret('NAME')` come from. Default: environment variables. */
  readonly secrets?: Plugin<SecretStore>
  readonly logger?: Plugin<Logger>
  readonly events?: Plugin<Events>

  /** Plugins besides the slots; `false` makes `condition && plugin()` possible. */
  readonly plugins?: readonly (AnyPlugin | false)[]
  /** Taps of the project itself; they run before any plugin's. */
  readonly hooks?: Handlers

  /** For all data at once, such as `1GB` or `512 MiB`, or bytes. Default `1GB`. */
  readonly memory?: string | number
  /** Threads an embedded engine may use. Default: the number of cores. */
  readonly threads?: number
  /** Rows of a batch. No result depends on it. Default 65,536. */
  readonly batchRows?: number
  /** Parts worked on at once. No result depends on it. Default: the number of cores. */
  readonly concurrency?: number
  /**
   * What a commit survives: `power` (default) a power cut, by one fsync per entry group; `process` the death of the
   * process.
   */
  readonly durability?: 'power' | 'process'
  readonly retain?: Retention
  /** Seed of `context.random`. Default 0. */
  readonly seed?: number
  /** By when each run of a pipeline has to be done, and what happens otherwise; by the pipeline's name. */
  readonly deadlines?: { readonly [N in keyof P]?: Deadline }
  /** When pipelines run by themselves (`tidegate schedule`); by the pipeline's name. */
  readonly schedules?: { readonly [N in keyof P]?: Schedule }
}

export type Environment = 'development' | 'test' | 'production' | (string & Record<never, never>)

/** What a config is a function of. */
export interface Given {
  /** `--env`, else `TIDEGATE_ENV`, else `development`. */
  readonly env: Environment
  /** An opaque reference: only the names that are used have to be set, and missing ones are reported together. */
  readonly secret: (name: string) => Secret
}

export type ConfigFunction<P extends Pipelines = Pipelines> = (given: Given) => Awaitable<Config<P>>

type Unknown<C> = { readonly [K in Exclude<keyof C, keyof Config>]: never }
/** Under these keys stand names of pipelines. */
type Strangers<C, P> = {
  readonly [K in keyof C & ('deadlines' | 'schedules')]?: { readonly [N in Exclude<keyof C[K], keyof P>]: never }
}

/**
 * The default export of `pipeline.config.ts`: a plain function of the environment, evaluated once per run; it may be
 * asynchronous, for example to make a node for each entry of a listing. A misspelt key is a type error here and
 * `CONFIG_INVALID` at run time.
 */
export function defineConfig<const P extends Pipelines, C extends Config<P>>(
  config: (given: Given) => C & { readonly pipelines: P } & Unknown<C> & Strangers<C, P>,
): (given: Given) => Config<P>
export function defineConfig<const P extends Pipelines, C extends Config<P>>(
  config: (given: Given) => Promise<C & { readonly pipelines: P } & Unknown<C> & Strangers<C, P>>,
): (given: Given) => Promise<Config<P>>
export function defineConfig(config: ConfigFunction): ConfigFunction {
  return config
}

/** The pipelines of a config, and the nodes of one of them. */
export type PipelinesOf<C> = C extends ConfigFunction<infer P> ? P : C extends Config<infer P> ? P : never
export type NodesOf<C, N> = N extends keyof PipelinesOf<C>
  ? PipelinesOf<C>[N] extends Pipeline<infer G>
    ? G
    : never
  : never
