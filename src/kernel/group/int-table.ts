/**
 * Ids for pairs of 32-bit words, in order of first appearance, by open addressing with linear probing over powers of two, at most half full.
 * Exact: the words themselves are compared. `words` holds the pairs, id i at `[2 * i, 2 * i + 1]`.
 */
export interface IntTable {
  readonly count: number
  readonly words: Int32Array
  /** The pair's id, a new one where it was not seen. */
  add(low: number, high: number): number
  /** `out[i] = 1 + id` of the pair i of `pairs`, for the rows that `validity` calls present. */
  addAll(pairs: Int32Array, validity: Uint8Array | undefined, out: Int32Array): void
}

export function createIntTable(): IntTable {
  let slots = new Int32Array(1024).fill(-1)
  let mask = 1023
  let count = 0
  let words = new Int32Array(1024)

  function slotOf(low: number, high: number): number {
    let slot = mix(low, high) & mask
    for (;;) {
      const id = slots[slot] as number
      if (id < 0 || (words[2 * id] === low && words[2 * id + 1] === high)) return slot
      slot = (slot + 1) & mask
    }
  }
  function grow(): void {
    slots = new Int32Array(slots.length * 2).fill(-1)
    mask = slots.length - 1
    for (let id = 0; id < count; id++) {
      let slot = mix(words[2 * id] as number, words[2 * id + 1] as number) & mask
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask
      slots[slot] = id
    }
  }
  function add(low: number, high: number): number {
    const slot = slotOf(low, high)
    const known = slots[slot] as number
    if (known >= 0) return known
    if (2 * count + 2 > words.length) {
      const larger = new Int32Array(words.length * 2)
      larger.set(words)
      words = larger
    }
    const id = count++
    words[2 * id] = low
    words[2 * id + 1] = high
    slots[slot] = id
    if (count * 2 > slots.length) grow()
    return id
  }
  function addAll(pairs: Int32Array, validity: Uint8Array | undefined, out: Int32Array): void {
    let row = 0
    // What is known already is looked up with everything in local variables; a new pair interrupts that.
    while (row < out.length) {
      row = lookUp(slots, words, pairs, validity, out, row)
      if (row < out.length) out[row] = add(pairs[2 * row] as number, pairs[2 * row + 1] as number) + 1
      row++
    }
  }
  return {
    get count() {
      return count
    },
    get words() {
      return words
    },
    add,
    addAll,
  }
}

/** Fills `out` from row `from` on; returns the first row whose pair is new. */
function lookUp(
  slots: Int32Array,
  words: Int32Array,
  pairs: Int32Array,
  validity: Uint8Array | undefined,
  out: Int32Array,
  from: number,
): number {
  const mask = slots.length - 1
  for (let row = from; row < out.length; row++) {
    if (validity !== undefined && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
    const low = pairs[2 * row] as number
    const high = pairs[2 * row + 1] as number
    let slot = mix(low, high) & mask
    for (;;) {
      const id = slots[slot] as number
      if (id < 0) return row
      if (words[2 * id] === low && words[2 * id + 1] === high) {
        out[row] = id + 1
        break
      }
      slot = (slot + 1) & mask
    }
  }
  return out.length
}

/** Two words to one well-mixed word (the finish of MurmurHash3 by Austin Appleby). */
function mix(low: number, high: number): number {
  let h = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca77)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
