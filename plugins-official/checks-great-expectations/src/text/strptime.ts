const months = 'january february march april may june july august september october november december'.split(' ')
const days = 'monday tuesday wednesday thursday friday saturday sunday'.split(' ')
const short = (names: readonly string[]) => names.map((name) => name.slice(0, 3))
const either = (names: readonly string[]) => [...names].sort((a, b) => b.length - a.length).join('|')

/** What each directive of Python's `strptime` reads, in the C locale. */
const directives: Readonly<Record<string, string>> = {
  d: '(?<d>3[0-1]|[1-2]\\d|0[1-9]|[1-9]| [1-9])',
  f: '(?<f>[0-9]{1,6})',
  H: '(?<H>2[0-3]|[0-1]\\d|\\d)',
  I: '(?<I>1[0-2]|0[1-9]|[1-9])',
  j: '(?<j>36[0-6]|3[0-5]\\d|[1-2]\\d\\d|0[1-9]\\d|00[1-9]|[1-9]\\d|0[1-9]|[1-9])',
  m: '(?<m>1[0-2]|0[1-9]|[1-9])',
  M: '(?<M>[0-5]\\d|\\d)',
  S: '(?<S>[0-5]\\d|\\d)',
  w: '(?<w>[0-6])',
  y: '(?<y>\\d\\d)',
  Y: '(?<Y>\\d\\d\\d\\d)',
  z: '(?<z>[+-]\\d\\d:?[0-5]\\d(?::?[0-5]\\d(?:\\.\\d{1,6})?)?|Z)',
  Z: '(?<Z>utc|gmt|)',
  p: '(?<p>am|pm)',
  A: `(?<A>${either(days)})`,
  a: `(?<a>${either(short(days))})`,
  B: `(?<B>${either(months)})`,
  b: `(?<b>${either(short(months))})`,
  '%': '%',
}
const whole: Readonly<Record<string, string>> = {
  c: '%a %b %d %H:%M:%S %Y',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
  D: '%m/%d/%y',
  T: '%H:%M:%S',
  F: '%Y-%m-%d',
  R: '%H:%M',
}

/**
 * Whether `datetime.strptime(text, format)` of Python reads the text, as a function of the text. Throws an `Error` that names a directive that it
 * does not have (or that this does not: week numbers).
 */
export function strptime(format: string): (text: string) => boolean {
  const used = new Set<string>()
  const pattern = format
    .replace(/%([cxX])/g, (_, name: string) => whole[name] as string)
    .replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&')
    .replace(/\s+/g, '\\s+')
    .replace(/%(.?)/g, (_, name: string) => {
      const found = directives[name]
      if (found === undefined) throw new Error(`the directive %${name}`)
      if (name !== '%' && used.has(name)) throw new Error(`the directive %${name} twice`)
      used.add(name)
      return found
    })
  const regex = new RegExp(`^${pattern}$`, 'iu')
  return (text) => {
    const found = regex.exec(text)?.groups
    return found !== undefined ? isDay(found) : used.size === 0 && text === format
  }
}

/** The day exists: no 30th of February. Without a year Python takes 1900. */
function isDay({ Y, y, m, B, b, d, j }: Readonly<Record<string, string | undefined>>): boolean {
  const year = Y !== undefined ? Number(Y) : y !== undefined ? Number(y) + (Number(y) < 69 ? 2000 : 1900) : 1900
  if (year < 1) return false
  // A day of the year may be the 366th of any: Python counts on into the next.
  if (j !== undefined && m === undefined && B === undefined && b === undefined && d === undefined) return true
  const named =
    B !== undefined
      ? months.indexOf(B.toLowerCase())
      : b !== undefined
        ? short(months).indexOf(b.toLowerCase())
        : undefined
  const month = named === undefined ? Number(m ?? 1) : named + 1
  return Number(d ?? 1) <= daysIn(year, month)
}

export function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
}

/** Days of a month, 1 to 12. */
export function daysIn(year: number, month: number): number {
  return month === 2 ? (isLeap(year) ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
