const isLetter = (char: string) => /\p{L}/u.test(char)
const isDigit = (char: string) => /\p{Nd}/u.test(char)

/** Splits a date as `dateutil.parser` does: runs of letters, numbers with their point, single spaces, any other character alone. */
export function dateTokens(text: string): string[] {
  const chars = [...text.replaceAll('\0', '')]
  const out: string[] = []
  for (let at = 0; at < chars.length; ) {
    const [token, next] = scan(chars, at)
    out.push(...token)
    at = next
  }
  return out
}

/** Words and numbers may hold points: `a.m.`, `12.5`, `01.02.2020`. What is neither one word nor one number is cut at its points. */
function scan(chars: readonly string[], start: number): readonly [readonly string[], number] {
  const first = chars[start] as string
  if (/\s/.test(first)) return [[' '], start + 1]
  let state: 'a' | '0' | 'a.' | '0.' = isLetter(first) ? 'a' : '0'
  if (state === '0' && !isDigit(first)) return [[first], start + 1]
  let token = first
  let letters = state === 'a'
  let at = start + 1
  for (; at < chars.length; at++) {
    const char = chars[at] as string
    if (state === 'a') {
      letters = true
      if (!isLetter(char) && char !== '.') break
      if (char === '.') state = 'a.'
    } else if (state === '0') {
      if (char === '.' || (char === ',' && token.length >= 2)) state = '0.'
      else if (!isDigit(char)) break
    } else if (state === 'a.') {
      letters = true
      if (isDigit(char) && token.endsWith('.')) state = '0.'
      else if (char !== '.' && !isLetter(char)) break
    } else if (isLetter(char) && token.endsWith('.')) state = 'a.'
    else if (char !== '.' && !isDigit(char)) break
    token += char
  }
  const dots = token.split('.').length - 1
  if (state.endsWith('.') && (letters || dots > 1 || /[.,]$/.test(token)))
    return [token.split(/([.,])/).filter((piece) => piece !== ''), at]
  return [[state === '0.' && dots === 0 ? token.replaceAll(',', '.') : token], at]
}
