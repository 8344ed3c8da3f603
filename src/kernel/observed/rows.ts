import { ColumnTable, type Table } from 'arquero'
import type { Cells } from './cells/cells.ts'
import { concatCells } from './cells/concat.ts'
import { sliceCells, takeCells } from './cells/take.ts'
import { distinctRows } from './distinct/dedupe.ts'
import type { Place } from './expression/errors.ts'
import { type Entries, resolveEntries } from './expression/selection.ts'
import { matchingRows } from './join/filter.ts'
import { joinOn } from './join/keys.ts'
import { sortedRows } from './order/keys.ts'
import { rebuild } from './watch/attempt.ts'
import { carry, type Watched } from './watch/watch.ts'

/** Backing rows in a filter's order, whatever the table's order; undefined for all of them. */
export function filteredRows(table: Table): Int32Array | undefined {
  const mask = table.mask()
  if (mask === null) return undefined
  const out = new Int32Array(table.numRows())
  let to = 0
  for (let row = mask.next(0); row >= 0; row = mask.next(row + 1)) out[to++] = row
  return out
}

/** What `scan` without an order visits: with a filter, rows already sorted come in that order. */
function scannedRows(table: Table): Int32Array | undefined {
  return table.isFiltered() ? asSigned(table.indices(false) as Uint32Array) : undefined
}

export function asSigned(rows: Uint32Array): Int32Array {
  return new Int32Array(rows.buffer, rows.byteOffset, rows.length)
}

/** The rows of `table` at `rows`, without filter, order and groups; typed columns stay typed, what is known of columns is kept. */
export function takeRows<T extends Watched>(table: T, rows: Int32Array): T {
  const names = table.columnNames()
  return carry(
    table,
    rebuild(table, names, (name) => takeCells(table.column(name) as unknown as Cells, rows)),
    names,
  )
}

/** `reify` of a grouped table: the groups are Arquero's, made over a table without columns. */
export function reifyGrouped<T extends Watched>(table: T, rows: Int32Array): T {
  const shell = table.create({ data: {}, names: [] } as never) as unknown as ColumnTable
  const groups = ColumnTable.prototype.reify.call(shell, rows as never).groups()
  return carry(table, takeRows(table, rows).create({ groups } as never), table.columnNames())
}

/** Rows [start, end) of a table that is neither filtered, ordered nor grouped. */
export function sliceRows<T extends Watched>(table: T, start: number, end: number): T {
  const names = table.columnNames()
  return carry(
    table,
    rebuild(table, names, (name) => sliceCells(table.column(name) as unknown as Cells, start, end)),
    names,
  )
}

/** The rows of all tables, one table after the other, in the columns of the first. */
export function concatTables<T extends Table>(table: T, others: readonly Table[]): T {
  const tables = [table, ...others].map((one) => ({ one, rows: scannedRows(one), length: one.numRows() }))
  return rebuild(table, table.columnNames(), (name) => {
    const parts = tables.map(({ one, rows, length }) => ({
      cells: one.column(name) as unknown as Cells | undefined,
      rows,
      length,
    }))
    return concatCells(name, table.column(name) as unknown as Cells, parts)
  })
}

/** The first row of each combination of keys; undefined for what is left to Arquero. */
export function dedupeRows<T extends Watched>(table: T, keys: Entries): T | undefined {
  const ordered = table.isOrdered()
  const filtered = filteredRows(table)
  const visible = ordered ? sortedRows(table, filtered) : filtered
  if (ordered && visible === undefined) return undefined
  const rows = distinctRows(table, keys, visible)
  if (rows === undefined) return undefined
  if (!ordered && rows.length === table.totalRows()) return table.create({ filter: null, groups: null } as never) as T
  return takeRows(table, rows)
}

/** The distinct rows that occur in all (`anti`: in none) of `others`; undefined for what is left to Arquero. */
export function rowsAlsoIn<T extends Watched>(
  table: T,
  others: readonly Table[],
  anti: boolean,
  place: Place,
): T | undefined {
  const names = table.columnNames()
  if (others.length === 0 || names.length === 0) return undefined
  let left: T = table
  for (const other of others) {
    const right = (other as ColumnTable).select(names)
    const keys = joinOn(left, right, undefined, place, false)
    if ('predicate' in keys) return undefined
    left = left.create({ filter: matchingRows(left, right, keys, anti) } as never) as T
  }
  return dedupeRows(left, resolveEntries(left, names, place))
}

/** The place of each visible row in its group, from 1 in the table's order, lies in (start, end]; from the end where negative. Rows as a filter. */
export function rowsWithin(table: Table, order: Int32Array | undefined, start: number, end: number): Int32Array {
  const { keys, size } = table.groups() as unknown as { readonly keys: Uint32Array; readonly size: number }
  const n = order?.length ?? table.totalRows()
  const sizes = new Int32Array(size)
  for (let i = 0; i < n; i++) {
    const group = keys[order === undefined ? i : (order[i] as number)] as number
    sizes[group] = (sizes[group] as number) + 1
  }
  const passed = new Int32Array(size)
  const out = new Int32Array(n)
  let to = 0
  for (let i = 0; i < n; i++) {
    const row = order === undefined ? i : (order[i] as number)
    const group = keys[row] as number
    const place = (passed[group] as number) + 1
    passed[group] = place
    const count = sizes[group] as number
    if ((start < 0 ? count + start : start) < place && place <= (end < 0 ? count + end : end)) out[to++] = row
  }
  return out.subarray(0, to)
}
