/** An open-addressing hash table over keys of four 32-bit words, which gives each key a number. */
export interface WordTable {
  /** The number of the key at `words[at .. at + 4)`; a new key gets `next`. */
  find(words: Int32Array, at: number, next: number): number
  /** True when the last `find` met a new key. */
  fresh(): boolean
}

export function createWordTable(): WordTable {
  let mask = 1023
  let slots = new Int32Array(mask + 1)
  let keys = new Int32Array(4 * 512)
  let numbers = new Int32Array(512)
  let count = 0
  let isFresh = false
  let last = -1

  const grow = () => {
    mask = mask * 2 + 1
    slots = new Int32Array(mask + 1)
    const moreKeys = new Int32Array(keys.length * 2)
    moreKeys.set(keys)
    keys = moreKeys
    const moreNumbers = new Int32Array(numbers.length * 2)
    moreNumbers.set(numbers)
    numbers = moreNumbers
    for (let entry = 0; entry < count; entry++) {
      const key = entry * 4
      let slot =
        hash(keys[key] as number, keys[key + 1] as number, keys[key + 2] as number, keys[key + 3] as number) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = entry + 1
    }
  }

  return {
    find(words, at, next) {
      const a = words[at] as number
      const b = words[at + 1] as number
      const c = words[at + 2] as number
      const d = words[at + 3] as number
      isFresh = false
      if (last >= 0) {
        const key = last * 4
        if (keys[key + 1] === b && keys[key] === a && keys[key + 2] === c && keys[key + 3] === d)
          return numbers[last] as number
      }
      let slot = hash(a, b, c, d) & mask
      for (let entry = slots[slot] as number; entry !== 0; entry = slots[slot] as number) {
        const key = (entry - 1) * 4
        if (keys[key + 1] === b && keys[key] === a && keys[key + 2] === c && keys[key + 3] === d) {
          last = entry - 1
          return numbers[last] as number
        }
        slot = (slot + 1) & mask
      }
      const key = count * 4
      keys[key] = a
      keys[key + 1] = b
      keys[key + 2] = c
      keys[key + 3] = d
      numbers[count] = next
      last = count
      slots[slot] = ++count
      isFresh = true
      if (count * 2 > mask) grow()
      return next
    },
    fresh: () => isFresh,
  }
}

function hash(a: number, b: number, c: number, d: number): number {
  let h = Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 15) ^ c, 0x27d4eb2f)
  h = Math.imul(h ^ (h >>> 13) ^ d, 0x165667b1)
  return h ^ (h >>> 16)
}
