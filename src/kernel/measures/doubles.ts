import { type Column, DecimalColumn, FlatColumn, Int64Column, TemporalColumn } from '../columns/column.ts'

/**
 * A numeric column's cells as doubles, times in their stored unit (days for dates). Exact up to 2^53 and rounded to nearest beyond; decimals
 * are the nearest double of their value. What stands at absent rows means nothing. May share the column's buffer: do not write.
 */
export function doubles(column: Column): Float64Array {
  if (column instanceof Int64Column) return wide(column.values)
  if (column instanceof TemporalColumn)
    return column.values instanceof Int32Array ? new Float64Array(column.values) : wide(column.values)
  if (column instanceof DecimalColumn) return decimals(column)
  if (column instanceof FlatColumn)
    return column.values instanceof Float64Array ? column.values : new Float64Array(column.values)
  const values = (column as { readonly values?: unknown }).values
  if (values instanceof Uint8Array) return new Float64Array(values)
  return Float64Array.from({ length: column.length }, (_, row) => Number(column.at(row)))
}

function wide(values: BigInt64Array | BigUint64Array): Float64Array {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  const signed = values instanceof BigInt64Array
  const out = new Float64Array(values.length)
  for (let i = 0; i < out.length; i++) {
    const high = words[2 * i + 1] as number
    out[i] = (signed ? high : high >>> 0) * 4_294_967_296 + ((words[2 * i] as number) >>> 0)
  }
  return out
}

/** Below 2^53 unscaled and up to 22 places, one division of exact doubles gives the nearest double (IEEE 754). */
function decimals(column: DecimalColumn): Float64Array {
  const words = new Int32Array(column.words.buffer, column.words.byteOffset, column.words.length * 2)
  const scale = column.type.kind === 'decimal' ? column.type.scale : 0
  const divisor = 10 ** scale
  const out = new Float64Array(column.length)
  for (let row = 0; row < out.length; row++) {
    const high = words[4 * row + 1] as number
    const sign = high >> 31
    const small = words[4 * row + 2] === sign && words[4 * row + 3] === sign && high >= -0x200000 && high < 0x200000
    if (small && scale <= 22) out[row] = (high * 4_294_967_296 + ((words[4 * row] as number) >>> 0)) / divisor
    else out[row] = column.at(row) ?? 0
  }
  return out
}
