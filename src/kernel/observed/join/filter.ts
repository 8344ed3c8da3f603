import { BitSet, type Table } from 'arquero'
import type { Cells } from '../cells/cells.ts'
import { gatherCells } from './gather.ts'
import { indexOf, probe } from './index.ts'
import { encoded } from './join.ts'

export interface Keys {
  readonly left: readonly Cells[]
  readonly right: readonly Cells[]
}

/** The visible rows of `left` that have (`anti`: have not) a row of equal keys in `right`. */
export function matchingRows(left: Table, right: Table, keys: Keys, anti: boolean): BitSet {
  const groups = probe(indexOf(right, keys.right), keys.left)
  const bits = new BitSet(left.totalRows())
  const mask = left.mask()
  for (
    let row = mask === null ? 0 : mask.next(0);
    row >= 0 && row < groups.length;
    row = mask === null ? row + 1 : mask.next(row + 1)
  ) {
    if ((groups[row] as number) >= 0 !== anti) bits.set(row)
  }
  return bits
}

/** For each row of `left` the cells of `columns` in the last row of `right` with equal keys. `right` must not be ordered. */
export function lookUp(left: Table, right: Table, keys: Keys, columns: readonly string[]): readonly Cells[] {
  const index = indexOf(right, keys.right)
  const { rows, starts, positions } = index
  const groups = probe(index, keys.left)
  const found = new Int32Array(left.totalRows())
  for (let row = 0; row < found.length; row++) {
    const group = groups[row] as number
    found[row] = group < 0 ? -1 : (rows[positions[(starts[group + 1] as number) - 1] as number] as number)
  }
  return columns.map((name) => gatherCells(encoded(right.column(name) as unknown as Cells), found))
}
