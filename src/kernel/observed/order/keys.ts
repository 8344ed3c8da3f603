import { parse, type Table } from 'arquero'
import type { Cells } from '../cells/cells.ts'
import { type CellView, viewOf } from '../cells/view.ts'
import type { Inspected } from '../expression/inspect.ts'
import { candidates, sortPositions } from './rows.ts'
import { type SortWord, sortKey } from './words.ts'

/** One key of `orderby`: a column as it was when the verb was called, or an expression over the columns of then. */
export interface OrderKey {
  readonly desc: boolean
  readonly cells: Cells | (() => Cells)
}

type Comparator = NonNullable<ReturnType<Table['comparator']>>

const known = new WeakMap<Comparator, readonly OrderKey[]>()

/** A comparator for `Table.create` that the kernels know the keys of. `arquero` makes the one that Arquero would; it is called when pairs are compared. */
export function comparatorOf(keys: readonly OrderKey[], arquero: () => Comparator): Comparator {
  let made: Comparator | undefined
  const compare: Comparator = (a, b, data) => {
    made ??= arquero()
    return made(a, b, data)
  }
  known.set(compare, keys)
  return compare
}

/** What one key of `orderby` sorts by; undefined for what the kernels leave to Arquero: collations, escaped functions, aggregates. */
export function orderKeyOf(table: Table, key: unknown, inspected: Inspected | string): OrderKey | undefined {
  const { desc, collate } = (key ?? {}) as { readonly desc?: unknown; readonly collate?: unknown }
  if (collate) return undefined
  const descending = Boolean(desc)
  const name = typeof inspected === 'string' ? inspected : inspected.direct?.column
  if (name !== undefined) return { desc: descending, cells: table.column(name) as unknown as Cells }
  if (typeof inspected === 'string' || inspected.tree === undefined || usesMore(inspected.tree)) return undefined
  const { exprs } = parse(new Map([['0', key]]), { table, window: false } as object) as unknown as {
    readonly exprs: readonly [(row: number, data: unknown) => unknown]
  }
  const [evaluate] = exprs
  const data = table.data()
  const rows = table.totalRows()
  return {
    desc: descending,
    cells: () => {
      const out = new Array<unknown>(rows)
      for (let row = 0; row < rows; row++) out[row] = evaluate(row, data)
      return out
    },
  }
}

const more = new Set(['Function', 'Parameter', 'Op'])

/** Aggregates, which need all rows, and functions and parameters, which Arquero's comparators do not see: they fail there, and that stays so. */
function usesMore(tree: object): boolean {
  if (more.has((tree as { readonly type?: string }).type ?? '')) return true
  return Object.values(tree).some((inner: unknown) => typeof inner === 'object' && inner !== null && usesMore(inner))
}

/** The visible rows of an ordered table in order (the first `count` of them); undefined where Arquero must compare. `rows` in place of all rows. */
export function sortedRows(table: Table, rows: Int32Array | undefined, count?: number): Int32Array | undefined {
  const order = table.comparator()
  const keys = order === null ? undefined : known.get(order)
  if (keys === undefined) return undefined
  const total = table.totalRows()
  const views: { readonly view: CellView; readonly desc: boolean }[] = []
  for (const { desc, cells } of keys) {
    const view = viewOfKey(cells, total)
    if (view === undefined) return undefined
    views.push({ view, desc })
  }
  const n = rows?.length ?? total
  const sort = (some: Int32Array | undefined, size: number) => {
    const order = sortPositions(
      size,
      views.map(({ view, desc }) => sortKey(view, some, desc)),
    )
    if (some !== undefined) for (let i = 0; i < size; i++) order[i] = some[order[i] as number] as number
    return order
  }
  const [first] = views
  if (count === undefined || first === undefined || count > n / 4 || n < 1024) return sort(rows, n)
  const [word] = sortKey(first.view, rows, first.desc).words
  const some = candidates(word as SortWord, count)
  if (some === undefined) return sort(rows, n)
  if (rows !== undefined) for (let i = 0; i < some.length; i++) some[i] = rows[some[i] as number] as number
  return sort(some, some.length)
}

/** Undefined where cells are of several kinds, binary (Arquero compares their text) or fail to be computed. */
function viewOfKey(cells: OrderKey['cells'], total: number): CellView | undefined {
  let found: Cells
  try {
    found = typeof cells === 'function' ? cells() : cells
  } catch {
    // Arquero's own comparison meets the same failure, if it reaches these rows at all.
    return undefined
  }
  if (found.length !== total) return undefined
  const view = viewOf(found)
  return view?.kind === 'bytes' && view.column.type.kind !== 'string' ? undefined : view
}
