import type { ColumnTable } from 'arquero'
import * as aq from 'arquero'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kinds, outcome, pairs } from './typed-tables.ts'

const names = [...Object.keys(kinds), 'any']
const keys = fc.array(
  fc.constantFrom<unknown>(
    ...names,
    { k: 'd => d.i32 > 0' },
    { k: 'd => op.upper(d.dict)' },
    { k: 'd => op.substring(d.text, 0, 1)' },
    { k: 'd => d.f64 * 2' },
    { k: 'd => d.f64 > op.mean(d.f64)' },
  ),
  { maxLength: 3 },
)
const field = fc.oneof(
  fc.constantFrom(...names).map((name) => `d.${name}`),
  fc.constantFrom('d.f64 * 2', 'd.i32 > 0', 'op.length(d.text)', 'op.lower(d.dict)'),
)
const functions = [
  ...[
    'valid',
    'invalid',
    'sum',
    'mean',
    'average',
    'min',
    'max',
    'product',
    'variance',
    'variancep',
    'stdev',
    'stdevp',
  ],
  ...['median', 'distinct', 'any', 'mode', 'array_agg', 'array_agg_distinct'],
]
const call = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...functions), field).map(([name, of]) => `op.${name}(${of})`) },
  { weight: 1, arbitrary: fc.constant('op.count()') },
  {
    weight: 1,
    arbitrary: fc
      .tuple(field, fc.constantFrom('0', '0.25', '1', '-1', '$.p'))
      .map(([of, p]) => `op.quantile(${of}, ${p})`),
  },
)
const measure = fc.oneof(
  { weight: 3, arbitrary: call },
  {
    weight: 1,
    arbitrary: fc
      .tuple(call, fc.constantFrom('+', '/', '>', '===', '&&', '??'), call)
      .map(([a, o, b]) => `(${a}) ${o} (${b})`),
  },
)
const before = fc.constantFrom<(t: ColumnTable) => ColumnTable>(
  (t) => t,
  (t) => t,
  (t) => t.filter('d => d.i8 >= 0'),
  (t) => t.filter('d => d.i8 > 200'),
  (t) => t.orderby('f64'),
  (t) => t.orderby(aq.desc('text')).filter('d => d.flag'),
)

const prepared = (table: ColumnTable, verb: (t: ColumnTable) => ColumnTable): ColumnTable =>
  verb(table.params({ p: 0.5 }) as ColumnTable)

describe('groups and aggregates over typed columns', () => {
  it('group as plain Arquero groups, for all keys, column types and tables', () => {
    fc.assert(
      fc.property(pairs(9), keys, before, before, ({ plain, observed }, by, first, then) => {
        const run = (table: ColumnTable) => () => then(prepared(table, first).groupby(by as string[]))
        expect(outcome(run(observed))).toStrictEqual(outcome(run(plain)))
        const reified = (table: ColumnTable) => () => run(table)().reify().rollup({ n: 'd => op.count()' })
        expect(outcome(reified(observed))).toStrictEqual(outcome(reified(plain)))
      }),
      { numRuns: 1000 },
    )
  })

  it('roll up what plain Arquero rolls up, bit for bit, for all aggregates, keys, column types and tables', () => {
    fc.assert(
      fc.property(pairs(12), keys, measure, measure, before, ({ plain, observed }, by, one, two, verb) => {
        const run = (table: ColumnTable) => () =>
          prepared(table, verb)
            .groupby(by as string[])
            .rollup({ one: `d => ${one}`, two: `d => ${two}` })
        expect(outcome(run(observed))).toStrictEqual(outcome(run(plain)))
      }),
      { numRuns: 1000 },
    )
  })

  it('count what plain Arquero counts', () => {
    fc.assert(
      fc.property(pairs(9), keys, before, ({ plain, observed }, by, verb) => {
        const run = (table: ColumnTable) => () =>
          prepared(table, verb)
            .groupby(by as string[])
            .count({ as: 'n' })
        expect(outcome(run(observed))).toStrictEqual(outcome(run(plain)))
      }),
      { numRuns: 300 },
    )
  })

  it('derive and filter by aggregates as plain Arquero does, grouped or not', () => {
    fc.assert(
      fc.property(pairs(9), keys, measure, before, ({ plain, observed }, by, one, verb) => {
        const run = (table: ColumnTable) => () =>
          prepared(table, verb)
            .groupby(by as string[])
            .derive({ y: `d => ${one}`, z: `d => d.f64 - op.mean(d.f64)` })
            .filter('d => d.i8 <= op.max(d.i8) && d.f32 >= op.min(d.f32)')
            .select('y', 'z', 'i8')
        expect(outcome(run(observed))).toStrictEqual(outcome(run(plain)))
      }),
      { numRuns: 1000 },
    )
  })
})
