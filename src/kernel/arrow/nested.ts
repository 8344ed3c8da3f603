import type { LogicalType } from '../types.ts'

/** Cells of lists and structs on their way into Arrow: decimals as exact unscaled integers, everything else as it is. */
export function toNested(type: LogicalType, value: unknown): unknown {
  return convert(type, value, (decimal, scale) => {
    const text = typeof decimal === 'number' ? decimal.toFixed(Math.min(scale, 100)) : String(decimal)
    return BigInt(text.replace('.', ''))
  })
}

export function fromNested(type: LogicalType, value: unknown): unknown {
  return convert(type, value, (unscaled, scale) => Number(`${unscaled}e-${scale}`))
}

function convert(type: LogicalType, value: unknown, decimal: (value: unknown, scale: number) => unknown): unknown {
  if (value === null || value === undefined) return null
  if (type.kind === 'decimal') return decimal(value, type.scale)
  if (type.kind === 'list') return Array.from(value as ArrayLike<unknown>, (item) => convert(type.of, item, decimal))
  if (type.kind === 'struct') {
    const row = value as Readonly<Record<string, unknown>>
    return Object.fromEntries(type.fields.map((field) => [field.name, convert(field.type, row[field.name], decimal)]))
  }
  return value
}
