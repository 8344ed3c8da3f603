import { daysIn } from './strptime.ts'

/** Text that is no date. */
export class NoDate extends Error {}

/** Words of one kind, place by place. */
function places(text: string): ReadonlyMap<string, number> {
  return new Map(text.split('|').flatMap((words, place) => words.split(' ').map((word) => [word, place] as const)))
}

const found = {
  month: places(
    'jan january|feb february|mar march|apr april|may|jun june|jul july|aug august|sep sept september|oct october|nov november|dec december',
  ),
  weekday: places('mon monday|tue tuesday|wed wednesday|thu thursday|fri friday|sat saturday|sun sunday'),
  hms: places('h hour hours|m minute minutes|s second seconds'),
  ampm: places('am a|pm p'),
}
const jumps = new Set([..." .,;-/'", 'at', 'on', 'and', 'ad', 'm', 't', 'of', 'st', 'nd', 'rd', 'th'])

/** The place of a word among its kind, in English: months and weekdays from 0. */
export function placeOf(kind: keyof typeof found, token: string | undefined): number | undefined {
  return token === undefined ? undefined : found[kind].get(token.toLowerCase())
}

export function isJump(token: string | undefined): boolean {
  return token !== undefined && jumps.has(token.toLowerCase())
}

type Label = 'Y' | 'M' | 'D'

/** Year, month and day as they are found, before it is known which is which. */
export class Ymd {
  readonly values: number[] = []
  readonly labels = new Map<Label, number>()
  /** The year was written with all its digits. */
  century = false
  append(value: string | number, label?: Label): void {
    let as = label
    const long = typeof value === 'string' ? /^\d{3,}$/.test(value) : value > 100
    if (long) {
      this.century = true
      if (as !== undefined && as !== 'Y') throw new NoDate()
      as = 'Y'
    }
    const number = typeof value === 'number' ? Math.trunc(value) : /^\d+$/.test(value) ? Number(value) : Number.NaN
    if (Number.isNaN(number)) throw new NoDate()
    this.values.push(number)
    if (as === undefined) return
    if (this.labels.has(as)) throw new NoDate()
    this.labels.set(as, this.values.length - 1)
  }
  couldBeDay(value: number): boolean {
    const { values, labels } = this
    const month = labels.get('M')
    if (labels.has('D')) return false
    if (month === undefined) return value >= 1 && value <= 31
    const year = labels.get('Y')
    return value >= 1 && value <= daysIn(year === undefined ? 2000 : (values[year] as number), values[month] as number)
  }
  /** Month first where nothing says otherwise, as in the United States. */
  resolve(): { year?: number; month?: number; day?: number } {
    const { values, labels } = this
    const [a = 0, b = 0, c = 0] = values
    const m = labels.get('M')
    if (values.length > 3) throw new NoDate()
    if ((values.length === labels.size && labels.size > 0) || (values.length === 3 && labels.size === 2))
      return this.#labelled()
    if (values.length === 0) return {}
    if (values.length === 1 || (m !== undefined && values.length === 2)) {
      const other = m === undefined ? a : (values.at(m - 1) as number)
      const month = m === undefined ? {} : { month: values[m] as number }
      if (values.length === 1 && m !== undefined) return month
      return other > 31 ? { ...month, year: other } : { ...month, day: other }
    }
    if (values.length === 2)
      return a > 31 ? { year: a, month: b } : b > 31 ? { month: a, year: b } : { month: a, day: b }
    if (m === 0) return b > 31 ? { month: a, year: b, day: c } : { month: a, day: b, year: c }
    if (m === 1) return a > 31 ? { year: a, month: b, day: c } : { day: a, month: b, year: c }
    if (m === 2) return b > 31 ? { day: a, year: b, month: c } : { year: a, day: b, month: c }
    if (a > 31 || labels.get('Y') === 0) return { year: a, month: b, day: c }
    return a > 12 ? { day: a, month: b, year: c } : { month: a, day: b, year: c }
  }
  #labelled(): { year?: number; month?: number; day?: number } {
    const places = new Map(this.labels)
    if (this.values.length === 3 && places.size === 2) {
      const free = [0, 1, 2].find((place) => ![...places.values()].includes(place)) as number
      places.set((['Y', 'M', 'D'] as const).find((label) => !places.has(label)) as Label, free)
    }
    const names = { Y: 'year', M: 'month', D: 'day' } as const
    return Object.fromEntries([...places].map(([label, place]) => [names[label], this.values[place] as number]))
  }
}
