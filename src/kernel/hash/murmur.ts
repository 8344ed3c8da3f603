/**
 * MurmurHash3_x86_128 (Austin Appleby, public domain, `MurmurHash3.cpp`) with seed 0, over bytes. 128 bits as four 32-bit words, written to
 * `out[at .. at + 4)`. Not a cryptographic hash: 128 bits make accidental equality negligible (under 1e-18 for a billion values).
 */
export function murmur128(bytes: Uint8Array, start: number, end: number, out: Int32Array, at: number): void {
  const length = end - start
  let h1 = 0
  let h2 = 0
  let h3 = 0
  let h4 = 0
  let i = start
  for (const stop = start + (length & ~15); i < stop; i += 16) {
    h1 ^= Math.imul(rotl(Math.imul(word(bytes, i), C1), 15), C2)
    h1 = (Math.imul((rotl(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0
    h2 ^= Math.imul(rotl(Math.imul(word(bytes, i + 4), C2), 16), C3)
    h2 = (Math.imul((rotl(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0
    h3 ^= Math.imul(rotl(Math.imul(word(bytes, i + 8), C3), 17), C4)
    h3 = (Math.imul((rotl(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0
    h4 ^= Math.imul(rotl(Math.imul(word(bytes, i + 12), C4), 18), C1)
    h4 = (Math.imul((rotl(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0
  }
  if (i < end) {
    h1 ^= Math.imul(rotl(Math.imul(tail(bytes, i, end), C1), 15), C2)
    if (i + 4 < end) h2 ^= Math.imul(rotl(Math.imul(tail(bytes, i + 4, end), C2), 16), C3)
    if (i + 8 < end) h3 ^= Math.imul(rotl(Math.imul(tail(bytes, i + 8, end), C3), 17), C4)
    if (i + 12 < end) h4 ^= Math.imul(rotl(Math.imul(tail(bytes, i + 12, end), C4), 18), C1)
  }
  out[at] = h1
  out[at + 1] = h2
  out[at + 2] = h3
  out[at + 3] = h4
  finish128(out, at, length)
}

const C1 = 0x239b961b
const C2 = 0xab0e9789 | 0
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93 | 0

/** Finishes every four words. */
export function finishAll(words: Int32Array, length: number): void {
  for (let at = 0; at < words.length; at += 4) finish128(words, at, length)
}

/** The algorithm's finish: every bit of the four words and of `length` comes to count in all four. */
function finish128(words: Int32Array, at: number, length: number): void {
  let h1 = (words[at] as number) ^ length
  let h2 = (words[at + 1] as number) ^ length
  let h3 = (words[at + 2] as number) ^ length
  let h4 = (words[at + 3] as number) ^ length
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = (h2 + h1) | 0
  h3 = (h3 + h1) | 0
  h4 = (h4 + h1) | 0
  h1 = fmix(h1)
  h2 = fmix(h2)
  h3 = fmix(h3)
  h4 = fmix(h4)
  h1 = (h1 + h2 + h3 + h4) | 0
  words[at] = h1
  words[at + 1] = (h2 + h1) | 0
  words[at + 2] = (h3 + h1) | 0
  words[at + 3] = (h4 + h1) | 0
}

export function fmix(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function rotl(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}

function word(bytes: Uint8Array, i: number): number {
  return (
    (bytes[i] as number) |
    ((bytes[i + 1] as number) << 8) |
    ((bytes[i + 2] as number) << 16) |
    ((bytes[i + 3] as number) << 24)
  )
}

/** Up to four bytes, little-endian, zeros beyond the end. */
function tail(bytes: Uint8Array, i: number, end: number): number {
  if (i + 4 <= end) return word(bytes, i)
  let value = bytes[i] as number
  if (i + 1 < end) value |= (bytes[i + 1] as number) << 8
  if (i + 2 < end) value |= (bytes[i + 2] as number) << 16
  return value
}
