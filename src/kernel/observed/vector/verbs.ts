import type { BitSet, Table } from 'arquero'
import { aggregatesByRow } from '../aggregate/verbs.ts'
import type { Cells } from '../cells/cells.ts'
import type { Frame, Inspected } from '../expression/inspect.ts'
import { pairsOf } from '../expression/selection.ts'
import { createWindows, isRolling, isUnbounded } from '../window/special.ts'
import { evaluate, evaluateFilter, type Special } from './evaluate.ts'

type Options = { readonly drop?: boolean; readonly before?: unknown; readonly after?: unknown } | undefined

/**
 * `derive` in typed loops; `rest` lets Arquero derive what is left over. Undefined where all is left to Arquero. What throws here is left to it as
 * well: it may not meet the row, and if it does it throws the same.
 */
export function deriveTyped<T extends Table>(
  table: T,
  values: object,
  derived: readonly Inspected[],
  options: Options,
  rest: (values: ReadonlyMap<unknown, unknown>) => T,
): T | undefined {
  if (derived.length === 0 || (options?.before ?? options?.after ?? null) !== null) return undefined
  // Arquero gives one of two equal aggregates no result where only one of them has a frame, without ends.
  if (derived.length > 1 && derived.some(({ window }) => window !== undefined && isUnbounded(window))) return undefined
  const cells = new Map<string, Cells>()
  const special = specialsOf(table)
  for (const one of derived) {
    const { tree, window } = one
    const made = attemptTyped(() => tree && evaluate(table, tree, special(window)))
    if (made !== undefined) cells.set(one.name, made)
  }
  if (cells.size === 0) return undefined
  if (cells.size < new Set(derived.map(({ name }) => name)).size) {
    const out = rest(new Map([...pairsOf(values)].filter(([name]) => !cells.has(String(name)))))
    for (const { name } of derived) if (!cells.has(name)) cells.set(name, out.column(name) as unknown as Cells)
  }
  const data: Record<string, unknown> = options?.drop === true ? {} : { ...table.data() }
  const names = options?.drop === true ? [] : table.columnNames()
  for (const { name } of derived) {
    if (!Object.hasOwn(data, name)) names.push(name)
    data[name] = cells.get(name)
  }
  return table.create({ data, names } as never)
}

/** The rows that `filter` keeps, in a typed loop; undefined where it is left to Arquero. */
export function filterTyped(table: Table, inspected: readonly Inspected[]): BitSet | undefined {
  const { tree, window } = inspected[0] as Inspected
  return attemptTyped(() => tree && evaluateFilter(table, tree, specialsOf(table)(window)))
}

/** Window functions and aggregates of the expressions of one verb, shared by them. */
function specialsOf(table: Table): (window: Frame | undefined) => Special {
  const aggregates = aggregatesByRow(table)
  const windows = createWindows(table)
  return (window) => {
    const framed = windows(window)
    return (node, scope) => framed(node, scope) ?? (isRolling(node, window) ? undefined : aggregates(node, scope))
  }
}

/** Undefined where a typed kernel throws: Arquero then finds out whether there is a fault. */
export function attemptTyped<R>(body: () => R | undefined): R | undefined {
  try {
    return body()
  } catch {
    return undefined
  }
}
