import type { Block, CellRules } from './block.ts'
import { absent, quote, quoted, tagBits } from './block.ts'

/** Which rows of a column under construction are absent. */
export interface Presence {
  markAbsent(row: number): void
  /** Arrow validity of the first `rows` rows; undefined when none is absent. Begins anew. */
  take(rows: number): Uint8Array | undefined
}

export function createPresence(): Presence {
  let bits: Uint8Array | undefined
  return {
    markAbsent(row) {
      const byte = row >> 3
      if (bits === undefined || byte >= bits.length) {
        const more = new Uint8Array(Math.max(128, (byte + 1) * 2)).fill(0xff)
        if (bits !== undefined) more.set(bits)
        bits = more
      }
      bits[byte] = (bits[byte] as number) & ~(1 << (row & 7))
    },
    take(rows) {
      if (bits === undefined) return undefined
      const out = new Uint8Array((rows + 7) >> 3).fill(0xff)
      out.set(bits.subarray(0, Math.min(bits.length, out.length)))
      if ((rows & 7) !== 0) out[out.length - 1] = (out[out.length - 1] as number) & ((1 << (rows & 7)) - 1)
      bits = undefined
      return out
    },
  }
}

/** A cell that the fast path of its reader did not take: absent, or not of the type. `why` says what is wrong with it. */
export type Refuse = (block: Block, row: number, column: number, at: number, why: string) => void

/** `delay: empty, but not nullable`; `delay: "abc" is not an int32`. */
export function createRefuse(rules: CellRules, presence: Presence): Refuse {
  return (block, row, column, at, why) => {
    const index = row * block.width + column
    const tagged = block.ends[index] as number
    const start = block.starts[index] as number
    const end = tagged >> tagBits
    const missing = (tagged & absent) !== 0 || ((tagged & quoted) !== 0 && rules.isNull(block.bytes, start, end))
    if (!missing) return block.reject(row, column, `${rules.name}: ${quote(block.bytes, start, end)} ${why}`)
    if (rules.nullable) return presence.markAbsent(at)
    const spelt = end > start ? `${quote(block.bytes, start, end)} means absent` : rules.absence
    block.reject(row, column, `${rules.name}: ${spelt}, but not nullable`)
  }
}

/** `values` with room for `length` entries. `least`: what the batch before needed, so that growing step by step is paid once. */
export function roomy<
  A extends Int32Array | Float64Array | Uint8Array | Uint32Array | BigInt64Array | BigUint64Array | Uint16Array,
>(values: A, length: number, least = 0): A {
  if (values.length >= length) return values
  const Type = values.constructor as new (length: number) => A
  const more = new Type(Math.max(length, values.length * 2, least, 256))
  more.set(values as never)
  return more
}

/** The first `length` entries, in a buffer of their own where the rest would waste memory. */
export function trimmed<
  A extends Int32Array | Float64Array | Uint8Array | Uint32Array | BigInt64Array | BigUint64Array | Uint16Array,
>(values: A, length: number): A {
  return (values.length > length + (length >> 2) + 64 ? values.slice(0, length) : values.subarray(0, length)) as A
}
