import { countNulls, type Int64Column } from '../columns/column.ts'
import { types } from '../types.ts'
import { countColumn, grown, stateField, zeros } from './accumulate.ts'
import { withoutOptions } from './options.ts'
import type { CountFn } from './signatures.ts'

/** The rows of the group, as int64. */
export const count: CountFn = withoutOptions('count', () => ({
  name: 'count()',
  columns: [],
  version: 1,
  create() {
    const counts = createCounts()
    return {
      stateFields: [stateField('count', types.int64)],
      result: { type: types.int64, nullable: false },
      add: (batch, groups, total) => counts.add(groups ?? zeros(batch.length), undefined, total),
      merge: (state, groups, total) =>
        counts.merge(state[0] as Int64Column, groups ?? zeros(state[0]?.length ?? 0), total),
      state: (total) => [counts.column(total)],
      finish: (total) => counts.column(total),
    }
  },
}))

/** Numbers of rows per group, exact below 2^53. */
export function createCounts() {
  let counts = new Float64Array(0)
  return {
    /** Counts the rows that `validity` calls present; all without it. */
    add(groups: Int32Array, validity: Uint8Array | undefined, total: number): void {
      counts = grown(counts, total)
      if (total === 1) counts[0] = (counts[0] as number) + groups.length - countNulls(validity, groups.length)
      else countRows(counts, groups, validity)
    },
    merge(state: Int64Column, groups: Int32Array, total: number): void {
      counts = grown(counts, total)
      for (let i = 0; i < groups.length; i++) {
        const group = groups[i] as number
        counts[group] = (counts[group] as number) + Number(state.values[i])
      }
    },
    of: (group: number): number => counts[group] ?? 0,
    column(total: number): Int64Column {
      counts = grown(counts, total)
      return countColumn(counts.subarray(0, total))
    },
  }
}

function countRows(counts: Float64Array, groups: Int32Array, validity: Uint8Array | undefined): void {
  for (let row = 0; row < groups.length; row++) {
    if (validity !== undefined && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
    const group = groups[row] as number
    counts[group] = (counts[group] as number) + 1
  }
}
