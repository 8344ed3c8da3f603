// Long because: it overrides every verb of an Arquero table, a few lines each.
import { ColumnTable, type Table } from 'arquero'
import { attempt, attemptStack, attemptWhole, cellsOf, placeOf, rebuild } from './attempt.ts'
import { orderKeys } from './explain-failure.ts'
import type { Inspected } from './expression.ts'
import { gatherCells } from './join.ts'
import type { Cells } from './key-space.ts'
import { filterByJoin, joinWatched, lookUpWatched } from './observed-join.ts'
import { combine, createTrail, opaque, stack } from './provenance.ts'
import { refusal, refusalOfAssign, refusalOfOther } from './row-wise.ts'
import { padSpread, spreadLimit, spreadNames } from './spread.ts'
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
} from './watch.ts'

type Args<V extends keyof ColumnTable> = ColumnTable[V] extends (...args: infer A) => unknown ? A : never

/**
 * An Arquero table that watches its verbs. To its user it is just Arquero. Two things are not seen: functions of Arquero that are given the table,
 * such as `agg(table, op.mean('x'))`, and tables made by hand of what was read from it; they are found by comparing batch sizes.
 */
export class ObservedTable extends ColumnTable {
  #seen: Observation = { trail: createTrail(), rowWise: false, node: undefined }

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
    if (this.isGrouped()) return carry(this, super.reify(...args), this.columnNames())
    const rows = new Int32Array(indices ?? this.indices())
    return carry(
      this,
      rebuild(this, this.columnNames(), (name) => gatherCells(cellsOf(this, name), rows)),
      this.columnNames(),
    )
  }

  override derive(...args: Args<'derive'>): this {
    return attempt(this, 'derive', args, (place) => {
      const derived = inspect(this, place, args[0])
      return note(this, super.derive(...args), derived)
    })
  }
  override filter(...args: Args<'filter'>): this {
    return attempt(this, 'filter', args, (place) => {
      inspect(this, place, { criteria: args[0] })
      return super.filter(...args)
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
      const out = super.groupby(...args)
      out.#seen = { ...this.#seen, groups: new Map(keys.map((key) => [key.name, provenance(this, key)])) }
      return out
    })
  }
  override rollup(...args: Args<'rollup'>): this {
    return attemptWhole(this, 'rollup', args, (place) => {
      const measures = inspect(this, place, args[0] ?? {}, { aggronly: true, window: false })
      return note(this, noteGroups(this, super.rollup(...args)), measures)
    })
  }
  override count(...args: Args<'count'>): this {
    return attemptWhole(this, 'count', args, () => {
      const out = noteGroups(this, super.count(...args))
      mark(this, out, args[0]?.as ?? 'count', combine([], 'count()'))
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
      for (const key of keys)
        inspectList(this, place, typeof key === 'string' || typeof key === 'number' ? key : { key })
      return super.orderby(...args)
    })
  }
  override dedupe(...args: Args<'dedupe'>): this {
    return attemptWhole(this, 'dedupe', args, (place) => {
      inspectList(this, place, args.flat())
      return super.dedupe(...args)
    })
  }
  override slice(...args: Args<'slice'>): this {
    return attemptWhole(this, 'slice', args, () => super.slice(...args))
  }
  override sample(...args: Args<'sample'>): this {
    return attemptWhole(this, 'sample', args, () => super.sample(...args))
  }

  override concat(...args: Args<'concat'>): this {
    return attemptStack(this, 'concat', args, (others) => {
      const joined = super.concat(...args)
      // Nothing to add, as in a rehearsal: Arquero gives back this very table, whose columns are known as its own.
      const out =
        joined === this && others.length > 0
          ? this.create({ data: freshColumns(this), names: this.columnNames() })
          : joined
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
    return attemptStack(this, 'intersect', args, () => super.intersect(...args))
  }
  override except(...args: Args<'except'>): this {
    return attemptStack(this, 'except', args, () => super.except(...args))
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
    return joinWatched(this, 'cross', [other, () => true, ...rest], { left: true, right: !this.#seen.rowWise })
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
