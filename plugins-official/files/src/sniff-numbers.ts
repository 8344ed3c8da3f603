import type { SplitRow } from './sniff-split.ts'

export interface FoundNumbers {
  readonly decimal: '.' | ','
  readonly thousands: ',' | '.' | ' ' | "'" | '_' | undefined
  readonly confidence: number
  readonly evidence: string
}

type Ways = Omit<FoundNumbers, 'confidence' | 'evidence'>
const ways: readonly Ways[] = [
  { decimal: '.', thousands: undefined },
  { decimal: ',', thousands: undefined },
  { decimal: '.', thousands: ',' },
  { decimal: ',', thousands: '.' },
  { decimal: ',', thousands: ' ' },
  { decimal: '.', thousands: ' ' },
  { decimal: '.', thousands: "'" },
  { decimal: '.', thousands: '_' },
]

/** A space between groups is often one that does not break lines. */
const spaces = ' \\u00a0\\u202f'
const patterns = ways.map(({ decimal, thousands }) => {
  const whole =
    thousands === undefined
      ? '(?:0|[1-9]\\d*)'
      : `(?:0|[1-9]\\d{0,2}(?:[${thousands === ' ' ? spaces : thousands}]\\d{3})+|[1-9]\\d*)`
  return new RegExp(`^-?(?:${whole}(?:[${decimal}]\\d*)?|[${decimal}]\\d+)(?:[eE][+-]?\\d+)?$`)
})
const absent = /^(?:|NA|N\/A|n\/a|null|NULL|None|\\N|#N\/A|NaN|nan|-|\?)$/

/** The decimal mark and the mark between groups of digits under which most columns are numbers; of equals the plainer one. */
export function findNumbers(rows: readonly SplitRow[], width: number, delimiter: string): FoundNumbers {
  const fits = ways.map(() => 0)
  let example = ''
  let doubtful = ''
  // 1.000 alone, where cells are not separated by commas: a point in other numbers settles it.
  let grouped = ''
  let pointed = false
  for (let column = 0; column < width; column++) {
    const texts = rows.map(({ cells }) => cells[column]?.text.trim() ?? '').filter((text) => !absent.test(text))
    if (texts.length === 0) continue
    const own = patterns.map((pattern) => texts.every((text) => pattern.test(text)))
    for (const [i, fitting] of own.entries()) if (fitting) fits[i] = (fits[i] as number) + 1
    if (own[0] === false && own.some(Boolean)) {
      example ||= texts.find((text) => /[., '_\u00a0\u202f]/.test(text)) ?? ''
      // 1,234 alone: three digits behind a mark may be a group or a fraction.
      if (
        own.filter(Boolean).length > 1 &&
        texts.every((text) => !/[., '_]/.test(text) || /^-?\d{1,3}[.,]\d{3}$/.test(text))
      )
        doubtful = texts.find((text) => /[.,]/.test(text)) ?? ''
    } else if (own[0] === true && texts.some((text) => text.includes('.'))) {
      if (own[3] === true) grouped ||= texts.find((text) => text.includes('.')) ?? ''
      else pointed = true
    }
  }
  let best = fits.reduce((most, count, i) => (count > (fits[most] as number) ? i : most), 0)
  const equals = fits.flatMap((count, i) => (count === fits[best] ? [i] : []))
  // Of a decimal comma and a comma between groups, the delimiter tells: a comma stays free for decimals where cells are separated by something else.
  if (best === 1 && equals.includes(2) && doubtful !== '' && delimiter !== ';') best = 2
  const { decimal, thousands } = ways[best] as Ways
  if (best === 0 && grouped !== '' && !pointed && delimiter !== ',')
    return {
      decimal: '.',
      thousands: undefined,
      confidence: 0.5,
      evidence: `"${grouped}" is a number with decimal ".", or with thousands "." and decimal ","`,
    }
  const sure = doubtful === '' || !equals.includes(best === 1 ? 2 : 1)
  return {
    decimal,
    thousands,
    confidence: best === 0 ? 1 : sure ? 0.95 : 0.5,
    evidence:
      best === 0
        ? 'numbers, if any, are plain'
        : `"${sure ? example : doubtful}" is a number with decimal "${decimal}"${thousands === undefined ? '' : ` and thousands "${thousands}"`}${sure ? '' : ', or the other way round'}`,
  }
}

const spellings = ['NA', 'N/A', 'n/a', 'null', 'NULL', 'None', '\\N', '#N/A', '-', '?']

/** Spellings of nothing: they stand in columns that otherwise hold numbers, dates or times alone. */
export function findNulls(
  rows: readonly SplitRow[],
  width: number,
  isValue: (text: string) => boolean,
): readonly string[] {
  const found = new Set<string>()
  for (let column = 0; column < width; column++) {
    const own = new Set<string>()
    let values = 0
    let others = 0
    for (const { cells } of rows) {
      const text = cells[column]?.text ?? ''
      if (spellings.includes(text)) own.add(text)
      else if (isValue(text.trim())) values++
      else if (text.trim() !== '') others++
    }
    if (values > 0 && others === 0) for (const text of own) found.add(text)
  }
  return spellings.filter((text) => found.has(text))
}
