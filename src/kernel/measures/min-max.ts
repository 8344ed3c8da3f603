import type { Column } from '../columns/column.ts'
import type { Field } from '../types.ts'
import { type ColumnAccumulator, columnMeasure } from './accumulate.ts'
import { createExtremes } from './extremes.ts'
import { withoutOptions } from './options.ts'
import type { MaxFn, MinFn } from './signatures.ts'

const ordered = ['boolean', 'int', 'float', 'decimal', 'string', 'date', 'time', 'timestamp'] as const
const needs = 'something with an order (number, text, time or boolean)'

/** The least present value, in the column's own type; null where none is present. Text by code points; a NaN makes the result NaN. */
export const min = withoutOptions('min', (column: string) =>
  columnMeasure({ kind: 'min', column, version: 1, kinds: ordered, needs, make: (field) => make(field, 1) }),
) as MinFn

/** The greatest present value, as `min`. */
export const max = withoutOptions('max', (column: string) =>
  columnMeasure({ kind: 'max', column, version: 1, kinds: ordered, needs, make: (field) => make(field, -1) }),
) as MaxFn

function make(field: Field, sign: 1 | -1): ColumnAccumulator {
  const extremes = createExtremes(field, sign)
  const sees = field.sees === undefined ? {} : { sees: field.sees }
  return {
    stateFields: [{ name: 'value', type: field.type, nullable: true, ...sees }],
    result: { type: field.type, nullable: true, ...sees },
    add: extremes.add,
    merge: (state, groups, count) => extremes.add(state[0] as Column, groups, count),
    state: (count) => [extremes.column(count)],
    finish: extremes.column,
  }
}
