import type { Column } from '../columns/column.ts'
import type { BytesColumn } from '../columns/text.ts'
import { TidegateError } from '../errors.ts'
import { types } from '../types.ts'
import {
  type ColumnAccumulator,
  columnMeasure,
  floatColumn,
  numericKinds,
  stateField,
  validityFrom,
} from './accumulate.ts'
import { binaryColumn } from './approx-distinct.ts'
import { createQuantileSketch, type QuantileSketch } from './dd-sketch.ts'
import { doubles } from './doubles.ts'
import { withoutOptions } from './options.ts'
import type { QuantileFn } from './signatures.ts'

/**
 * The `p` quantile (0 .. 1) of the present values as float64, interpolated linearly between neighbours; null where none is present, NaN where
 * one is NaN. Exact up to 256 values in a group; beyond, each of the two neighbours is within 0.5 % of the value itself (DDSketch), and the
 * least and the greatest value are exact. Throws `CONFIG_INVALID` where `p` is not in [0, 1].
 */
export const quantile = withoutOptions('quantile', (column: string, p: number) => {
  if (!(p >= 0 && p <= 1)) {
    throw new TidegateError('CONFIG_INVALID', `quantile(${column}, ${p}): the share ${p} is not between 0 and 1.`, {
      hint: 'Write the median as 0.5 and the 99th percentile as 0.99.',
      data: { column, p },
    })
  }
  return columnMeasure({
    kind: 'quantile',
    column,
    version: 1,
    kinds: numericKinds,
    needs: 'a number',
    parameters: { p },
    make: () => make(p),
  })
}) as QuantileFn

function make(p: number): ColumnAccumulator {
  const sketches: (QuantileSketch | undefined)[] = []
  const sketchOf = (group: number) => {
    sketches[group] ??= createQuantileSketch()
    return sketches[group]
  }
  return {
    stateFields: [stateField('sketch', types.binary)],
    result: { type: types.float64, nullable: true },
    add(column: Column, groups) {
      if (column.type.kind === 'null') return
      const values = doubles(column)
      const validity = column.nullCount === 0 ? undefined : column.validity
      for (let row = 0; row < values.length; row++) {
        if (validity !== undefined && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
        sketchOf(groups[row] as number).add(values[row] as number)
      }
    },
    merge([state], groups) {
      const { bytes, offsets } = state as BytesColumn
      for (let i = 0; i < groups.length; i++) {
        const start = offsets[i] as number
        const end = offsets[i + 1] as number
        if (start < end) sketchOf(groups[i] as number).merge(new Float64Array(bytes.slice(start, end).buffer))
      }
    },
    state: (count) => [
      binaryColumn(
        Array.from({ length: count }, (_, group) => {
          const doubles = sketches[group]?.toDoubles()
          return doubles === undefined ? new Uint8Array(0) : new Uint8Array(doubles.buffer)
        }),
      ),
    ],
    finish(count) {
      const values = Array.from({ length: count }, (_, group) => sketches[group]?.quantile(p))
      return floatColumn(
        Float64Array.from(values, (value) => value ?? 0),
        validityFrom(
          values.map((value) => Number(value !== undefined)),
          count,
        ),
      )
    },
  }
}
