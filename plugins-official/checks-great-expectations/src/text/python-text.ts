import type { Field } from 'tidegate'
import { isoText } from '../cells/as-json.ts'
import type { Cell } from '../cells/cells.ts'

/** What `str()` of Python gives for a cell: `1.0`, `True`, `2020-01-02 12:30:00`. Lengths and patterns look at this text. */
export function pythonText(cell: Exclude<Cell, null>, { type }: Field): string {
  if (typeof cell === 'boolean') return cell ? 'True' : 'False'
  if (typeof cell !== 'number') return String(cell)
  if (type.kind === 'date') return isoText(cell).slice(0, 10)
  if (type.kind === 'timestamp') return isoText(cell).replace('T', ' ')
  if (type.kind === 'time') return isoText(cell).slice(11)
  if (type.kind === 'int') return String(cell)
  return type.kind === 'decimal' ? cell.toFixed(type.scale) : floatText(cell)
}

/** `repr` of a Python float: shortest digits that read back, exponents from 1e16 on and below 1e-4. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : value < 0 ? '-inf' : 'nan'
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) {
    const [digits = '', exponent = '0'] = value.toExponential().split('e')
    const power = Number(exponent)
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  }
  if (Object.is(value, -0)) return '-0.0'
  return Number.isInteger(value) ? `${value}.0` : String(value)
}
