import type { Table } from 'arquero'
import { rowsOf } from '../aggregate/rows.ts'

/** The visible rows of a table group by group, each in the table's order. */
export interface Partitions {
  readonly order: Int32Array
  /** Partition p is `order[starts[p] .. starts[p + 1])`. */
  readonly starts: Int32Array
  /** Equal for neighbours in `order` that the table's order does not tell apart; undefined where every row is its own. */
  readonly peers: Int32Array | undefined
  readonly total: number
}

export function partitionsOf(table: Table): Partitions {
  const { order, starts } = table.isOrdered() ? sorted(table) : grouped(table)
  return {
    order,
    starts,
    peers: table.isOrdered() ? peersOf(table, order, starts) : undefined,
    total: table.totalRows(),
  }
}

function sorted(table: Table): Pick<Partitions, 'order' | 'starts'> {
  const parts = table.partitions() as readonly (readonly number[] | Uint32Array)[]
  const starts = new Int32Array(parts.length + 1)
  parts.forEach((part, i) => {
    starts[i + 1] = (starts[i] as number) + part.length
  })
  const order = new Int32Array(starts[parts.length] as number)
  parts.forEach((part, i) => {
    order.set(part, starts[i])
  })
  return { order, starts }
}

function grouped(table: Table): Pick<Partitions, 'order' | 'starts'> {
  const { rows, total, keys, size } = rowsOf(table)
  const n = rows === undefined ? total : rows.length
  const all = rows === undefined ? counted(n) : new Int32Array(rows)
  if (keys === undefined) return { order: all, starts: Int32Array.of(0, n) }
  const starts = new Int32Array(size + 1)
  for (let i = 0; i < n; i++) {
    const next = (keys[all[i] as number] as number) + 1
    starts[next] = (starts[next] as number) + 1
  }
  for (let group = 0; group < size; group++)
    starts[group + 1] = (starts[group + 1] as number) + (starts[group] as number)
  const next = starts.slice()
  const order = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    const row = all[i] as number
    const group = keys[row] as number
    order[next[group] as number] = row
    next[group] = (next[group] as number) + 1
  }
  return { order, starts }
}

function counted(n: number): Int32Array {
  const out = new Int32Array(n)
  for (let i = 0; i < n; i++) out[i] = i
  return out
}

function peersOf(table: Table, order: Int32Array, starts: Int32Array): Int32Array {
  const compare = table.comparator() as unknown as (a: number, b: number, data: unknown) => number
  const data = table.data()
  const peers = new Int32Array(order.length)
  for (let part = 0; part + 1 < starts.length; part++) {
    const end = starts[part + 1] as number
    for (let i = (starts[part] as number) + 1; i < end; i++) {
      const before = peers[i - 1] as number
      peers[i] = compare(order[i - 1] as number, order[i] as number, data) ? before + 1 : before
    }
  }
  return peers
}

/** For each position of `order` where its frame begins and ends, counted within its partition. */
export interface Bounds {
  readonly from: Int32Array
  readonly to: Int32Array
}

/** `before` and `after` in rows, null: without end; with `whole`, frames that cut peers apart are widened to hold all of them. */
export function boundsOf(parts: Partitions, before: number | null, after: number | null, whole: boolean): Bounds {
  const { order, starts } = parts
  const peers = whole ? parts.peers : undefined
  const from = new Int32Array(order.length)
  const to = new Int32Array(order.length)
  for (let part = 0; part + 1 < starts.length; part++) {
    const start = starts[part] as number
    const n = (starts[part + 1] as number) - start
    for (let i = 0; i < n; i++) {
      let low = before === null ? 0 : Math.max(0, i - before)
      let high = after === null ? n : Math.min(n, i + after + 1)
      if (peers !== undefined) {
        while (low > 0 && peers[start + low - 1] === peers[start + low]) low--
        while (high < n && peers[start + high - 1] === peers[start + high]) high++
      }
      from[start + i] = low
      to[start + i] = high
    }
  }
  return { from, to }
}
