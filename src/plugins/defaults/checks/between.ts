import { FlatColumn, Int64Column, isValid, TemporalColumn } from '../../../kernel/columns/column.ts'
import { TidegateError } from '../../../kernel/errors.ts'
import { doubles } from '../../../kernel/measures/doubles.ts'
import type { Field } from '../../../kernel/types.ts'
import type { Bits } from '../../check.ts'
import { markRow, someAbsent } from './mark.ts'
import { columnCheck, json, type Marker, shown } from './row-check.ts'
import type { BetweenFn } from './signatures.ts'

/**
 * `min <= value <= max`. Null passes, NaN fails. 64-bit integers are compared exactly, decimals as the nearest double, dates and times in
 * milliseconds (as a step sees them). A bound may be infinite. Throws `CONFIG_INVALID` where no value could pass.
 */
export const between = ((column, min, max, options) => {
  const name = `between(${column}, ${shown(min)}, ${shown(max)})`
  if (!(min <= max)) {
    throw new TidegateError('CONFIG_INVALID', `${name}: no value lies between ${shown(min)} and ${shown(max)}.`, {
      hint: 'Give the lower bound first; neither may be NaN.',
      data: { column, min: json(min), max: json(max) },
    })
  }
  return columnCheck({
    name,
    column,
    parameters: { column, min: json(min), max: json(max) },
    options,
    kinds: ['int', 'float', 'decimal', 'date', 'time', 'timestamp'],
    needs: 'a number, date or time',
    make: (field) => marker(field, min, max),
  })
}) as BetweenFn

function marker({ type }: Field, min: number | bigint, max: number | bigint): Marker {
  const low = Number(min)
  const high = Number(max)
  return (column, failing) => {
    const validity = someAbsent(column)
    if (column instanceof Int64Column) markWide(column, min, max, validity, failing)
    else if (column instanceof FlatColumn && column.values instanceof Int32Array)
      markInt32(column.values, low, high, validity, failing)
    else if (column instanceof TemporalColumn && type.kind !== 'date') markTimes(column, low, high, validity, failing)
    else if (column.type.kind === 'date')
      markDoubles(doubles(column), low / 86_400_000, high / 86_400_000, validity, failing)
    else if (column.type.kind !== 'null') markDoubles(doubles(column), low, high, validity, failing)
  }
}

/** One unsigned comparison a row: `value - min` as 32 bits is above `max - min` on either side. */
function markInt32(
  values: Int32Array,
  min: number,
  max: number,
  validity: Uint8Array | undefined,
  failing: Bits,
): void {
  const low = Math.max(-0x80000000, Math.ceil(min))
  const high = Math.min(0x7fffffff, Math.floor(max))
  const span = high - low
  for (let row = 0; row < values.length; row++) {
    if (span >= 0 && ((values[row] as number) - low) >>> 0 <= span) continue
    if (validity === undefined || (((validity[row >> 3] as number) >> (row & 7)) & 1) === 1) markRow(failing, row)
  }
}

function markDoubles(
  values: Float64Array,
  min: number,
  max: number,
  validity: Uint8Array | undefined,
  failing: Bits,
): void {
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number
    if (value >= min && value <= max) continue
    if (validity === undefined || (((validity[row >> 3] as number) >> (row & 7)) & 1) === 1) markRow(failing, row)
  }
}

/** Doubles decide where they are exact; the integers themselves where not. */
function markWide(
  column: Int64Column,
  min: number | bigint,
  max: number | bigint,
  validity: Uint8Array | undefined,
  failing: Bits,
): void {
  const rounded = doubles(column)
  const { values } = column
  const exactBounds =
    typeof min === 'number' && typeof max === 'number'
      ? true
      : Number.isSafeInteger(Number(min)) && Number.isSafeInteger(Number(max))
  const low = Number(min)
  const high = Number(max)
  for (let row = 0; row < rounded.length; row++) {
    const near = rounded[row] as number
    const exact = exactBounds && near <= Number.MAX_SAFE_INTEGER && near >= Number.MIN_SAFE_INTEGER
    if (exact ? near >= low && near <= high : (values[row] as bigint) >= min && (values[row] as bigint) <= max) continue
    if (isValid(validity, row)) markRow(failing, row)
  }
}

function markTimes(
  column: TemporalColumn,
  min: number,
  max: number,
  validity: Uint8Array | undefined,
  failing: Bits,
): void {
  for (let row = 0; row < column.length; row++) {
    const value = column.milliseconds(row)
    if (!(value >= min && value <= max) && isValid(validity, row)) markRow(failing, row)
  }
}
