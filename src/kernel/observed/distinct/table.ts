/** Distinct values found so far, by open addressing with linear probing (Knuth, The Art of Computer Programming 3, section 6.4). */
export interface Groups {
  count: number
  /** First row of each group. */
  first: Int32Array
  /** Two numbers a slot: the hash, and the group + 1 or 0 where none is. A power of two of them, at most half full. */
  slots: Int32Array
  /** Number of slots less one. */
  mask: number
}

export function createGroups(): Groups {
  return { count: 0, first: new Int32Array(512), slots: new Int32Array(2048), mask: 1023 }
}

/** Adds a group that begins at `row` and returns its number. Without a hash it cannot be looked up. */
export function addGroup(groups: Groups, row: number, hash?: number): number {
  if (groups.count === groups.first.length) grow(groups)
  const id = groups.count++
  groups.first[id] = row
  if (hash !== undefined) place(groups.slots, groups.mask, hash, id + 1)
  return id
}

function place(slots: Int32Array, mask: number, hash: number, entry: number): void {
  let slot = hash & mask
  while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask
  slots[2 * slot] = hash
  slots[2 * slot + 1] = entry
}

function grow(groups: Groups): void {
  const size = groups.first.length * 4
  const first = new Int32Array(size)
  first.set(groups.first)
  groups.first = first
  const old = groups.slots
  const slots = new Int32Array(size * 4)
  groups.slots = slots
  groups.mask = size * 2 - 1
  for (let at = 0; at < old.length; at += 2) {
    if (old[at + 1] !== 0) place(slots, groups.mask, old[at] as number, old[at + 1] as number)
  }
}

/** The group of 64-bit word `i` of `words` (two halves each), -1 where there is none. `known`: the words that the groups were made of. */
export function findPair(groups: Groups, known: Uint32Array, low: number, high: number, hash: number): number {
  const { slots, mask, first } = groups
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const entry = slots[2 * slot + 1] as number
    if (entry === 0) return -1
    if (slots[2 * slot] !== hash) continue
    const row = first[entry - 1] as number
    if (known[2 * row] === low && known[2 * row + 1] === high) return entry - 1
  }
}

export function hashPair(low: number, high: number): number {
  return mix(Math.imul(low, 0x9e3779b1) ^ (high + 0x7f4a7c15))
}

/** The finalizer of MurmurHash3 (public domain): every bit of the hash depends on every bit given. */
function mix(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
