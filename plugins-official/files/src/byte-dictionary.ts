import { textOf } from './block.ts'
import { roomy } from './presence.ts'

const limit = 1 << 16

/** Distinct byte strings, numbered in the order they appeared: an open-addressing table over one pool of bytes. */
export interface ByteDictionary {
  /** The number of `bytes[start .. end)`, or -1 when the dictionary is full (65,536 entries). */
  code(bytes: Uint8Array, start: number, end: number): number
  /** All entries so far as text; the same array until an entry is added. */
  strings(): readonly string[]
  /** Entry `i` is `pool[bounds[i] .. bounds[i + 1])`. */
  bytes(): { readonly pool: Uint8Array; readonly bounds: Int32Array }
}

export function createByteDictionary(): ByteDictionary {
  let size = 0
  let slots = new Int32Array(1024)
  let mask = slots.length - 1
  let hashes = new Int32Array(256)
  let bounds = new Int32Array(257)
  let pool = new Uint8Array(4096)
  let texts: string[] = []

  function add(bytes: Uint8Array, start: number, end: number, hash: number): number {
    if (size === limit) return -1
    hashes = roomy(hashes, size + 1)
    bounds = roomy(bounds, size + 2)
    const at = bounds[size] as number
    pool = roomy(pool, at + end - start)
    pool.set(bytes.subarray(start, end), at)
    bounds[size + 1] = at + end - start
    hashes[size] = hash
    if (size * 2 >= slots.length) rehash(slots.length * 4)
    let slot = hash & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = size + 1
    return size++
  }

  function rehash(length: number): void {
    slots = new Int32Array(length)
    mask = length - 1
    for (let i = 0; i < size; i++) {
      let slot = (hashes[i] as number) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = i + 1
    }
  }

  return {
    code(bytes, start, end) {
      let hash = end - start
      for (let p = start; p < end; p++) hash = Math.imul(hash ^ (bytes[p] as number), 0x01000193)
      hash ^= hash >>> 15
      for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
        const entry = (slots[slot] as number) - 1
        if (entry < 0) return add(bytes, start, end, hash)
        if (hashes[entry] !== hash) continue
        let q = bounds[entry] as number
        if ((bounds[entry + 1] as number) - q !== end - start) continue
        let p = start
        while (p < end && bytes[p] === pool[q]) {
          p++
          q++
        }
        if (p === end) return entry
      }
    },
    strings() {
      if (texts.length === size) return texts
      const more = texts.slice()
      for (let i = texts.length; i < size; i++) more.push(textOf(pool, bounds[i] as number, bounds[i + 1] as number))
      texts = more
      return texts
    },
    bytes: () => ({ pool, bounds }),
  }
}
