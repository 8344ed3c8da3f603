// Long because: the table's loops stand side by side, one for each way in which keys arrive, so that none of them calls a closure for a row.
import { createHyperLogLog, distinctError, mergeRegisters, note } from './hyper-log-log.ts'
import { mix } from './mix.ts'

/** So many distinct values are counted exactly. */
export const capacity = 4096
const slots = 2 * capacity
const mask = slots - 1

/** A key with its count; what was left of it by purges is a lower bound. `text` is set where keys are hashes. */
export interface Entry {
  readonly a: number
  readonly b: number
  readonly count: number
  readonly text: string | undefined
}

/**
 * Counts of 64-bit keys in bounded memory. Up to 4,096 distinct keys are exact; then the least frequent half is given up again and again (Misra and Gries,
 * "Finding repeated elements", 1982, purged by the median as by Anderson et al., "A high-performance algorithm for identifying frequent items in
 * data streams", IMC 2017), and HyperLogLog counts the distinct ones. The state is a function of the keys in row order: not of batches.
 */
export interface Frequencies {
  readonly exact: boolean
  /** How much a count may be too low. */
  readonly error: number
  readonly distinct: { readonly count: number; readonly method: 'exact' | 'HyperLogLog'; readonly error: number }
  /** Values as doubles, NaN left out; `words` is the same buffer. */
  addDoubles(values: Float64Array, words: Int32Array, from: number, to: number): void
  /** Cells as pairs of words from `offset`; cells of absent rows are left out. */
  addWords(words: Int32Array, validity: Uint8Array | undefined, from: number, to: number): void
  /** As `addWords`; keys that are new ask `textOf` for their text when `settle` is called. */
  addHashes(words: Int32Array, validity: Uint8Array | undefined, from: number, to: number): void
  add(a: number, b: number, times: number, text?: string): void
  /** Gives new hashed keys the text of their row, before these rows go. */
  settle(textOf: (row: number) => string): void
  merge(other: Frequencies): void
  entries(): readonly Entry[]
  readonly registers: Uint8Array
}

export function createFrequencies(): Frequencies {
  const sketch = createHyperLogLog()
  const { registers } = sketch
  let keys = new Int32Array(2 * slots)
  let counts = new Float64Array(slots)
  let texts: (string | undefined)[] = []
  let refs = new Int32Array(slots)
  let size = 0
  let exact = true
  let error = 0
  let unsettled = 0

  function slotOf(a: number, b: number): number {
    let slot = mix(a, b) & mask
    while ((counts[slot] as number) !== 0 && (keys[2 * slot] !== a || keys[2 * slot + 1] !== b))
      slot = (slot + 1) & mask
    return slot
  }
  /** Makes room for one more key; answers the slot that it gets. */
  function insert(found: number, a: number, b: number): number {
    let slot = found
    if (size === capacity) {
      if (exact) widen()
      while (size === capacity) purge()
      slot = slotOf(a, b)
    }
    keys[2 * slot] = a
    keys[2 * slot + 1] = b
    refs[slot] = -1
    size++
    return slot
  }
  function widen(): void {
    exact = false
    for (let slot = 0; slot < slots; slot++)
      if ((counts[slot] as number) !== 0) note(registers, keys[2 * slot] as number, keys[2 * slot + 1] as number)
  }
  function purge(): void {
    const cut = medianOf(counts)
    error += cut
    const [oldKeys, oldCounts, oldTexts, oldRefs] = [keys, counts, texts, refs]
    keys = new Int32Array(2 * slots)
    counts = new Float64Array(slots)
    texts = []
    refs = new Int32Array(slots)
    size = 0
    for (let old = 0; old < slots; old++) {
      const left = (oldCounts[old] as number) - cut
      if (left <= 0) continue
      const a = oldKeys[2 * old] as number
      const b = oldKeys[2 * old + 1] as number
      const slot = slotOf(a, b)
      keys[2 * slot] = a
      keys[2 * slot + 1] = b
      counts[slot] = left
      refs[slot] = oldRefs[old] as number
      if (oldTexts[old] !== undefined) texts[slot] = oldTexts[old]
      size++
    }
  }
  function add(a: number, b: number, times: number, text?: string): void {
    let slot = slotOf(a, b)
    if ((counts[slot] as number) === 0) {
      slot = insert(slot, a, b)
      if (text !== undefined) texts[slot] = text
    }
    if (!exact) note(registers, a, b)
    counts[slot] = (counts[slot] as number) + times
  }
  const entries = (): Entry[] => {
    const found: Entry[] = []
    for (let slot = 0; slot < slots; slot++) {
      const count = counts[slot] as number
      if (count > 0)
        found.push({ a: keys[2 * slot] as number, b: keys[2 * slot + 1] as number, count, text: texts[slot] })
    }
    return found
  }
  return {
    get exact() {
      return exact
    },
    get error() {
      return error
    },
    get distinct() {
      return exact
        ? ({ count: size, method: 'exact', error: 0 } as const)
        : ({ count: Math.round(sketch.estimate()), method: 'HyperLogLog', error: distinctError } as const)
    },
    registers,
    add,
    addDoubles(values, words, from, to) {
      for (let i = from; i < to; i++) {
        const value = values[i] as number
        if (Number.isNaN(value)) continue
        const a = words[2 * i] as number
        const b = value === 0 ? 0 : (words[2 * i + 1] as number)
        if (!exact) note(registers, a, b)
        let slot = mix(a, b) & mask
        while ((counts[slot] as number) !== 0 && (keys[2 * slot] !== a || keys[2 * slot + 1] !== b))
          slot = (slot + 1) & mask
        if ((counts[slot] as number) === 0) {
          const wide = exact
          slot = insert(slot, a, b)
          if (wide && !exact) note(registers, a, b)
        }
        counts[slot] = (counts[slot] as number) + 1
      }
    },
    addWords(words, validity, from, to) {
      for (let i = from; i < to; i++) {
        if (validity !== undefined && (((validity[i >> 3] as number) >> (i & 7)) & 1) === 0) continue
        const a = words[2 * i] as number
        const b = words[2 * i + 1] as number
        if (!exact) note(registers, a, b)
        let slot = mix(a, b) & mask
        while ((counts[slot] as number) !== 0 && (keys[2 * slot] !== a || keys[2 * slot + 1] !== b))
          slot = (slot + 1) & mask
        if ((counts[slot] as number) === 0) {
          const wide = exact
          slot = insert(slot, a, b)
          if (wide && !exact) note(registers, a, b)
        }
        counts[slot] = (counts[slot] as number) + 1
      }
    },
    addHashes(words, validity, from, to) {
      for (let i = from; i < to; i++) {
        if (validity !== undefined && (((validity[i >> 3] as number) >> (i & 7)) & 1) === 0) continue
        const a = words[2 * i] as number
        const b = words[2 * i + 1] as number
        if (!exact) note(registers, a, b)
        let slot = mix(a, b) & mask
        while ((counts[slot] as number) !== 0 && (keys[2 * slot] !== a || keys[2 * slot + 1] !== b))
          slot = (slot + 1) & mask
        if ((counts[slot] as number) === 0) {
          const wide = exact
          slot = insert(slot, a, b)
          if (wide && !exact) note(registers, a, b)
          refs[slot] = i
          unsettled++
        }
        counts[slot] = (counts[slot] as number) + 1
      }
    },
    settle(textOf) {
      if (unsettled === 0) return
      unsettled = 0
      for (let slot = 0; slot < slots; slot++) {
        if ((counts[slot] as number) === 0 || texts[slot] !== undefined || (refs[slot] as number) < 0) continue
        texts[slot] = textOf(refs[slot] as number)
        refs[slot] = -1
      }
    },
    merge(other) {
      if (!other.exact) {
        if (exact) widen()
        mergeRegisters(registers, other.registers)
      }
      for (const entry of inOrder(other.entries())) add(entry.a, entry.b, entry.count, entry.text)
      error += other.error
    },
    entries: () => inOrder(entries()),
  }
}

/** Greatest count first, then by key: no order of arrival shows. */
function inOrder(entries: readonly Entry[]): Entry[] {
  return [...entries].sort((x, y) => y.count - x.count || x.a - y.a || x.b - y.b)
}

/** The median of the counts that are not 0: counted up to 255, sorted beyond. */
function medianOf(counts: Float64Array): number {
  const few = new Int32Array(256)
  let n = 0
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number
    if (count === 0) continue
    n++
    const at = count < 255 ? count : 255
    few[at] = (few[at] as number) + 1
  }
  let seen = 0
  for (let count = 1; count < 255; count++) {
    seen += few[count] as number
    if (2 * seen >= n) return count
  }
  const sorted = counts.filter((count) => count > 0).sort()
  return sorted[(n - 1) >> 1] as number
}
