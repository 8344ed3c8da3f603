import { createOffsets } from '../measures/time-zone.ts'

const DAY = 86_400_000

/** Minutes since midnight of `06:00` or `23:59`; undefined for anything else. */
export function minutesOf(time: string): number | undefined {
  const [, hours = '', minutes = ''] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(time) ?? []
  return hours === '' ? undefined : Number(hours) * 60 + Number(minutes)
}

/**
 * The first moment after `after` at which clocks in `zone` show the time of day; epoch milliseconds. A time that clocks skip (they are put
 * forward) is taken as the moment of the change, a time that they show twice (they are put back) as the first of the two. Throws
 * `CONFIG_INVALID` for an unknown zone.
 */
export function nextWallTime(after: number, minutes: number, zone: string): number {
  const offsetAt = createOffsets(zone, 'deadline')
  const today = Math.floor((after + offsetAt(after)) / DAY)
  for (let day = today - 1; ; day++) {
    const moment = momentOf(day * DAY + minutes * 60_000, offsetAt)
    if (moment > after) return moment
  }
}

/** The moment at which clocks show a local time, given as if it were UTC. */
function momentOf(local: number, offsetAt: (moment: number) => number): number {
  const [before, behind] = [offsetAt(local - DAY), offsetAt(local + DAY)]
  const exact = [local - before, local - behind].filter((moment) => moment + offsetAt(moment) === local)
  if (exact.length > 0) return Math.min(...exact)
  // Skipped: the change lies between the two readings of the time.
  let low = Math.min(local - before, local - behind)
  let high = Math.max(local - before, local - behind)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle) === before) low = middle
    else high = middle
  }
  return high
}
