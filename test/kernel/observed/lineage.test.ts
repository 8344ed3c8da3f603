import * as aq from 'arquero'
import { escape as asIs, type ColumnTable, desc, op, Reducer } from 'arquero'
import { describe, expect, it } from 'vitest'
import { lineageOf, observe, observeEmpty } from '../../../src/kernel/observed/observe.ts'
import { createTrail } from '../../../src/kernel/observed/watch/provenance.ts'
import { types } from '../../../src/kernel/types.ts'
import { batchOf, schemaOf } from './tables.ts'

const inputs = {
  '': schemaOf({ origin: types.string, delay: types.int32, distance: types.int32, tags: types.list(types.string) }),
  airports: schemaOf({ iata: types.string, city: types.string }),
}
const everything = [':origin', ':delay', ':distance', ':tags', 'airports:iata', 'airports:city']

/** Lineage as `{ column: 'how input:column input:column | expression' }`. */
function traced(run: (flights: ColumnTable, airports: ColumnTable) => ColumnTable): Record<string, string> {
  const trail = createTrail()
  const flights = observeEmpty(inputs[''], { input: '', rowWise: false, trail })
  const airports = observeEmpty(inputs.airports, { input: 'airports', rowWise: false, trail })
  const lineage = lineageOf(run(flights, airports), inputs, trail)
  return Object.fromEntries(
    lineage.map(({ column, how, sources, expression }) => {
      const from = sources.map((source) => `${source.input}:${source.column}`)
      return [
        column,
        [
          how,
          ...from,
          ...(expression === undefined ? [] : ['|', expression.replaceAll(/__vi_import_\d+__\./g, '')]),
        ].join(' '),
      ]
    }),
  )
}

describe('column lineage of an observed step', () => {
  it('follows columns through filter, select, rename, orderby, slice and reify', () => {
    const lineage = traced((t) =>
      t
        .filter('d => d.delay > 1')
        .rename({ delay: 'minutes' })
        .orderby(desc('minutes'))
        .select('minutes')
        .slice(0, 3)
        .reify(),
    )
    expect(lineage).toEqual({ minutes: 'identity :delay' })
  })

  it('names the columns that an expression reads, and quotes it', () => {
    expect(traced((t) => t.derive({ pace: 'd => d.distance / op.abs(d.delay)' }).select('pace', 'delay'))).toEqual({
      pace: 'derived :delay :distance | d => d.distance / op.abs(d.delay)'.replace(
        ':delay :distance',
        ':distance :delay',
      ),
      delay: 'identity :delay',
    })
  })

  it('sees through a derive of a derived column to the inputs', () => {
    const lineage = traced((t) =>
      t
        .derive({ late: 'd => d.delay > 15' })
        .derive({ far: 'd => d.late && d.distance > 1000', same: 'd => d.late' })
        .select('far', 'same'),
    )
    expect(lineage).toEqual({
      far: 'derived :delay :distance | d => d.late && d.distance > 1000',
      same: 'derived :delay | d => d.delay > 15',
    })
  })

  it('keeps a direct reference as identity and a constant as derived from nothing', () => {
    expect(traced((t) => t.derive({ copy: 'd => d.delay', one: '1' }).select('copy', 'one'))).toEqual({
      copy: 'identity :delay',
      one: 'derived | 1',
    })
  })

  it('replaces what is known of a column that derive overwrites', () => {
    expect(traced((t) => t.derive({ delay: 'd => d.delay + d.distance' }).select('delay'))).toEqual({
      delay: 'derived :delay :distance | d => d.delay + d.distance',
    })
  })

  it('calls what escape(...) makes opaque, from all columns of its table', () => {
    const limit = 15
    const lineage = traced((t) =>
      t
        .select('origin', 'delay')
        .derive({ x: asIs((d: any) => d.delay > limit) })
        .select('x'),
    )
    expect(lineage['x']).toMatch(/^opaque :origin :delay \| .*limit/)
  })

  it('keeps columns that are rewrapped with aq.table, whatever their new name', () => {
    const lineage = traced((t, airports) =>
      aq.table({ x: t.column('delay') as never, c: airports.column('city') as never, mine: [] }),
    )
    expect(lineage).toEqual({
      x: 'identity :delay',
      c: 'identity airports:city',
      mine: `opaque ${everything.join(' ')}`,
    })
  })

  it('calls a table made of read values opaque: all inputs, never nothing', () => {
    expect(traced((t) => aq.from(t.objects(), ['origin']))).toEqual({ origin: `opaque ${everything.join(' ')}` })
    expect(traced((t) => aq.table({ n: [] }).derive({ m: 'd => d.n' }).assign(t.select('origin')))).toMatchObject({
      origin: 'identity :origin',
      n: `opaque ${everything.join(' ')}`,
    })
  })

  it('makes what is computed from an unknown column unknown too', () => {
    expect(traced((t) => t.assign({ mine: [] }).derive({ sum: 'd => d.mine + d.delay' }).select('sum'))).toEqual({
      sum: `opaque ${everything.join(' ')} | d => d.mine + d.delay`,
    })
  })

  for (const verb of ['join_left', 'join', 'join_full', 'lookup'] as const) {
    it(`knows both sides of ${verb}`, () => {
      const lineage = traced((t, airports) =>
        (t.select('origin', 'delay') as any)[verb](
          airports,
          ['origin', 'iata'],
          ...(verb === 'lookup' ? ['city'] : []),
        ),
      )
      expect(lineage).toMatchObject({
        origin: 'identity :origin',
        delay: 'identity :delay',
        city: 'identity airports:city',
      })
    })
  }

  it('names both sides of an expression over a join', () => {
    const lineage = traced((t, airports) =>
      t.join_left(airports, ['origin', 'iata'], {
        where: '(a, b) => a.origin + b.city',
        city: '(a, b) => b.city',
      } as never),
    )
    expect(lineage).toEqual({
      where: 'derived :origin airports:city | (a, b) => a.origin + b.city',
      city: 'identity airports:city',
    })
  })

  it('keeps identity through gathered join columns, dedupe, sample, concat and set verbs', () => {
    const lineage = traced((t, airports) =>
      t
        .join(airports, ['origin', 'iata'])
        .select('origin', 'city')
        .dedupe('city')
        .concat(t.select('origin'))
        .union(t.select('origin'))
        .sample(1),
    )
    expect(lineage['origin']).toBe('identity :origin')
    expect(traced((t, airports) => t.select('origin').concat(airports.select({ city: 'origin' })))).toEqual({
      origin: 'identity :origin airports:city',
    })
  })

  it('knows group names and aggregates', () => {
    const lineage = traced((t) =>
      t.groupby('origin', { far: 'd => d.distance > 1000' }).rollup({ mean: op.mean('delay'), n: op.count() }),
    )
    expect(lineage).toEqual({
      origin: 'identity :origin',
      far: 'derived :distance | d => d.distance > 1000',
      mean: 'derived :delay | d => op.mean(d["delay"])',
      n: 'derived | d => op.count()',
    })
    expect(traced((t) => t.groupby('origin').count())).toEqual({
      origin: 'identity :origin',
      count: 'derived | count()',
    })
  })

  it('knows what fold, unroll, spread, impute and pivot put together', () => {
    expect(traced((t) => t.select('origin', 'delay', 'distance').fold(['delay', 'distance']))).toEqual({
      origin: 'identity :origin',
      key: 'derived :delay :distance',
      value: 'derived :delay :distance',
    })
    expect(traced((t) => t.select('origin', 'tags').unroll('tags', { index: true }))).toEqual({
      origin: 'identity :origin',
      tags: 'identity :tags',
      index: 'derived :tags',
    })
    expect(traced((t) => t.impute({ delay: '() => 0' }).select('delay'))).toEqual({ delay: 'derived :delay | () => 0' })
  })

  it('knows the columns that spread and pivot make of real rows', () => {
    const trail = createTrail()
    const t = observe(batchOf({ origin: ['FRA', 'JFK'], delay: [1, 2], tags: [['a'], ['b', 'c']] }), {
      input: '',
      rowWise: false,
      trail,
    })
    const sources = (table: ColumnTable) =>
      Object.fromEntries(
        lineageOf(table, { '': ['origin', 'delay', 'tags'] }).map((one) => [
          one.column,
          one.sources.map((s) => s.column).join(),
        ]),
      )
    expect(sources(t.spread('tags'))).toEqual({ origin: 'origin', delay: 'delay', tags_1: 'tags', tags_2: 'tags' })
    expect(sources(t.pivot('origin', 'delay'))).toEqual({ FRA: 'origin,delay', JFK: 'origin,delay' })
  })

  it('calls a custom reducer opaque', () => {
    expect(
      traced((t) =>
        t
          .select('origin', 'delay')
          .groupby('origin')
          .reduce(
            new (class extends Reducer {
              constructor() {
                super(['longest'])
              }
              override init() {
                return {}
              }
              override add() {}
              override write() {
                return 0
              }
            })(),
          ),
      ),
    ).toEqual({ origin: 'identity :origin', longest: 'opaque :origin :delay' })
  })

  it('tells the same column apart where it is two columns of one input', () => {
    const batch = batchOf({ a: [1] })
    const twice = {
      ...batch,
      schema: { fields: [batch.schema.fields[0]!, { ...batch.schema.fields[0]!, name: 'b' }] },
      columns: [batch.columns[0]!, batch.columns[0]!],
    }
    const table = observe(twice, { input: '', rowWise: false })
    expect(lineageOf(table, { '': ['a', 'b'] }).map(({ column, sources }) => [column, sources[0]?.column])).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ])
  })

  it('copies no column of the batch', () => {
    const batch = batchOf({ a: [1, 2], b: ['x', 'y'] })
    const table = observe(batch, { input: '', rowWise: true })
    expect(table.column('a')).toBe(batch.columns[0])
    const side = observe(batchOf({ b: ['y', 'x'], c: [1, 2] }), { input: 'side', rowWise: false })
    expect(table.join_left(side, 'b').column('b')).toBe(batch.columns[1])
    expect(observe(batch, { input: '', rowWise: true, columns: ['b'] }).columnNames()).toEqual(['b'])
  })
})
