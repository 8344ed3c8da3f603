/** What a pattern asks of ASCII text, as a tree. `set` is 128 flags; `start` and `end` are the ends of the text. */
export type PatternNode =
  | { readonly kind: 'set'; readonly set: Uint8Array }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly of: PatternNode; readonly min: number; readonly max: number }

/** Thrown for what an automaton cannot do, or what is better left to the engine: assertions, references, odd spellings. */
const unfit = new Error('not for an automaton')

/**
 * A regular expression (ECMAScript 2025, section 22.2.1) as a tree, as far as it is regular in the strict sense and speaks of ASCII. Undefined for
 * everything else: lookaround, references, word boundaries, property escapes, the flags m and v, u together with i.
 */
export function parsePattern({ source, flags }: RegExp): PatternNode | undefined {
  if (/[mv]/.test(flags) || (flags.includes('u') && flags.includes('i'))) return undefined
  const reader = createReader(source, flags.includes('i'), flags.includes('s'))
  try {
    const tree = reader.choice()
    return reader.isDone() ? tree : undefined
  } catch {
    // Unfit, or nested deeper than the stack reaches: left to the engine.
    return undefined
  }
}

const digits = setOf([[0x30, 0x39]])
const words = setOf([
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
])
const spaces = setOf([
  [0x09, 0x0d],
  [0x20, 0x20],
])
const lineEnds = setOf([
  [0x0a, 0x0a],
  [0x0d, 0x0d],
])
const classes: Readonly<Record<string, Uint8Array>> = {
  d: digits,
  D: inverted(digits),
  w: words,
  W: inverted(words),
  s: spaces,
  S: inverted(spaces),
}
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 }

function setOf(ranges: readonly (readonly [number, number])[]): Uint8Array {
  const set = new Uint8Array(128)
  for (const [low, high] of ranges) for (let code = low; code <= Math.min(high, 127); code++) set[code] = 1
  return set
}

function inverted(set: Uint8Array): Uint8Array {
  return set.map((flag) => 1 - flag)
}

/** Both cases of each letter: below 0x80, case folding is that of the 26 letters. */
function folded(set: Uint8Array): Uint8Array {
  const out = set.slice()
  for (let code = 0x41; code <= 0x5a; code++) {
    const either = (set[code] as number) | (set[code + 32] as number)
    out[code] = either
    out[code + 32] = either
  }
  return out
}

function createReader(source: string, ignoresCase: boolean, dotAll: boolean) {
  let at = 0
  const peek = () => source[at] ?? ''
  const take = () => {
    const char = peek()
    if (char === '') throw unfit
    at++
    return char
  }
  const eat = (text: string): boolean => {
    if (!source.startsWith(text, at)) return false
    at += text.length
    return true
  }
  const matched = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(source)
    if (found !== null) at += found[0].length
    return found
  }
  const fold = (set: Uint8Array): PatternNode => ({ kind: 'set', set: ignoresCase ? folded(set) : set })

  function choice(): PatternNode {
    const parts = [sequence()]
    while (eat('|')) parts.push(sequence())
    return parts.length === 1 ? (parts[0] as PatternNode) : { kind: 'choice', parts }
  }

  function sequence(): PatternNode {
    const parts: PatternNode[] = []
    while (peek() !== '' && peek() !== '|' && peek() !== ')') parts.push(term())
    return { kind: 'sequence', parts }
  }

  function term(): PatternNode {
    if (eat('^')) return { kind: 'start' }
    if (eat('$')) return { kind: 'end' }
    const of = atom()
    const bounds = quantifier()
    return bounds === undefined ? of : { kind: 'repeat', of, ...bounds }
  }

  function quantifier(): { readonly min: number; readonly max: number } | undefined {
    const found = matched(/[*+?]|\{(\d+)(,(\d*))?\}/y)
    if (found === null) {
      if (peek() === '{') throw unfit
      return undefined
    }
    eat('?')
    const [text, low, comma, high] = found
    if (text === '*') return { min: 0, max: Number.POSITIVE_INFINITY }
    if (text === '+') return { min: 1, max: Number.POSITIVE_INFINITY }
    if (text === '?') return { min: 0, max: 1 }
    const min = Number(low)
    return { min, max: comma === undefined ? min : high === '' ? Number.POSITIVE_INFINITY : Number(high) }
  }

  function atom(): PatternNode {
    const char = take()
    if (char === '.') return { kind: 'set', set: dotAll ? setOf([[0, 127]]) : inverted(lineEnds) }
    if (char === '(') return group()
    if (char === '[') return bracket()
    if (char === '\\') return fold(escaped())
    if ('*+?{}]'.includes(char)) throw unfit
    return fold(one(char.charCodeAt(0)))
  }

  function group(): PatternNode {
    if (peek() === '?' && matched(/\?:|\?<[A-Za-z_]\w*>/y) === null) throw unfit
    const inner = choice()
    if (!eat(')')) throw unfit
    return inner
  }

  function bracket(): PatternNode {
    const negated = eat('^')
    const set = new Uint8Array(128)
    while (!eat(']')) {
      const low = member()
      if (peek() !== '-' || source[at + 1] === ']') {
        add(set, low)
        continue
      }
      at++
      const [from, to] = [codeOf(low), codeOf(member())]
      add(set, setOf([[from, to]]))
    }
    const wanted = ignoresCase ? folded(set) : set
    return { kind: 'set', set: negated ? inverted(wanted) : wanted }
  }

  /** One member of a class: a character, or an escape for many. */
  function member(): Uint8Array {
    const char = take()
    return char !== '\\' ? one(char.charCodeAt(0)) : eat('b') ? one(8) : eat('-') ? one(0x2d) : escaped()
  }

  function escaped(): Uint8Array {
    const code = matched(/x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})/y)
    if (code !== null) return one(Number.parseInt((code[1] ?? code[2]) as string, 16))
    const char = take()
    const many = classes[char]
    if (many !== undefined) return many
    const control = controls[char]
    if (control !== undefined && !(char === '0' && /\d/.test(peek()))) return one(control)
    // Letters and digits mean something else, or nothing.
    if (/[A-Za-z0-9]/.test(char)) throw unfit
    return one(char.charCodeAt(0))
  }

  return { choice, isDone: () => at === source.length }
}

/** Beyond ASCII, case folding may reach into it. */
function one(code: number): Uint8Array {
  if (code > 127) throw unfit
  return setOf([[code, code]])
}

function add(set: Uint8Array, other: Uint8Array): void {
  for (let code = 0; code < set.length; code++) set[code] = (set[code] as number) | (other[code] as number)
}

/** The single character that a member of a range must be. */
function codeOf(set: Uint8Array): number {
  const code = set.indexOf(1)
  if (set.lastIndexOf(1) !== code) throw unfit
  return code
}
