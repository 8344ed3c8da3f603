import { TidegateError } from '../errors.ts'

/** The fields of a pattern, each as the numbers it matches, or `*` for all of them. */
export interface CronFields {
  readonly second: readonly number[]
  readonly minute: Field
  readonly hour: Field
  readonly day: Field
  readonly month: Field
  /** 0 is Sunday. */
  readonly weekday: Field
  /** The five fields as text, without seconds and with nicknames spelt out. */
  readonly text: string
}
type Field = '*' | readonly number[]

const nicknames: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

/**
 * What every cron knows of a pattern: numbers, names, lists, ranges and steps. Throws `USAGE` for anything else (`L`, `W`, `#`, years), with the
 * name of the target that could not say it; `seconds` says whether it knows seconds.
 */
export function cronFields(pipeline: string, pattern: string, target: string, seconds: boolean): CronFields {
  const refuse = (what: string) =>
    new TidegateError('USAGE', `${target} cannot express ${what} of schedules.${pipeline} (${pattern})`, {
      hint: 'Let `tidegate schedule` itself keep the times, or write a pattern of numbers, names, lists, ranges and steps.',
    })
  const given = (nicknames[pattern.trim().toLowerCase()] ?? pattern).trim().split(/\s+/)
  const fields = given.length === 5 ? ['0', ...given] : given
  if (fields.length !== 6) throw refuse('the fields')
  const read = (index: number, from: number, to: number, names: readonly string[], first: number): Field => {
    const text = fields[index] as string
    const parsed = numbersOf(text, from, to, names, first)
    if (parsed === undefined) throw refuse(`"${text}"`)
    return parsed
  }
  const second = read(0, 0, 59, [], 0)
  if (!seconds && (second === '*' || second.length !== 1 || second[0] !== 0)) throw refuse('the seconds')
  return {
    second: second === '*' ? Array.from({ length: 60 }, (_, i) => i) : second,
    minute: read(1, 0, 59, [], 0),
    hour: read(2, 0, 23, [], 0),
    day: read(3, 1, 31, [], 1),
    month: read(4, 1, 12, months, 1),
    weekday: weekdaysOf(read(5, 0, 7, weekdays, 0)),
    text: fields.slice(1).join(' ').replaceAll('?', '*'),
  }
}

/** 7 is Sunday as well. */
function weekdaysOf(field: Field): Field {
  return field === '*' ? field : [...new Set(field.map((day) => day % 7))].sort((a, b) => a - b)
}

function numbersOf(text: string, from: number, to: number, names: readonly string[], first: number): Field | undefined {
  if (text === '*' || text === '?' || text === '*/1') return '*'
  const numberOf = (word: string): number => {
    const named = names.indexOf(word.toUpperCase())
    return named >= 0 ? named + first : /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN
  }
  const found = new Set<number>()
  for (const item of text.split(',')) {
    const [, low = '', high, step = '1'] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(item) ?? []
    const begin = low === '*' ? from : numberOf(low)
    const end = high !== undefined ? numberOf(high) : low === '*' ? to : item.includes('/') ? to : begin
    const by = Number(step)
    if (!(begin >= from && end <= to && begin <= end && by >= 1)) return undefined
    for (let value = begin; value <= end; value += by) found.add(value)
  }
  return [...found].sort((a, b) => a - b)
}
