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

export function countBits(bits: Bits): number {
  let count = 0
  for (let i = 0; i < bits.length; i++) {
    let byte = bits[i] as number
    while (byte !== 0) {
      byte &= byte - 1
      count++
    }
  }
  return count
}

/** `into |= bits` */
export function orBits(into: Bits, bits: Bits): void {
  for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) | (bits[i] as number)
}

/** Rows whose bit is 1, ascending. */
export function rowsSet(bits: Bits, rows: number): Int32Array {
  const out = new Int32Array(countBits(bits))
  let at = 0
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
  let at = 0
  for (let row = 0; row < rows; row++) if (!hasBit(bits, row)) out[at++] = row
  return out
}
