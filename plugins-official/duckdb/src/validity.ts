/** Collects Arrow validity from chunks of any size; nothing is allocated until a value is absent. */
export interface ValidityCollector {
  /** `mask` is null where all of these rows are present. */
  append(mask: Uint8Array | null, at: number, rows: number): void
  /** Undefined when every value was present. */
  finish(length: number): Uint8Array | undefined
}

/** DuckDB's mask and Arrow's bitmap are the same: bit i, least significant first, is 1 where a value is present. */
export function collectValidity(capacity: number): ValidityCollector {
  let bits: Uint8Array | undefined
  return {
    append(mask, at, rows) {
      if (mask === null) {
        if (bits !== undefined) fill(bits, at, rows)
        return
      }
      if (bits === undefined) {
        bits = new Uint8Array((capacity + 7) >> 3)
        fill(bits, 0, at)
      }
      if ((at & 7) === 0) {
        bits.set(mask.subarray(0, (rows + 7) >> 3), at >> 3)
        clearTail(bits, at + rows)
      } else copyBits(bits, at, mask, rows)
    },
    finish(length) {
      const made = bits?.subarray(0, (length + 7) >> 3)
      bits = undefined
      return made
    },
  }
}

/** True when the first `rows` bits are all 1. */
export function allPresent(mask: Uint8Array, rows: number): boolean {
  const whole = rows >> 3
  for (let i = 0; i < whole; i++) if (mask[i] !== 0xff) return false
  const rest = (1 << (rows & 7)) - 1
  return ((mask[whole] ?? 0) & rest) === rest
}

function fill(bits: Uint8Array, at: number, rows: number): void {
  const end = at + rows
  let row = at
  for (; row < end && (row & 7) !== 0; row++) bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
  bits.fill(0xff, row >> 3, Math.max(row, end) >> 3)
  for (row = Math.max(row, end & ~7); row < end; row++) bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
}

function copyBits(bits: Uint8Array, at: number, mask: Uint8Array, rows: number): void {
  for (let i = 0; i < rows; i++) {
    if ((((mask[i >> 3] as number) >> (i & 7)) & 1) === 0) continue
    const row = at + i
    bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
  }
}

/** Bits beyond `length` in its last byte: later appends and readers count on zeros. */
function clearTail(bits: Uint8Array, length: number): void {
  if ((length & 7) !== 0) bits[length >> 3] = (bits[length >> 3] as number) & ((1 << (length & 7)) - 1)
}
