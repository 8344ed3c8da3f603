import { Cron } from 'croner'

/** The ticks of a schedule: moments in epoch milliseconds. */
export interface Ticks {
  /** The first tick after `moment`; undefined where there is none for ever. */
  next(moment: number): number | undefined
  /** Ticks after `from` up to and with `to`, oldest first: the newest `most` of them. */
  between(from: number, to: number, most: number): readonly number[]
  /** The last tick at or before `moment`; undefined where there was none. */
  last(moment: number): number | undefined
}

/**
 * Reads a cron pattern (croner's dialect: five fields, or six with seconds first; names, steps, ranges, `L`, `W`, `#`) by the clocks of a zone.
 * A time that clocks skip is taken at the moment of the change; of a time that they show twice, a pattern that names one hour takes the first,
 * one that goes through the hours takes both. Throws an `Error` that says what is wrong with the pattern.
 */
export function readCron(pattern: string, zone = 'UTC'): Ticks {
  if (/^\s*\d{4}-\d\d-\d\d/.test(pattern)) throw new Error('it is a date, not a pattern')
  const cron = new Cron(pattern, { timezone: zone, paused: true, mode: 'auto' })
  const next = (moment: number) => cron.nextRun(new Date(moment))?.getTime()
  // The search looks for ticks before its argument; a tick at the moment itself counts here.
  const before = (moment: number, count: number) =>
    cron.previousRuns(count, new Date(moment + 1000)).map((date) => date.getTime())
  const last = (moment: number) => before(moment, 3).find((tick) => tick <= moment)
  return {
    next,
    last,
    between(from, to, most) {
      const found: number[] = []
      for (let tick = last(to); tick !== undefined && tick > from && found.length < most; tick = last(tick - 1))
        found.push(tick)
      return found.reverse()
    },
  }
}
