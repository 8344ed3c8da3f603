import type { Hooks } from '../../hooks/hooks.ts'
import type { Events } from '../../plugins/events.ts'
import type { Executor } from '../../plugins/executor.ts'
import type { LineageStore } from '../../plugins/lineage-store.ts'
import type { Logger } from '../../plugins/logger.ts'
import type { Source } from '../../plugins/source.ts'
import type { Step } from '../../plugins/step-kind.ts'
import type { Target } from '../../plugins/target.ts'
import type { CodeIndex } from '../fingerprint/code.ts'
import type { GatePlan } from '../gate/gate-plan.ts'
import type { Graph } from '../graph/graph.ts'
import type { Kept } from '../graph/keep.ts'
import type { Store } from '../parts/store.ts'

/** Settings of a run that reach every part of the engine. Bytes, milliseconds, epoch milliseconds. */
export interface RunSettings {
  readonly env: string
  readonly runId: string
  readonly now: number
  readonly seed: number
  readonly batchRows: number
  readonly memory: number
  readonly threads: number
  /** Run every row-wise step at two batch sizes and compare. */
  readonly paranoid: boolean
  /** The config module, for executors that send tasks elsewhere. */
  readonly module: string | undefined
  /** The environment for which the config was evaluated; `env` is another one where results go elsewhere. */
  readonly configEnv: string
}

export interface OpenSource {
  readonly source: Source
  /** What it has looked at of the run context so far. */
  read(): { readonly now?: number; readonly seed?: number }
}

/** What the engine stands on while it works on one pipeline. */
export interface Engine {
  readonly graph: Graph
  readonly settings: RunSettings
  readonly kept: ReadonlyMap<string, Kept>
  readonly gates: ReadonlyMap<string, GatePlan>
  readonly store: Store
  readonly hooks: Hooks
  readonly events: Events
  readonly log: Logger
  readonly executor: Executor
  readonly lineage: LineageStore
  readonly code: CodeIndex
  /** Blots out every secret that was resolved. */
  readonly redact: (text: string) => string
  /** Instances of connectors and steps, made at the first call with options validated and secrets resolved, closed when nobody holds them. */
  readonly source: (node: string) => Promise<OpenSource>
  readonly step: (node: string) => Promise<Step>
  readonly target: (node: string) => Promise<Target>
  /** Validated options, secrets as references. */
  readonly options: (node: string) => unknown
  /** For whoever reads after the run: connectors are made anew where they are needed, and closed when the last one lets go. */
  readonly hold: () => () => Promise<void>
  /** The run lets go. Never throws: a connector that cannot be closed is logged. */
  readonly close: () => Promise<void>
}
