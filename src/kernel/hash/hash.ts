import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'

/** The first 32 hex digits (128 bits) of sha256 over the UTF-8 bytes of `text`. */
export function hashText(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32)
}

/** `hashText` of the value's canonical JSON: key order does not count. Throws a `TypeError` for functions, symbols and cycles. */
export function hashJson(value: unknown): string {
  return hashText(canonicalJson(value))
}
