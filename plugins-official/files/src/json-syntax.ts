/** A strict reader of JSON text (RFC 8259) over bytes: finds where values end and what is wrong with them. */
export interface JsonSyntax {
  /** Where the value at `p` ends, or -1 (see `fault`). */
  value(bytes: Uint8Array, p: number, end: number): number
  /** Where the string ends whose opening quote stands at `p`, or -1. */
  string(bytes: Uint8Array, p: number, end: number): number
  /** Whether the last string read holds escapes. */
  readonly escaped: boolean
  /** What was wrong, and where. */
  readonly fault: { readonly at: number; readonly what: string }
}

const deepest = 500

export function space(bytes: Uint8Array, start: number, end: number): number {
  let p = start
  while (p < end && (bytes[p] === 32 || bytes[p] === 10 || bytes[p] === 13 || bytes[p] === 9)) p++
  return p
}

export function createJsonSyntax(): JsonSyntax {
  let escaped = false
  let fault = { at: 0, what: '' }
  const fail = (at: number, what: string) => {
    fault = { at, what }
    return -1
  }

  function string(bytes: Uint8Array, start: number, end: number): number {
    escaped = false
    let p = start + 1
    for (; p < end; p++) {
      const byte = bytes[p] as number
      if (byte === 34) return p + 1
      if (byte < 32) return fail(p, 'a control character inside a string')
      if (byte !== 92) continue
      escaped = true
      const next = bytes[++p]
      if (p >= end) break
      if (next === 117) {
        if (p + 4 >= end || !isHex(bytes, p + 1)) return fail(p - 1, 'a broken \\u escape')
        p += 4
      } else if (next === undefined || !simple.has(next)) return fail(p - 1, 'an unknown escape')
    }
    return fail(start, 'a string that is never closed')
  }

  function value(bytes: Uint8Array, p: number, end: number, depth = 0): number {
    const first = p < end ? (bytes[p] as number) : -1
    if (first === 34) return string(bytes, p, end)
    if (first === 123 || first === 91)
      return depth > deepest ? fail(p, `values nested deeper than ${deepest}`) : members(bytes, p, end, depth, first)
    if (first === 116) return word(bytes, p, end, 'true')
    if (first === 102) return word(bytes, p, end, 'false')
    if (first === 110) return word(bytes, p, end, 'null')
    return number(bytes, p, end)
  }

  function members(bytes: Uint8Array, start: number, end: number, depth: number, open: number): number {
    const close = open + 2
    let p = space(bytes, start + 1, end)
    if (bytes[p] === close && p < end) return p + 1
    for (;;) {
      if (open === 123) {
        if (p >= end || bytes[p] !== 34) return fail(p, 'a key in quotes is missing')
        p = string(bytes, p, end)
        if (p < 0) return -1
        p = space(bytes, p, end)
        if (p >= end || bytes[p] !== 58) return fail(p, '":" is missing')
        p = space(bytes, p + 1, end)
      }
      p = value(bytes, p, end, depth + 1)
      if (p < 0) return -1
      p = space(bytes, p, end)
      if (p < end && bytes[p] === close) return p + 1
      if (p >= end || bytes[p] !== 44) return fail(p, `"," or "${String.fromCharCode(close)}" is missing`)
      p = space(bytes, p + 1, end)
    }
  }

  function word(bytes: Uint8Array, start: number, end: number, text: string): number {
    for (let i = 0; i < text.length; i++)
      if (start + i >= end || bytes[start + i] !== text.charCodeAt(i)) return fail(start, 'no JSON value')
    return start + text.length
  }

  function number(bytes: Uint8Array, start: number, end: number): number {
    let p = bytes[start] === 45 ? start + 1 : start
    const whole = digits(bytes, p, end)
    if (whole === p || (bytes[p] === 48 && whole > p + 1))
      return fail(start, whole === p ? 'no JSON value' : 'a number with leading zeros')
    p = whole
    if (p < end && bytes[p] === 46) {
      const fraction = digits(bytes, p + 1, end)
      if (fraction === p + 1) return fail(start, 'a number that ends with a point')
      p = fraction
    }
    if (p < end && ((bytes[p] as number) | 32) === 101) {
      const from = bytes[p + 1] === 43 || bytes[p + 1] === 45 ? p + 2 : p + 1
      p = digits(bytes, from, end)
      if (p === from) return fail(start, 'a number without exponent')
    }
    return p
  }

  return {
    value,
    string,
    get escaped() {
      return escaped
    },
    get fault() {
      return fault
    },
  }
}

const simple = new Set([...'"\\/bfnrt'].map((char) => char.charCodeAt(0)))

function digits(bytes: Uint8Array, start: number, end: number): number {
  let p = start
  while (p < end && ((bytes[p] as number) - 48) >>> 0 <= 9) p++
  return p
}

function isHex(bytes: Uint8Array, start: number): boolean {
  for (let p = start; p < start + 4; p++) {
    const byte = bytes[p] as number
    if ((byte - 48) >>> 0 > 9 && ((byte | 32) - 97) >>> 0 > 5) return false
  }
  return true
}
