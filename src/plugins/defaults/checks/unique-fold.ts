import { TidegateError } from '../../../kernel/errors.ts'
import type { Bits, CondemningRule } from '../../check.ts'
import { markRow } from './mark.ts'

/** Keys held in memory at once (about 48 bytes each); beyond, the partials are read again for each share of the hashes. */
const AT_ONCE = 1 << 21
/** Rows of a table that stays in the processor's cache. */
const IN_CACHE = 1 << 13

type Parts = Parameters<CondemningRule['condemn']>[0]

interface Keys {
  count: number
  readonly words: Int32Array
  readonly part: Int32Array
  readonly row: Int32Array
}

/** The rows whose key occurs more than once, per part: all of them, or all but the first. */
export async function condemnRepeated(
  parts: Parts,
  lose: 'all' | 'later',
  name: string,
): Promise<ReadonlyMap<number, Bits>> {
  const total = parts.reduce((rows, part) => rows + part.rows, 0)
  let shares = 1
  while (total / shares > AT_ONCE && shares < 256) shares *= 2
  const condemned = new Map<number, Bits>()
  const condemn = (part: number, row: number) => {
    let bits = condemned.get(part)
    if (bits === undefined) {
      bits = new Uint8Array(((parts[part]?.rows ?? 0) + 7) >> 3)
      condemned.set(part, bits)
    }
    markRow(bits, row)
  }
  for (let share = 0; share < shares; share++) {
    const keys = await gather(parts, share, shares, Math.ceil((total / shares) * 1.25) + 64, name)
    findRepeated(keys, (first, later) => {
      condemn(keys.part[later] as number, keys.row[later] as number)
      if (lose === 'all') condemn(keys.part[first] as number, keys.row[first] as number)
    })
  }
  return condemned
}

/** The keys without null whose first hash bits fall into this share, in part and row order. */
async function gather(parts: Parts, share: number, shares: number, room: number, name: string): Promise<Keys> {
  let keys: Keys = { count: 0, words: new Int32Array(4 * room), part: new Int32Array(room), row: new Int32Array(room) }
  const shift = 32 - Math.log2(shares)
  for (const [index, part] of parts.entries()) {
    const bytes = await part.partial()
    if (bytes.length !== 16 * part.rows) {
      throw new TidegateError(
        'WORKSPACE_CORRUPT',
        `${name}: the keys of a part have ${bytes.length} bytes instead of ${16 * part.rows}.`,
        {
          hint: 'Run with --full to compute the records again.',
          data: { check: name, part: index },
        },
      )
    }
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes) // a Buffer's slice shares its memory
    const words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4)
    if (keys.count + part.rows > keys.part.length) keys = enlarged(keys, keys.count + part.rows)
    take(keys, words, index, share, shares === 1 ? undefined : shift)
  }
  return keys
}

function take(keys: Keys, words: Int32Array, part: number, share: number, shift: number | undefined): void {
  let count = keys.count
  for (let at = 0; at < words.length; at += 4) {
    const first = words[at] as number
    if ((first | (words[at + 1] as number) | (words[at + 2] as number) | (words[at + 3] as number)) === 0) continue
    if (shift !== undefined && first >>> shift !== share) continue
    keys.words[4 * count] = first
    keys.words[4 * count + 1] = words[at + 1] as number
    keys.words[4 * count + 2] = words[at + 2] as number
    keys.words[4 * count + 3] = words[at + 3] as number
    keys.part[count] = part
    keys.row[count] = at >> 2
    count++
  }
  keys.count = count
}

function enlarged({ count, words, part, row }: Keys, needed: number): Keys {
  const room = Math.max(needed, part.length * 2)
  const larger = { count, words: new Int32Array(4 * room), part: new Int32Array(room), row: new Int32Array(room) }
  larger.words.set(words)
  larger.part.set(part)
  larger.row.set(row)
  return larger
}

/** Splits by the second word into tables that fit the cache (a counting sort, so that order is kept), then looks each key up in its own. */
function findRepeated({ words, count }: Keys, report: (first: number, later: number) => void): void {
  let bits = 0
  while (count >> bits > IN_CACHE && bits < 12) bits++
  const { starts, most } = boundaries(words, count, bits)
  const order = new Int32Array(count)
  const sorted = new Int32Array(4 * count)
  scatter(words, count, bits, starts.slice(), order, sorted)
  let size = 16
  while (size < 2 * most) size *= 2
  const slots = new Int32Array(size)
  for (let i = 0; i + 1 < starts.length; i++) {
    slots.fill(-1)
    repeatedIn(sorted, starts[i] as number, starts[i + 1] as number, slots, order, report)
  }
}

/** Where each of the 2^bits tables begins, and how many keys the largest has. */
function boundaries(words: Int32Array, count: number, bits: number) {
  const starts = new Int32Array((1 << bits) + 1)
  const shift = 32 - bits
  for (let key = 0; key < count; key++) {
    const table = bits === 0 ? 0 : (words[4 * key + 1] as number) >>> shift
    starts[table + 1] = (starts[table + 1] as number) + 1
  }
  let most = 0
  for (let i = 1; i < starts.length; i++) {
    most = Math.max(most, starts[i] as number)
    starts[i] = (starts[i] as number) + (starts[i - 1] as number)
  }
  return { starts, most }
}

function scatter(
  words: Int32Array,
  count: number,
  bits: number,
  next: Int32Array,
  order: Int32Array,
  sorted: Int32Array,
): void {
  const shift = 32 - bits
  for (let key = 0; key < count; key++) {
    const from = 4 * key
    const table = bits === 0 ? 0 : (words[from + 1] as number) >>> shift
    const at = next[table] as number
    next[table] = at + 1
    order[at] = key
    sorted[4 * at] = words[from] as number
    sorted[4 * at + 1] = words[from + 1] as number
    sorted[4 * at + 2] = words[from + 2] as number
    sorted[4 * at + 3] = words[from + 3] as number
  }
}

function repeatedIn(
  sorted: Int32Array,
  start: number,
  end: number,
  slots: Int32Array,
  order: Int32Array,
  report: (first: number, later: number) => void,
): void {
  const mask = slots.length - 1
  for (let at = start; at < end; at++) {
    let slot = (sorted[4 * at + 2] as number) & mask
    for (;;) {
      const held = slots[slot] as number
      if (held < 0) {
        slots[slot] = at
        break
      }
      if (sameKey(sorted, 4 * held, 4 * at)) {
        report(order[held] as number, order[at] as number)
        break
      }
      slot = (slot + 1) & mask
    }
  }
}

function sameKey(words: Int32Array, a: number, b: number): boolean {
  return (
    words[a] === words[b] &&
    words[a + 1] === words[b + 1] &&
    words[a + 2] === words[b + 2] &&
    words[a + 3] === words[b + 3]
  )
}
