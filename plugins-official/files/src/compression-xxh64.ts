// XXH64 with seed 0 (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md), in halves of 32 bits: BigInt would be several times slower.

const primes = [
  [0x9e3779b1, 0x85ebca87],
  [0xc2b2ae3d, 0x27d4eb4f],
  [0x165667b1, 0x9e3779f9],
  [0x85ebca77, 0xc2b2ae63],
  [0x27d4eb2f, 0x165667c5],
] as const
const [p1, p2, p3, p4, p5] = primes

/** The last product or sum: high and low half. */
let high = 0
let low = 0

/** a * b, modulo 2^64. */
function multiply(ah: number, al: number, bh: number, bl: number): void {
  const a0 = al & 0xffff
  const a1 = al >>> 16
  const b0 = bl & 0xffff
  const b1 = bl >>> 16
  const cross = a0 * b1 + ((a0 * b0) >>> 16)
  const middle = (cross & 0xffff) + a1 * b0
  const top = a1 * b1 + Math.floor(cross / 65536) + Math.floor(middle / 65536)
  low = Math.imul(al, bl)
  high = (top + Math.imul(ah, bl) + Math.imul(al, bh)) | 0
}

function add(ah: number, al: number, bh: number, bl: number): void {
  const sum = (al >>> 0) + (bl >>> 0)
  low = sum | 0
  high = (ah + bh + (sum > 0xffffffff ? 1 : 0)) | 0
}

function rotate(bits: number): void {
  const [h, l] = bits < 32 ? [high, low] : [low, high]
  const by = bits & 31
  if (by === 0) return
  high = (h << by) | (l >>> (32 - by))
  low = (l << by) | (h >>> (32 - by))
}

/** round(accumulator, lane) of the specification; leaves the result in `high` and `low`. */
function round(ah: number, al: number, lh: number, ll: number): void {
  multiply(lh, ll, p2[0], p2[1])
  add(ah, al, high, low)
  rotate(31)
  multiply(high, low, p1[0], p1[1])
}

function xor(h: number, l: number): void {
  high ^= h
  low ^= l
}

/** A running hash; `low32` are its lower 32 bits, which zstd writes behind a frame. */
export function createXxh64(): { update(bytes: Uint8Array): void; low32(): number } {
  add(p1[0], p1[1], p2[0], p2[1])
  // Four accumulators, each high and low.
  const state = Int32Array.of(high, low, p2[0], p2[1], 0, 0, 0, 0)
  multiply(p1[0], p1[1], -1, -1)
  state[6] = high
  state[7] = low
  const rest = new Uint8Array(32)
  let held = 0
  let total = 0

  function stripe(view: DataView, at: number): void {
    for (let i = 0; i < 4; i++) {
      const from = at + 8 * i
      const lane = 2 * i
      round(state[lane] as number, state[lane + 1] as number, view.getInt32(from + 4, true), view.getInt32(from, true))
      state[lane] = high
      state[lane + 1] = low
    }
  }

  return {
    update(bytes) {
      total += bytes.length
      let at = 0
      if (held > 0) {
        at = Math.min(32 - held, bytes.length)
        rest.set(bytes.subarray(0, at), held)
        held += at
        if (held < 32) return
        stripe(new DataView(rest.buffer), 0)
      }
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      for (; at + 32 <= bytes.length; at += 32) stripe(view, at)
      rest.set(bytes.subarray(at))
      held = bytes.length - at
    },
    low32() {
      if (total >= 32) merge(state)
      else [high, low] = p5
      add(high, low, Math.floor(total / 2 ** 32), total | 0)
      finish(rest, held)
      return low >>> 0
    },
  }
}

function merge(state: Int32Array): void {
  let [h, l] = [0, 0]
  for (const [i, bits] of [1, 7, 12, 18].entries()) {
    high = state[2 * i] as number
    low = state[2 * i + 1] as number
    rotate(bits)
    add(h, l, high, low)
    ;[h, l] = [high, low]
  }
  for (let i = 0; i < 4; i++) {
    round(0, 0, state[2 * i] as number, state[2 * i + 1] as number)
    xor(h, l)
    multiply(high, low, p1[0], p1[1])
    add(high, low, p4[0], p4[1])
    ;[h, l] = [high, low]
  }
}

/** The last bytes, then the avalanche. */
function finish(rest: Uint8Array, held: number): void {
  const view = new DataView(rest.buffer)
  let at = 0
  for (; at + 8 <= held; at += 8) {
    const [h, l] = [high, low]
    round(0, 0, view.getInt32(at + 4, true), view.getInt32(at, true))
    xor(h, l)
    rotate(27)
    multiply(high, low, p1[0], p1[1])
    add(high, low, p4[0], p4[1])
  }
  if (at + 4 <= held) {
    const [h, l] = [high, low]
    multiply(0, view.getInt32(at, true), p1[0], p1[1])
    xor(h, l)
    rotate(23)
    multiply(high, low, p2[0], p2[1])
    add(high, low, p3[0], p3[1])
    at += 4
  }
  for (; at < held; at++) {
    const [h, l] = [high, low]
    multiply(0, rest[at] as number, p5[0], p5[1])
    xor(h, l)
    rotate(11)
    multiply(high, low, p1[0], p1[1])
  }
  xor(0, high >>> 1) // h ^= h >> 33
  multiply(high, low, p2[0], p2[1])
  xor(high >>> 29, (high << 3) | (low >>> 29)) // h ^= h >> 29
  multiply(high, low, p3[0], p3[1])
  xor(0, high) // h ^= h >> 32
}
