import type { Column, FlatColumn } from '../columns/column.ts'
import { type Field, types } from '../types.ts'
import {
  type ColumnAccumulator,
  columnMeasure,
  floatColumn,
  grown,
  numericKinds,
  stateField,
  validityFrom,
} from './accumulate.ts'
import { doubles } from './doubles.ts'
import { withoutOptions } from './options.ts'
import type { VarianceFn } from './signatures.ts'

/** The sample variance (n - 1) of the present values as float64; null below two. NaN propagates. */
export const variance = withoutOptions('variance', (column: string) =>
  columnMeasure({
    kind: 'variance',
    column,
    version: 1,
    kinds: numericKinds,
    needs: 'a number',
    make: () => make((v) => v),
  }),
) as VarianceFn

/** The sample standard deviation: the square root of `variance`. */
export const stdev = withoutOptions('stdev', (column: string) =>
  columnMeasure({
    kind: 'stdev',
    column,
    version: 1,
    kinds: numericKinds,
    needs: 'a number',
    make: () => make(Math.sqrt),
  }),
) as VarianceFn

/**
 * Rows one by one after Welford (Technometrics 4, 1962), states after Chan, Golub and LeVeque ("Updating formulae and a pairwise algorithm
 * for computing sample variances", 1979). In row order: the state depends on the rows alone, not on batches.
 */
function make(of: (variance: number) => number): ColumnAccumulator {
  const fields: readonly Field[] = ['count', 'mean', 'squares'].map((name) => stateField(name, types.float64))
  let n = new Float64Array(0)
  let means = new Float64Array(0)
  let squares = new Float64Array(0)

  function grow(count: number): void {
    n = grown(n, count)
    means = grown(means, count)
    squares = grown(squares, count)
  }
  return {
    stateFields: fields,
    result: { type: types.float64, nullable: true },
    add(column, groups, count) {
      grow(count)
      if (column.type.kind !== 'null') welford(n, means, squares, column, groups)
    },
    merge(state, groups, count) {
      grow(count)
      const [moreN, moreMeans, moreSquares] = state.map((column) => (column as FlatColumn).values as Float64Array)
      for (let i = 0; i < groups.length; i++) {
        const more = moreN?.[i] as number
        if (more === 0) continue
        const group = groups[i] as number
        const had = n[group] as number
        const all = had + more
        const distance = (moreMeans?.[i] as number) - (means[group] as number)
        if (had === 0) means[group] = moreMeans?.[i] as number
        else means[group] = (means[group] as number) + (distance * more) / all
        squares[group] =
          (squares[group] as number) +
          (moreSquares?.[i] as number) +
          (had === 0 ? 0 : (distance * distance * had * more) / all)
        n[group] = all
      }
    },
    state(count) {
      grow(count)
      return [n, means, squares].map((values) => floatColumn(values.slice(0, count)))
    },
    finish(count) {
      grow(count)
      const values = Float64Array.from({ length: count }, (_, g) =>
        of((squares[g] as number) / Math.max(1, (n[g] as number) - 1)),
      )
      return floatColumn(
        values,
        validityFrom(
          n.map((rows) => Number(rows > 1)),
          count,
        ),
      )
    },
  }
}

function welford(
  n: Float64Array,
  means: Float64Array,
  squares: Float64Array,
  column: Column,
  groups: Int32Array,
): void {
  const values = doubles(column)
  const validity = column.nullCount === 0 ? undefined : column.validity
  for (let row = 0; row < values.length; row++) {
    if (validity !== undefined && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
    const group = groups[row] as number
    const value = values[row] as number
    const rows = (n[group] as number) + 1
    const mean = means[group] as number
    const distance = value - mean
    const next = mean + distance / rows
    n[group] = rows
    means[group] = next
    squares[group] = (squares[group] as number) + distance * (value - next)
  }
}
