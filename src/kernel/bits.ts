/** Bitmaps over rows, least significant bit first, as in Arrow. */
export type Bits = Uint8Array

export function createBits(rows: number): Bits {
  return new Uint8Array((rows + 7) >> 3)
}

export function hasBit(bits: Bits, row: number): boolean {
  return (((bits[row >> 3] as number) >> (row & 7)) & 1) === 1
}

export function setBit(bits: Bits, row: number): void {
  bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
}

/** The bitmap of `rows` among `length`. */
export function bitsOf(rows: Int32Array, length: number): Bits {
  const bits = createBits(length)
  for (let i = 0; i < rows.length; i++) setBit(bits, rows[i] as number)
  return bits
}

/** Four bytes at a time (H. S. Warren, "Hacker's Delight", section 5-1). */
export function countBits(bits: Bits): number {
  const words = wordsOf(bits)
  let count = 0
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) count += popcount(words[i] as number)
  for (let i = words.length << 2; i < bits.length; i++) count += popcount(bits[i] as number)
  return count
}

function popcount(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555)
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333)
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** The bytes as whole 32-bit words, as far as they go; none where they do not begin at one. */
function wordsOf(bits: Bits): Int32Array {
  return (bits.byteOffset & 3) === 0
    ? new Int32Array(bits.buffer, bits.byteOffset, bits.length >> 2)
    : new Int32Array(0)
}

/** `into |= bits` */
export function orBits(into: Bits, bits: Bits): void {
  const [to, from] = [wordsOf(into), wordsOf(bits)]
  const whole = Math.min(to.length, from.length)
  for (let i = 0; i < whole; i++) to[i] = (to[i] as number) | (from[i] as number)
  for (let i = whole << 2; i < into.length; i++) into[i] = (into[i] as number) | (bits[i] as number)
}

/** Rows whose bit is 1, ascending. */
export function rowsSet(bits: Bits, rows: number): Int32Array {
  const out = new Int32Array(countBits(bits))
  let at = 0
  if (out.length === 0) return out
  for (let i = 0; i < bits.length; i++) {
    let byte = bits[i] as number
    while (byte !== 0) {
      const row = (i << 3) + (31 - Math.clz32(byte & -byte))
      if (row < rows) out[at++] = row
      byte &= byte - 1
    }
  }
  return at === out.length ? out : out.subarray(0, at)
}

/** Rows whose bit is 0, ascending. */
export function rowsClear(bits: Bits, rows: number): Int32Array {
  const out = new Int32Array(rows - countBits(bits))
  const whole = rows & ~7
  let at = 0
  for (let row = 0; row < whole; row += 8) {
    const byte = bits[row >> 3] as number
    if (byte === 0) for (let i = row; i < row + 8; i++) out[at++] = i
    else for (let i = row; i < row + 8; i++) if (((byte >> (i & 7)) & 1) === 0) out[at++] = i
  }
  for (let row = whole; row < rows; row++) if (!hasBit(bits, row)) out[at++] = row
  return out
}
