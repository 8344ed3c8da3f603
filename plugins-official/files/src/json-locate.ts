import { TidegateError } from 'tidegate'
import { textOf } from './block.ts'
import type { ByteWindow } from './byte-window.ts'
import { createJsonSyntax, space } from './json-syntax.ts'

/**
 * Moves the window behind the opening bracket of the array at `path` (keys from the outermost object inward; empty: the document itself is the
 * array). What stands before it must fit into `most` bytes. Returns the line it stands on.
 * @throws `SOURCE_CORRUPT` naming what stands there instead.
 */
export async function openJsonArray(
  window: ByteWindow,
  path: readonly string[],
  shown: string,
  most: number,
): Promise<number> {
  for (;;) {
    const found = locate(window, path)
    if (typeof found === 'number') {
      let line = 1
      for (let p = window.from; p < found; p++) if (window.bytes[p] === 10) line++
      window.from = found
      return line
    }
    const size = window.to - window.from
    if (window.last || !found.more) throw corrupt(shown, found.what, path)
    if (size > most) throw corrupt(shown, `has no array in its first ${most} bytes`, path)
    await window.fill(Math.max(size, 1 << 16))
  }
}

interface Missing {
  readonly what: string
  /** More bytes could change that. */
  readonly more: boolean
}

function locate({ bytes, from, to }: ByteWindow, path: readonly string[]): number | Missing {
  const syntax = createJsonSyntax()
  let p = from
  for (const [depth, key] of path.entries()) {
    p = space(bytes, p, to)
    const name = path.slice(0, depth).join('.')
    if (p >= to) return { what: 'ends before its array begins', more: true }
    if (bytes[p] !== 123) return { what: `has no object ${name === '' ? 'at its top' : `at "${name}"`}`, more: false }
    p = space(bytes, p + 1, to)
    for (;;) {
      if (p >= to) return { what: 'ends before its array begins', more: true }
      if (bytes[p] === 125) return { what: `has no key "${key}"${name === '' ? '' : ` in "${name}"`}`, more: false }
      const keyEnd = bytes[p] === 34 ? syntax.string(bytes, p, to) : -1
      const colon = keyEnd < 0 ? -1 : space(bytes, keyEnd, to)
      if (colon < 0 || bytes[colon] !== 58)
        return {
          what: `is not JSON: ${keyEnd < 0 ? syntax.fault.what || 'a key is missing' : '":" is missing'} before its array`,
          more: true,
        }
      const start = space(bytes, colon + 1, to)
      if (matches(textOf(bytes, p, keyEnd), key)) {
        p = start
        break
      }
      const end = syntax.value(bytes, start, to)
      if (end < 0 || end >= to)
        return { what: `is not JSON: ${syntax.fault.what || 'it ends'} before its array`, more: true }
      p = space(bytes, end, to)
      if (bytes[p] === 44) p = space(bytes, p + 1, to)
    }
  }
  p = space(bytes, p, to)
  if (p >= to) return { what: 'ends before its array begins', more: true }
  if (bytes[p] === 91) return p + 1
  return { what: `has no array ${path.length === 0 ? 'at its top' : `at "${path.join('.')}"`}`, more: false }
}

function matches(quoted: string, key: string): boolean {
  return quoted === `"${key}"` || (quoted.includes('\\') && JSON.parse(quoted) === key)
}

function corrupt(shown: string, what: string, path: readonly string[]): TidegateError {
  return new TidegateError('SOURCE_CORRUPT', `"${shown}" ${what}`, {
    hint:
      path.length === 0
        ? 'Name the place of the array with at: "key.key", or use ndjson for one object a line.'
        : 'Check the option "at".',
    data: { path: shown, at: path.join('.') },
  })
}
