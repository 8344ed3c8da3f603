import { FlatColumn, Int64Column, TemporalColumn } from '../../../kernel/columns/column.ts'
import { TidegateError } from '../../../kernel/errors.ts'
import { doubles } from '../../../kernel/measures/doubles.ts'
import type { Field } from '../../../kernel/types.ts'
import { someAbsent } from './mark.ts'
import { markDoubles, markInt32, markTimes, markWide } from './ranges.ts'
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
    fails: { is: 'not', of: { is: 'within', column, min, max, strict: false, exact: false } },
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
