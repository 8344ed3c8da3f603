import type { Column, Int64Column } from '../columns/column.ts'
import { type Field, types } from '../types.ts'
import {
  type ColumnAccumulator,
  columnMeasure,
  floatColumn,
  numericKinds,
  stateField,
  validityFrom,
} from './accumulate.ts'
import { createCounts } from './count.ts'
import { createExactSums } from './exact-sums.ts'
import { createFloatSums } from './float-sums.ts'
import { withoutOptions } from './options.ts'
import type { MeanFn } from './signatures.ts'

/**
 * The arithmetic mean of the present values as float64; null where none is present. Integers and decimals are summed exactly, floats with
 * compensation; NaN propagates.
 */
export const mean = withoutOptions('mean', (column: string) =>
  columnMeasure({ kind: 'mean', column, version: 1, kinds: numericKinds, needs: 'a number', make }),
) as MeanFn

function make({ type }: Field, name: string): ColumnAccumulator {
  const counts = createCounts()
  const sums = type.kind === 'int' || type.kind === 'decimal' ? createExactSums(name) : createFloatSums()
  const scale = type.kind === 'decimal' ? type.scale : 0
  const present = (column: Column) => (column.nullCount === 0 ? undefined : column.validity)
  return {
    stateFields: [...sums.fields, stateField('count', types.int64)],
    result: { type: types.float64, nullable: true },
    add(column, groups, count) {
      if (column.type.kind === 'null') return
      sums.add(column, groups, count)
      counts.add(groups, present(column), count)
    },
    merge(state, groups, count) {
      sums.merge(state, groups, count)
      counts.merge(state.at(-1) as Int64Column, groups, count)
    },
    state: (count) => [...sums.state(count), counts.column(count)],
    finish(count) {
      const numbers = Float64Array.from({ length: count }, (_, group) => counts.of(group))
      const means = numbers.map((n, group) => {
        const total = sums.total(group)
        const plain = typeof total === 'number' ? total : scale === 0 ? Number(total) : Number(`${total}e-${scale}`)
        return n === 0 ? 0 : plain / n
      })
      return floatColumn(means, validityFrom(numbers, count))
    },
  }
}
