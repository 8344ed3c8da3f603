import { DecimalColumn, FlatColumn, type FlatValues, Int64Column, TemporalColumn } from '../../columns/column.ts'
import { exact, readInteger, wordsOf } from '../../columns/int64.ts'
import { unitsPerMillisecond } from '../../types.ts'
import type { Cells } from '../cells/cells.ts'

export interface NumberCells {
  /** What stands at absent rows means nothing. */
  readonly values: FlatValues
  readonly validity: Uint8Array | undefined
}

const known = new WeakMap<object, NumberCells>()

/** The cells of a column that a step sees as numbers, as doubles or smaller; undefined for other columns. */
export function numbersOf(column: Cells): NumberCells | undefined {
  if (column instanceof FlatColumn) return column
  if (ArrayBuffer.isView(column)) return isFlat(column) ? { values: column, validity: undefined } : undefined
  const found = known.get(column)
  if (found !== undefined) return found
  const values = doubles(column)
  if (values === undefined) return undefined
  const made: NumberCells = { values, validity: (column as TemporalColumn).validity }
  known.set(column, made)
  return made
}

function isFlat(view: ArrayBufferView): view is FlatValues {
  return !(view instanceof DataView || view instanceof BigInt64Array || view instanceof BigUint64Array)
}

function doubles(column: Cells): Float64Array | undefined {
  if (column instanceof Int64Column) return column.sees === 'number' ? integers(column.values, 1) : undefined
  if (column instanceof TemporalColumn) return milliseconds(column)
  return column instanceof DecimalColumn ? decimals(column) : undefined
}

function integers(values: BigInt64Array | BigUint64Array, factor: number): Float64Array {
  const words = wordsOf(values)
  const signed = values instanceof BigInt64Array
  const out = new Float64Array(values.length)
  for (let i = 0; i < out.length; i++) out[i] = readInteger(words, i, signed) * factor
  return out
}

function milliseconds({ values, type }: TemporalColumn): Float64Array {
  if (values instanceof Int32Array) {
    const out = new Float64Array(values.length)
    for (let i = 0; i < out.length; i++) out[i] = (values[i] as number) * 86_400_000
    return out
  }
  const per = 'unit' in type ? unitsPerMillisecond[type.unit] : 1
  return per <= 1 ? integers(values, per === 1 ? 1 : 1000) : fractions(values, per)
}

/** value / per with the fraction apart, as `TemporalColumn.milliseconds` has it: quotient cut towards zero, in two exact steps of 32 bits. */
function fractions(values: BigInt64Array, per: number): Float64Array {
  const words = wordsOf(values)
  const out = new Float64Array(values.length)
  for (let i = 0; i < out.length; i++) {
    const upper = (words[2 * i + 1] as number) | 0
    const high = Math.floor(upper / per)
    const lower = (upper - high * per) * 2 ** 32 + (words[2 * i] as number)
    let rest = lower % per
    let whole = high * 2 ** 32 + (lower - rest) / per
    if (upper < 0 && rest > 0) {
      whole++
      rest -= per
    }
    out[i] = whole + rest / per
  }
  return out
}

function decimals(column: DecimalColumn): Float64Array {
  const { type, words, length } = column
  const scale = type.kind === 'decimal' ? type.scale : 0
  const power = 10 ** scale
  const low = wordsOf(words)
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) {
    const upper = low[4 * i + 1] as number
    const sign = (upper | 0) < 0 ? 0xffffffff : 0
    const value = (upper | 0) * 2 ** 32 + (low[4 * i] as number)
    const small = low[4 * i + 2] === sign && low[4 * i + 3] === sign && value > -exact && value < exact && scale <= 22
    out[i] = small ? value / power : (column.at(i) ?? 0)
  }
  return out
}
