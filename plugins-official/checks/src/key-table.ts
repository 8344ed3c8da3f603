/** Distinct keys of four words, numbered from 0 in the order they came. */
export interface KeyTable {
  readonly size: number
  /** The number of the key at this place of `words`; added where it is new. */
  add(words: Int32Array, at: number): number
  /** The number of the key, or -1. */
  find(words: Int32Array, at: number): number
}

/** Open addressing with linear probing, about 28 bytes a key; the hashes are spread evenly by themselves. */
export function createKeyTable(expected: number): KeyTable {
  let room = 16
  while (room < expected) room *= 2
  let keys = new Int32Array(4 * room)
  let slots = new Int32Array(2 * room).fill(-1)
  let size = 0

  function grow(): void {
    const larger = new Int32Array(2 * keys.length)
    larger.set(keys)
    keys = larger
    slots = new Int32Array(keys.length >> 1).fill(-1)
    const mask = slots.length - 1
    for (let number = 0; number < size; number++) {
      let slot = (keys[4 * number + 2] as number) & mask
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask
      slots[slot] = number
    }
  }

  /** The slot of the key, or the empty one where it belongs. */
  function slotOf(words: Int32Array, at: number): number {
    const mask = slots.length - 1
    let slot = (words[at + 2] as number) & mask
    for (;;) {
      const number = slots[slot] as number
      if (number < 0) return slot
      const held = 4 * number
      if (
        keys[held] === words[at] &&
        keys[held + 1] === words[at + 1] &&
        keys[held + 2] === words[at + 2] &&
        keys[held + 3] === words[at + 3]
      )
        return slot
      slot = (slot + 1) & mask
    }
  }

  return {
    get size() {
      return size
    },
    add(words, at) {
      const slot = slotOf(words, at)
      const known = slots[slot] as number
      if (known >= 0) return known
      keys[4 * size] = words[at] as number
      keys[4 * size + 1] = words[at + 1] as number
      keys[4 * size + 2] = words[at + 2] as number
      keys[4 * size + 3] = words[at + 3] as number
      slots[slot] = size
      if (++size >= keys.length >> 2) grow()
      return size - 1
    },
    find: (words, at) => slots[slotOf(words, at)] as number,
  }
}

/** How many shares of the hashes keep at most `atOnce` of `keys` in memory: a power of two, at most 4,096. */
export function sharesOf(keys: number, atOnce: number): number {
  let shares = 1
  while (keys / shares > atOnce && shares < 4096) shares *= 2
  return shares
}

/** Where in `words` the keys stand that belong to a share, by the leading bits of their first word. What is absent belongs to none. */
export function keysOfShare(words: Int32Array, share: number, shares: number): Int32Array {
  const shift = 32 - Math.log2(shares)
  const found = new Int32Array(words.length >> 2)
  let count = 0
  for (let at = 0; at < words.length; at += 4) {
    const first = words[at] as number
    if ((first | (words[at + 1] as number) | (words[at + 2] as number) | (words[at + 3] as number)) === 0) continue
    if (shares === 1 || first >>> shift === share) found[count++] = at
  }
  return found.subarray(0, count)
}
