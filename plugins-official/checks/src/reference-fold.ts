import type { Batch, Bits, CondemnedPart } from 'tidegate'
import { bitsFor } from './bits.ts'
import { unpackKeys } from './key-partial.ts'
import { createKeyTable, type KeyTable, keysOfShare, sharesOf } from './key-table.ts'

/** Keys held in memory at once; beyond, both sides are read again for each share of the hashes. */
export const keysAtOnce = 1 << 21

/** The keys that may be referred to, in any order, as often as asked for. */
export interface Referred {
  /** At most so many. */
  readonly rows: number
  keys(): AsyncIterable<Int32Array>
}

/**
 * The rows whose key is none of those referred to. The smaller side stands in a table, the larger one streams past it; in several passes, by the
 * leading bits of the hashes, where the smaller side is too large.
 */
export async function condemnMissing(
  name: string,
  parts: readonly CondemnedPart[],
  referred: Referred,
  atOnce: number = keysAtOnce,
): Promise<ReadonlyMap<number, Bits>> {
  const own = parts.reduce((sum, { rows }) => sum + rows, 0)
  const ownKeys: Referred['keys'] = async function* () {
    for (const part of parts) yield unpackKeys(await part.partial(), part.rows, name).words[0] as Int32Array
  }
  const smaller = Math.min(own, referred.rows)
  const shares = sharesOf(smaller, atOnce)
  const condemned = new Map<number, Bits>()
  for (let share = 0; share < shares; share++) {
    const known = createKeyTable(Math.ceil(smaller / shares))
    const few = referred.rows > own
    await addAll(known, few ? ownKeys() : referred.keys(), share, shares)
    const there = few ? await foundOf(known, referred.keys(), share, shares) : undefined
    let part = 0
    for await (const words of ownKeys()) {
      const missing = missingOf(known, there, keysOfShare(words, share, shares), words)
      if (missing.length > 0) condemned.set(part, withRows(condemned.get(part) ?? bitsFor(words.length >> 2), missing))
      part++
    }
  }
  return condemned
}

async function addAll(known: KeyTable, keys: AsyncIterable<Int32Array>, share: number, shares: number): Promise<void> {
  for await (const words of keys) {
    const places = keysOfShare(words, share, shares)
    for (let i = 0; i < places.length; i++) known.add(words, places[i] as number)
  }
}

/** By number, which of the known keys occur. */
async function foundOf(
  known: KeyTable,
  keys: AsyncIterable<Int32Array>,
  share: number,
  shares: number,
): Promise<Uint8Array> {
  const found = new Uint8Array(known.size)
  for await (const words of keys) {
    const places = keysOfShare(words, share, shares)
    for (let i = 0; i < places.length; i++) {
      const number = known.find(words, places[i] as number)
      if (number >= 0) found[number] = 1
    }
  }
  return found
}

/** Rows whose key is not in the table, or is there without being found. */
function missingOf(known: KeyTable, found: Uint8Array | undefined, places: Int32Array, words: Int32Array): Int32Array {
  const rows = new Int32Array(places.length)
  let count = 0
  for (let i = 0; i < places.length; i++) {
    const at = places[i] as number
    const number = known.find(words, at)
    if (number < 0 || (found !== undefined && found[number] === 0)) rows[count++] = at >> 2
  }
  return rows.subarray(0, count)
}

function withRows(bits: Bits, rows: Int32Array): Bits {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number
    bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
  }
  return bits
}

export async function* keysIn(batches: AsyncIterable<Batch>, words: (batch: Batch) => Int32Array) {
  for await (const batch of batches) yield words(batch)
}
