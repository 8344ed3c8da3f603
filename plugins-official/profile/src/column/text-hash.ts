/** Writes two 32-bit hashes of each cell to `hashes`, and its length in code points (or bytes) to `lengths`. */
export function hashCells(
  bytes: Uint8Array,
  offsets: Int32Array,
  rows: number,
  points: boolean,
  hashes: Int32Array,
  lengths: Float64Array,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let row = 0; row < rows; row++) {
    const start = offsets[row] as number
    const end = offsets[row + 1] as number
    let a = 0x9747b28c ^ (end - start)
    let b = 0x3c6ef372 + (end - start)
    let tails = 0
    let at = start
    for (; at + 4 <= end; at += 4) {
      const word = view.getInt32(at, true)
      if ((word & 0x80808080) !== 0) tails += tailBytes(word)
      a = Math.imul(a ^ word, 0xcc9e2d51)
      a ^= a >>> 15
      b = Math.imul(b + word, 0x1b873593)
      b ^= b >>> 13
    }
    if (at < end) {
      let word = 0
      for (let shift = 0; at < end; at++, shift += 8) word |= (bytes[at] as number) << shift
      if ((word & 0x80808080) !== 0) tails += tailBytes(word)
      a = Math.imul(a ^ word, 0xcc9e2d51)
      a ^= a >>> 15
      b = Math.imul(b + word, 0x1b873593)
      b ^= b >>> 13
    }
    hashes[2 * row] = a ^ (a >>> 16)
    hashes[2 * row + 1] = b ^ (b >>> 16)
    lengths[row] = end - start - (points ? tails : 0)
  }
}

/** How many of the four bytes go on with a character (10xxxxxx). */
function tailBytes(word: number): number {
  const marks = (word & 0x80808080 & ((~word & 0x40404040) << 1)) >>> 7
  return Math.imul(marks, 0x01010101) >>> 24
}

/** By byte, which for UTF-8 is by code point. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart)
  for (let i = 0; i < length; i++) {
    const difference = (a[aStart + i] as number) - (b[bStart + i] as number)
    if (difference !== 0) return difference
  }
  return aEnd - aStart - (bEnd - bStart)
}
