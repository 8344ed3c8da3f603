import type { Table } from 'arquero'
import type { Cells } from '../cells/cells.ts'
import { inspect } from '../expression/inspect.ts'
import { asExpressions, resolveEntries } from '../expression/selection.ts'
import { attempt, cellsOf, checkOther, rebuild } from '../watch/attempt.ts'
import { refusal } from '../watch/row-wise.ts'
import { joinedFrom, mark, note, type Watched } from '../watch/watch.ts'
import { lookUp, matchingRows } from './filter.ts'
import { joinTables } from './join.ts'
import { joinOn } from './keys.ts'

interface Kept {
  readonly left: boolean
  readonly right: boolean
}

/** `join`, `join_left` and their like; `kept` tells whose unmatched rows stay. */
export function joinWatched<T extends Watched>(table: T, verb: string, args: readonly unknown[], kept: Kept): T {
  return attempt(table, verb, args, (place) => {
    const [other, on, values] = args as readonly [Table, unknown, unknown]
    const { suffix = [] } = (args[3] ?? {}) as { readonly suffix?: readonly (string | undefined)[] }
    const { rowWise } = table.observation
    if (rowWise && kept.right) throw refusal(place, args)
    checkOther(place, other, args)
    const sides = { left: table, right: other, keepLeft: kept.left, keepRight: kept.right }
    const joined = joinTables({ ...sides, on, values, suffix, rowWise, place })
    const names = joined.values.map(({ name }) => name)
    const out = rebuild(table, names, (name) => joined.data[name] as Cells)
    for (const value of joined.values) mark(table, out, value.name, joinedFrom(table, value, other))
    return out
  })
}

/** `semijoin` and (`anti`) `antijoin`; `plain` is Arquero's own, for predicates. */
export function filterByJoin<T extends Watched>(table: T, args: readonly unknown[], anti: boolean, plain: () => T): T {
  return attempt(table, anti ? 'antijoin' : 'semijoin', args, (place) => {
    const [other, on] = args as readonly [Table, unknown]
    checkOther(place, other, args)
    const keys = joinOn(table, other, on, place, table.observation.rowWise)
    return 'predicate' in keys ? plain() : table.create({ filter: matchingRows(table, other, keys, anti) })
  })
}

/** `lookup`; `plain` is Arquero's own, for values that are computed. */
export function lookUpWatched<T extends Watched>(table: T, args: readonly unknown[], plain: () => T): T {
  return attempt(table, 'lookup', args, (place) => {
    const [other, on, ...given] = args as readonly [Table, unknown, ...unknown[]]
    checkOther(place, other, args)
    const keys = joinOn(table, other, on, place, table.observation.rowWise)
    const values = given.length > 0 ? given.flat() : other.columnNames((name) => table.column(name) === undefined)
    const expressions = asExpressions(resolveEntries(other, values, place))
    const seen = inspect(expressions, { place, tables: [other], rowWise: false, options: { window: false } })
    const columns = seen.flatMap((one) => (one.direct === undefined ? [] : [one.direct.column]))
    const computed = columns.length < seen.length
    if ('predicate' in keys || computed || other.isOrdered()) return note(table, plain(), seen, other)
    const cells = lookUp(table, other, keys, columns)
    const added = new Map(seen.map((one, i) => [one.name, cells[i] as Cells]))
    const names = [...new Set([...table.columnNames(), ...added.keys()])]
    const data = Object.fromEntries(names.map((name) => [name, added.get(name) ?? cellsOf(table, name)]))
    return note(table, table.create({ data: data as never, names }), seen, other)
  })
}
