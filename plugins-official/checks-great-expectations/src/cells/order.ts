import { compareText } from 'tidegate'
import type { Cell } from './cells.ts'

/** Below 0, 0 or above: numbers by value, text by code points. Text beside a number comes after it. */
export function compareCells(a: Exclude<Cell, null>, b: Exclude<Cell, null>): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'string' || typeof b === 'string') return typeof a === 'string' ? 1 : -1
  const x = typeof a === 'boolean' ? Number(a) : a
  const y = typeof b === 'boolean' ? Number(b) : b
  return x < y ? -1 : x > y ? 1 : 0
}

/** An open or closed range. */
export interface Range {
  readonly min: Exclude<Cell, null> | undefined
  readonly max: Exclude<Cell, null> | undefined
  readonly strictMin: boolean
  readonly strictMax: boolean
}

export function within(cell: Exclude<Cell, null>, { min, max, strictMin, strictMax }: Range): boolean {
  if (min !== undefined) {
    const side = compareCells(cell, min)
    if (side < 0 || (strictMin && side === 0)) return false
  }
  if (max === undefined) return true
  const side = compareCells(cell, max)
  return side < 0 || (!strictMax && side === 0)
}
