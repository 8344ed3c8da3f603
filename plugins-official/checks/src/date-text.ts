import { refuse } from './callable.ts'

const digits: Readonly<Record<string, number>> = { YYYY: 4, MM: 2, DD: 2, HH: 2, mm: 2, ss: 2, SSS: 3 }

type Token = 'YYYY' | 'MM' | 'DD' | 'HH' | 'mm' | 'ss' | 'SSS'
export type DateParts = { readonly [T in Token]?: number }

/** Says of a text whether it is a date of the format that exists in the (proleptic Gregorian) calendar. Throws `CONFIG_INVALID` for a format without a year, month and day. */
export function dateReader(format: string, asker: string): (text: string) => boolean {
  const parts = dateParts(format, asker)
  return (text) => parts(text) !== undefined
}

/** The parts of a date that a text says in the format; undefined where it says none that exists. Throws as `dateReader` does. */
export function dateParts(format: string, asker: string): (text: string) => DateParts | undefined {
  const order: string[] = []
  const source = format.replaceAll(/YYYY|MM|DD|HH|mm|ss|SSS|[\s\S]/g, (token) => {
    const size = digits[token]
    if (size === undefined) return token.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&')
    order.push(token)
    return `(\\d{${size}})`
  })
  if (!['YYYY', 'MM', 'DD'].every((token) => order.includes(token)) || new Set(order).size !== order.length)
    refuse(
      `${asker}: the format "${format}" does not have a year, a month and a day once each.`,
      'Write it like YYYY-MM-DD or DD.MM.YYYY HH:mm.',
    )
  const pattern = new RegExp(`^${source}$`)
  return (text) => {
    const found = pattern.exec(text)
    if (found === null) return undefined
    const parts: { [T in Token]?: number } = {}
    for (const [i, token] of order.entries()) parts[token as Token] = Number(found[i + 1])
    const { YYYY: y = 0, MM: m = 0, DD: d = 0, HH = 0, mm = 0, ss = 0 } = parts
    if (m < 1 || m > 12 || d < 1 || d > daysOf(y, m)) return undefined
    return HH < 24 && mm < 60 && ss < 60 ? parts : undefined
  }
}

function daysOf(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
