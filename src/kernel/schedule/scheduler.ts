import { parseDuration } from '../config/units.ts'
import { type Clock, waitUntil } from '../deadline/alarm.ts'
import type { Schedule } from '../define/schedule.ts'
import { createRandom } from '../hash/random.ts'
import { errorFacts } from '../log/error-facts.ts'
import { readCron, type Ticks } from './cron.ts'
import { dueTicks, onTime } from './due-ticks.ts'
import { createLane, type Lane, type RunTick, type ScheduleEvent } from './lane.ts'
import type { TickRecords } from './records.ts'

export interface SchedulerRequest {
  readonly schedules: Readonly<Record<string, Schedule>>
  readonly records: (pipeline: string) => TickRecords
  /** Of this scheduler, among all that share the workspace. */
  readonly id: string
  readonly clock: Clock
  readonly run: RunTick
  readonly tell: (event: ScheduleEvent) => void
  /** Ends the scheduler. */
  readonly signal: AbortSignal
  /** When it ends, runs at work come to their end; otherwise they are cancelled, and made up for as `catchUp` says. */
  readonly drain?: boolean
}

interface Watched {
  readonly pipeline: string
  readonly schedule: Schedule
  readonly ticks: Ticks
  readonly records: TickRecords
  readonly lane: Lane
  readonly jitter: number
  /** Attempts handed to the lane, as `tick/attempt`. */
  readonly taken: Set<string>
  /** The newest tick that was looked at. */
  seen: number
}

/** Runs pipelines at their times until the signal ends it. What goes wrong with one schedule is told, and looked at again at its next tick. */
export async function runSchedules(request: SchedulerRequest): Promise<void> {
  const { clock, signal, tell } = request
  await Promise.all(
    Object.entries(request.schedules).map(async ([pipeline, schedule]) => {
      const own = watched(request, pipeline, schedule)
      own.seen = await own.records.since(clock.now())
      const stop = () => own.lane.stop(request.drain === true)
      signal.addEventListener('abort', stop, { once: true })
      while (!signal.aborted) {
        try {
          await look(request, own)
        } catch (error) {
          tell({ type: 'schedule.trouble', pipeline, at: clock.now(), error: errorFacts(error) })
        }
        const next = own.ticks.next(Math.max(clock.now(), own.seen))
        if (next === undefined) break
        tell({ type: 'schedule.next', pipeline, at: clock.now(), tick: next })
        await waitUntil(clock, next + putOff(own, next), signal)
      }
      await own.lane.idle()
      signal.removeEventListener('abort', stop)
    }),
  )
}

/** Runs what is due now, each pipeline by itself, and ends when that is done. Returns how many ticks failed. */
export async function runDueTicks(request: SchedulerRequest): Promise<number> {
  const { clock, signal } = request
  let failures = 0
  const tell = (event: ScheduleEvent) => {
    if (event.type === 'schedule.trouble') failures++
    if (event.type === 'tick.finished' && ['failed', 'interrupted', 'cancelled'].includes(event.outcome.status))
      failures++
    request.tell(event)
  }
  await Promise.all(
    Object.entries(request.schedules).map(async ([pipeline, schedule]) => {
      const own = watched({ ...request, tell }, pipeline, schedule)
      // Whoever calls for the first time does so for the tick that has just passed.
      own.seen = await own.records.since(clock.now() - onTime - own.jitter)
      const stop = () => own.lane.stop(request.drain === true)
      signal.addEventListener('abort', stop, { once: true })
      await look({ ...request, tell }, own)
      await own.lane.idle()
      signal.removeEventListener('abort', stop)
    }),
  )
  return failures
}

function watched(request: SchedulerRequest, pipeline: string, schedule: Schedule): Watched {
  const records = request.records(pipeline)
  const { id, clock, run, tell } = request
  return {
    pipeline,
    schedule,
    ticks: readCron(schedule.cron, schedule.zone),
    records,
    lane: createLane({ pipeline, schedule, records, id, clock, run, tell }),
    jitter: schedule.jitter === undefined ? 0 : parseDuration(schedule.jitter),
    taken: new Set(),
    seen: Number.NEGATIVE_INFINITY,
  }
}

/** By how much a tick is put off: chance, but the same for every scheduler. */
function putOff({ jitter, pipeline }: Watched, tick: number): number {
  return jitter === 0 ? 0 : Math.floor(createRandom(`${pipeline}/${tick}`)() * jitter)
}

/** Hands everything that is due to the lane, and records what is not made up for. */
async function look({ clock, tell }: SchedulerRequest, own: Watched): Promise<void> {
  const { pipeline, schedule, ticks, records, lane, jitter, taken } = own
  const now = clock.now()
  const recorded = await records.read()
  const found = dueTicks({ schedule, ticks, records: recorded, since: own.seen, now, jitter })
  const fresh = (work: { readonly tick: number; readonly attempt: number }) =>
    !taken.has(`${work.tick}/${work.attempt}`)
  const due = found.due.filter(fresh)
  const chosen = new Set(due.map(({ tick }) => tick))
  for (const { tick, attempt } of found.dead) {
    if (!chosen.has(tick)) await records.finish(tick, attempt, { version: 1, status: 'lost', at: now })
  }
  const isNew = (tick: number) => tick > own.seen && !recorded.some((record) => record.tick === tick)
  const passed = found.missed.filter((tick) => !chosen.has(tick) && isNew(tick))
  const [from, to] = [passed[0], passed.at(-1)]
  if (from !== undefined && to !== undefined)
    tell({ type: 'tick.missed', pipeline, at: now, ticks: passed.length, from, to })
  // The newest tick stands for those before it; where none of them is run, it says so itself.
  if (to !== undefined && due.length === 0)
    await lane.close({ tick: to, attempt: 1, passed: passed.length - 1 }, 'missed')
  own.seen = Math.max(own.seen, to ?? own.seen, ...due.map(({ tick }) => tick))
  for (const work of due) {
    taken.add(`${work.tick}/${work.attempt}`)
    await lane.arrive({ ...work, ...(work === due[0] ? { passed: passed.length } : {}) }, due.length > 1)
  }
}
