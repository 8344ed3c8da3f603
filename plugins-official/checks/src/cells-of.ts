import { type Column, doubles, fieldOf, isValid } from 'tidegate'
import { cellKey, eachKey } from './cell-key.ts'
import type { Plain } from './text.ts'
import { bytesOf, numbersOf, wholeMeasure } from './whole-measure.ts'

/** How many values fell into each cell, and how many into none (NaN, or a category that is not listed). */
export interface CellCounts {
  readonly counts: Float64Array
  readonly outside: number
}

/**
 * Counts between sorted cut points: cell 0 is below the first cut, cell 2i + 1 is the cut i itself, cell 2i + 2 lies between it and the next. Memory is
 * bounded by the cuts.
 */
export function cutCounts(name: string, column: string, cuts: Float64Array) {
  return counting(name, column, 2 * cuts.length + 1, ['int', 'float', 'decimal'], 'a number', (cells, count) => {
    if (cells.type.kind === 'null') return
    const values = doubles(cells)
    for (let row = 0; row < values.length; row++)
      if (isValid(cells.validity, row)) count(cellOf(cuts, values[row] as number), 1)
  })
}

/** Counts of the listed categories, in their order. */
export function categoryCounts(name: string, column: string, categories: readonly Plain[]) {
  const places = new Map(categories.map((value, i) => [cellKey(value), i]))
  return counting(
    name,
    column,
    categories.length,
    ['string', 'boolean', 'int'],
    'text, a boolean or an integer',
    (cells, count) => eachKey(cells, (key, rows) => count(places.get(key) ?? -1, rows)),
  )
}

/** The cell of a value by bisection; -1 for NaN. */
function cellOf(cuts: Float64Array, value: number): number {
  if (Number.isNaN(value)) return -1
  let [low, high] = [0, cuts.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((cuts[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return cuts[low] === value ? 2 * low + 1 : 2 * low
}

function counting(
  name: string,
  column: string,
  cells: number,
  kinds: Parameters<typeof fieldOf>[3],
  needs: string,
  each: (column: Column, count: (cell: number, rows: number) => void) => void,
) {
  return wholeMeasure<CellCounts>({
    name: `cells(${column})`,
    columns: [column],
    version: 1,
    open(schema) {
      const { index } = fieldOf(schema, column, name, kinds, needs)
      const counts = new Float64Array(cells + 1)
      const count = (cell: number, rows: number) => {
        const at = cell < 0 ? cells : cell
        counts[at] = (counts[at] as number) + rows
      }
      return {
        add: (batch) => each(batch.columns[index] as Column, count),
        merge(bytes) {
          for (const [cell, rows] of numbersOf(bytes).entries()) count(cell, rows)
        },
        bytes: () => bytesOf(counts),
        result: () => ({ counts: counts.slice(0, cells), outside: counts[cells] as number }),
      }
    },
  })
}
