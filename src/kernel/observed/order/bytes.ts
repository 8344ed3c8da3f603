import type { BytesColumn } from '../../columns/text.ts'

/**
 * What a byte of UTF-8 counts in the order of UTF-16 code units, by which JavaScript compares strings; 0 is left for the end of a text. The two
 * orders differ in one place: U+E000 to U+FFFF (lead bytes EE and EF) come after the supplementary characters (F0 to F4) in UTF-16, since these are
 * written with surrogates (D800 to DFFF) there. C0, C1 and F5 to FF do not occur, so all ranks fit a byte.
 */
const rankOfByte = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 0xee) return byte + 1
  return byte < 0xf0 ? byte + 6 : Math.min(byte - 1, 0xff)
})

/** Three or four bytes of a text from `at` on as one number that orders as the text does; past the end zeros. */
export function prefixWord(bytes: Uint8Array, at: number, end: number): number {
  const a = at < end ? (rankOfByte[bytes[at] as number] as number) : 0
  const b = at + 1 < end ? (rankOfByte[bytes[at + 1] as number] as number) : 0
  const c = at + 2 < end ? (rankOfByte[bytes[at + 2] as number] as number) : 0
  const d = at + 3 < end ? (rankOfByte[bytes[at + 3] as number] as number) : 0
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
}

/** Compares two texts of a column from byte `skip` on, as JavaScript compares strings. */
export function compareBytes(column: BytesColumn, a: number, b: number, skip: number): number {
  const { offsets, bytes } = column
  let i = (offsets[a] as number) + skip
  let j = (offsets[b] as number) + skip
  const endA = offsets[a + 1] as number
  const endB = offsets[b + 1] as number
  for (; i < endA && j < endB; i++, j++) {
    if (bytes[i] !== bytes[j])
      return (rankOfByte[bytes[i] as number] as number) - (rankOfByte[bytes[j] as number] as number)
  }
  return Math.max(0, endA - i) - Math.max(0, endB - j)
}
