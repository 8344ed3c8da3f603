import type { Cells } from '../cells/cells.ts'
import { idsOf, pairIds } from '../distinct/ids.ts'
import { type Rows, validRows } from './rows.ts'

/** Aggregates of cells of any type, as Arquero computes them. */
export function rowCounts(given: Rows): Float64Array {
  const { rows, total, keys, size, known } = given
  const found = known.get('rows')
  if (found !== undefined) return found as Float64Array
  const out = new Int32Array(size)
  const n = rows === undefined ? total : rows.length
  if (keys === undefined) {
    if (size > 0) out[0] = n
  } else if (rows === undefined) {
    for (let i = 0; i < n; i++) (out[keys[i] as number] as number)++
  } else {
    for (let i = 0; i < n; i++) (out[keys[rows[i] as number] as number] as number)++
  }
  const counts = new Float64Array(out)
  known.set('rows', counts)
  return counts
}

/** What was counted on the way to something else. */
export function setRowCounts({ known }: Rows, counts: Float64Array): void {
  known.set('rows', counts)
}

export function countValid(cells: Cells, given: Rows): Float64Array {
  const { rows, total, keys, size } = given
  const valid = validRows(cells, given)
  if (valid === undefined) return rowCounts(given)
  const out = new Float64Array(size)
  const n = rows === undefined ? total : rows.length
  for (let i = 0; i < n; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    if (valid[row] === 1) (out[keys === undefined ? 0 : (keys[row] as number)] as number)++
  }
  return out
}

/** The first valid row of each group, -1 where there is none. */
export function firstRows(cells: Cells, given: Rows): Int32Array {
  const { rows, total, keys, size } = given
  const valid = validRows(cells, given)
  const out = new Int32Array(size).fill(-1)
  const n = rows === undefined ? total : rows.length
  for (let i = 0; i < n; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    const group = keys === undefined ? 0 : (keys[row] as number)
    if ((out[group] as number) < 0 && (valid === undefined || valid[row] === 1)) out[group] = row
  }
  return out
}

/** The rows of the first appearance of each distinct valid value of each group, group and value in order of appearance. */
export function distinctRows(cells: Cells, given: Rows): readonly (readonly number[])[] | undefined {
  const { rows, total, keys, size } = given
  const found = idsOf(cells)
  if (found === undefined) return undefined
  const pairs = keys === undefined ? found : pairIds({ ids: keys, count: size }, found)
  const valid = validRows(cells, given)
  const seen = new Uint8Array(pairs.count)
  const out: number[][] = Array.from({ length: size }, () => [])
  const n = rows === undefined ? total : rows.length
  for (let i = 0; i < n; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    const id = pairs.ids[row] as number
    if (seen[id] === 1 || (valid !== undefined && valid[row] === 0)) continue
    seen[id] = 1
    ;(out[keys === undefined ? 0 : (keys[row] as number)] as number[]).push(row)
  }
  return out
}

/** The least or greatest valid value of each group by JavaScript's `<`, the first of equals; undefined where there is none. */
export function extremeCells(cells: Cells, given: Rows, which: 'min' | 'max'): unknown[] {
  const { rows, total, keys, size } = given
  const valid = validRows(cells, given)
  const out = new Array<unknown>(size).fill(undefined)
  const n = rows === undefined ? total : rows.length
  for (let i = 0; i < n; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    if (valid !== undefined && valid[row] === 0) continue
    const group = keys === undefined ? 0 : (keys[row] as number)
    const value = cells.at(row) as number
    const best = out[group] as number | undefined
    if (best === undefined || (which === 'min' ? value < best : value > best)) out[group] = value
  }
  return out
}

/** The valid values of each group, in row order. */
export function listCells(cells: Cells, given: Rows): unknown[][] {
  const { rows, total, keys, size } = given
  const valid = validRows(cells, given)
  const out: unknown[][] = Array.from({ length: size }, () => [])
  const n = rows === undefined ? total : rows.length
  for (let i = 0; i < n; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    if (valid !== undefined && valid[row] === 0) continue
    ;(out[keys === undefined ? 0 : (keys[row] as number)] as unknown[]).push(cells.at(row))
  }
  return out
}
