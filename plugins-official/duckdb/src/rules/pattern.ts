/**
 * JavaScript's regular expressions as RE2's, where both certainly find the same: a small language is read (literals, classes, groups, alternation,
 * greedy or lazy repetition, anchors), and written anew, every character by its number. What matches does not depend on which match is found first,
 * so laziness and captures mean nothing here. JavaScript walks over UTF-16 units unless the flag u is given, RE2 over code points: what may match
 * half a surrogate pair is refused.
 */
export function re2Of(source: string, flags: string): string | undefined {
  if (/[^gimsu]/.test(flags) || flags.includes('m')) return undefined
  const fold = flags.includes('i')
  const unicode = flags.includes('u')
  // Case beyond ASCII is folded by different tables.
  if (fold && (unicode || /[^\0-\x7f]|\\[uxSWD]/.test(source))) return undefined
  try {
    const reader = createReader(source, { fold, unicode, dotAll: flags.includes('s') })
    const found = reader.alternatives()
    return reader.atEnd() ? found : undefined
  } catch (error) {
    if (error === doubt) return undefined
    throw error
  }
}

/** Thrown where a pattern leaves the language. */
const doubt = new Error('beyond the language')
function refuse(): never {
  throw doubt
}

type Range = readonly [from: number, to: number]
interface Reading {
  readonly fold: boolean
  readonly unicode: boolean
  readonly dotAll: boolean
}
/** `wide`: it matches characters beyond the basic plane, and so halves of their pairs in JavaScript. */
interface Piece {
  readonly text: string
  readonly wide: boolean
  /** Matches one character or more, none of them wide; or a place in the text. */
  readonly firm: boolean
}

const last = 0x10ffff
const digit: readonly Range[] = [[48, 57]]
const word: readonly Range[] = [...digit, [65, 90], [95, 95], [97, 122]]
/** WhiteSpace and LineTerminator of ECMA-262. */
const space: readonly Range[] = [
  [9, 13],
  [32, 32],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]
const lineEnds: readonly Range[] = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
]
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 }

function createReader(source: string, { fold, unicode, dotAll }: Reading) {
  let at = 0
  let depth = 0
  const next = () => source[at]
  const take = (text: string) => {
    if (!source.startsWith(text, at)) return false
    at += text.length
    return true
  }

  function alternatives(): string {
    const found = [sequence()]
    while (take('|')) found.push(sequence())
    return found.join('|')
  }

  function sequence(): string {
    const pieces: Piece[] = []
    while (at < source.length && next() !== '|' && next() !== ')') pieces.push(repeated(piece()))
    // One wide character or more next to others that may be wide: JavaScript could share a pair between them.
    if (!unicode)
      pieces.forEach(({ wide, text }, i) => {
        if (!wide || text.endsWith('*')) return
        if (pieces[i - 1]?.firm === false || pieces[i + 1]?.firm === false) refuse()
        if (depth > 0) refuse()
      })
    return pieces.map(({ text }) => text).join('')
  }

  function piece(): Piece {
    if (take('^')) return { text: '\\A', wide: false, firm: true }
    if (take('$')) return { text: '\\z', wide: false, firm: true }
    if (take('(')) return group()
    if (take('[')) return classOf(inClass())
    if (take('.')) return classOf(dotAll ? [[0, last]] : inverted(lineEnds))
    if (take('\\')) return classOf(escaped(false))
    const char = next() as string
    if ('*+?{}])/'.includes(char)) refuse()
    return classOf(one(character()))
  }

  function group(): Piece {
    if (take('?:') === false && next() === '?') refuse()
    depth++
    const inner = alternatives()
    depth--
    if (!take(')')) refuse()
    return { text: `(?:${inner})`, wide: false, firm: false }
  }

  function repeated(given: Piece): Piece {
    const [sign = ''] = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(source.slice(at)) ?? []
    if (sign === '') {
      if (given.wide && !unicode) refuse()
      return given
    }
    if (given.text === '\\A' || given.text === '\\z') refuse()
    at += sign.length
    take('?')
    if ('*+?{'.includes(next() ?? ' ')) refuse()
    const [, least = '', most = ''] = /^\{(\d+),?(\d*)\}$/.exec(sign) ?? []
    if (Number(least) > 100 || Number(most) > 100) refuse()
    if (given.wide && !unicode && sign !== '*' && sign !== '+') refuse()
    const filled = sign === '+' || Number(least) > 0
    return { text: `${given.text}${sign}`, wide: given.wide, firm: given.firm && filled }
  }

  /** Behind the bracket. */
  function inClass(): readonly Range[] {
    const negated = take('^')
    const ranges: Range[] = []
    while (!take(']')) {
      const low = member()
      const [from] = low[0] as Range
      if (next() === '-' && source[at + 1] !== ']') {
        at++
        const high = member()
        const [to] = high[0] as Range
        if (!isOne(low) || !isOne(high) || to < from) refuse()
        // Halves of pairs are characters of their own in JavaScript.
        if (!unicode && from <= 0xdfff && to >= 0xd800) refuse()
        ranges.push([from, to])
      } else ranges.push(...low)
    }
    if (ranges.length === 0) refuse()
    const folded = fold ? ranges.flatMap(bothCases) : ranges
    return negated ? inverted(folded) : folded
  }

  function member(): readonly Range[] {
    if (at >= source.length || next() === '[') refuse()
    return take('\\') ? escaped(true) : one(character())
  }

  /** Behind the backslash. */
  function escaped(inside: boolean): readonly Range[] {
    const char = source[at++] ?? refuse()
    if (char === 'd') return digit
    if (char === 'w') return word
    if (char === 's') return space
    if (!inside && 'DWS'.includes(char)) return inverted(char === 'D' ? digit : char === 'W' ? word : space)
    const control = controls[char]
    if (control !== undefined) return one(control)
    const [hex = ''] =
      (char === 'x' ? /^[\da-f]{2}/i : char === 'u' ? /^[\da-f]{4}/i : /^$/).exec(source.slice(at)) ?? []
    if (hex !== '') {
      at += hex.length
      return one(basic(Number.parseInt(hex, 16)))
    }
    if (!'^$\\.*+?()[]{}|/-'.includes(char) || (char === '-' && unicode && !inside)) refuse()
    return one(char.charCodeAt(0))
  }

  function character(): number {
    return basic(source.charCodeAt(at++))
  }

  /** Characters beyond the basic plane are two units here, and NUL ends a statement. */
  function basic(code: number): number {
    if (code === 0 || (code >= 0xd800 && code <= 0xdfff)) refuse()
    return code
  }

  function classOf(ranges: readonly Range[]): Piece {
    const cases = fold && ranges.length === 1 && isOne(ranges) ? ranges.flatMap(bothCases) : ranges
    const text = cases.map(([from, to]) => (from === to ? shown(from) : `${shown(from)}-${shown(to)}`)).join('')
    const wide = cases.some(([, to]) => to > 0xffff)
    return { text: isOne(cases) ? text : `[${text}]`, wide, firm: !wide }
  }

  return { alternatives, atEnd: () => at === source.length }
}

function one(code: number): readonly Range[] {
  return [[code, code]]
}

function isOne(ranges: readonly Range[]): boolean {
  return ranges.length === 1 && ranges[0]?.[0] === ranges[0]?.[1]
}

function shown(code: number): string {
  return `\\x{${code.toString(16)}}`
}

function inverted(ranges: readonly Range[]): readonly Range[] {
  const gaps: Range[] = []
  let from = 0
  for (const [low, high] of [...ranges].sort(([a], [b]) => a - b)) {
    if (low > from) gaps.push([from, low - 1])
    from = Math.max(from, high + 1)
  }
  if (from > last) refuse()
  return [...gaps, [from, last]]
}

function bothCases([from, to]: Range): readonly Range[] {
  const upper: Range = [Math.max(from, 97) - 32, Math.min(to, 122) - 32]
  const lower: Range = [Math.max(from, 65) + 32, Math.min(to, 90) + 32]
  return [[from, to], ...[upper, lower].filter(([low, high]) => low <= high)]
}
