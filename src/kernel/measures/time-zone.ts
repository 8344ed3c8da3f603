import { TidegateError } from '../errors.ts'
import { DAY, daysFromCivil, firstDay, type Period } from './civil.ts'

const HOUR = 3_600_000

/** One UTC day of a zone: its offset (local minus UTC, milliseconds), and where it changes within the day. */
interface DayOffsets {
  readonly before: number
  readonly after: number
  /** The first instant with the offset `after`; infinite where it does not change. */
  readonly change: number
}

/** Where periods of a time zone begin. All times are epoch milliseconds. */
export interface ZoneCalendar {
  /** The instant at which the period that `instant` lies in began. */
  start(instant: number, period: Period | 'hour'): number
}

/**
 * A calendar by the zone rules of `Intl` (the tz database that Node carries), asked a few times per UTC day and remembered. Where the clock is
 * put forward over a period's beginning, the period begins at the change; where it is put back over it, at the earlier of the two. An hour in
 * which the clock changes ends at the change. Throws `CONFIG_INVALID` for an unknown zone.
 */
export function createZoneCalendar(timeZone: string, asker: string): ZoneCalendar {
  const offsetAt = createOffsets(timeZone, asker)
  const days = new Map<number, DayOffsets>()
  const starts = new Map<number, number>()

  function dayOffsets(day: number): DayOffsets {
    let known = days.get(day)
    if (known === undefined) {
      known = readDay(day * DAY, offsetAt)
      days.set(day, known)
    }
    return known
  }
  function offset(instant: number): number {
    const { before, after, change } = dayOffsets(Math.floor(instant / DAY))
    return instant < change ? before : after
  }
  /** The first instant whose local date is `localDay`, or later where that date was skipped. */
  function startOfDay(localDay: number): number {
    let known = starts.get(localDay)
    if (known === undefined) {
      const local = localDay * DAY
      const around = [dayOffsets(localDay - 1), dayOffsets(localDay), dayOffsets(localDay + 1)]
      const offsets = new Set(around.flatMap(({ before, after }) => [before, after]))
      const exact = [...offsets].map((by) => local - by).filter((instant) => instant + offset(instant) === local)
      const skipped = around.flatMap(({ before, after, change }) =>
        change + after > local && change + before <= local ? [change] : [],
      )
      known = Math.min(...exact, ...skipped)
      starts.set(localDay, known)
    }
    return known
  }
  return {
    start(instant, period) {
      const by = offset(instant)
      if (period !== 'hour') return startOfDay(firstDay(Math.floor((instant + by) / DAY), period))
      const start = Math.floor((instant + by) / HOUR) * HOUR - by
      const { change } = dayOffsets(Math.floor(instant / DAY))
      return change > start && change <= instant ? change : start
    },
  }
}

/** Reads a day's offsets; a change is found by halving to the millisecond. More than one change in a day does not occur in the tz database. */
function readDay(start: number, offsetAt: (instant: number) => number): DayOffsets {
  const before = offsetAt(start)
  const after = offsetAt(start + DAY - 1)
  if (before === after) return { before, after, change: Number.POSITIVE_INFINITY }
  let low = start
  let high = start + DAY - 1
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle) === before) low = middle
    else high = middle
  }
  return { before, after, change: high }
}

/** Local time minus UTC at an instant, in milliseconds. Throws `CONFIG_INVALID` for an unknown zone. */
export function createOffsets(timeZone: string, asker: string): (instant: number) => number {
  const options = {
    timeZone,
    calendar: 'gregory',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  } as const
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', options)
  } catch (cause) {
    throw new TidegateError('CONFIG_INVALID', `${asker}: "${timeZone}" is no time zone.`, {
      hint: 'Use an IANA name such as "Europe/Zurich" or "UTC".',
      data: { timeZone },
      cause,
    })
  }
  return (instant) => {
    const whole = Math.floor(instant / 1000) * 1000
    const parts: Record<string, string> = {}
    for (const { type, value } of format.formatToParts(whole)) parts[type] = value
    const number = (name: string) => Number(parts[name])
    const year = parts['era'] === 'BC' || parts['era'] === 'B' ? 1 - number('year') : number('year')
    const local =
      daysFromCivil(year, number('month'), number('day')) * DAY +
      number('hour') * HOUR +
      number('minute') * 60_000 +
      number('second') * 1000
    return local - whole
  }
}
