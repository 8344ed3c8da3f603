import { type Column, DictionaryColumn } from 'tidegate'
import { type Plain, shown } from './text.ts'

/** The same text for the same value, whatever the column's encoding: numbers and bigints by value, -0 as 0. */
export function cellKey(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'number') return Number.isInteger(value) ? String(BigInt(value)) : String(value)
  return String(value)
}

export function keysOf(values: readonly Plain[]): readonly string[] {
  return values.map(cellKey)
}

export function valuesText(values: readonly Plain[]): string {
  return values.map(shown).join(' | ')
}

/** Calls back with the keys of the present rows and how many rows have each: in a dictionary column once for each entry, otherwise row by row. */
export function eachKey(column: Column, visit: (key: string, rows: number) => void): void {
  if (column instanceof DictionaryColumn) eachCode(column, visit)
  else
    for (let row = 0; row < column.length; row++) {
      const value = column.at(row)
      if (value !== null) visit(cellKey(value), 1)
    }
}

/** In the order of first occurrence, so that encodings agree. */
function eachCode(column: DictionaryColumn, visit: (key: string, rows: number) => void): void {
  const { codes, dictionary } = column
  const counts = new Int32Array(dictionary.length)
  const order: number[] = []
  const validity = column.nullCount === 0 ? undefined : column.validity
  for (let row = 0; row < codes.length; row++) {
    if (validity !== undefined && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
    const code = codes[row] as number
    if (counts[code] === 0) order.push(code)
    counts[code] = (counts[code] as number) + 1
  }
  for (const code of order) visit(cellKey(dictionary[code]), counts[code] as number)
}
