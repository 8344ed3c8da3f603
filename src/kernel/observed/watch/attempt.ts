import type { Table } from 'arquero'
import { isTidegateError } from '../../errors.ts'
import type { Cells } from '../cells/cells.ts'
import type { Place } from '../expression/errors.ts'
import { explainFailure } from './explain-failure.ts'
import { refusal, refusalOfOther } from './row-wise.ts'
import { isWatched, type Watched } from './watch.ts'

export function placeOf(table: Watched, verb: string): Place {
  return { verb, node: table.observation.node }
}

/** Runs a verb; what Arquero or the user's expressions throw is explained. */
export function attempt<R>(table: Watched, verb: string, args: readonly unknown[], body: (place: Place) => R): R {
  const place = placeOf(table, verb)
  try {
    return body(place)
  } catch (cause) {
    if (isTidegateError(cause)) throw cause
    throw explainFailure(place, args, cause, table)
  }
}

/** Runs a verb that sees more than one row, or refuses it. */
export function attemptWhole<R>(table: Watched, verb: string, args: readonly unknown[], body: (place: Place) => R): R {
  if (table.observation.rowWise) throw refusal(placeOf(table, verb), args)
  return attempt(table, verb, args, body)
}

/** Runs a verb over several tables of the same columns, or refuses it. */
export function attemptStack<R>(
  table: Watched,
  verb: string,
  args: readonly unknown[],
  body: (others: readonly Table[]) => R,
): R {
  return attemptWhole(table, verb, args, (place) => {
    const others = args.flat() as readonly Table[]
    for (const other of others) checkOther(place, other, args)
    return body(others)
  })
}

/** Refuses a batch as the other table: its rows are not all that there are. */
export function checkOther(place: Place, other: Table, args: readonly unknown[]): void {
  if (isWatched(other) && other.observation.rowWise) throw refusalOfOther(place, args)
}

export function cellsOf(table: Table, name: string): Cells {
  return table.column(name) as unknown as Cells
}

/** A table like `table` of other columns: neither filtered, grouped nor ordered. */
export function rebuild<T extends Table>(table: T, names: readonly string[], cells: (name: string) => Cells): T {
  const data = Object.fromEntries(names.map((name) => [name, cells(name)]))
  return table.create({ data, names, filter: null, groups: null, order: null } as never)
}
