/**
 * HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) with 2^12 registers over 64-bit hashes: the first 12 bits choose a register, which keeps
 * the greatest position of the first 1 among the other 52. The state depends on the set of values alone. Few values are kept as a list.
 */
const BITS = 12
const REGISTERS = 1 << BITS
/** Positions run from 1 to REST + 1. */
const REST = 64 - BITS
/** More registers than this in use, and all are kept. */
const FEW = 48
/** Up to this many are written as a list of three bytes each, since that is shorter. */
const LISTED = 1024

export interface Registers {
  addHash(high: number, low: number): void
  /** A state made by `toBytes`. */
  merge(state: Uint8Array): void
  toBytes(): Uint8Array
  /** How many registers hold each position, 0 .. REST + 1. */
  histogram(): Int32Array
}

export function createRegisters(): Registers {
  let few: number[] | undefined = []
  let all: Uint8Array | undefined

  function raise(register: number, position: number): void {
    if (all !== undefined) {
      if ((all[register] as number) < position) all[register] = position
      return
    }
    const list = few as number[]
    for (let i = 0; i < list.length; i++) {
      const entry = list[i] as number
      if (entry >> 8 !== register) continue
      if ((entry & 0xff) < position) list[i] = (register << 8) | position
      return
    }
    list.push((register << 8) | position)
    if (list.length > FEW) {
      all = new Uint8Array(REGISTERS)
      few = undefined
      for (const entry of list) all[entry >> 8] = entry & 0xff
    }
  }
  function entries(): number[] {
    if (few !== undefined) return few.toSorted((a, b) => a - b)
    const list: number[] = []
    all?.forEach((position, register) => {
      if (position !== 0) list.push((register << 8) | position)
    })
    return list
  }
  return {
    addHash(high, low) {
      const rest = (high << BITS) | 0
      const zeros = rest === 0 ? REST - 32 + Math.min(32, Math.clz32(low)) : Math.clz32(rest)
      raise(high >>> (32 - BITS), zeros + 1)
    },
    merge(state) {
      if (state.length === REGISTERS) {
        state.forEach((position, register) => {
          if (position !== 0) raise(register, position)
        })
        return
      }
      for (let i = 0; i < state.length; i += 3) {
        raise(((state[i] as number) << 8) | (state[i + 1] as number), state[i + 2] as number)
      }
    },
    toBytes() {
      const list = entries()
      if (list.length > LISTED) return (all as Uint8Array).slice()
      return Uint8Array.from(list.flatMap((entry) => [entry >> 16, (entry >> 8) & 0xff, entry & 0xff]))
    },
    histogram() {
      const counts = new Int32Array(REST + 2)
      const list = entries()
      for (const entry of list) counts[entry & 0xff] = (counts[entry & 0xff] as number) + 1
      counts[0] = REGISTERS - list.length
      return counts
    },
  }
}

/**
 * The estimate from a histogram of registers, without bias tables or range switches: algorithm 6 of O. Ertl, "New cardinality estimation
 * algorithms for HyperLogLog sketches" (arXiv:1702.01284, 2017).
 */
export function estimate(histogram: Int32Array | undefined): number {
  if (histogram === undefined) return 0
  let z = REGISTERS * tau(1 - (histogram[REST + 1] as number) / REGISTERS)
  for (let k = REST; k >= 1; k--) z = 0.5 * (z + (histogram[k] as number))
  z += REGISTERS * sigma((histogram[0] as number) / REGISTERS)
  return (REGISTERS / (2 * Math.LN2)) * (REGISTERS / z)
}

function sigma(given: number): number {
  if (given === 1) return Number.POSITIVE_INFINITY
  let x = given
  let y = 1
  let z = x
  let before: number
  do {
    x *= x
    before = z
    z += x * y
    y += y
  } while (z !== before)
  return z
}

function tau(given: number): number {
  if (given === 0 || given === 1) return 0
  let x = given
  let y = 1
  let z = 1 - x
  let before: number
  do {
    x = Math.sqrt(x)
    before = z
    y *= 0.5
    z -= (1 - x) ** 2 * y
  } while (z !== before)
  return z / 3
}
