/** A hash table over texts of more than 12 bytes, which gives each text a number. */
export interface LongTable {
  /** The number of the text `bytes[at .. at + length)`; undefined when it is new (then `add` gives it one). */
  find(bytes: Uint8Array, at: number, length: number): number | undefined
  /** Gives the text of the last `find` a number. `kept` is a copy of its bytes. */
  add(kept: Uint8Array, number: number): void
}

export function createLongTable(): LongTable {
  let mask = 1023
  let slots = new Int32Array(mask + 1)
  const texts: Uint8Array[] = []
  const numbers: number[] = []
  const hashes: number[] = []
  let asked = 0
  let last = -1

  const place = (hash: number, entry: number) => {
    let slot = hash & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = entry + 1
  }

  return {
    find(bytes, at, length) {
      if (last >= 0 && equal(texts[last] as Uint8Array, bytes, at, length)) return numbers[last]
      asked = hashOf(bytes, at, length)
      let slot = asked & mask
      for (let entry = slots[slot] as number; entry !== 0; entry = slots[slot] as number) {
        if (hashes[entry - 1] === asked && equal(texts[entry - 1] as Uint8Array, bytes, at, length)) {
          last = entry - 1
          return numbers[last]
        }
        slot = (slot + 1) & mask
      }
      return undefined
    },
    add(kept, number) {
      last = texts.length
      texts.push(kept)
      numbers.push(number)
      hashes.push(asked)
      if (texts.length * 2 > mask) {
        mask = mask * 2 + 1
        slots = new Int32Array(mask + 1)
        for (let entry = 0; entry < last; entry++) place(hashes[entry] as number, entry)
      }
      place(asked, last)
    },
  }
}

/** Of the length and twelve bytes (begin, middle, end): enough to tell texts of a dictionary apart; what collides is compared. */
function hashOf(bytes: Uint8Array, at: number, length: number): number {
  const middle = at + (length >> 1) - 2
  let h = Math.imul(length ^ word(bytes, at), 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 15) ^ word(bytes, middle), 0x27d4eb2f)
  h = Math.imul(h ^ (h >>> 13) ^ word(bytes, at + length - 4), 0x165667b1)
  return h ^ (h >>> 16)
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  )
}

function equal(text: Uint8Array, bytes: Uint8Array, at: number, length: number): boolean {
  if (text.length !== length) return false
  // Texts that differ mostly differ at the end: prefixes are shared.
  for (let i = length - 1; i >= 0; i--) if (text[i] !== bytes[at + i]) return false
  return true
}
