import { type Column, DecimalColumn, FlatColumn, Int64Column, TemporalColumn } from 'tidegate'

/** Kinds whose cells are numbers to a profile. */
export const numberKinds: ReadonlySet<string> = new Set(['int', 'float', 'decimal', 'date', 'time', 'timestamp'])

/**
 * Rows `from .. to` as doubles at `out[at]`, NaN where absent: times in their stored unit, dates in days, decimals as the nearest double. Integers
 * beyond 2^53 are rounded.
 */
export function fillDoubles(column: Column, from: number, to: number, out: Float64Array, at: number): void {
  if (column instanceof FlatColumn) out.set(column.values.subarray(from, to), at)
  else if (column instanceof Int64Column) fillWide(column.values, from, to, out, at)
  else if (column instanceof TemporalColumn) {
    if (column.values instanceof Int32Array) out.set(column.values.subarray(from, to), at)
    else fillWide(column.values, from, to, out, at)
  } else if (column instanceof DecimalColumn) fillDecimals(column, from, to, out, at)
  else out.fill(Number.NaN, at, at + to - from)
  const { validity } = column
  if (validity === undefined || column.nullCount === 0) return
  for (let row = from; row < to; row++)
    if ((((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) out[at + row - from] = Number.NaN
}

function fillWide(
  values: BigInt64Array | BigUint64Array,
  from: number,
  to: number,
  out: Float64Array,
  at: number,
): void {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  const unsigned = values instanceof BigUint64Array
  for (let row = from, i = at; row < to; row++, i++) {
    const high = words[2 * row + 1] as number
    out[i] = (unsigned ? high >>> 0 : high) * 4_294_967_296 + ((words[2 * row] as number) >>> 0)
  }
}

/** Where the unscaled integer is an exact double and so is the power of ten, their division rounds once (IEEE 754). */
function fillDecimals(column: DecimalColumn, from: number, to: number, out: Float64Array, at: number): void {
  const words = new Int32Array(column.words.buffer, column.words.byteOffset, column.words.length * 2)
  const scale = column.type.kind === 'decimal' ? column.type.scale : 0
  const divisor = 10 ** scale
  for (let row = from, i = at; row < to; row++, i++) {
    const high = words[4 * row + 1] as number
    const sign = high >> 31
    const small = words[4 * row + 2] === sign && words[4 * row + 3] === sign && high >= -0x200000 && high < 0x200000
    if (small && scale <= 22) out[i] = (high * 4_294_967_296 + ((words[4 * row] as number) >>> 0)) / divisor
    else out[i] = column.at(row) ?? Number.NaN
  }
}

/** The stored integer of a cell of a column with 64 bits or more; undefined for others. */
export function exactCell(column: Column, row: number): bigint | undefined {
  if (column instanceof DecimalColumn) return column.unscaled(row)
  if (column instanceof Int64Column) return column.values[row]
  if (column instanceof TemporalColumn && typeof column.values[row] === 'bigint') return column.values[row]
  return undefined
}
