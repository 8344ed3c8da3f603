import { isValid } from '../../columns/column.ts'
import { hashPair } from './table.ts'

/** Rows taken apart by their hashes, so that each table of distinct values stays in cache (Manegold, Boncz, Kersten 2002: radix-partitioned hashing). */
export interface Partitioned {
  readonly ids: Int32Array
  readonly count: number
}

const bits = 8

/** Numbers rows by value: `hashes` of equal values are equal, `same` compares two rows whose hashes are. Absent rows share a number of their own. */
export function numberByHash(
  hashes: Int32Array,
  validity: Uint8Array | undefined,
  same: (row: number, other: number) => boolean,
): Partitioned {
  const n = hashes.length
  const { starts, rows, kept } = partition(hashes)
  const ids = new Int32Array(n)
  const first = new Int32Array(n)
  let count = 0
  let absent = -1
  for (let p = 0; p < 1 << bits; p++) {
    const [start, end] = [starts[p] as number, starts[p + 1] as number]
    const mask = 2 ** (32 - Math.clz32(2 * (end - start))) - 1
    const slots = new Int32Array(2 * (mask + 1))
    for (let i = start; i < end; i++) {
      const row = rows[i] as number
      if (validity !== undefined && !isValid(validity, row)) {
        if (absent < 0) {
          absent = count++
          first[absent] = row
        }
        ids[row] = absent
        continue
      }
      const hash = kept[i] as number
      let slot = hash & mask
      let entry = slots[2 * slot + 1] as number
      while (entry !== 0 && (slots[2 * slot] !== hash || !same(row, first[entry - 1] as number))) {
        slot = (slot + 1) & mask
        entry = slots[2 * slot + 1] as number
      }
      if (entry === 0) {
        first[count] = row
        entry = ++count
        slots[2 * slot] = hash
        slots[2 * slot + 1] = entry
      }
      ids[row] = entry - 1
    }
  }
  return { ids, count }
}

/** Rows and their hashes by the top bits of the hash, in order inside. */
function partition(hashes: Int32Array) {
  const n = hashes.length
  const shift = 32 - bits
  const starts = new Int32Array((1 << bits) + 1)
  for (let i = 0; i < n; i++) {
    const to = ((hashes[i] as number) >>> shift) + 1
    starts[to] = (starts[to] as number) + 1
  }
  for (let p = 0; p < 1 << bits; p++) starts[p + 1] = (starts[p + 1] as number) + (starts[p] as number)
  const next = starts.slice()
  const rows = new Int32Array(n)
  const kept = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    const hash = hashes[i] as number
    const p = hash >>> shift
    const to = next[p] as number
    next[p] = to + 1
    rows[to] = i
    kept[to] = hash
  }
  return { starts, rows, kept }
}

const sampled = 4096
/** A sample of 4096 rows of 130,000 equally frequent values meets so many of them again; a table of more values is no longer in cache. */
const fewRepeats = 64

/** Whether values are so many that taking them apart pays, judged by the hashes of a sample of the `n` rows; decides the way, never the result. */
export function areMany(n: number, hashAt: (row: number) => number): boolean {
  if (n < 1 << 17) return false
  const seen = new Set<number>()
  for (let i = 0; i < sampled; i++) seen.add(hashAt((hashPair(i, n) >>> 0) % n))
  return seen.size >= sampled - fewRepeats
}
