import { parse, type Table } from 'arquero'
import type { Place } from '../expression/errors.ts'
import { type Inspected, inspect } from '../expression/inspect.ts'
import { type Entries, resolveEntries } from '../expression/selection.ts'

/** Computes one cell of a join's result. */
export type PairExpression = (left: number, leftData: unknown, right: number, rightData: unknown) => unknown

/** One output column of a join: a column of one side, gathered, or an expression over both. */
export type JoinValue =
  | { readonly name: string; readonly side: 0 | 1; readonly column: string }
  | {
      readonly name: string
      readonly evaluate: PairExpression
      readonly inspected: Inspected
      /** The expression takes this column from the left, or where it is absent there from the right. */
      readonly merges?: string
    }

export interface JoinSelection {
  readonly tables: readonly [Table, Table]
  readonly values: unknown
  readonly suffix: readonly (string | undefined)[]
  /** Key names that both sides share; undefined for joins by predicate. */
  readonly shared: readonly string[] | undefined
  readonly keepLeft: boolean
  readonly keepRight: boolean
  readonly place: Place
}

/** The output columns of a join, named as Arquero names them: clashing names get `_1` and `_2`, or the given suffixes. */
export function joinValues(selection: JoinSelection): readonly JoinValue[] {
  const { tables, place, suffix } = selection
  const values = selection.values ?? inferValues(selection)
  if (!Array.isArray(values)) return expressions(values as object, tables, place)
  const given = values.length > 0 ? side(0, resolveEntries(tables[0], values[0], place), selection) : []
  const left = selection.values
    ? given
    : given.map((value) => ('evaluate' in value ? { ...value, merges: value.name } : value))
  const right = values.length > 1 ? side(1, resolveEntries(tables[1], values[1], place), selection) : []
  const both = values.length > 2 ? expressions(values[2], tables, place) : []
  const names = new Set(left.map(({ name }) => name))
  const clashing = new Set(right.map(({ name }) => name).filter((name) => names.has(name)))
  return last([
    ...suffixed(left, clashing, suffix[0] ?? '_1'),
    ...suffixed(right, clashing, suffix[1] ?? '_2'),
    ...both,
  ])
}

function inferValues({ tables: [left, right], shared, keepLeft, keepRight }: JoinSelection): unknown {
  if (shared === undefined) return [left.columnNames(), right.columnNames()]
  const others = (table: Table) => table.columnNames((name) => !shared.includes(name))
  if (!keepRight) return [left.columnNames(), others(right)]
  if (!keepLeft) return [others(left), right.columnNames()]
  const merged = left.columnNames().map((name) => {
    const key = `[${JSON.stringify(name)}]`
    return shared.includes(name) ? { [name]: `(a, b) => a${key} == null ? b${key} : a${key}` } : name
  })
  return [merged, others(right)]
}

function side(index: 0 | 1, entries: Entries, { tables, place }: JoinSelection): JoinValue[] {
  const table = tables[index]
  // Arquero compiles the left list with both tables in sight, the right one with its own table alone.
  const seen = index === 0 ? { tables, options: {} } : { tables: [table], options: { aggregate: false, window: false } }
  const parserOptions = index === 0 ? { join: tables } : { table, ...seen.options, index: 1 }
  return [...entries].map(([name, entry]): JoinValue => {
    if ('column' in entry) return { name, side: index, column: entry.column }
    const one = new Map([[name, entry.expression]])
    const [inspected] = inspect(one, { place, rowWise: false, ...seen }) as [Inspected]
    return index === 0 ? value(inspected, one, parserOptions) : value(onSide(inspected, 1), one, parserOptions)
  })
}

function expressions(values: object, tables: readonly [Table, Table], place: Place): JoinValue[] {
  return inspect(values, { place, rowWise: false, tables }).map((inspected) => {
    const given =
      values instanceof Map ? values.get(inspected.name) : (values as Record<string, unknown>)[inspected.name]
    return value(inspected, new Map([[inspected.name, given]]), { join: tables })
  })
}

function value(inspected: Inspected, expression: Map<string, unknown>, options: object): JoinValue {
  const { name, direct } = inspected
  if (direct !== undefined) return { name, side: direct.side === 0 ? 0 : 1, column: direct.column }
  const [evaluate] = parse(expression, options).exprs as [PairExpression]
  return { name, evaluate, inspected }
}

function onSide(inspected: Inspected, index: number): Inspected {
  const reads = inspected.reads.map((read) => ({ ...read, side: index }))
  const { direct } = inspected
  return { ...inspected, reads, ...(direct === undefined ? {} : { direct: { ...direct, side: index } }) }
}

function suffixed(values: readonly JoinValue[], clashing: ReadonlySet<string>, suffix: string): JoinValue[] {
  return values.map((value) => (clashing.has(value.name) ? { ...value, name: value.name + suffix } : value))
}

/** Where a name appears twice, its first place and its last value stay. */
function last(values: readonly JoinValue[]): JoinValue[] {
  return [...new Map(values.map((value) => [value.name, value])).values()]
}
