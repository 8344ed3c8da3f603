import type { AsyncSeriesBailHook, AsyncSeriesHook } from 'tapable'
import type { Awaitable } from '../kernel/context.ts'
import type { LateAction, RowVerdict } from '../plugins/check.ts'
import type { Counts, ErrorFacts, MissedDeadline, NodeStatus } from '../plugins/events.ts'

export interface StepEvent {
  readonly pipeline: string
  readonly node: string
  /** `each`, `rollup`, `source`, `@tidegate/files#parquet`, ... */
  readonly kind: string
  readonly runId: string
  readonly env: string
}

/** Durations in milliseconds. */
export interface StepResult extends StepEvent, Counts {
  readonly status: NodeStatus
  readonly duration: number
  readonly bytes: number
  readonly error?: ErrorFacts
  /** Deadlines with the action `notify` or `halt` that were missed: the node's own, and (without `node`) that of its pipeline. */
  readonly missed?: readonly MissedDeadline[]
}

/**
 * A violated check. Phase `row`: the first violation of a check for which neither check nor node names a verdict; `rows` and `of` are 0 because
 * nothing has been counted yet (the flow waits for the answer). Phase `fold`: totals over the dataset; only `halt` counts as an answer.
 */
export interface Violation extends StepEvent {
  readonly phase: 'row' | 'fold'
  readonly check: { readonly name: string; readonly columns: readonly string[] }
  readonly rows: number
  readonly of: number
}

export interface LateData extends StepEvent {
  readonly part: string
  /** Epoch milliseconds, UTC. */
  readonly window: { readonly start: number; readonly end: number }
  readonly rows: number
  readonly earliest: number
  readonly latest: number
}

/** The life of a step, in order. Hooks steer; services are tokens; data changes only in steps. */
export interface Hooks {
  readonly beforeStep: AsyncSeriesHook<[StepEvent]>
  readonly onQualityViolation: AsyncSeriesBailHook<[Violation], RowVerdict | undefined>
  readonly onLateData: AsyncSeriesBailHook<[LateData], LateAction | undefined>
  readonly afterStep: AsyncSeriesHook<[StepResult]>
}

/** The hooks of a config, by name; they run before any plugin's. */
export interface Handlers {
  readonly beforeStep?: (event: StepEvent) => Awaitable<void>
  readonly onQualityViolation?: (violation: Violation) => Awaitable<RowVerdict | undefined>
  readonly onLateData?: (late: LateData) => Awaitable<LateAction | undefined>
  readonly afterStep?: (result: StepResult) => Awaitable<void>
}
