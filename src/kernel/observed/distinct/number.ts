import type { BytesColumn } from '../../columns/text.ts'
import { isValid } from '../../columns/validity.ts'
import type { Ids } from './ids.ts'
import { areMany, numberByHash } from './partitions.ts'
import { addGroup, createGroups, findPair, hashPair } from './table.ts'
import { areManyTexts, numberTextsApart } from './text-partitions.ts'
import { createTextTable, numberTexts } from './texts.ts'

/** Numbers for the values of a column, by range or by hashing; absent rows share one. */

/** Integers that lie close together are their own numbers, counted from the least; 0 for absent. Undefined where they lie far apart. */
export function rangeIds(values: Int32Array, validity: Uint8Array | undefined): Ids | undefined {
  const n = values.length
  let low = 0x7fffffff
  let high = -0x80000000
  for (let i = 0; i < n; i++) {
    const value = values[i] as number
    low = value < low ? value : low
    high = value > high ? value : high
  }
  // What stands at absent rows counts as well: it can only make the range wider.
  if (high - low > Math.max(1024, Math.min(1 << 22, 4 * n))) return undefined
  const ids = new Int32Array(n)
  if (validity === undefined) {
    for (let i = 0; i < n; i++) ids[i] = (values[i] as number) - low + 1
  } else {
    // Eight rows for each byte of bits.
    const base = low - 1
    const whole = n & ~7
    for (let i = 0; i < whole; i += 8) {
      const bits = validity[i >> 3] as number
      ids[i] = ((values[i] as number) - base) & -(bits & 1)
      ids[i + 1] = ((values[i + 1] as number) - base) & -((bits >> 1) & 1)
      ids[i + 2] = ((values[i + 2] as number) - base) & -((bits >> 2) & 1)
      ids[i + 3] = ((values[i + 3] as number) - base) & -((bits >> 3) & 1)
      ids[i + 4] = ((values[i + 4] as number) - base) & -((bits >> 4) & 1)
      ids[i + 5] = ((values[i + 5] as number) - base) & -((bits >> 5) & 1)
      ids[i + 6] = ((values[i + 6] as number) - base) & -((bits >> 6) & 1)
      ids[i + 7] = ((values[i + 7] as number) - base) & -(bits >> 7)
    }
    for (let i = whole; i < n; i++)
      ids[i] = ((values[i] as number) - base) & -(((validity[i >> 3] as number) >> (i & 7)) & 1)
  }
  return { ids, count: Math.max(0, high - low) + 2 }
}

/** 64-bit words, two halves a row. */
export function wordIds(words: Uint32Array, validity: Uint8Array | undefined): Ids {
  const n = words.length / 2
  const hashes = new Int32Array(n)
  for (let i = 0; i < n; i++) hashes[i] = hashPair(words[2 * i] as number, words[2 * i + 1] as number)
  if (areMany(n, (row) => hashes[row] as number)) {
    const same = (a: number, b: number) => words[2 * a] === words[2 * b] && words[2 * a + 1] === words[2 * b + 1]
    return numberByHash(hashes, validity, same)
  }
  const ids = new Int32Array(n)
  const groups = createGroups()
  let absent = -1
  for (let i = 0; i < n; i++) {
    if (validity !== undefined && !isValid(validity, i)) {
      if (absent < 0) absent = addGroup(groups, i)
      ids[i] = absent
      continue
    }
    const hash = hashes[i] as number
    const found = findPair(groups, words, words[2 * i] as number, words[2 * i + 1] as number, hash)
    ids[i] = found < 0 ? addGroup(groups, i, hash) : found
  }
  return { ids, count: groups.count, first: groups.first.subarray(0, groups.count) }
}

/** Text or binary. */
export function textIds(column: BytesColumn): Ids {
  if (!areManyTexts(column)) return numberTexts(createTextTable(), column, undefined, true)
  const { ids, count } = numberTextsApart(column)
  return { ids, count }
}
