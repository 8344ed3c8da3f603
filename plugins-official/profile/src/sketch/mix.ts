/** Finalisers of 32-bit words in the manner of MurmurHash3 (A. Appleby): every bit of the 64 given ones moves half of the result's bits. */
export function mix(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b)
  h ^= h >>> 15
  h = Math.imul(h ^ b, 0xc2b2ae35)
  h ^= h >>> 13
  h = Math.imul(h + b, 0x27d4eb2f)
  return h ^ (h >>> 16)
}

/** A second one, independent of the first. */
export function mixAgain(a: number, b: number): number {
  let h = Math.imul(b ^ 0x165667b1, 0xcc9e2d51)
  h ^= h >>> 16
  h = Math.imul(h ^ a, 0x1b873593)
  h ^= h >>> 13
  h = Math.imul(h + a, 0x85ebca6b)
  return h ^ (h >>> 15)
}
