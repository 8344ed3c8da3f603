import { type Column, Int64Column } from '../columns/column.ts'
import { TidegateError } from '../errors.ts'
import { type Field, types } from '../types.ts'
import type { ColumnAccumulator } from './accumulate.ts'
import { columnMeasure, floatColumn, numericKinds } from './accumulate.ts'
import { createExactSums, decimalColumn } from './exact-sums.ts'
import { createFloatSums } from './float-sums.ts'
import { withoutOptions } from './options.ts'
import type { SumFn } from './signatures.ts'

/**
 * The sum of the present values; 0 where none is present. Integers give int64 (uint64 for uint64), exactly: `TYPE_PRECISION` where the result
 * cannot be seen without loss (beyond 2^53 as `number`, beyond 64 bits as `bigint`). Decimals give decimal(38, scale), exactly. Floats give
 * float64, compensated; NaN propagates.
 */
export const sum = withoutOptions('sum', (column: string) =>
  columnMeasure({ kind: 'sum', column, version: 1, kinds: numericKinds, needs: 'a number', make }),
) as SumFn

function make(field: Field, name: string): ColumnAccumulator {
  const { type } = field
  if (type.kind === 'float' || type.kind === 'null') {
    const sums = createFloatSums()
    const totals = (count: number) => floatColumn(Float64Array.from({ length: count }, (_, group) => sums.total(group)))
    return { ...sums, stateFields: sums.fields, result: { type: types.float64, nullable: false }, finish: totals }
  }
  const sums = createExactSums(name)
  if (type.kind === 'decimal') {
    const wide = types.decimal(38, type.scale)
    const finish = (count: number) => decimalColumn(wide, count, sums.total, name)
    return { ...sums, stateFields: sums.fields, result: { type: wide, nullable: false }, finish }
  }
  const unsigned = type.kind === 'int' && type.bits === 64 && !type.signed
  const result = {
    type: unsigned ? types.uint64 : types.int64,
    nullable: false,
    ...(field.sees === undefined ? {} : { sees: field.sees }),
  }
  const finish = (count: number) => integers(count, sums.total, name, unsigned, field.sees ?? 'number')
  return { ...sums, stateFields: sums.fields, result, finish }
}

function integers(
  count: number,
  total: (group: number) => bigint,
  name: string,
  unsigned: boolean,
  sees: 'number' | 'bigint',
): Column {
  const values = unsigned ? new BigUint64Array(count) : new BigInt64Array(count)
  for (let group = 0; group < count; group++) {
    const value = total(group)
    const seen = sees === 'number' ? BigInt(Number.MAX_SAFE_INTEGER) : unsigned ? 2n ** 64n - 1n : 2n ** 63n - 1n
    if (value > seen || value < (sees === 'number' ? -seen : unsigned ? 0n : -seen - 1n)) {
      throw new TidegateError(
        'TYPE_PRECISION',
        `${name}: the sum ${value} cannot be given as a ${sees} without loss.`,
        {
          hint:
            sees === 'number'
              ? 'Declare the column as z.int64(), so that it and its sum are bigint.'
              : 'Convert the column to a decimal first.',
          data: { measure: name, sum: String(value) },
        },
      )
    }
    values[group] = value
  }
  return new Int64Column(unsigned ? types.uint64 : types.int64, values, undefined, sees)
}
