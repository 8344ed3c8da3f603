import type { ColumnTable } from 'arquero'
import * as aq from 'arquero'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kinds, outcome, pairs } from './typed-tables.ts'

const names = [...Object.keys(kinds), 'any']
const field = fc.oneof(
  fc.constantFrom(...names).map((name) => `d.${name}`),
  fc.constantFrom('d.f64 * 2', 'd.i32 > 0', 'op.lower(d.dict)'),
)
const ranking = fc.constantFrom(
  'op.row_number()',
  'op.rank()',
  'op.avg_rank()',
  'op.dense_rank()',
  'op.percent_rank()',
  'op.cume_dist()',
  'op.ntile(3)',
  'op.ntile(0)',
)
/** Offsets that are no whole numbers above 0 make Arquero read rows that are not there. */
const shift = fc
  .tuple(
    fc.constantFrom('lag', 'lead'),
    field,
    fc.constantFrom('', ', 1', ', 2', ', 0', ', $.n, 0', ', 1, null', ", 1, 'x'"),
  )
  .map(([name, of, rest]) => `op.${name}(${of}${rest})`)
const place = fc.oneof(
  fc
    .tuple(fc.constantFrom('first_value', 'last_value', 'fill_down', 'fill_up'), field)
    .map(([name, of]) => `op.${name}(${of})`),
  fc.tuple(fc.constantFrom('fill_down', 'fill_up'), field).map(([name, of]) => `op.${name}(${of}, 7)`),
  fc.tuple(field, fc.constantFrom('1', '2', '0')).map(([of, n]) => `op.nth_value(${of}, ${n})`),
)
const aggregate = fc
  .tuple(
    fc.constantFrom(
      'valid',
      'invalid',
      'sum',
      'mean',
      'average',
      'min',
      'max',
      'variance',
      'stdev',
      'stdevp',
      'product',
      'median',
      'any',
      'distinct',
    ),
    field,
  )
  .map(([name, of]) => `op.${name}(${of})`)
const call = fc.oneof(ranking, shift, place, aggregate, fc.constant('op.count()'))
const expression = fc.oneof(
  { weight: 3, arbitrary: call },
  {
    weight: 1,
    arbitrary: fc
      .tuple(field, fc.constantFrom('-', '+', '>', '===', '&&', '??'), call)
      .map(([a, o, b]) => `(${a}) ${o} (${b})`),
  },
)
const limit = fc.constantFrom(0, 1, 2, -1, -Infinity, Infinity)
const frame = fc.oneof(fc.constant(undefined), fc.tuple(limit, limit))
const before = fc.constantFrom<(t: ColumnTable) => ColumnTable>(
  (t) => t,
  (t) => t.groupby('flag'),
  (t) => t.orderby('i8'),
  (t) => t.orderby('f64', aq.desc('dict')),
  (t) => t.groupby('flag').orderby('i8'),
  (t) => t.orderby('i8').groupby('dict'),
  (t) => t.filter('d => d.i8 >= 0'),
  (t) => t.filter('d => d.i8 >= 0').groupby('flag').orderby('f32'),
)

describe('window functions over typed columns', () => {
  it('derive what plain Arquero derives, bit for bit, for all functions, frames, groups and orders', () => {
    fc.assert(
      fc.property(
        pairs(9),
        expression,
        expression,
        frame,
        fc.boolean(),
        before,
        ({ plain, observed }, one, two, range, peers, verb) => {
          const run = (table: ColumnTable) => () =>
            verb(table.params({ n: 2 }) as ColumnTable)
              .derive({
                one: aq.rolling(`d => ${one}`, range as [number, number], peers),
                two: `d => ${two}`,
              })
              .select('one', 'two', 'i8')
          expect(outcome(run(observed))).toStrictEqual(outcome(run(plain)))
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('filter what plain Arquero filters', () => {
    fc.assert(
      fc.property(pairs(9), call, before, ({ plain, observed }, one, verb) => {
        const run = (table: ColumnTable) => () =>
          verb(table.params({ n: 2 }) as ColumnTable)
            .filter(`d => (${one}) > 1`)
            .select('i8', 'text')
        expect(outcome(run(observed))).toStrictEqual(outcome(run(plain)))
      }),
      { numRuns: 600 },
    )
  })
})
