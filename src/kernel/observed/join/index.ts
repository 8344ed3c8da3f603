import type { Table } from 'arquero'
import { isColumn } from '../../columns/column.ts'
import type { Cells } from '../cells/cells.ts'
import { type KeySpace, numberKeys, translate } from './space.ts'

/** A table indexed by one or more key columns. Rows of equal keys form a group; rows with an absent key are in none. */
export interface JoinIndex {
  /** Backing row at each position of the indexed table. */
  readonly rows: Int32Array
  /** Where no two rows have equal keys: the backing row of each group. */
  readonly only: Int32Array | undefined
  /** Group g holds the positions `positions[starts[g] .. starts[g + 1])`, in order. */
  readonly starts: Int32Array
  readonly positions: Int32Array
  readonly spaces: readonly KeySpace[]
  /** Level k joins the group of the first k + 1 keys with the number of the next one: `group * size + number`. */
  readonly levels: readonly Level[]
}

interface Level {
  readonly size: number
  readonly groups: Map<number, number>
}

interface Entry {
  readonly keys: readonly Cells[]
  readonly index: JoinIndex
}

const whole = {}
const cache = new WeakMap<object, WeakMap<object, Entry[]>>()

/**
 * The index of `table` over `keys`. It is built once for the same typed key columns and filter, whatever table they stand in: a side table is
 * joined anew for every batch. Arrays could be changed by their owner and an order is not part of the key, so these are indexed each time.
 */
export function indexOf(table: Table, keys: readonly Cells[]): JoinIndex {
  if (table.isOrdered() || !keys.every(isColumn)) return buildIndex(keys, rowsOf(table))
  const [first] = keys
  const byMask = cache.get(first as object) ?? new WeakMap<object, Entry[]>()
  cache.set(first as object, byMask)
  const mask = table.mask() ?? whole
  const entries = byMask.get(mask) ?? []
  byMask.set(mask, entries)
  const found = entries.find(
    (entry) => entry.keys.length === keys.length && entry.keys.every((key, i) => key === keys[i]),
  )
  if (found !== undefined) return found.index
  const index = buildIndex(keys, rowsOf(table))
  entries.push({ keys, index })
  return index
}

/** Backing rows of a table in the order in which Arquero's joins visit them. */
export function rowsOf(table: Table): Int32Array {
  if (table.isFiltered() || table.isOrdered()) return new Int32Array(table.indices(false))
  const rows = new Int32Array(table.totalRows())
  for (let row = 0; row < rows.length; row++) rows[row] = row
  return rows
}

function buildIndex(keys: readonly Cells[], rows: Int32Array): JoinIndex {
  const several = keys.length > 1
  const numbered = keys.map((key) => numberKeys(key, rows, several))
  const [head, ...rest] = numbered as [(typeof numbered)[0], ...typeof numbered]
  let groups = head.ids
  let count = head.space.count
  const levels = rest.map(({ space, ids }) => {
    const level: Level = { size: space.count, groups: new Map() }
    groups = combine(groups, ids, level, true)
    count = level.groups.size
    return level
  })
  const starts = new Int32Array(count + 1)
  for (const group of groups) if (group >= 0) starts[group + 1] = (starts[group + 1] as number) + 1
  let unique = true
  for (let g = 0; g < count; g++) {
    if ((starts[g + 1] as number) > 1) unique = false
    starts[g + 1] = (starts[g + 1] as number) + (starts[g] as number)
  }
  const next = starts.slice()
  const positions = new Int32Array(starts[count] as number)
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i] as number
    if (group < 0) continue
    positions[next[group] as number] = i
    next[group] = (next[group] as number) + 1
  }
  const only = unique ? positions.map((position) => rows[position] as number) : undefined
  return { rows, only, starts, positions, spaces: numbered.map(({ space }) => space), levels }
}

/** For each backing row of the probing table the group that its keys belong to, -1 where there is none. */
export function probe(index: JoinIndex, keys: readonly Cells[]): Int32Array {
  let groups = translate(index.spaces[0] as KeySpace, keys[0] as Cells)
  index.levels.forEach((level, k) => {
    groups = combine(groups, translate(index.spaces[k + 1] as KeySpace, keys[k + 1] as Cells), level, false)
  })
  return groups
}

function combine(groups: Int32Array, ids: Int32Array, level: Level, grow: boolean): Int32Array {
  const out = new Int32Array(groups.length)
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i] as number
    const id = ids[i] as number
    if (group < 0 || id < 0) {
      out[i] = -1
      continue
    }
    const key = group * level.size + id
    let found = level.groups.get(key)
    if (found === undefined && grow) {
      found = level.groups.size
      level.groups.set(key, found)
    }
    out[i] = found ?? -1
  }
  return out
}
