import type { Field } from './types.ts'

/** The one door through which the kernel shows a cell to people: cells of columns tagged `pii` are masked, long ones are cut. */
export function display(value: unknown, field?: Field): string {
  if (value === null || value === undefined) return 'null'
  if (field?.meta?.tags?.includes('pii') === true) return '***'
  if (
    typeof value === 'number' &&
    (field?.type.kind === 'timestamp' || field?.type.kind === 'date') &&
    Number.isFinite(value)
  ) {
    const text = isoText(value)
    return field.type.kind === 'date' ? text.slice(0, 10) : text
  }
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 79)}…` : value)
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (typeof value === 'object')
    return JSON.stringify(value, (_, cell: unknown) => (typeof cell === 'bigint' ? String(cell) : cell)).slice(0, 80)
  return String(value)
}

/** ISO 8601 in UTC for epoch milliseconds; the number itself outside the range of dates. */
export function isoText(milliseconds: number): string {
  return Math.abs(milliseconds) <= 8.64e15 ? new Date(milliseconds).toISOString() : String(milliseconds)
}
