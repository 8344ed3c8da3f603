/**
 * What an expression can give, as a set of bits. Known from the types of the columns it reads, never from their values, so that the layout of a result
 * does not depend on rows.
 */
export const numbers = 1
export const booleans = 2
export const texts = 4
export const nulls = 8
export const undefineds = 16
export const objects = 32
export const bigints = 64
export const anything = 127

/** Kinds that JavaScript's arithmetic takes as numbers. */
export const numeric: number = numbers | booleans | nulls | undefineds

export function only(kinds: number, allowed: number): boolean {
  return (kinds & ~allowed) === 0
}

export function kindsOf(value: unknown): number {
  switch (typeof value) {
    case 'number':
      return numbers
    case 'boolean':
      return booleans
    case 'string':
      return texts
    case 'undefined':
      return undefineds
    case 'bigint':
      return bigints
    default:
      return value === null ? nulls : objects
  }
}
