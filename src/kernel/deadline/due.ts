import { parseDuration } from '../config/units.ts'
import type { Deadline } from '../node.ts'
import { minutesOf, nextWallTime } from './wall-time.ts'

/** When a deadline is due in a run that began at `startedAt` and was scheduled for `scheduled`; epoch milliseconds. */
export function dueAt(deadline: Deadline, run: { readonly startedAt: number; readonly scheduled?: number }): number {
  const { within, by, zone = 'UTC' } = deadline
  if (within !== undefined) return run.startedAt + parseDuration(within)
  return nextWallTime(run.scheduled ?? run.startedAt, minutesOf(by) as number, zone)
}
