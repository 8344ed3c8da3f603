import { daysFromCivil, daysInMonth } from './calendar.ts'
import { fractionAt, type Moment, type ParseMoment } from './moment.ts'

type Part = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'half'
type Step = { readonly part: Part; readonly least: number; readonly most: number } | { readonly literal: number }

const tokens: readonly (readonly [token: string, part: Part, least: number, most: number])[] = [
  ['YYYY', 'year', 4, 4],
  ['MM', 'month', 2, 2],
  ['DD', 'day', 2, 2],
  ['HH', 'hour', 2, 2],
  ['mm', 'minute', 2, 2],
  ['ss', 'second', 2, 2],
  ['M', 'month', 1, 2],
  ['D', 'day', 1, 2],
  ['H', 'hour', 1, 2],
  ['S', 'fraction', 1, 9],
  ['A', 'half', 2, 2],
]

/**
 * A parser for a pattern such as `DD.MM.YYYY` or `M/D/YYYY H:mm A`: `YYYY MM DD HH mm ss` stand for exactly that many digits, `M D H` for one or two,
 * `S` for a fraction of any length, `A` for AM or PM (hours 1 to 12), all else for itself (ASCII). What a pattern leaves out is 0, month and day 1.
 * Undefined without a year, month and day or a time.
 */
export function compileDateFormat(pattern: string): ParseMoment | undefined {
  const steps = stepsOf(pattern)
  const parts = steps?.flatMap((step) => ('part' in step ? [step.part] : [])) ?? []
  if (steps === undefined || new Set(parts).size !== parts.length) return undefined
  const date = parts.includes('year') && parts.includes('month') && parts.includes('day')
  if (!date && !(parts.includes('hour') && !parts.includes('year'))) return undefined
  const found: Record<Part, number> = {
    year: 1970,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    fraction: 0,
    half: -1,
  }
  return (bytes, start, end, out) => {
    out.nanos = 0
    let p = start
    for (const step of steps) {
      if ('literal' in step) {
        if (p >= end || bytes[p++] !== step.literal) return false
      } else if (step.part === 'fraction') {
        p = fractionAt(bytes, p, end, out)
        if (p < 0) return false
      } else if (step.part === 'half') {
        const letter = (bytes[p] as number) | 32
        if (p + 2 > end || (letter !== 97 && letter !== 112) || ((bytes[p + 1] as number) | 32) !== 109) return false
        found.half = letter === 97 ? 0 : 12
        p += 2
      } else {
        let value = 0
        let digits = 0
        for (; digits < step.most && p < end; digits++) {
          const digit = (bytes[p] as number) - 48
          if (digit >>> 0 > 9) break
          value = value * 10 + digit
          p++
        }
        if (digits < step.least) return false
        found[step.part] = value
      }
    }
    return p === end && combined(found, out)
  }
}

function combined(found: Readonly<Record<Part, number>>, out: Moment): boolean {
  const { year, month, day, minute, second, half } = found
  if (half >= 0 && (found.hour < 1 || found.hour > 12)) return false
  const hour = half < 0 ? found.hour : (found.hour % 12) + half
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
    if (token !== undefined) steps.push({ part: token[1], least: token[2], most: token[3] })
    else if (code < 128) steps.push({ literal: code })
    else return undefined
    i += token?.[0].length ?? 1
  }
  return steps
}
