// Long because: it overrides every verb of an Arquero table, a few lines each.
import { ColumnTable, type Table } from 'arquero'
import { countCall, rollupTyped } from './aggregate/verbs.ts'
import type { Cells } from './cells/cells.ts'
import { groupRows } from './distinct/groups.ts'
import type { Inspected } from './expression/inspect.ts'
import { asExpressions, resolveEntries } from './expression/selection.ts'
import { everyPair } from './join/join.ts'
import { filterByJoin, joinWatched, lookUpWatched } from './join/verbs.ts'
import { comparatorOf, orderKeyOf, sortedRows } from './order/keys.ts'
import {
  asSigned,
  concatTables,
  dedupeRows,
  filteredRows,
  reifyGrouped,
  rowsAlsoIn,
  rowsWithin,
  sliceRows,
  takeRows,
} from './rows.ts'
import { attemptTyped, deriveTyped, filterTyped } from './vector/verbs.ts'
import { attempt, attemptStack, attemptWhole, placeOf } from './watch/attempt.ts'
import { orderKeys } from './watch/explain-failure.ts'
import { combine, createTrail, opaque, stack } from './watch/provenance.ts'
import { refusal, refusalOfAssign, refusalOfOther } from './watch/row-wise.ts'
import { padSpread, spreadLimit, spreadNames } from './watch/spread.ts'
import {
  carry,
  freshColumns,
  from,
  inspect,
  inspectList,
  mark,
  note,
  noteGroups,
  type Observation,
  provenance,
} from './watch/watch.ts'

type Comparator = NonNullable<ReturnType<ColumnTable['comparator']>>
type Args<V extends keyof ColumnTable> = ColumnTable[V] extends (...args: infer A) => unknown ? A : never

/**
 * An Arquero table that watches its verbs. To its user it is just Arquero. Two things are not seen: functions of Arquero that are given the table,
 * such as `agg(table, op.mean('x'))`, and tables made by hand of what was read from it; they are found by comparing batch sizes.
 */
export class ObservedTable extends ColumnTable {
  #seen: Observation = { trail: createTrail(), rowWise: false, node: undefined }
  /** Arquero would have sorted this table by now, which decides the order of scans from then on. */
  #sorted = false

  static over(
    data: Readonly<Record<string, Cells>>,
    names: readonly string[],
    observation: Observation,
  ): ObservedTable {
    const table = new ObservedTable(data as ConstructorParameters<typeof ColumnTable>[0], [...names])
    table.#seen = observation
    return table
  }

  get observation(): Observation {
    return this.#seen
  }

  override create(...args: Args<'create'>): this {
    const next = super.create(...args)
    next.#seen = this.#seen
    return next
  }

  override reify(...args: Args<'reify'>): this {
    const [indices] = args
    if (indices === undefined && !this.isFiltered() && !this.isOrdered()) return this
    if (this.#seen.rowWise && indices !== undefined) throw refusal(placeOf(this, 'reify'), [])
    if (indices === undefined && !this.isOrdered() && this.numRows() === this.totalRows())
      return this.create({ filter: null } as never)
    const rows = new Int32Array(indices ?? this.indices())
    return this.isGrouped() ? reifyGrouped(this, rows) : takeRows(this, rows)
  }

  /** Sorted by typed kernels where these know the keys. */
  override indices(order = true): Uint32Array {
    const own = this as unknown as { _index: Uint32Array | null }
    if (own._index !== null) return own._index
    if ((!order && !this.#sorted) || !this.isOrdered()) return super.indices(order) as Uint32Array
    const rows = sortedRows(this, filteredRows(this))
    if (rows === undefined) return super.indices(true) as Uint32Array
    own._index = new Uint32Array(rows.buffer, rows.byteOffset, rows.length)
    return own._index
  }
  override partitions(order = true): ReturnType<ColumnTable['partitions']> {
    const own = this as unknown as { _index: Uint32Array | null }
    if (!order || own._index !== null || !this.isOrdered() || !this.isGrouped()) return super.partitions(order)
    const rows = sortedRows(this, filteredRows(this))
    if (rows === undefined) return super.partitions(order)
    // Arquero takes sorted rows apart where it has them; that it had none before is restored, since it decides the order of scans.
    own._index = new Uint32Array(rows.buffer, rows.byteOffset, rows.length)
    const partitions = super.partitions(order)
    if (!this.#sorted) own._index = null
    return partitions
  }
  override scan(...args: Args<'scan'>): void {
    if (this.#sorted) this.indices()
    super.scan(...args)
  }

  override derive(...args: Args<'derive'>): this {
    return attempt(this, 'derive', args, (place) => {
      const derived = inspect(this, place, args[0])
      const rest = (values: ReadonlyMap<unknown, unknown>) => super.derive(values as never, args[1])
      return note(this, deriveTyped(this, args[0], derived, args[1], rest) ?? super.derive(...args), derived)
    })
  }
  override filter(...args: Args<'filter'>): this {
    return attempt(this, 'filter', args, (place) => {
      const filter = filterTyped(this, inspect(this, place, { criteria: args[0] }))
      return filter === undefined ? super.filter(...args) : this.create({ filter })
    })
  }
  override select(...args: Args<'select'>): this {
    return attempt(this, 'select', args, () => super.select(...args))
  }
  override rename(...args: Args<'rename'>): this {
    return attempt(this, 'rename', args, () => super.rename(...args))
  }
  override relocate(...args: Args<'relocate'>): this {
    return attempt(this, 'relocate', args, () => super.relocate(...args))
  }
  override assign(...args: Args<'assign'>): this {
    return attempt(this, 'assign', args, (place) => {
      const others = args.flat().filter((other) => other instanceof ObservedTable)
      if (this.#seen.rowWise && others.some((other) => !other.#seen.rowWise)) throw refusalOfAssign(place)
      if (!this.#seen.rowWise && others.some((other) => other.#seen.rowWise)) throw refusalOfOther(place, args)
      return super.assign(...args)
    })
  }

  override fold(...args: Args<'fold'>): this {
    return attempt(this, 'fold', args, (place) => {
      const folded = inspectList(this, place, args[0])
      const out = super.fold(...args)
      const all = combine(folded.map((one) => provenance(this, one)))
      for (const name of args[1]?.as ?? ['key', 'value']) mark(this, out, name, all)
      return carry(this, out, this.columnNames())
    })
  }
  override unroll(...args: Args<'unroll'>): this {
    return attempt(this, 'unroll', args, (place) => {
      const unrolled = inspectList(this, place, args[0])
      const out = note(this, super.unroll(...args), unrolled)
      const index = args[1]?.index
      if (index)
        mark(this, out, index === true ? 'index' : String(index), combine(unrolled.map((one) => provenance(this, one))))
      return carry(this, out, this.columnNames())
    })
  }
  override spread(...args: Args<'spread'>): this {
    return attempt(this, 'spread', args, (place) => {
      const spread = new Map(inspectList(this, place, args[0]).map((one) => [one.name, one]))
      const names = [...spread.keys()]
      const options = args[1] as Parameters<typeof spreadNames>[2]
      const limited = Number.isFinite(spreadLimit(names, options))
      if (this.#seen.rowWise && !limited) throw refusal(place, args)
      const out = super.spread(...args)
      for (const name of out.columnNames()) {
        const from = names.find((value) => options?.as?.includes(name) || name.startsWith(`${value}_`))
        if (from !== undefined) mark(this, out, name, provenance(this, spread.get(from) as Inspected))
      }
      return this.#seen.rowWise && names.length > 0
        ? padSpread(out, [...spreadNames(this, names, options).keys()])
        : out
    })
  }
  override impute(...args: Args<'impute'>): this {
    return attempt(this, 'impute', args, (place) => {
      const imputed = inspect(this, place, args[0])
      const expands = args[1]?.expand !== undefined && args[1].expand !== null
      if (this.#seen.rowWise && expands) throw refusal(place, args)
      const out = super.impute(...args)
      for (const one of imputed)
        mark(this, out, one.name, combine([from(this, this, one.name), provenance(this, one)], one.text))
      return carry(this, out, this.columnNames())
    })
  }

  override groupby(...args: Args<'groupby'>): this {
    return attemptWhole(this, 'groupby', args, (place) => {
      const keys = inspectList(this, place, args.flat(), {})
      const groups = attemptTyped(() => groupRows(this, keys))
      const out = groups === undefined ? super.groupby(...args) : this.create({ groups } as never)
      out.#seen = { ...this.#seen, groups: new Map(keys.map((key) => [key.name, provenance(this, key)])) }
      return out
    })
  }
  override rollup(...args: Args<'rollup'>): this {
    return attemptWhole(this, 'rollup', args, (place) => {
      const measures = inspect(this, place, args[0] ?? {}, { aggronly: true, window: false })
      const out = attemptTyped(() => rollupTyped(this, measures)) ?? super.rollup(...args)
      return note(this, noteGroups(this, out), measures)
    })
  }
  override count(...args: Args<'count'>): this {
    return attemptWhole(this, 'count', args, () => {
      const name = args[0]?.as ?? 'count'
      const typed = attemptTyped(() => rollupTyped(this, [{ name, tree: countCall }]))
      const out = noteGroups(this, typed ?? super.count(...args))
      mark(this, out, name, combine([], 'count()'))
      return out
    })
  }
  override reduce(...args: Args<'reduce'>): this {
    return attemptWhole(this, 'reduce', args, () => {
      const out = noteGroups(this, super.reduce(...args))
      const all = opaque(this.columnNames().map((name) => from(this, this, name)))
      for (const name of out.columnNames()) mark(this, out, name, all)
      return out
    })
  }
  override pivot(...args: Args<'pivot'>): this {
    return attemptWhole(this, 'pivot', args, (place) => {
      const parts = [...inspectList(this, place, args[0]), ...inspectList(this, place, args[1])].map((one) =>
        provenance(this, one),
      )
      const out = noteGroups(this, super.pivot(...args))
      for (const name of out.columnNames()) mark(this, out, name, combine(parts))
      return out
    })
  }
  override orderby(...args: Args<'orderby'>): this {
    return attemptWhole(this, 'orderby', args, (place) => {
      const keys = args.flat().flatMap((key) => orderKeys(key))
      const known = keys.map(({ key, given }) => {
        const entries = resolveEntries(this, typeof key === 'string' || typeof key === 'number' ? key : { key }, place)
        const [entry] = entries.values()
        if (entry !== undefined && 'column' in entry) return orderKeyOf(this, given, entry.column)
        const [inspected] = inspect(this, place, asExpressions(entries), { window: false })
        return orderKeyOf(this, given, inspected as Inspected)
      })
      if (known.length === 0 || !known.every((key) => key !== undefined)) return super.orderby(...args)
      const now = this.create({})
      const arquero = () => ColumnTable.prototype.orderby.apply(now, args).comparator() as Comparator
      return this.create({ order: comparatorOf(known, arquero) })
    })
  }
  override dedupe(...args: Args<'dedupe'>): this {
    return attemptWhole(this, 'dedupe', args, (place) => {
      const given = args.flat()
      const keys = resolveEntries(this, given.length > 0 ? given : this.columnNames(), place)
      const computed = new Map([...keys].flatMap(([name, key]) => ('column' in key ? [] : [[name, key.expression]])))
      inspect(this, place, computed, { window: false })
      return dedupeRows(this, keys) ?? super.dedupe(...args)
    })
  }
  override slice(...args: Args<'slice'>): this {
    return attemptWhole(this, 'slice', args, () => this.#slice(...args) ?? super.slice(...args))
  }
  /** Undefined for what is left to Arquero, such as ranges that are none. */
  #slice(start = 0, end = Number.POSITIVE_INFINITY): this | undefined {
    if (Number.isNaN(start) || Number.isNaN(end) || typeof start !== 'number' || typeof end !== 'number')
      return undefined
    const filtered = this.isFiltered()
    if (this.isGrouped()) {
      const order = this.isOrdered() ? sortedRows(this, filteredRows(this)) : filteredRows(this)
      if (this.isOrdered() && order === undefined) return undefined
      // Arquero counts the groups for bounds from the end, and sorts for that.
      if (this.isOrdered() && (start < 0 || end < 0)) this.#sorted = true
      return reifyGrouped(this, rowsWithin(this, order, start, end))
    }
    const rows = this.numRows()
    const from = Math.max(0, start + (start < 0 ? rows : 0))
    const to = Math.min(rows, Math.max(0, end + (end < 0 ? rows : 0)))
    if (!Number.isInteger(from) || !Number.isInteger(to) || from > to) return undefined
    if (!this.isOrdered() && !filtered) return sliceRows(this, from, to)
    if (!this.isOrdered() || (this as unknown as { _index: unknown })._index !== null || to > rows / 4)
      return takeRows(this, asSigned(this.indices()).subarray(from, to))
    const first = sortedRows(this, filteredRows(this), to)
    if (first === undefined) return undefined
    this.#sorted = true
    return takeRows(this, first.subarray(from, to))
  }
  override sample(...args: Args<'sample'>): this {
    return attemptWhole(this, 'sample', args, () => super.sample(...args))
  }

  override concat(...args: Args<'concat'>): this {
    return attemptStack(this, 'concat', args, (others) => {
      const empty = others.every((other) => other.numRows() === 0)
      const joined = empty ? super.concat(...args) : concatTables(this, others)
      // Nothing to add, as in a rehearsal: Arquero gives back this very table, whose columns are known as its own.
      const out =
        joined === this && others.length > 0
          ? this.create({ data: freshColumns(this), names: this.columnNames() })
          : joined
      if (joined === this) out.#sorted = this.#sorted || (this as unknown as { _index: unknown })._index !== null
      for (const name of out.columnNames()) {
        const parts = [this as Table, ...others].filter((table) => table.column(name) !== undefined)
        mark(this, out, name, stack(parts.map((table) => from(this, table, name))))
      }
      return out
    })
  }
  override union(...args: Args<'union'>): this {
    return attemptStack(this, 'union', args, (others) => this.concat([...others]).dedupe())
  }
  override intersect(...args: Args<'intersect'>): this {
    const place = placeOf(this, 'intersect')
    return attemptStack(
      this,
      'intersect',
      args,
      (others) => rowsAlsoIn(this, others, false, place) ?? super.intersect(...args),
    )
  }
  override except(...args: Args<'except'>): this {
    const place = placeOf(this, 'except')
    return attemptStack(
      this,
      'except',
      args,
      (others) => rowsAlsoIn(this, others, true, place) ?? super.except(...args),
    )
  }

  override join(...args: Args<'join'>): this {
    const { left, right } = (args[3] ?? {}) as { readonly left?: boolean; readonly right?: boolean }
    return joinWatched(this, 'join', args, { left: Boolean(left), right: Boolean(right) })
  }
  override join_left(...args: Args<'join_left'>): this {
    return joinWatched(this, 'join_left', args, { left: true, right: false })
  }
  override join_right(...args: Args<'join_right'>): this {
    return joinWatched(this, 'join_right', args, { left: false, right: true })
  }
  override join_full(...args: Args<'join_full'>): this {
    return joinWatched(this, 'join_full', args, { left: true, right: true })
  }
  override cross(...args: Args<'cross'>): this {
    const [other, ...rest] = args
    return joinWatched(this, 'cross', [other, everyPair, ...rest], { left: true, right: !this.#seen.rowWise })
  }
  override semijoin(...args: Args<'semijoin'>): this {
    return filterByJoin(this, args, false, () => super.semijoin(...args))
  }
  override antijoin(...args: Args<'antijoin'>): this {
    return filterByJoin(this, args, true, () => super.antijoin(...args))
  }
  override lookup(...args: Args<'lookup'>): this {
    // Arquero's declaration has an optional rest parameter, which cannot be spread.
    return lookUpWatched(this, args, () => super.lookup(...(args as unknown as [Table])))
  }
}
