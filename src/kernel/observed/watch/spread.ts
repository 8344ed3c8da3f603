import type { Table } from 'arquero'

interface SpreadOptions {
  readonly drop?: boolean
  readonly limit?: number
  readonly as?: readonly string[]
}

/** How many columns each spread value becomes at most; Infinity where only the values tell. */
export function spreadLimit(names: readonly string[], options: SpreadOptions = {}): number {
  const as = names.length === 1 ? (options.as ?? []) : []
  if (options.limit === undefined || options.limit === null) return as.length || Number.POSITIVE_INFINITY
  return Math.max(1, Number(options.limit) || 1)
}

/** Names of the columns of `spread`, in its order, each with the value it was spread from (undefined: carried over), if all rows had `limit` items. */
export function spreadNames(
  table: Table,
  names: readonly string[],
  options: SpreadOptions = {},
): ReadonlyMap<string, string | undefined> {
  const limit = spreadLimit(names, options)
  const as = names.length === 1 ? (options.as ?? []) : []
  const out = new Map<string, string | undefined>()
  const rest = new Set(names)
  const add = (name: string) => {
    for (let i = 0; i < limit; i++) out.set(as[i] || `${name}_${i + 1}`, name)
    rest.delete(name)
  }
  for (const name of table.columnNames()) {
    if (!rest.has(name) || options.drop === false) out.set(name, undefined)
    if (rest.has(name)) add(name)
  }
  for (const name of rest) add(name)
  return out
}

/** `spread` makes as many columns as the longest value has items; these are all `names`, empty ones where no value was that long. */
export function padSpread<T extends Table>(spread: T, names: readonly string[]): T {
  const empty = new Array<unknown>(spread.totalRows()).fill(undefined)
  const data = Object.fromEntries(names.map((name) => [name, spread.column(name) ?? empty.slice()]))
  return spread.create({ data, names: [...names] })
}
