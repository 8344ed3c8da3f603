import type { ColumnTable } from 'arquero'
import * as aq from 'arquero'
import { escape as asIs, collate, desc, op } from 'arquero'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Drawn, drawn, drawnTwice, outcome } from './drawn-tables.ts'

type Verb = (t: ColumnTable) => ColumnTable
type Shape = (t: ColumnTable) => ColumnTable

const read = (t: ColumnTable) => {
  t.indices()
  return t
}
const half = (t: ColumnTable) => {
  const bits = new aq.BitSet(t.totalRows())
  for (let row = 0; row < t.totalRows(); row++) if (row % 3 !== 1) bits.set(row)
  return t.create({ filter: bits })
}

/** What a table may be when a verb is called. */
const shapes: Readonly<Record<string, Shape>> = {
  plain: (t) => t,
  filtered: half,
  ordered: (t) => t.orderby(desc('v')),
  'ordered and read': (t) => read(t.orderby('v')),
  'filtered and ordered': (t) => half(t.orderby('v')),
  'filtered, ordered and read': (t) => read(half(t).orderby('v')),
  'filtered, ordered and sliced': (t) => {
    const ordered = half(t).orderby('v')
    ordered.slice(0, 1)
    return ordered
  },
  grouped: (t) => t.groupby('v'),
  'grouped, filtered and ordered': (t) => half(t).groupby('l').orderby('v'),
  'ordered and grouped': (t) => read(t.orderby('v')).groupby('l'),
  'with another column later': (t) => t.orderby('v').derive({ v: () => 1 }),
}

const orders: Readonly<Record<string, Verb>> = {
  'one key': (t) => t.orderby('k'),
  'one key descending': (t) => t.orderby(desc('k')),
  'mixed directions': (t) => t.orderby(desc('k'), 'l'),
  'three keys': (t) => t.orderby('l', [desc('v')], 'k'),
  'by number': (t) => t.orderby(0, desc(1 as never)),
  functions: (t) =>
    t.orderby(
      (d: any) => d.k,
      desc((d: any) => d.l === d.v),
    ),
  objects: (t) => t.orderby({ a: (d: any) => d.k, b: desc((d: any) => d.l > 0) } as never),
  params: (t) => (t.params({ least: 1 }) as ColumnTable).orderby(((d: any, $: any) => d.k > $.least) as never, 'l'),
  collated: (t) =>
    t.orderby(
      collate('k', (a: any, b: any) => (String(a) < String(b) ? 1 : -1)),
      'l',
    ),
  calling: (t) => t.orderby((d: any) => op.abs(d.k)),
  compared: (t) => t.orderby(desc(collate('k', (a: any, b: any) => String(a).length - String(b).length))),
  escaped: (t) => t.orderby(asIs((d: any) => String(d.k)) as never),
  aggregated: (t) => t.orderby(((d: any) => `${d.k}` === `${op.max(d.k)}`) as never, 'l'),
  'failing for some': (t) => t.orderby(((d: any) => d.k.a.b) as never),
  none: (t) => t.orderby(),
  twice: (t) => t.orderby('k').orderby('l'),
}

const keeping: Readonly<Record<string, Verb>> = {
  reify: (t) => t.reify(),
  'reify rows': (t) => t.reify(Array.from({ length: Math.min(3, t.totalRows()) }, (_, i) => t.totalRows() - 1 - i)),
  'dedupe by all': (t) => t.dedupe(),
  'dedupe by one': (t) => t.dedupe('k'),
  'dedupe by several': (t) => t.dedupe('k', ['l']),
  'dedupe by number': (t) => t.dedupe(2),
  'dedupe by selection': (t) => t.dedupe(aq.not('v')),
  'dedupe by expression': (t) => t.dedupe({ a: (d: any) => d.k === d.l }, 'v'),
  'dedupe by escaped': (t) => t.dedupe({ a: asIs((d: any) => typeof d.k) } as never),
  'dedupe by aggregate': (t) => t.dedupe({ a: (d: any) => `${d.k}` === `${op.min(d.k)}` }),
  'dedupe by nothing': (t) => t.dedupe(aq.names() as never),
  ungroup: (t) => t.ungroup(),
  unorder: (t) => t.unorder(),
}

const shape = fc.constantFrom(...Object.keys(shapes))
const bound = fc.constantFrom(undefined, 0, 1, 2, 3, 5, 9, -1, -2, -9, Number.NaN, Number.POSITIVE_INFINITY)

/** Text that Arquero confuses when it glues several keys together; see dedupe-rows.ts. */
function isGlued({ plain }: Drawn): boolean {
  return plain.columnNames().some((name) => [...(plain.column(name) as Iterable<unknown>)].includes('a|"b'))
}

function same(pair: Drawn, run: Verb): void {
  expect(outcome(() => run(pair.observed))).toStrictEqual(outcome(() => run(pair.plain)))
}

describe('verbs over whole tables', () => {
  it('orderby equals plain Arquero for all column kinds, keys and tables', () => {
    fc.assert(
      fc.property(drawn(['k', 'l', 'v'], 9), shape, fc.constantFrom(...Object.keys(orders)), (pair, given, order) => {
        same(pair, (t) => (orders[order] as Verb)((shapes[given] as Shape)(t)))
      }),
      { numRuns: 3000 },
    )
  })

  it('slice equals plain Arquero for all bounds, orders and tables', () => {
    fc.assert(
      fc.property(
        drawn(['k', 'l', 'v'], 9),
        shape,
        fc.option(fc.constantFrom(...Object.keys(orders))),
        bound,
        bound,
        (pair, given, order, start, end) => {
          same(pair, (t) => {
            const shaped = (shapes[given] as Shape)(t)
            return (order === null ? shaped : (orders[order] as Verb)(shaped)).slice(start, end)
          })
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('a table that was sliced goes on as in plain Arquero', () => {
    fc.assert(
      fc.property(drawn(['k', 'l', 'v'], 9), shape, bound, bound, (pair, given, start, end) => {
        same(pair, (t) => {
          const ordered = (shapes[given] as Shape)(t).orderby('k')
          ordered.slice(start, end)
          return ordered
        })
      }),
      { numRuns: 1000 },
    )
  })

  it('dedupe and reify equal plain Arquero for all column kinds, keys and tables', () => {
    fc.assert(
      fc.property(
        drawn(['k', 'l', 'v'], 9),
        shape,
        fc.constantFrom(...Object.keys(keeping)),
        fc.constantFrom(...Object.keys(keeping)),
        (pair, given, one, other) => {
          fc.pre(!isGlued(pair))
          same(pair, (t) => (keeping[other] as Verb)((keeping[one] as Verb)((shapes[given] as Shape)(t))))
        },
      ),
      { numRuns: 3000 },
    )
  })

  for (const verb of ['concat', 'union', 'intersect', 'except'] as const) {
    it(`${verb} equals plain Arquero for tables of the same and of other kinds`, () => {
      const two = fc.oneof(
        drawnTwice(['k', 'l', 'v'], 6),
        fc.tuple(drawn(['k', 'l', 'v'], 6), drawn(['v', 'x', 'l', 'k'], 6)),
      )
      fc.assert(
        fc.property(two, shape, shape, fc.constantFrom(1, 2, 3), ([one, other], left, right, times) => {
          fc.pre(!isGlued(one) && !isGlued(other))
          const run = (a: ColumnTable, b: ColumnTable) => {
            const first = (shapes[left] as Shape)(a)
            const second = (shapes[right] as Shape)(b)
            return times === 3
              ? first[verb](second, [first, second])
              : times === 2
                ? first[verb]([second, first])
                : first[verb](second)
          }
          expect(outcome(() => run(one.observed, other.observed))).toStrictEqual(
            outcome(() => run(one.plain, other.plain)),
          )
          expect(outcome(() => run(one.observed, other.plain))).toStrictEqual(
            outcome(() => run(one.plain, other.plain)),
          )
        }),
        { numRuns: 1500 },
      )
    })
  }

  const keys = fc.constantFrom<unknown>(
    'k',
    ['k', 'l'],
    [
      ['k', 'l'],
      ['k', 'l'],
    ],
    [(d: any) => d.k, 'k'],
    undefined,
  )
  for (const verb of ['join', 'join_left', 'join_right', 'join_full', 'semijoin', 'antijoin', 'cross'] as const) {
    it(`${verb} equals plain Arquero for tables of the same and of other kinds, but for null where a row is missed`, () => {
      const two = fc.oneof(
        drawnTwice(['k', 'l', 'v'], 6),
        fc.tuple(drawn(['k', 'l', 'v'], 6), drawn(['v', 'x', 'l', 'k'], 6)),
      )
      fc.assert(
        fc.property(two, shape, shape, keys, ([one, other], left, right, on) => {
          fc.pre(!isGlued(one) && !isGlued(other))
          const run = (a: any, b: ColumnTable) => {
            const [first, second] = [(shapes[left] as Shape)(a), (shapes[right] as Shape)(b)] as [any, ColumnTable]
            return verb === 'cross' ? first.cross(second) : first[verb](second, on)
          }
          const filled = (found: any) => (found === 'throws' ? found : JSON.parse(JSON.stringify(found, cellText)))
          expect(filled(outcome(() => run(one.observed, other.observed)))).toEqual(
            filled(outcome(() => run(one.plain, other.plain))),
          )
        }),
        { numRuns: 700 },
      )
    })
  }
})

/** Cells as text, null and undefined alike. */
function cellText(_: string, cell: unknown): unknown {
  if (cell === undefined) return null
  if (typeof cell === 'bigint') return `${cell}n`
  if (typeof cell === 'number' && !Number.isFinite(cell)) return `number ${cell}`
  return Object.is(cell, -0) ? '-0' : cell
}
