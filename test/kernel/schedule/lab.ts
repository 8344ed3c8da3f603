import type { Schedule } from '../../../src/kernel/define/schedule.ts'
import type { RunTick, ScheduleEvent } from '../../../src/kernel/schedule/lane.ts'
import { createTickRecords } from '../../../src/kernel/schedule/records.ts'
import { runDueTicks, runSchedules, type SchedulerRequest } from '../../../src/kernel/schedule/scheduler.ts'
import { createMemoryWorkspace } from '../../support/memory-workspace.ts'
import { type FakeClock, fakeClock } from './fake-clock.ts'

export interface Place {
  readonly clock: FakeClock
  readonly objects: Map<string, Uint8Array>
  /** Every run that began, as `pipeline tick`. */
  readonly ran: string[]
  readonly events: ScheduleEvent[]
  /** Starts a scheduler; the function ends it. */
  start(schedules: Record<string, Schedule>, options?: Options): () => Promise<void>
  once(schedules: Record<string, Schedule>, options?: Options): Promise<number>
  /** `tick status` of every record of a pipeline. */
  recorded(pipeline?: string): Promise<string[]>
}

export interface Options {
  readonly id?: string
  /** How long runs take, in milliseconds of the clock. */
  readonly takes?: number
  readonly run?: RunTick
  readonly drain?: boolean
}

const short = (tick: number) => new Date(tick).toISOString().replace(/\.000Z$/, 'Z')

/** A workspace in memory and a clock of its own, in which schedulers come and go. */
export function place(now: string): Place {
  const [clock, objects] = [fakeClock(now), new Map<string, Uint8Array>()]
  const workspace = createMemoryWorkspace(objects)
  const ran: string[] = []
  const events: ScheduleEvent[] = []
  const request = (schedules: Record<string, Schedule>, options: Options, signal: AbortSignal): SchedulerRequest => ({
    schedules,
    records: (pipeline) => createTickRecords(workspace, 'test', pipeline),
    id: options.id ?? 'one',
    clock,
    signal,
    ...(options.drain === undefined ? {} : { drain: options.drain }),
    tell: (event) => events.push(event),
    run: async (pipeline, run) => {
      ran.push(`${pipeline} ${short(run.scheduled)}`)
      if (options.run !== undefined) return options.run(pipeline, run)
      const { takes } = options
      if (takes === undefined) return { runId: `run ${ran.length}`, status: 'succeeded' }
      await new Promise<void>((resolve, reject) => {
        const stop = clock.after(takes, resolve)
        run.signal.addEventListener('abort', () => {
          stop()
          reject(new Error('cancelled'))
        })
      })
      return { runId: `run ${ran.length}`, status: 'succeeded' }
    },
  })
  return {
    clock,
    objects,
    ran,
    events,
    start(schedules, options = {}) {
      const controller = new AbortController()
      const ending = runSchedules(request(schedules, options, controller.signal))
      return async () => {
        controller.abort()
        if (options.drain === true) await clock.to(clock.now() + (options.takes ?? 0))
        await ending
      }
    },
    once: (schedules, options = {}) => runDueTicks(request(schedules, options, new AbortController().signal)),
    async recorded(pipeline = 'p') {
      const records = await createTickRecords(workspace, 'test', pipeline).read()
      return records.map(({ tick, outcome, attempt }) =>
        [short(tick), outcome?.status ?? 'open', ...(attempt > 1 ? [`attempt ${attempt}`] : [])].join(' '),
      )
    },
  }
}
