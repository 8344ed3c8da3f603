import { hostname } from 'node:os'
import type { Schedule } from '../define/schedule.ts'
import type { Ticks } from './cron.ts'
import type { TickRecord } from './records.ts'

/** A tick up to so many milliseconds ago is on time: nobody is ever there at the very moment. */
export const onTime = 60_000
/** Whoever is at work gives a sign of life this often, and is dead where the last one is older than `silence`. */
export const beatEvery = 30_000
export const silence = 5 * beatEvery
/** At most so many ticks are made up for; of a longer gap, the newest. */
export const mostCaughtUp = 1000

export interface DueTicks {
  /** Ticks to run now, oldest first, each with the number of the attempt to claim. */
  readonly due: readonly { readonly tick: number; readonly attempt: number }[]
  /** Ticks that nobody was there for, oldest first: no record, or one whose scheduler died or was stopped. */
  readonly missed: readonly number[]
  /** Records without an outcome whose scheduler died. */
  readonly dead: readonly TickRecord[]
  /** Somebody is at work on these. */
  readonly running: readonly TickRecord[]
}

/**
 * What is to be run at `now`, after the ticks that are recorded. Ticks since the last recorded one (or since `since`) have passed; whether they,
 * and those that were interrupted, are made up for is the schedule's `catchUp`. The newest is on time where it is younger than a minute and its
 * jitter.
 */
export function dueTicks(given: {
  readonly schedule: Schedule
  readonly ticks: Ticks
  readonly records: readonly TickRecord[]
  readonly since: number
  readonly now: number
  /** Milliseconds by which ticks are put off at most. */
  readonly jitter: number
}): DueTicks {
  const { schedule, ticks, records, now } = given
  const open = records.filter(({ outcome }) => outcome === undefined)
  const dead = open.filter((record) => !isAlive(record, now))
  const running = open.filter((record) => isAlive(record, now))
  const last = records.at(-1)?.tick ?? Number.NEGATIVE_INFINITY
  const fresh = ticks.between(Math.max(last, given.since), now, mostCaughtUp)
  const stopped = records.filter(({ outcome }) => outcome?.status === 'interrupted')
  const broken = [...dead, ...stopped].sort((a, b) => a.tick - b.tick)
  const attempts = new Map(broken.map(({ tick, attempt }) => [tick, attempt + 1]))
  const missed = [...new Set([...broken.map(({ tick }) => tick), ...fresh])].sort((a, b) => a - b)
  const { catchUp = 'last' } = schedule
  const newest = missed.at(-1)
  const chosen = catchUp === 'all' ? missed : newest === undefined || !isWanted(newest) ? [] : [newest]
  return {
    due: chosen.map((tick) => ({ tick, attempt: attempts.get(tick) ?? 1 })),
    missed: missed.filter(
      (tick) => broken.some((record) => record.tick === tick) || now - tick > onTime + given.jitter,
    ),
    dead,
    running,
  }

  function isWanted(tick: number): boolean {
    // A tick that was stopped is made up for only while no later one was recorded: that one has done its work.
    if (tick < last) return false
    return catchUp === 'last' || (now - tick <= onTime + given.jitter && !attempts.has(tick))
  }
}

/** By its last sign of life; a process of this machine that is gone is known to be dead at once. */
export function isAlive({ claim, alive }: TickRecord, now: number): boolean {
  if (now - alive > silence) return false
  if (claim.host !== hostname()) return true
  try {
    process.kill(claim.pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
