import { parseDuration } from '../config/units.ts'
import type { Schedule } from '../define/schedule.ts'
import { readCron } from './cron.ts'
import { dueTicks } from './due-ticks.ts'
import type { TickRecord, TickRecords } from './records.ts'

/** How a schedule stands. Times are epoch milliseconds, UTC. */
export interface ScheduleView {
  readonly pipeline: string
  readonly schedule: Required<Omit<Schedule, 'jitter'>> & Pick<Schedule, 'jitter'>
  readonly next: number | undefined
  /** The newest tick on record. */
  readonly last: TickRecord | undefined
  /** Ticks at work. */
  readonly running: readonly number[]
  /** Ticks since the last one on record that nobody was there for, and those that were interrupted; oldest first. */
  readonly gap: readonly number[]
}

export async function viewSchedule(
  pipeline: string,
  schedule: Schedule,
  records: Pick<TickRecords, 'read' | 'began'>,
  now: number,
): Promise<ScheduleView> {
  const ticks = readCron(schedule.cron, schedule.zone)
  const [recorded, since = now] = [await records.read(), await records.began()]
  const jitter = schedule.jitter === undefined ? 0 : parseDuration(schedule.jitter)
  const { missed, running } = dueTicks({ schedule, ticks, records: recorded, since, now, jitter })
  return {
    pipeline,
    schedule: { zone: 'UTC', overlap: 'skip', catchUp: 'last', ...schedule },
    next: ticks.next(now),
    last: recorded.at(-1),
    running: running.map(({ tick }) => tick),
    gap: missed,
  }
}
