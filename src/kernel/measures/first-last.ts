import { BooleanColumn, type Column } from '../columns/column.ts'
import { createInterner } from '../group/interner.ts'
import { type Field, types } from '../types.ts'
import { allKinds, type ColumnAccumulator, columnMeasure, grown, stateField } from './accumulate.ts'
import { withoutOptions } from './options.ts'
import type { FirstFn, LastFn } from './signatures.ts'

/** The cell of the group's first row in part and row order, in the column's own type; null where that cell is absent. */
export const first = withoutOptions('first', (column: string) =>
  columnMeasure({
    kind: 'first',
    column,
    version: 1,
    kinds: allKinds,
    needs: 'a value',
    make: (field) => make(field, false),
  }),
) as FirstFn

/** The cell of the group's last row, as `first`. */
export const last = withoutOptions('last', (column: string) =>
  columnMeasure({
    kind: 'last',
    column,
    version: 1,
    kinds: allKinds,
    needs: 'a value',
    make: (field) => make(field, true),
  }),
) as LastFn

/** Cells are kept as ids of interned values (exact bits), so that any type costs four bytes a group. */
function make(field: Field, latest: boolean): ColumnAccumulator {
  let cells = createInterner(field, 'content')
  let held = new Int32Array(0)
  let seen = new Uint8Array(0)
  let rowOf = new Int32Array(0)

  /** Which groups get a cell from these rows, and from which. */
  function choose(groups: Int32Array, present: Uint8Array | undefined): readonly number[] {
    const touched: number[] = []
    for (let row = 0; row < groups.length; row++) {
      const group = groups[row] as number
      if (present?.[row] === 0 || (!latest && seen[group] === 1)) continue
      if ((rowOf[group] as number) < 0) touched.push(group)
      rowOf[group] = row
      seen[group] = 1
    }
    return touched
  }
  function add(column: Column, groups: Int32Array, count: number, present?: Uint8Array): void {
    held = grown(held, count)
    seen = grown(seen, count)
    const before = rowOf.length
    rowOf = grown(rowOf, count)
    rowOf.fill(-1, before)
    const touched = choose(groups, present)
    const ids = cells.ids(column.take(Int32Array.from(touched, (group) => rowOf[group] as number)))
    touched.forEach((group, i) => {
      held[group] = ids[i] as number
      rowOf[group] = -1
    })
    if (cells.count > 4 * count + 1024) compact(count)
  }
  /** Forgets cells that later rows have replaced. */
  function compact(count: number): void {
    const kept = cells.values(held.subarray(0, count))
    cells = createInterner(field, 'content')
    held.set(cells.ids(kept))
  }
  const value = (count: number) => {
    held = grown(held, count)
    return cells.values(held.subarray(0, count))
  }
  const sees = field.sees === undefined ? {} : { sees: field.sees }
  return {
    stateFields: [{ name: 'value', type: field.type, nullable: true, ...sees }, stateField('seen', types.boolean)],
    result: { type: field.type, nullable: true, ...sees },
    add,
    merge: (state, groups, count) => add(state[0] as Column, groups, count, (state[1] as BooleanColumn).values),
    state(count) {
      seen = grown(seen, count)
      return [value(count), new BooleanColumn(seen.slice(0, count))]
    },
    finish: value,
  }
}
