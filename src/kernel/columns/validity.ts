export function isValid(validity: Uint8Array | undefined, row: number): boolean {
  return validity === undefined || (((validity[row >> 3] as number) >> (row & 7)) & 1) === 1
}

/** Counts the absent rows among the first `length`. */
export function countNulls(validity: Uint8Array | undefined, length: number): number {
  if (validity === undefined) return 0
  let present = 0
  const whole = length >> 3
  for (let i = 0; i < whole; i++) present += popcount8(validity[i] as number)
  for (let row = whole << 3; row < length; row++) present += ((validity[row >> 3] as number) >> (row & 7)) & 1
  return length - present
}

function popcount8(byte: number): number {
  const pairs = byte - ((byte >> 1) & 0x55)
  const quads = (pairs & 0x33) + ((pairs >> 2) & 0x33)
  return (quads + (quads >> 4)) & 0x0f
}

/** Gathers validity bits at `rows` (-1 is absent); undefined when all are present. */
export function takeValidity(validity: Uint8Array | undefined, rows: Int32Array): Uint8Array | undefined {
  const n = rows.length
  if (validity === undefined && !hasNone(rows)) return undefined
  const out = new Uint8Array((n + 7) >> 3)
  let absent = 0
  for (let i = 0; i < n; i += 8) {
    const end = Math.min(8, n - i)
    let bits = 0
    for (let bit = 0; bit < end; bit++) {
      const row = rows[i + bit] as number
      // Row -1 reads the first byte and is cleared by its sign.
      const known = validity === undefined ? 1 : ((validity[row < 0 ? 0 : row >> 3] as number) >> (row & 7)) & 1
      bits |= (known & ~(row >> 31)) << bit
    }
    absent |= bits ^ ((1 << end) - 1)
    out[i >> 3] = bits
  }
  return absent === 0 ? undefined : out
}

/** The rows that were looked at last: the columns of one batch are picked by the same rows. */
let looked: { readonly rows: WeakRef<Int32Array>; readonly found: boolean } | undefined

const worthKnowing = 4096

/** Whether a row is -1. */
function hasNone(rows: Int32Array): boolean {
  if (looked?.rows.deref() === rows) return looked.found
  let signs = 0
  for (let i = 0; i < rows.length; i++) signs |= rows[i] as number
  if (rows.length > worthKnowing) looked = { rows: new WeakRef(rows), found: signs < 0 }
  return signs < 0
}

/** Validity of rows [start, end), moved to begin at bit 0. */
export function sliceValidity(validity: Uint8Array | undefined, start: number, end: number): Uint8Array | undefined {
  if (validity === undefined) return undefined
  const n = end - start
  const bytes = (n + 7) >> 3
  const from = start >> 3
  const shift = start & 7
  const out = validity.slice(from, from + bytes)
  if (shift !== 0) {
    for (let i = 0; i < bytes; i++) {
      out[i] = (((validity[from + i] as number) >> shift) | ((validity[from + i + 1] ?? 0) << (8 - shift))) & 0xff
    }
  }
  if ((n & 7) !== 0) out[bytes - 1] = (out[bytes - 1] as number) & ((1 << (n & 7)) - 1)
  return out
}

/** A bitmap that marks all of `n` rows as present; bits past the end are 0. */
export function allPresent(n: number): Uint8Array {
  const bits = new Uint8Array((n + 7) >> 3).fill(0xff)
  if ((n & 7) !== 0) bits[bits.length - 1] = (1 << (n & 7)) - 1
  return bits
}

/** Marks `row` of `n` as absent, making the bitmap where there is none yet. */
export function markAbsent(validity: Uint8Array | undefined, n: number, row: number): Uint8Array {
  const bits = validity ?? allPresent(n)
  bits[row >> 3] = (bits[row >> 3] as number) & ~(1 << (row & 7))
  return bits
}

/** The bitmaps of columns laid end to end; undefined when no value is absent. */
export function concatValidity(
  parts: readonly { readonly validity: Uint8Array | undefined; readonly length: number }[],
): Uint8Array | undefined {
  if (parts.every((part) => part.validity === undefined)) return undefined
  let total = 0
  for (const part of parts) total += part.length
  const out = allPresent(total)
  let start = 0
  for (const { validity, length } of parts) {
    if (validity !== undefined) copyBits(out, start, validity, length)
    start += length
  }
  return out
}

function copyBits(out: Uint8Array, start: number, validity: Uint8Array, length: number): void {
  let row = 0
  if ((start & 7) === 0) {
    const whole = length >> 3
    out.set(validity.subarray(0, whole), start >> 3)
    row = whole << 3
  }
  for (; row < length; row++) {
    if ((((validity[row >> 3] as number) >> (row & 7)) & 1) === 1) continue
    const to = start + row
    out[to >> 3] = (out[to >> 3] as number) & ~(1 << (to & 7))
  }
}

/** The first absent row, or -1. */
export function firstAbsent(validity: Uint8Array | undefined, length: number): number {
  if (validity === undefined) return -1
  for (let byte = 0; byte << 3 < length; byte++) {
    if (validity[byte] === 0xff) continue
    const end = Math.min(length, (byte << 3) + 8)
    for (let row = byte << 3; row < end; row++) if ((((validity[byte] as number) >> (row & 7)) & 1) === 0) return row
  }
  return -1
}
