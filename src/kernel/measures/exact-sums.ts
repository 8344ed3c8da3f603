import { type Column, DecimalColumn, FlatColumn, Int64Column } from '../columns/column.ts'
import { TidegateError } from '../errors.ts'
import { types } from '../types.ts'
import { grown, stateField } from './accumulate.ts'

/** Beyond this a limb is moved to a bigint, so that doubles stay exact. */
const FULL = 2 ** 52

/**
 * Exact sums of integers and decimals (unscaled) per group. A sum is `high * 2^32 + low`, both kept in doubles while these are exact, plus a
 * bigint for what has grown beyond. The state is decimal(38, 0).
 */
export function createExactSums(name: string) {
  let lows = new Float64Array(0)
  let highs = new Float64Array(0)
  const bigs = new Map<number, bigint>()

  function grow(count: number): void {
    lows = grown(lows, count)
    highs = grown(highs, count)
  }
  function total(group: number): bigint {
    return (bigs.get(group) ?? 0n) + BigInt(highs[group] ?? 0) * 4_294_967_296n + BigInt(lows[group] ?? 0)
  }
  function spill(group: number): void {
    bigs.set(group, total(group))
    lows[group] = 0
    highs[group] = 0
  }
  function addNarrow(column: FlatColumn, groups: Int32Array, validity: Uint8Array | undefined): void {
    const values = column.values instanceof Int32Array ? column.values : new Float64Array(column.values)
    for (let row = 0; row < values.length; row++) {
      if (validity !== undefined && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
      const group = groups[row] as number
      const sum = (lows[group] as number) + (values[row] as number)
      lows[group] = sum
      if (sum > FULL || sum < -FULL) spill(group)
    }
  }
  function addWide(
    words: Int32Array,
    step: 2 | 4,
    signed: boolean,
    groups: Int32Array,
    validity: Uint8Array | undefined,
  ): void {
    for (let row = 0, at = 0; at < words.length; row++, at += step) {
      if (validity !== undefined && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
      const group = groups[row] as number
      const high = words[at + 1] as number
      if (step === 4 && (words[at + 2] !== high >> 31 || words[at + 3] !== high >> 31)) {
        bigs.set(group, (bigs.get(group) ?? 0n) + whole(words, at))
        continue
      }
      const lowSum = (lows[group] as number) + ((words[at] as number) >>> 0)
      const highSum = (highs[group] as number) + (signed ? high : high >>> 0)
      lows[group] = lowSum
      highs[group] = highSum
      if (lowSum > FULL || highSum > FULL || highSum < -FULL) spill(group)
    }
  }
  function add(column: Column, groups: Int32Array, count: number): void {
    grow(count)
    const validity = column.nullCount === 0 ? undefined : column.validity
    if (column instanceof FlatColumn) addNarrow(column, groups, validity)
    else if (column instanceof Int64Column)
      addWide(int32View(column.values), 2, column.values instanceof BigInt64Array, groups, validity)
    else if (column instanceof DecimalColumn) addWide(int32View(column.words), 4, true, groups, validity)
  }
  return {
    fields: [stateField('sum', types.decimal(38, 0))],
    add,
    merge(state: readonly Column[], groups: Int32Array, count: number): void {
      add(state[0] as Column, groups, count)
    },
    state(count: number): readonly Column[] {
      return [decimalColumn(types.decimal(38, 0), count, total, name)]
    },
    total,
  }
}

function int32View(values: BigInt64Array | BigUint64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2)
}

function whole(words: Int32Array, at: number): bigint {
  const low = (BigInt((words[at + 1] as number) >>> 0) << 32n) | BigInt((words[at] as number) >>> 0)
  const high = (BigInt(words[at + 3] as number) << 32n) | BigInt((words[at + 2] as number) >>> 0)
  return (high << 64n) | low
}

/** Unscaled values as a decimal column. Throws `TYPE_PRECISION` beyond 38 digits. */
export function decimalColumn(
  type: DecimalColumn['type'],
  count: number,
  unscaled: (row: number) => bigint,
  name: string,
): DecimalColumn {
  const words = new BigUint64Array(2 * count)
  for (let row = 0; row < count; row++) {
    const value = unscaled(row)
    if (value >= 10n ** 38n || value <= -(10n ** 38n)) {
      throw new TidegateError(
        'TYPE_PRECISION',
        `${name}: the sum ${value} (unscaled) has more than the 38 digits of a decimal.`,
        {
          hint: 'Sum fewer rows per group, or convert the column to float64 first.',
          data: { measure: name, unscaled: String(value) },
        },
      )
    }
    words[2 * row] = BigInt.asUintN(64, value)
    words[2 * row + 1] = BigInt.asUintN(64, value >> 64n)
  }
  return new DecimalColumn(type, words)
}
