import * as aq from 'arquero'
import { escape as asIs, type ColumnTable, op, Reducer } from 'arquero'
import { describe, expect, it } from 'vitest'
import { isTidegateError, type TidegateError } from '../../../src/kernel/errors.ts'
import { observed } from './tables.ts'

const flights = () =>
  observed(
    { origin: ['FRA', 'JFK', 'FRA'], delay: [5, null, 30], tags: [['a', 'b'], ['c'], []] },
    { rowWise: true, node: 'clean' },
  )
const airports = () => observed({ origin: ['FRA', 'JFK'], city: ['Frankfurt', 'New York'] }, { input: 'airports' })

function errorOf(act: () => unknown): TidegateError {
  try {
    act()
  } catch (error) {
    if (isTidegateError(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const refused: Readonly<Record<string, (t: ColumnTable) => unknown>> = {
  groupby: (t) => t.groupby('origin'),
  rollup: (t) => t.rollup({ mean: op.mean('delay') }),
  count: (t) => t.count(),
  reduce: (t) => t.reduce(new Reducer(['n'])),
  pivot: (t) => t.pivot('origin', 'delay'),
  dedupe: (t) => t.dedupe('origin'),
  orderby: (t) => t.orderby('delay'),
  slice: (t) => t.slice(0, 2),
  sample: (t) => t.sample(1),
  reify: (t) => t.reify([0]),
  concat: (t) => t.concat(airports()),
  union: (t) => t.union(airports()),
  intersect: (t) => t.intersect(airports()),
  except: (t) => t.except(airports()),
  join_right: (t) => t.join_right(airports()),
  join_full: (t) => t.join_full(airports()),
  impute: (t) => t.impute({ delay: () => 0 }, { expand: 'origin' }),
  spread: (t) => t.spread('tags'),
  join: (t) => t.join(flights(), 'origin'),
  join_left: (t) => airports().join_left(t, 'origin'),
  assign: (t) => t.assign(airports()),
}

describe('a table that shows one batch at a time', () => {
  for (const [verb, act] of Object.entries(refused)) {
    it(`refuses ${verb}, naming it and the way to do it`, () => {
      const error = errorOf(() => act(flights()))
      expect(error.code).toBe('STEP_NOT_ROW_WISE')
      expect(error.message).toContain(verb)
      expect(error.hint).toMatch(/rollup|step|sql|unique|batch\.|limit|row numbers|Join/)
    })
  }

  const expressions: Readonly<Record<string, (t: ColumnTable) => unknown>> = {
    'op.mean(d.delay)': (t) => t.filter((d: any) => d.delay > op.mean(d.delay)),
    'op.row_number()': (t) => t.derive({ n: () => op.row_number() }),
    'op.lag(d.delay)': (t) => t.derive({ before: (d: any) => op.lag(d.delay) }),
    'op.mean(d["delay"])': (t) => t.derive({ m: aq.rolling(op.mean('delay') as never, [-1, 0]) }),
    'op.bins(d["delay"])': (t) => t.derive({ bin: aq.bin('delay') }),
    'op.max(d.delay)': (t) => t.fold({ most: (d: any) => op.max(d.delay) }),
    'op.count()': (t) => t.impute({ delay: () => op.count() } as never),
  }
  for (const [snippet, act] of Object.entries(expressions)) {
    it(`refuses ${snippet} inside an expression and quotes it`, () => {
      const error = errorOf(() => act(flights()))
      expect(error.code).toBe('STEP_NOT_ROW_WISE')
      expect(error.message.replaceAll(/__vi_import_\d+__\.|\s/g, '')).toContain(snippet.replaceAll(' ', ''))
      expect(error.message).toContain('Step "clean"')
    })
  }

  it('says which aggregate and which expression, in the words of the user', () => {
    const error = errorOf(() => flights().derive({ late: 'd => d.delay > op.mean(d.delay)' }))
    expect(error.message).toBe(
      'Step "clean": `op.mean(d.delay)` in `d => d.delay > op.mean(d.delay)` sees more than one row, so the result would depend on where batches end.',
    )
  })

  it('stays refused after every verb that keeps it row-wise', () => {
    const kept: ((t: ColumnTable) => ColumnTable)[] = [
      (t) => t.derive({ late: (d: any) => d.delay > 15 }),
      (t) => t.filter((d: any) => d.delay > 15),
      (t) => t.select('origin', 'delay'),
      (t) => t.rename({ delay: 'minutes' }),
      (t) => t.relocate('delay', { before: 'origin' }),
      (t) => t.assign({ n: [1, 2, 3] }),
      (t) => t.assign(t.select('delay').rename({ delay: 'again' })),
      (t) => t.fold(['delay']),
      (t) => t.unroll('tags'),
      (t) => t.spread('tags', { limit: 2 }),
      (t) => t.impute({ delay: '() => 0' }),
      (t) => t.filter((d: any) => d.delay > 15).reify(),
      (t) => t.ungroup().unorder().params({ limit: 15 }) as ColumnTable,
      (t) => t.join(airports()),
      (t) => t.join_left(airports()),
      (t) => t.join((airports() as ColumnTable).dedupe('city'), 'origin'),
      (t) => t.lookup(airports(), 'origin', 'city'),
      (t) => t.semijoin(airports()),
      (t) => t.antijoin(airports()),
      (t) => t.cross(airports()),
      (t) => t.derive({ x: asIs((d: any) => `${d.origin}!`) }),
    ]
    for (const verb of kept) expect(errorOf(() => verb(flights()).count()).code).toBe('STEP_NOT_ROW_WISE')
  })

  it('spreads into as many columns as the limit says, whatever the batch holds', () => {
    const spread = flights().spread('tags', { limit: 3 })
    expect(spread.columnNames()).toEqual(['origin', 'delay', 'tags_1', 'tags_2', 'tags_3'])
    expect(spread.object(0)).toEqual({ origin: 'FRA', delay: 5, tags_1: 'a', tags_2: 'b', tags_3: undefined })
    const named = flights().spread('tags', { as: ['first', 'second'], drop: false })
    expect(named.columnNames()).toEqual(['origin', 'delay', 'tags', 'first', 'second'])
  })

  it('lets side tables use every verb', () => {
    expect(airports().orderby('city').slice(0, 1).groupby('city').count().objects()).toEqual([
      { city: 'Frankfurt', count: 1 },
    ])
  })

  it('gives values to those who read them', () => {
    expect(flights().get('origin', 1)).toBe('JFK')
    expect([...flights().array('delay')]).toEqual([5, null, 30])
    expect(flights().select('origin').objects({ limit: 1 })).toEqual([{ origin: 'FRA' }])
  })
})
