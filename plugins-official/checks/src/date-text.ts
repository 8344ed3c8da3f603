import { refuse } from './callable.ts'

const digits: Readonly<Record<string, number>> = { YYYY: 4, MM: 2, DD: 2, HH: 2, mm: 2, ss: 2, SSS: 3 }

/** Says of a text whether it is a date of the format that exists in the (proleptic Gregorian) calendar. Throws `CONFIG_INVALID` for a format without a year, month and day. */
export function dateReader(format: string, asker: string): (text: string) => boolean {
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
  const at = (token: string) => order.indexOf(token) + 1
  const [year, month, day, hour, minute, second] = ['YYYY', 'MM', 'DD', 'HH', 'mm', 'ss'].map(at) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return (text) => {
    const found = pattern.exec(text)
    if (found === null) return false
    const number = (group: number) => (group === 0 ? 0 : Number(found[group]))
    const [y, m, d] = [number(year), number(month), number(day)]
    if (m < 1 || m > 12 || d < 1 || d > daysOf(y, m)) return false
    return number(hour) < 24 && number(minute) < 60 && number(second) < 60
  }
}

function daysOf(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
