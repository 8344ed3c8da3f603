import { buildField, type Column, DecimalColumn, type Field, TemporalColumn } from 'tidegate'

/** The typed column of what `converter` gave; `null` where absent. */
export function finishColumn(field: Field, values: readonly unknown[]): Column {
  const { type } = field
  const n = values.length
  if (type.kind === 'date') {
    const days = Int32Array.from(values, (value) => (value as number | null) ?? 0)
    return new TemporalColumn(type, days, validityOf(values))
  }
  if (type.kind === 'time' || type.kind === 'timestamp') {
    const units = new BigInt64Array(n)
    for (let row = 0; row < n; row++) units[row] = (values[row] as bigint | null) ?? 0n
    return new TemporalColumn(type, units, validityOf(values))
  }
  if (type.kind === 'decimal') {
    const words = new BigUint64Array(2 * n)
    for (let row = 0; row < n; row++) {
      const unscaled = (values[row] as bigint | null) ?? 0n
      words[2 * row] = unscaled
      words[2 * row + 1] = unscaled >> 64n
    }
    return new DecimalColumn(type, words, validityOf(values))
  }
  return buildField(field, values)
}

function validityOf(values: readonly unknown[]): Uint8Array | undefined {
  if (!values.includes(null)) return undefined
  const bits = new Uint8Array((values.length + 7) >> 3)
  for (let row = 0; row < values.length; row++)
    if (values[row] !== null) bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
  return bits
}
