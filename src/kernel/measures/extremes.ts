import {
  BooleanColumn,
  type Column,
  DecimalColumn,
  FlatColumn,
  type FlatValues,
  Int64Column,
  isValid,
  TemporalColumn,
} from '../columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../columns/text.ts'
import { compareText } from '../group/compare.ts'
import { flatArray } from '../group/words-interner.ts'
import type { Field, LogicalType } from '../types.ts'
import { grown, validityFrom } from './accumulate.ts'
import { doubles } from './doubles.ts'

/** The least (sign 1) or greatest (sign -1) cell of each group so far. A state is a column of the same type, null where none was present. */
export interface Extremes {
  add(column: Column, groups: Int32Array, count: number): void
  column(count: number): Column
}

export function createExtremes(field: Field, sign: 1 | -1): Extremes {
  const { type } = field
  if (type.kind === 'string') return textExtremes(sign)
  if (type.kind === 'decimal')
    return bigExtremes(sign, (column, row) => (column as DecimalColumn).unscaled(row), decimals(type))
  const wide = (type.kind === 'int' && type.bits === 64) || type.kind === 'time' || type.kind === 'timestamp'
  if (wide)
    return bigExtremes(sign, (column, row) => BigInt((column as Int64Column).values[row] as bigint), words(field))
  return doubleExtremes(type, sign)
}

/** Numbers up to 32 bits, floats, booleans and dates. NaN, once met, stays. */
function doubleExtremes(type: LogicalType, sign: 1 | -1): Extremes {
  let best = new Float64Array(0)
  let seen = new Uint8Array(0)
  return {
    add(column, groups, count) {
      best = grown(best, count)
      seen = grown(seen, count)
      if (column.type.kind === 'null') return
      const values = doubles(column)
      const validity = column.nullCount === 0 ? undefined : column.validity
      for (let row = 0; row < values.length; row++) {
        if (validity !== undefined && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
        const group = groups[row] as number
        const value = values[row] as number
        const held = best[group] as number
        if (seen[group] === 0 || value * sign < held * sign || Number.isNaN(value)) {
          best[group] = value
          seen[group] = 1
        }
      }
    },
    column(count) {
      best = grown(best, count)
      seen = grown(seen, count)
      return fromDoubles(type, best.subarray(0, count), validityFrom(seen, count))
    },
  }
}

function fromDoubles(type: LogicalType, best: Float64Array, validity: Uint8Array | undefined): Column {
  if (type.kind === 'boolean') return new BooleanColumn(new Uint8Array(best), validity)
  if (type.kind === 'date') return new TemporalColumn(type, new Int32Array(best), validity)
  const values: FlatValues = flatArray(type, best.length)
  values.set(best)
  return new FlatColumn(type, values, validity)
}

type Big = (column: Column, row: number) => bigint

/** 64-bit integers, times and decimals, exactly. */
function bigExtremes(
  sign: 1 | -1,
  at: Big,
  make: (values: readonly (bigint | undefined)[], validity: Uint8Array | undefined) => Column,
): Extremes {
  const best: (bigint | undefined)[] = []
  return {
    add(column, groups) {
      if (column.type.kind === 'null') return
      const validity = column.nullCount === 0 ? undefined : column.validity
      for (let row = 0; row < column.length; row++) {
        if (!isValid(validity, row)) continue
        const group = groups[row] as number
        const value = at(column, row)
        const held = best[group]
        if (held === undefined || (sign === 1 ? value < held : value > held)) best[group] = value
      }
    },
    column(count) {
      const values = Array.from({ length: count }, (_, group) => best[group])
      return make(
        values,
        validityFrom(
          values.map((value) => Number(value !== undefined)),
          count,
        ),
      )
    },
  }
}

function decimals(type: DecimalColumn['type']) {
  return (values: readonly (bigint | undefined)[], validity: Uint8Array | undefined): Column => {
    const cells = BigUint64Array.from(
      values.flatMap((value = 0n) => [BigInt.asUintN(64, value), BigInt.asUintN(64, value >> 64n)]),
    )
    return new DecimalColumn(type, cells, validity)
  }
}

function words({ type, sees }: Field) {
  return (values: readonly (bigint | undefined)[], validity: Uint8Array | undefined): Column => {
    const signed = BigInt64Array.from(values, (value = 0n) => value)
    if (type.kind !== 'int') return new TemporalColumn(type, signed, validity)
    return new Int64Column(type, type.signed ? signed : new BigUint64Array(signed.buffer), validity, sees ?? 'number')
  }
}

/** Text by code points; cells that equal the last one compared are not compared again. */
function textExtremes(sign: 1 | -1): Extremes {
  const best: (string | undefined)[] = []
  return {
    add(column, groups) {
      const text =
        column instanceof DictionaryColumn
          ? column.dictionary
          : column instanceof BytesColumn
            ? column.strings()
            : undefined
      const codes = column instanceof DictionaryColumn ? column.codes : undefined
      const validity = column.nullCount === 0 ? undefined : column.validity
      for (let row = 0; row < column.length; row++) {
        if (!isValid(validity, row)) continue
        const value = text === undefined ? column.at(row) : text[codes === undefined ? row : (codes[row] as number)]
        if (value === null) continue
        const group = groups[row] as number
        const held = best[group]
        if (held === undefined || (held !== value && compareText(value as string, held) * sign < 0))
          best[group] = value as string
      }
    },
    column(count) {
      const texts = Array.from({ length: count }, (_, group) => best[group])
      return BytesColumn.ofStrings(
        texts.map((text) => text ?? ''),
        validityFrom(
          texts.map((text) => Number(text !== undefined)),
          count,
        ),
      )
    },
  }
}
