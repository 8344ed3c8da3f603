import { hashJson } from '../hash/hash.ts'

/**
 * A name for a node (or pipeline) made in a loop from an entry of a listing, such as a path: letters, digits, `_` and
 * `-` stay, everything else becomes `-`. What had to be changed gets the beginning of its hash behind it, so that
 * different texts never share a name, and the same text always has the same one.
 *
 * ```ts
 * nodeName('2026-01')            // 2026-01
 * nodeName('eu west/orders.csv') // eu-west-orders-csv-9b0c6a2e
 * ```
 */
export function nodeName(text: string): string {
  const safe = text.normalize('NFC').replace(/[^\p{L}\p{N}_-]+/gu, '-')
  const plain = safe.replace(/^-+|-+$/g, '')
  if (plain === text && plain !== '' && plain !== '__proto__') return text
  return `${plain === '' ? 'n' : plain}-${hashJson(text).slice(0, 8)}`
}
