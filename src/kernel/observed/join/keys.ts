import { parse, type Table } from 'arquero'
import { TidegateError } from '../../errors.ts'
import type { Cells } from '../cells/cells.ts'
import { type Place, unknownColumn, where } from '../expression/errors.ts'
import { inspect, type Reading } from '../expression/inspect.ts'
import { toArray } from '../expression/selection.ts'

/** Equality keys as columns of both sides, and the names that appear once in the result; or the predicate that was given instead. */
export type JoinOn =
  | {
      readonly left: readonly Cells[]
      readonly right: readonly Cells[]
      readonly shared: readonly string[]
      readonly named: boolean
    }
  | { readonly predicate: unknown }

/** Reads the `on` of a join as Arquero does: nothing (columns of the same name), a name, `[k]`, `[left, right]`, `[[l1, l2], [r1, r2]]`, or a predicate. */
export function joinOn(left: Table, right: Table, on: unknown, place: Place, rowWise: boolean): JoinOn {
  const inferred = inferKeys(left, right, on, place)
  if (!Array.isArray(inferred)) return { predicate: inferred }
  const [onLeft, onRight] = [toArray(inferred[0]), toArray(inferred[1])]
  if (onLeft.length !== onRight.length) {
    throw new TidegateError(
      'STEP_EXPRESSION',
      `${where(place)}${place.verb} has ${onLeft.length} keys on the left and ${onRight.length} on the right.`,
      {
        hint: 'Give as many keys for one table as for the other: [[l1, l2], [r1, r2]].',
      },
    )
  }
  const keys = (table: Table, params: readonly unknown[], refuse: boolean) =>
    params.map((param) =>
      keyColumn(table, param, {
        place,
        tables: [table],
        rowWise: refuse,
        options: { aggregate: false, window: false },
      }),
    )
  return {
    left: keys(left, onLeft, rowWise),
    right: keys(right, onRight, false),
    shared: onLeft.filter((key, i): key is string => typeof key === 'string' && key === onRight[i]),
    named: [...onLeft, ...onRight].every((key) => typeof key === 'string' || typeof key === 'number'),
  }
}

function inferKeys(left: Table, right: Table, on: unknown, place: Place): unknown {
  if (!on) {
    const names = new Set(right.columnNames())
    const shared = left.columnNames((name) => names.has(name))
    if (shared.length > 0) return [shared, shared]
    throw new TidegateError(
      'STEP_EXPRESSION',
      `${where(place)}${place.verb} without keys needs columns of the same name, and there are none.`,
      {
        hint: `Name the keys, such as ['${left.columnName(0) ?? 'a'}', '${right.columnName(0) ?? 'b'}']. Left: ${left.columnNames().join(', ')}. Right: ${right.columnNames().join(', ')}.`,
      },
    )
  }
  if (typeof on === 'string') return [on, on]
  return Array.isArray(on) && on.length === 1 ? [on[0], on[0]] : on
}

function keyColumn(table: Table, param: unknown, reading: Reading): Cells {
  const name = typeof param === 'number' ? table.columnName(param) : param
  if (typeof name === 'string') {
    const column = table.column(name)
    if (column === undefined) throw unknownColumn(reading.place, name, table.columnNames())
    return column as unknown as Cells
  }
  const expression = new Map([[0, name]])
  inspect(expression, reading)
  const [evaluate] = parse(expression, { table, aggregate: false, window: false }).exprs as [
    (row: number, data: unknown) => unknown,
  ]
  const out = new Array<unknown>(table.totalRows()).fill(undefined)
  const data = table.data()
  table.scan((row) => {
    out[row as number] = evaluate(row as number, data)
  })
  return out
}
