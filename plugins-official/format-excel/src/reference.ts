/** Columns and rows from 0; `Infinity` for an open end. */
export interface Range {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export const mostRows = 1_048_576
export const mostColumns = 16_384

/** `A`, `Z`, `AA`: the letters of column `index`. */
export function columnLetters(index: number): string {
  let letters = ''
  for (let n = index + 1; n > 0; n = Math.floor((n - 1) / 26))
    letters = String.fromCharCode(65 + ((n - 1) % 26)) + letters
  return letters
}

/** The column of a reference such as `AB12`, or -1. */
export function columnOf(reference: string): number {
  let n = 0
  let i = 0
  for (; i < reference.length; i++) {
    const code = reference.charCodeAt(i)
    if (code < 65 || code > 90) break
    n = n * 26 + code - 64
  }
  return i === 0 || n > mostColumns ? -1 : n - 1
}

/** `B3:F100`, `B3` (from there on), `B:F`; undefined for anything else. */
export function parseRange(text: string): Range | undefined {
  const match = /^\$?([A-Z]{1,3})\$?(\d*)(?::\$?([A-Z]{1,3})\$?(\d*))?$/.exec(text.toUpperCase())
  if (match === null) return undefined
  const [, from = '', top = '', to, bottom = ''] = match
  const range = {
    left: columnOf(from),
    top: top === '' ? 0 : Number(top) - 1,
    right: to === undefined ? Number.POSITIVE_INFINITY : columnOf(to),
    bottom: bottom === '' ? Number.POSITIVE_INFINITY : Number(bottom) - 1,
  }
  const fine = range.left >= 0 && range.top >= 0 && range.right >= range.left && range.bottom >= range.top
  return fine ? range : undefined
}
