import { mix, mixAgain } from './mix.ts'

const bits = 14
const registers = 1 << bits
/** Zeros are counted in 32 bits: positions 1 to 33. */
const rest = 32

/** One standard deviation, relative: 1.04 / sqrt(2^14). */
export const distinctError = 1.04 / Math.sqrt(registers)

export interface HyperLogLog {
  readonly registers: Uint8Array
  estimate(): number
}

/**
 * HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) with 2^14 registers over two 32-bit hashes of a 64-bit key. The state depends on the set of
 * keys alone; two are merged by the greater of each register.
 */
export function createHyperLogLog(): HyperLogLog {
  const ranks = new Uint8Array(registers)
  return { registers: ranks, estimate: () => estimate(ranks) }
}

/** Adds the key (a, b). */
export function note(ranks: Uint8Array, a: number, b: number): void {
  const register = mix(a, b) >>> (32 - bits)
  const rank = Math.clz32(mixAgain(a, b)) + 1
  if ((ranks[register] as number) < rank) ranks[register] = rank
}

export function mergeRegisters(into: Uint8Array, more: Uint8Array): void {
  for (let i = 0; i < registers; i++) if ((more[i] as number) > (into[i] as number)) into[i] = more[i] as number
}

/** Algorithm 6 of O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (arXiv:1702.01284): no tables, no ranges. */
function estimate(ranks: Uint8Array): number {
  const counts = new Float64Array(rest + 2)
  for (const rank of ranks) counts[rank] = (counts[rank] as number) + 1
  let z = registers * tau(1 - (counts[rest + 1] as number) / registers)
  for (let k = rest; k >= 1; k--) z = 0.5 * (z + (counts[k] as number))
  z += registers * sigma((counts[0] as number) / registers)
  return (registers / (2 * Math.LN2)) * (registers / z)
}

function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY
  let [x, y, z, before] = [share, 1, share, -1]
  while (z !== before) {
    x *= x
    before = z
    z += x * y
    y += y
  }
  return z
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0
  let [x, y, z, before] = [share, 1, 1 - share, -1]
  while (z !== before) {
    x = Math.sqrt(x)
    before = z
    y *= 0.5
    z -= (1 - x) ** 2 * y
  }
  return z / 3
}
