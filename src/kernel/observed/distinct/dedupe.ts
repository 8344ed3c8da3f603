import { parse, type Table } from 'arquero'
import type { Cells } from '../cells/cells.ts'
import type { Entries } from '../expression/selection.ts'
import { type Ids, idsOfAny, pairIds } from './ids.ts'

/**
 * The first of `rows` of each combination of keys, in their order. Undefined for what is left to Arquero: no keys at all, aggregates, escaped functions.
 * Text that holds quotes and bars is not confused when there are several keys (Arquero glues them together, so that `a"|"b` and `c` equal `a` and `b"|"c`).
 */
export function distinctRows(table: Table, keys: Entries, rows: Int32Array | undefined): Int32Array | undefined {
  const total = table.totalRows()
  let ids: Ids | undefined
  for (const key of keys.values()) {
    const cells =
      'column' in key ? (table.column(key.column) as unknown as Cells) : evaluated(table, key.expression, rows)
    if (cells === undefined) return undefined
    const more = idsOfAny(cells, total)
    ids = ids === undefined ? more : pairIds(ids, more)
  }
  return ids === undefined ? undefined : firstOfEach(ids, rows)
}

function firstOfEach({ ids, count, first }: Ids, rows: Int32Array | undefined): Int32Array {
  if (rows === undefined && first !== undefined) return first
  const n = rows?.length ?? ids.length
  const seen = new Uint8Array(count)
  const out = new Int32Array(Math.min(n, count))
  let size = 0
  for (let i = 0; i < n; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    const id = ids[row] as number
    if (seen[id] === 1) continue
    seen[id] = 1
    out[size++] = row
  }
  return out.subarray(0, size)
}

/** The values of an expression at the visible rows; undefined for aggregates and escaped functions. */
function evaluated(table: Table, expression: unknown, rows: Int32Array | undefined): Cells | undefined {
  if ((expression as { readonly escape?: unknown } | null)?.escape !== undefined) return undefined
  const { exprs, ops } = parse(new Map([['0', expression]]), { table, window: false } as object) as unknown as {
    readonly exprs: readonly [(row: number, data: unknown) => unknown]
    readonly ops: readonly unknown[]
  }
  if (ops.length > 0) return undefined
  const [evaluate] = exprs
  const data = table.data()
  const out = new Array<unknown>(table.totalRows()).fill(null)
  const n = rows?.length ?? out.length
  for (let i = 0; i < n; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    out[row] = evaluate(row, data)
  }
  return out
}
