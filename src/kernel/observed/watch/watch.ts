import type { Table } from 'arquero'
import type { Place } from '../expression/errors.ts'
import { type Inspected, inspect as inspectOver } from '../expression/inspect.ts'
import { asExpressions, resolveEntries } from '../expression/selection.ts'
import type { JoinValue } from '../join/values.ts'
import { combine, opaque, type Provenance, type Trail } from './provenance.ts'

/** What a table handed to a step knows besides its columns; handed on to all tables made from it. */
export interface Observation {
  readonly trail: Trail
  /** It shows one batch at a time: verbs and functions that see more than one row are refused. */
  readonly rowWise: boolean
  /** The step's name, for messages. */
  readonly node: string | undefined
  /** Where the names of the current groups come from. */
  readonly groups?: ReadonlyMap<string, Provenance>
}

export interface Watched extends Table {
  readonly observation: Observation
}

type ParserOptions = Readonly<Record<string, unknown>>

export function inspect(
  table: Watched,
  place: Place,
  expressions: object,
  options: ParserOptions = {},
): readonly Inspected[] {
  return inspectOver(expressions, { place, tables: [table], rowWise: table.observation.rowWise, options })
}

export function inspectList(
  table: Watched,
  place: Place,
  list: unknown,
  options: ParserOptions = { window: false },
): readonly Inspected[] {
  return inspect(table, place, asExpressions(resolveEntries(table, list, place)), options)
}

/** What is known of a column of `table`, which may be another table than the watched one, or a plain one. */
export function from(watched: Watched, table: Table, name: string): Provenance | undefined {
  const column = table.column(name) as unknown as object
  return (
    watched.observation.trail.columns.get(column) ??
    (isWatched(table) ? table.observation.trail.columns.get(column) : undefined)
  )
}

/** Where the value of an expression over `table` comes from. */
export function provenance(
  watched: Watched,
  { escaped, direct, reads, text }: Inspected,
  table: Table = watched,
): Provenance {
  if (escaped)
    return opaque(
      table.columnNames().map((name) => from(watched, table, name)),
      text,
    )
  const parts = reads.map(({ column }) => from(watched, table, column))
  return (direct === undefined ? undefined : parts[0]) ?? combine(parts, text)
}

export function joinedFrom(watched: Watched, value: JoinValue, other: Table): Provenance | undefined {
  const tables: readonly Table[] = [watched, other]
  if ('column' in value) return from(watched, tables[value.side] as Table, value.column)
  const parts = value.inspected.reads.map(({ side, column }) => from(watched, tables[side] as Table, column))
  return combine(parts, value.inspected.text)
}

/** Records where a new column comes from; what is known of a column already is kept. */
export function mark(watched: Watched, table: Table, name: string, origin: Provenance | undefined): void {
  const column = table.column(name) as unknown as object | undefined
  if (column === undefined || origin === undefined || from(watched, table, name) !== undefined) return
  watched.observation.trail.columns.set(column, origin)
}

/** Marks the columns of `out` that expressions over `table` made. */
export function note<T extends Table>(
  watched: Watched,
  out: T,
  expressions: readonly Inspected[],
  table: Table = watched,
): T {
  for (const one of expressions) mark(watched, out, one.name, provenance(watched, one, table))
  return out
}

/** Marks the group names in the result of an aggregation. */
export function noteGroups<T extends Table>(watched: Watched, out: T): T {
  if (watched.isGrouped())
    for (const [name, origin] of watched.observation.groups ?? []) mark(watched, out, name, origin)
  return out
}

/** Marks columns that are those of the same name with other rows. */
export function carry<T extends Table>(watched: Watched, out: T, names: readonly string[]): T {
  for (const name of names) mark(watched, out, name, from(watched, watched, name))
  return out
}

/** The columns of `table` under new identities, of which nothing is known yet. */
export function freshColumns(table: Table): ReturnType<Table['data']> {
  const fresh = (column: { slice?: (start: number, end: number) => unknown; readonly length: number }) =>
    column.slice?.(0, column.length) ?? column
  return Object.fromEntries(table.columnNames().map((name) => [name, fresh(table.column(name) as never)])) as never
}

export function isWatched(table: Table): table is Watched {
  return 'observation' in table
}
