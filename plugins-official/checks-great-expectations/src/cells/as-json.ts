import type { Field } from 'tidegate'
import type { Cell } from './cells.ts'

/** A cell as results list it: times as ISO 8601 without a zone, 64-bit integers that JSON cannot carry as text, absent as null. */
export function cellJson(cell: Cell, { type }: Field): string | number | boolean | null {
  if (typeof cell === 'bigint') return Number.isSafeInteger(Number(cell)) ? Number(cell) : String(cell)
  if (typeof cell !== 'number') return cell
  if (type.kind === 'date') return isoText(cell).slice(0, 10)
  if (type.kind === 'timestamp') return isoText(cell)
  if (type.kind === 'time') return isoText(cell).slice(11)
  return Number.isFinite(cell) ? cell : String(cell)
}

/** `2020-01-02T12:30:00`, with a fraction where there is one. */
export function isoText(milliseconds: number): string {
  const whole = Math.floor(milliseconds)
  const date = new Date(whole)
  if (Number.isNaN(date.getTime())) return String(milliseconds)
  const text = date.toISOString().slice(0, -1)
  const micros = Math.round((milliseconds - whole) * 1000)
  if (micros > 0) return `${text}${String(micros).padStart(3, '0')}`
  return text.endsWith('.000') ? text.slice(0, -4) : text.endsWith('000') ? text : `${text}000`
}
