import { daysFromCivil, daysInMonth } from './calendar.ts'
import { fractionAt, type Moment, type ParseMoment } from './moment.ts'

type Part = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction'
type Step = { readonly part: Part; readonly digits: number } | { readonly literal: number }

const tokens: readonly (readonly [token: string, part: Part])[] = [
  ['YYYY', 'year'],
  ['MM', 'month'],
  ['DD', 'day'],
  ['HH', 'hour'],
  ['mm', 'minute'],
  ['ss', 'second'],
  ['S', 'fraction'],
]

/**
 * A parser for a pattern such as `DD.MM.YYYY` or `MM/DD/YYYY HH:mm:ss.S`: `YYYY MM DD HH mm ss` stand for exactly that many digits, `S` for a
 * fraction of any length, all else for itself (ASCII). What a pattern leaves out is 0, month and day 1. Undefined without a year, month and day or a time.
 */
export function compileDateFormat(pattern: string): ParseMoment | undefined {
  const steps = stepsOf(pattern)
  const parts = steps?.flatMap((step) => ('part' in step ? [step.part] : [])) ?? []
  if (steps === undefined || new Set(parts).size !== parts.length) return undefined
  const date = parts.includes('year') && parts.includes('month') && parts.includes('day')
  if (!date && !(parts.includes('hour') && !parts.includes('year'))) return undefined
  const found: Record<Part, number> = { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, fraction: 0 }
  return (bytes, start, end, out) => {
    out.nanos = 0
    let p = start
    for (const step of steps) {
      if ('literal' in step) {
        if (p >= end || bytes[p++] !== step.literal) return false
      } else if (step.part === 'fraction') {
        p = fractionAt(bytes, p, end, out)
        if (p < 0) return false
      } else {
        if (p + step.digits > end) return false
        let value = 0
        for (let i = 0; i < step.digits; i++) {
          const digit = (bytes[p++] as number) - 48
          if (digit >>> 0 > 9) return false
          value = value * 10 + digit
        }
        found[step.part] = value
      }
    }
    return p === end && combined(found, out)
  }
}

function combined({ year, month, day, hour, minute, second }: Readonly<Record<Part, number>>, out: Moment): boolean {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
    return false
  out.seconds = daysFromCivil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
  return true
}

function stepsOf(pattern: string): Step[] | undefined {
  const steps: Step[] = []
  for (let i = 0; i < pattern.length; ) {
    const token = tokens.find(([text]) => pattern.startsWith(text, i))
    const code = pattern.charCodeAt(i)
    if (token !== undefined) steps.push({ part: token[1], digits: token[0].length })
    else if (code < 128) steps.push({ literal: code })
    else return undefined
    i += token?.[0].length ?? 1
  }
  return steps
}
