import type { Column } from '../columns/column.ts'
import type { Field } from '../types.ts'
import { createInterner } from './interner.ts'
import { createPairTable, type PairTable } from './pair-table.ts'

/**
 * Gives each distinct combination of key values a group, numbered from 0 in order of first appearance over all batches. Nulls are one value,
 * NaN equals NaN, -0 equals 0, and an encoding is not part of a value.
 */
export interface Grouper {
  readonly count: number
  /** The group of each row; `columns` are those of the key fields, in their order and all of one length. */
  assign(columns: readonly Column[]): Int32Array
  /** The key columns, one row per group. */
  keys(): readonly Column[]
}

/**
 * A grouper over key columns of these types. Values become dense ids column by column (by dictionary code, by a table over a small range, or
 * by hashing with comparison of the values), and ids are joined pair by pair. Without keys everything is one group, 0, and `assign` has no
 * columns to tell rows from: pass no groups to the accumulators.
 */
export function createGrouper(keys: readonly Field[]): Grouper {
  const interners = keys.map((field) => createInterner(field))
  const joins: PairTable[] = keys.length < 2 ? [createPairTable()] : keys.slice(1).map(createPairTable)
  const last = joins.at(-1) as PairTable

  function assign(columns: readonly Column[]): Int32Array {
    if (interners[0] === undefined) return new Int32Array(0)
    let left = interners[0].ids(columns[0] as Column)
    let leftCount = interners[0].count
    if (interners.length === 1) return last.ids(left, new Int32Array(left.length), leftCount, 1)
    joins.forEach((join, i) => {
      const interner = interners[i + 1] as (typeof interners)[number]
      const right = interner.ids(columns[i + 1] as Column)
      left = join.ids(left, right, leftCount, interner.count)
      leftCount = join.count
    })
    return left
  }

  return {
    get count() {
      return keys.length === 0 ? 1 : last.count
    },
    assign,
    keys() {
      const n = last.count
      if (interners.length === 0) return []
      if (interners.length === 1) return [(interners[0] as (typeof interners)[number]).values(half(last.pairs, n, 0))]
      const ids: Int32Array[] = []
      let groups = Int32Array.from({ length: n }, (_, group) => group)
      for (let i = joins.length - 1; i >= 0; i--) {
        const { pairs } = joins[i] as PairTable
        ids[i + 1] = groups.map((group) => pairs[2 * group + 1] as number)
        groups = groups.map((group) => pairs[2 * group] as number)
      }
      ids[0] = groups
      return interners.map((interner, i) => interner.values(ids[i] as Int32Array))
    },
  }
}

function half(pairs: Int32Array, n: number, which: 0 | 1): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => pairs[2 * i + which] as number)
}
