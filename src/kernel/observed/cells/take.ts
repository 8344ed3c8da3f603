import { type Column, isColumn } from '../../columns/column.ts'
import type { Cells } from './cells.ts'

type TypedArray = Cells & { [index: number]: unknown }

export function isTypedArray(cells: Cells | undefined): cells is TypedArray {
  return ArrayBuffer.isView(cells) && !(cells instanceof DataView)
}

/** The cells at `rows`, all of which exist: typed columns keep type and encoding, typed arrays their class, anything else becomes an array. */
export function takeCells(cells: Cells, rows: Int32Array): Cells {
  if (isColumn(cells)) return (cells as Column).take(rows)
  const n = rows.length
  if (Array.isArray(cells)) {
    const out = new Array<unknown>(n)
    for (let i = 0; i < n; i++) out[i] = cells[rows[i] as number]
    return out
  }
  if (isTypedArray(cells)) {
    const out = new (cells.constructor as new (length: number) => TypedArray)(n)
    for (let i = 0; i < n; i++) out[i] = cells[rows[i] as number]
    return out
  }
  const out = new Array<unknown>(n)
  for (let i = 0; i < n; i++) out[i] = cells.at(rows[i] as number)
  return out
}

/** Cells [start, end): typed columns share their buffers; arrays, which their owner may change, are copied. */
export function sliceCells(cells: Cells, start: number, end: number): Cells {
  if (isColumn(cells)) return (cells as Column).slice(start, end)
  if (Array.isArray(cells)) return cells.slice(start, end)
  if (isTypedArray(cells)) return (cells as unknown as Uint8Array).slice(start, end)
  const out = new Array<unknown>(end - start)
  for (let i = 0; i < out.length; i++) out[i] = cells.at(start + i)
  return out
}
