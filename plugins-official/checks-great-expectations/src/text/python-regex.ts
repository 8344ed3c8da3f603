/**
 * A regular expression of Python's `re` as one of JavaScript that finds the same texts. Throws an `Error` that says which construct has no counterpart.
 * Python's `\d`, `\w`, `\s` and `\b` know all of Unicode, `$` also matches before a last line break, `.` stops at `\n` alone.
 */
export function pythonRegex(source: string): RegExp {
  const flags = new Set<string>(['u'])
  let rest = source
  for (let head = /^\(\?([aiLmsux]+)\)/.exec(rest); head !== null; head = /^\(\?([aiLmsux]+)\)/.exec(rest)) {
    for (const flag of head[1] as string) {
      if (flag === 'x' || flag === 'L' || flag === 'a') throw new Error(`the flag (?${flag})`)
      if (flag !== 'u') flags.add(flag)
    }
    rest = rest.slice(head[0].length)
  }
  const multiline = flags.delete('m')
  const dotAll = flags.delete('s')
  let out = ''
  let inClass = false
  let repeats = false
  for (let at = 0; at < rest.length; at++) {
    const char = rest[at] as string
    const repeated: boolean = repeats
    repeats = !inClass && !repeated && (/[*+?]/.test(char) || (char === '}' && /\{[\d,]+$/.test(out)))
    if (repeated && char === '+') throw new Error('possessive quantifiers')
    if (char === '\\') {
      const next = rest[++at]
      if (next === undefined) throw new Error('a \\ at the end')
      if (/[0-9]/.test(next) && !inClass) out += `(?:\\${next})`
      else out += escaped(next, inClass)
    } else if (inClass) {
      if (char === ']') inClass = false
      out += char === '[' ? '\\[' : char
    } else if (char === '[') {
      inClass = true
      out += char
      if (rest[at + 1] === '^') out += rest[++at]
      if (rest[at + 1] === ']') {
        out += '\\]'
        at++
      }
    } else if (char === '(' && rest[at + 1] === '?') {
      const [text, used] = group(rest.slice(at))
      out += text
      at += used - 1
    } else if (char === '$') out += multiline ? '(?=\\n|(?![^]))' : '(?=\\n?(?![^]))'
    else if (char === '^') out += multiline ? '(?<=\\n|(?<![^]))' : '^'
    else if (char === '.') out += dotAll ? '[^]' : '[^\\n]'
    else if (char === '{' && !/^\{(\d+(,\d*)?|,\d+)\}/.test(rest.slice(at))) out += '\\{'
    else if (char === '{') out += rest[at + 1] === ',' ? '{0' : '{'
    else if (char === '}' && !/\{[\d,]+$/.test(out)) out += '\\}'
    else if (char === ']') out += '\\]'
    else out += char
  }
  return new RegExp(out, [...flags].join(''))
}

const word = '\\p{L}\\p{N}_'
const classes: Readonly<Record<string, string>> = { d: '\\p{Nd}', D: '\\P{Nd}', s: '\\s\\x1c-\\x1f\\x85', w: word }

function escaped(next: string, inClass: boolean): string {
  if (next === 'A') return '(?<![^])'
  if (next === 'Z') return '(?![^])'
  if (next === 'b') return inClass ? '\\b' : `(?:(?<=[${word}])(?![${word}])|(?<![${word}])(?=[${word}]))`
  if (next === 'B') return `(?:(?<=[${word}])(?=[${word}])|(?<![${word}])(?![${word}]))`
  if (next === 'S' || next === 'W') {
    const inside = next === 'S' ? (classes['s'] as string) : word
    if (inClass) throw new Error(`\\${next} inside [ ]`)
    return `[^${inside}]`
  }
  const known = classes[next]
  if (known !== undefined) return inClass || next === 'd' || next === 'D' ? known : `[${known}]`
  if (next === 'a') return '\\x07'
  if (/[nrtfvxu]/.test(next)) return `\\${next}`
  if (/[a-zA-Z]/.test(next)) throw new Error(`\\${next}`)
  if (next === '0') return '\\x00'
  return /[\^$\\.*+?()[\]{}|/-]/.test(next) ? (next === '-' && !inClass ? '-' : `\\${next}`) : next
}

/** `(?P<name>`, `(?P=name)`, `(?#...)` in JavaScript's words, and how many characters they took. */
function group(rest: string): readonly [string, number] {
  const named = /^\(\?P<([A-Za-z_]\w*)>/.exec(rest)
  if (named !== null) return [`(?<${named[1]}>`, named[0].length]
  const back = /^\(\?P=([A-Za-z_]\w*)\)/.exec(rest)
  if (back !== null) return [`\\k<${back[1]}>`, back[0].length]
  const comment = /^\(\?#[^)]*\)/.exec(rest)
  if (comment !== null) return ['', comment[0].length]
  const plain = /^\(\?(:|=|!|<=|<!)/.exec(rest)
  if (plain !== null) return [plain[0], plain[0].length]
  throw new Error(`the group ${rest.slice(0, 4)}...`)
}

/** `%` any text, `_` any character, as SQL has them; `escaping` makes the character after it plain. Upper and lower case differ. */
export function likeRegex(pattern: string, escaping: string | undefined): RegExp {
  let out = ''
  const chars = [...pattern]
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] as string
    if (escaping !== undefined && char === escaping && at + 1 < chars.length) out += quoted(chars[++at] as string)
    else out += char === '%' ? '[^]*' : char === '_' ? '[^]' : quoted(char)
  }
  return new RegExp(`^${out}$`, 'u')
}

function quoted(char: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char
}
