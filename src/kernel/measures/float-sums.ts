import type { Column, FlatColumn } from '../columns/column.ts'
import { types } from '../types.ts'
import { floatColumn, grown, stateField } from './accumulate.ts'
import { doubles } from './doubles.ts'

/**
 * Sums of doubles per group with Neumaier's compensation (A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher
 * Summen", ZAMM 54, 1974), in row order: the state depends on the rows alone, not on batches. NaN and infinities come out as in plain sums.
 */
export function createFloatSums() {
  let sums = new Float64Array(0)
  let carries = new Float64Array(0)

  function grow(count: number): void {
    sums = grown(sums, count)
    carries = grown(carries, count)
  }
  return {
    fields: [stateField('sum', types.float64), stateField('carry', types.float64)],
    add(column: Column, groups: Int32Array, count: number): void {
      grow(count)
      const validity = column.nullCount === 0 ? undefined : column.validity
      if (count === 1) addToOne(sums, carries, doubles(column), validity)
      else addDoubles(sums, carries, doubles(column), groups, validity)
    },
    merge(state: readonly Column[], groups: Int32Array, count: number): void {
      grow(count)
      const more = (state[0] as FlatColumn).values as Float64Array
      const carry = (state[1] as FlatColumn).values as Float64Array
      addDoubles(sums, carries, more, groups, undefined)
      for (let i = 0; i < more.length; i++) {
        const group = groups[i] as number
        carries[group] = (carries[group] as number) + (carry[i] as number)
      }
    },
    state(count: number): readonly Column[] {
      grow(count)
      return [floatColumn(sums.slice(0, count)), floatColumn(carries.slice(0, count))]
    },
    total(group: number): number {
      const sum = sums[group] ?? 0
      return Number.isFinite(sum) ? sum + (carries[group] as number) : sum
    },
  }
}

/** As `addDoubles` where there is but one group: the same steps, kept in registers. */
function addToOne(
  sums: Float64Array,
  carries: Float64Array,
  values: Float64Array,
  validity: Uint8Array | undefined,
): void {
  let sum = sums[0] as number
  let carry = carries[0] as number
  for (let row = 0; row < values.length; row++) {
    if (validity !== undefined && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
    const value = values[row] as number
    const next = sum + value
    const lost = Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
    sum = next
    if (lost !== 0) carry += lost
  }
  sums[0] = sum
  carries[0] = carry
}

function addDoubles(
  sums: Float64Array,
  carries: Float64Array,
  values: Float64Array,
  groups: Int32Array,
  validity: Uint8Array | undefined,
): void {
  for (let row = 0; row < values.length; row++) {
    if (validity !== undefined && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
    const value = values[row] as number
    const group = groups[row] as number
    const sum = sums[group] as number
    const next = sum + value
    const lost = Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
    sums[group] = next
    if (lost !== 0) carries[group] = (carries[group] as number) + lost
  }
}
