import { hostname } from 'node:os'
import type { ErrorFacts } from '../../plugins/events.ts'
import { alarm, type Clock, waitUntil } from '../deadline/alarm.ts'
import type { Schedule } from '../define/schedule.ts'
import { errorFacts } from '../log/error-facts.ts'
import { beatEvery, isAlive } from './due-ticks.ts'
import { keptTicks, type TickOutcome, type TickRecords, type TickStatus } from './records.ts'

/** What happens to the ticks of a schedule, for whoever looks on. Times are epoch milliseconds, UTC. */
export type ScheduleEvent = { readonly pipeline: string; readonly at: number } & (
  | { readonly type: 'tick.started'; readonly tick: number; readonly attempt: number }
  | { readonly type: 'tick.finished'; readonly tick: number; readonly outcome: TickOutcome }
  | { readonly type: 'tick.missed'; readonly ticks: number; readonly from: number; readonly to: number }
  | { readonly type: 'schedule.next'; readonly tick: number }
  | { readonly type: 'schedule.trouble'; readonly error: ErrorFacts }
)

/** Runs a pipeline for a tick. What it throws is how the run failed. */
export type RunTick = (
  pipeline: string,
  run: { readonly scheduled: number; readonly signal: AbortSignal },
) => Promise<{
  readonly runId: string
  readonly status: 'succeeded' | 'up to date' | 'failed'
  readonly error?: ErrorFacts
}>

export interface LaneRequest {
  readonly pipeline: string
  readonly schedule: Schedule
  readonly records: TickRecords
  /** Of this scheduler, among all that share the workspace. */
  readonly id: string
  readonly clock: Clock
  readonly run: RunTick
  readonly tell: (event: ScheduleEvent) => void
}

export interface Work {
  readonly tick: number
  readonly attempt: number
  /** Ticks before it that nobody makes up for. */
  readonly passed?: number
}

/** The runs of one pipeline, one at a time. */
export interface Lane {
  /** A tick has come. `late` ones, which are made up for, wait their turn whatever the schedule says of overlaps. */
  arrive(work: Work, late: boolean): Promise<void>
  /** Takes a tick and says how it ended, without a run. */
  close(work: Work, status: TickStatus): Promise<void>
  /** Ends when no run is at work and none waits. */
  idle(): Promise<void>
  /** Nothing new begins; what is at work is cancelled, or with `drain` comes to its end. */
  stop(drain: boolean): void
}

export function createLane(request: LaneRequest): Lane {
  const { pipeline, schedule, records, id, clock, tell } = request
  const queue: Work[] = []
  let current: { readonly controller: AbortController; done: Promise<void> } | undefined
  let stopped = false

  const claimOf = () => ({ version: 1, by: id, pid: process.pid, host: hostname(), at: clock.now() }) as const

  async function finish(work: Work, outcome: Omit<TickOutcome, 'version' | 'at' | 'passed'>): Promise<void> {
    const { tick, attempt, passed } = work
    const whole = { version: 1, at: clock.now(), ...outcome, ...(passed ? { passed } : {}) } as const
    await records.finish(tick, attempt, whole)
    tell({ type: 'tick.finished', pipeline, at: clock.now(), tick, outcome: whole })
    await records.prune(keptTicks)
  }

  async function close(work: Work, status: TickStatus): Promise<void> {
    if (await records.claim(work.tick, work.attempt, claimOf())) await finish(work, { status })
  }

  /** Another scheduler, or one that was left over, is at work on this pipeline. */
  async function isBusyElsewhere(): Promise<boolean> {
    const open = (await records.read()).filter(({ outcome, claim }) => outcome === undefined && claim.by !== id)
    return open.some((record) => isAlive(record, clock.now()))
  }

  async function perform(work: Work, controller: AbortController): Promise<void> {
    const { tick, attempt } = work
    if (schedule.overlap === undefined || schedule.overlap === 'skip') {
      if (await isBusyElsewhere()) return close(work, 'skipped')
    } else {
      // A run of another process cannot be cancelled from here: it is waited for.
      while (!controller.signal.aborted && (await isBusyElsewhere()))
        await waitUntil(clock, clock.now() + 1000, controller.signal)
      if (controller.signal.aborted) return
    }
    if (!(await records.claim(tick, attempt, claimOf()))) return
    tell({ type: 'tick.started', pipeline, at: clock.now(), tick, attempt })
    const begun = clock.now()
    let beating = Promise.resolve()
    let stopBeat = () => {}
    const beat = () => {
      stopBeat = alarm(clock, clock.now() + beatEvery, () => {
        // A sign of life that fails is followed by another.
        beating = beating.then(() => records.beat(tick, attempt, clock.now())).catch(() => undefined)
        beat()
      })
    }
    beat()
    const ended = await request
      .run(pipeline, { scheduled: tick, signal: controller.signal })
      .catch((error: unknown) => {
        const status = !controller.signal.aborted ? 'failed' : stopped ? 'interrupted' : 'cancelled'
        return { status, error: errorFacts(error) } as const
      })
    stopBeat()
    await beating
    await finish(work, { ...ended, duration: clock.now() - begun })
  }

  function begin(work: Work): void {
    const controller = new AbortController()
    const own: NonNullable<typeof current> = { controller, done: Promise.resolve() }
    current = own
    own.done = perform(work, controller)
      .catch((error: unknown) => {
        tell({ type: 'schedule.trouble', pipeline, at: clock.now(), error: errorFacts(error) })
      })
      .finally(() => {
        current = undefined
        const next = stopped ? undefined : queue.shift()
        if (next !== undefined) begin(next)
      })
  }

  return {
    async arrive(work, late) {
      if (stopped) return
      const { overlap = 'skip' } = schedule
      if (current === undefined) begin(work)
      else if (late || overlap === 'queue') queue.push(work)
      else if (overlap === 'skip') await close(work, 'skipped')
      else {
        const waiting = queue.splice(0)
        queue.push(work)
        current.controller.abort()
        for (const other of waiting) await close(other, 'cancelled')
      }
    },
    close,
    async idle() {
      while (current !== undefined) await current.done
    },
    stop(drain) {
      stopped = true
      queue.length = 0
      if (!drain) current?.controller.abort()
    },
  }
}
