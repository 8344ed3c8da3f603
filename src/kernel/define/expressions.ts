import * as aq from 'arquero'
import type { Desc, Escaped } from '../table-types.ts'

/** Arquero declares these as `Op`, its own node of an expression; inside an expression they are values. */
interface HonestOperations {
  /** Rows of the group. */
  readonly count: () => number
  readonly any: <V>(field: V) => V
  readonly array_agg: <V>(field: V) => V[]
  readonly array_agg_distinct: <V>(field: V) => V[]
  readonly object_agg: <V>(key: string | number, value: V) => Readonly<Record<string, V>>
  readonly map_agg: <K, V>(key: K, value: V) => ReadonlyMap<K, V>
  readonly entries_agg: <K, V>(key: K, value: V) => [K, V][]
}

/** `now` and `random` are left out: time and chance come from the run context, so that a run can be repeated. */
type Operations = Omit<typeof aq.op, keyof HonestOperations | 'now' | 'random'> & HonestOperations

/** Functions for expressions: `op.lower(d.name)`, `op.mean(d.delay)`, `op.row_number()`, ... */
export const op: Operations = aq.op as unknown as Operations

/**
 * A function that runs as it is: closures and methods work, but nothing is known about what it reads (lineage says
 * "opaque"), and it cannot be used inside `rollup`.
 */
// biome-ignore lint/suspicious/noShadowRestrictedNames: Arquero's own name; the global of that name is deprecated.
export function escape<R, V>(fn: (d: R) => V): Escaped<R, V> {
  return aq.escape(fn) as Escaped<R, V>
}

/** Descending order of a column in `orderby`, and in the `orderBy` of a step. */
export function desc<K extends string>(column: K): Desc<{ readonly [P in K]: unknown }> {
  return aq.desc(column) as Desc<{ readonly [P in K]: unknown }>
}
