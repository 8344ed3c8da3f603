import type { Column } from 'tidegate'
import { nativeColumn } from './native.ts'
import { elementOf, type NdArray } from './numpy.ts'
import type { PyValue } from './values.ts'

export interface PickleColumn {
  readonly name: string
  at(row: number): PyValue
  /** All rows as they lie in a numpy array. */
  native?(): Column
}

export interface PickleTable {
  readonly rows: number
  readonly columns: readonly PickleColumn[]
}

/** Row `line` of an array of `[lines, rows]`, or an array of one dimension, as a column. */
export function arrayColumn(name: string, array: NdArray, line: number, rows: number): PickleColumn {
  const lines = array.shape.length === 2 ? (array.shape[0] as number) : 1
  const apart = array.fortran && lines > 1
  const index = (row: number) => (apart ? row * lines + line : line * rows + row)
  const native = nativeColumn(array, line * rows, rows)
  return { name, at: (row) => cell(array, index(row)), ...(apart || native === undefined ? {} : { native }) }
}

/** Element `index` of an array. */
export function cell({ dtype, data }: NdArray, index: number): PyValue {
  return data instanceof Uint8Array ? elementOf(dtype, data, index) : (data[index] ?? null)
}
