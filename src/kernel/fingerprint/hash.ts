import { createHash } from 'node:crypto'

/** The first 16 hex digits of sha256 over the JSON of `value`, which must consist of arrays, strings, numbers, booleans and null. */
export function shortHash(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value) ?? 'undefined')
    .digest('hex')
    .slice(0, 16)
}
