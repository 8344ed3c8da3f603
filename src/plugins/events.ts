import type { DeadlineAction } from '../kernel/node.ts'
import { createToken } from '../kernel/token.ts'

/** Who an event is about. Every event of a run carries the run's span; node and part events carry their own and the parent's. */
export interface Span {
  readonly runId: string
  readonly pipeline: string
  readonly node?: string
  readonly part?: string
  readonly span: string
  readonly parent?: string
}

export interface Counts {
  readonly rowsIn: number
  readonly rowsOut: number
  readonly quarantined: number
  readonly dropped: number
  readonly warned: number
  /** Rows among `rowsOut` that go on with cells that repairs changed; absent where there are none. */
  readonly repaired?: number
}

/** The one stream that feeds the screen, logs, `--json`, metrics and traces. `at` is epoch milliseconds, UTC; durations are milliseconds. */
export type TidegateEvent =
  | ({
      readonly type: 'run.started'
      readonly at: number
      readonly env: string
      /** The tick of the schedule that the run belongs to. */
      readonly scheduled?: number
    } & Span)
  | ({
      readonly type: 'run.planned'
      readonly at: number
      readonly nodes: readonly PlannedNode[]
      /** Nodes that were committed and are no longer in the pipeline: their outputs are not in the next entry. */
      readonly removed: readonly RemovedNode[]
    } & Span)
  | ({ readonly type: 'node.started'; readonly at: number; readonly parts: number; readonly rows?: number } & Span)
  | ({ readonly type: 'node.progress'; readonly at: number; readonly rows: number; readonly partsDone: number } & Span)
  | ({
      readonly type: 'part.finished'
      readonly at: number
      readonly duration: number
      readonly bytes: number
    } & Counts &
      Span)
  | ({
      readonly type: 'part.retried'
      readonly at: number
      readonly attempt: number
      readonly delay: number
      readonly error: ErrorFacts
    } & Span)
  | ({
      readonly type: 'check.violated'
      readonly at: number
      readonly check: string
      readonly rows: number
      readonly of: number
      readonly verdict: string
      readonly phase: 'row' | 'fold'
    } & Span)
  | ({
      readonly type: 'node.finished'
      readonly at: number
      readonly status: NodeStatus
      readonly duration: number
      readonly bytes: number
      readonly why: string
      readonly error?: ErrorFacts
    } & Counts &
      Span)
  | ({ readonly type: 'deadline.missed'; readonly at: number } & Omit<MissedDeadline, 'node' | 'late'> & Span)
  | ({ readonly type: 'run.committed'; readonly at: number; readonly entry: number } & Span)
  | ({
      readonly type: 'run.finished'
      readonly at: number
      readonly status: 'succeeded' | 'up to date' | 'failed' | 'aborted'
      readonly duration: number
      readonly error?: ErrorFacts
    } & Span)

/** A deadline that passed before the node, or without `node` the whole pipeline, was done. Times are epoch milliseconds, UTC. */
export interface MissedDeadline {
  readonly node?: string
  readonly due: number
  /** In words: `within 30m`, `by 06:00 Europe/Berlin`. */
  readonly deadline: string
  readonly action: DeadlineAction
  /** Milliseconds after `due` at which it was done; absent while it is not, and where it never was. */
  readonly late?: number
}

/** `withheld`: its gate or a deadline halted it, or one before it; `skipped`: not asked for, or something before it failed. */
export type NodeStatus = 'committed' | 'published' | 'up to date' | 'withheld' | 'failed' | 'skipped'

export interface PlannedNode {
  readonly node: string
  readonly kind: string
  readonly kept: boolean
  readonly action: 'run' | 'up to date' | 'skip'
  readonly parts: {
    readonly new: number
    readonly changed: number
    readonly removed: number
    readonly unchanged: number
  }
  /** In words: "2 files changed: data/a.csv, data/b.csv". */
  readonly why: string
  /** How its work falls into tasks; absent where there is nothing to do, or where that is known only later in the run. */
  readonly fanOut?: FanOut
}

/** `parts` of the node `of` become `tasks`. `chain`: the nodes that are computed together in one task, down to this one. */
export interface FanOut {
  readonly of: string
  readonly parts: number
  readonly tasks: number
  readonly chain: readonly string[]
}

export interface RemovedNode {
  readonly node: string
  readonly why: string
}

export interface ErrorFacts {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

export interface Events {
  emit(event: TidegateEvent): void
  /** Returns the way to stop listening. A listener that throws is reported once to the logger and never stops a run. */
  on(listener: (event: TidegateEvent) => void): () => void
}

export const Events = createToken<Events>('tidegate/Events')
