import * as aq from 'arquero'
import { escape as asIs, type ColumnTable, desc, op } from 'arquero'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ObservedTable } from '../../../src/kernel/observed/observed-table.ts'
import { observed } from './tables.ts'

type Verb = (t: ColumnTable) => ColumnTable

/** Verbs that find their columns in any table of these tests: `g` text, `x` and `y` numbers, `l` lists. */
const keeping: Readonly<Record<string, Verb>> = {
  derive: (t) => t.derive({ y: (d: any) => d.x * 2, z: (d: any) => op.upper(d.g) }),
  'derive before': (t) => t.derive({ z: asIs((d: any) => d.x) }, { before: 'x' }),
  'derive aggregate': (t) => t.derive({ y: (d: any) => d.x - op.mean(d.x), r: op.rank() }),
  filter: (t) => t.filter((d: any) => d.x > 1),
  'filter aggregate': (t) => t.filter((d: any) => d.x >= op.mean(d.x)),
  select: (t) => t.select(aq.not('y'), 'y'),
  relocate: (t) => t.relocate(['x'], { after: 'l' }),
  orderby: (t) => t.orderby('g', desc('x'), { k: (d: any) => d.y }),
  'orderby escape': (t) => t.orderby(desc(asIs((d: any) => d.x))),
  unorder: (t) => t.unorder(),
  groupby: (t) => t.groupby('g'),
  'groupby expression': (t) => t.groupby({ k: (d: any) => d.x > 1 }),
  ungroup: (t) => t.ungroup(),
  reify: (t) => t.reify(),
  slice: (t) => t.slice(1, 3),
  dedupe: (t) => t.dedupe('g'),
  concat: (t) => t.concat(t.filter((d: any) => d.x > 0)),
  union: (t) => t.select('g', 'x', 'y', 'l').union(t.select('g', 'x', 'y', 'l')),
  intersect: (t) => t.intersect(t.filter((d: any) => d.x > 1)),
  except: (t) => t.except(t.filter((d: any) => d.x > 1)),
  assign: (t) => t.assign(t.select('x').rename({ x: 'w' })),
  impute: (t) => t.impute({ x: () => 0 }),
  // Of a filtered or grouped table Arquero expands by rows of data that the table no longer has: what it finds there is chance.
  'impute expand': (t) =>
    t
      .ungroup()
      .reify()
      .impute({ x: () => 0 }, { expand: 'y' }),
  params: (t) => (t.params({ limit: 2 }) as ColumnTable).filter((d: any, $: any) => d.x < $.limit),
}
const ending: Readonly<Record<string, Verb>> = {
  none: (t) => t,
  rollup: (t) => t.rollup({ n: op.count(), m: (d: any) => op.mean(d.x) + 1, all: op.array_agg('g') }),
  count: (t) => t.count({ as: 'n' }),
  fold: (t) => t.fold(['x', 'y'], { as: ['k', 'v'] }),
  unroll: (t) => t.unroll('l', { index: true, drop: 'x' }),
  spread: (t) => t.spread('l', { limit: 2 }),
  pivot: (t) => t.pivot('g', { m: (d: any) => op.max(d.x) }),
  rename: (t) => t.rename({ x: 'X' }),
}

const rows = fc.array(
  fc.tuple(
    fc.constantFrom('a', 'b', 'c', null),
    fc.constantFrom(0, -0, 1, 1.5, 2, Number.NaN, null),
    fc.integer({ min: 0, max: 3 }),
    fc.array(fc.constantFrom('p', 'q'), { maxLength: 3 }),
  ),
  { maxLength: 9 },
)

function contentOf(table: ColumnTable) {
  const names = table.columnNames()
  return {
    names,
    grouped: table.isGrouped(),
    rows: table.objects().map((row: any) => names.map((name) => row[name] ?? null)),
  }
}

describe('verbs of observed tables', () => {
  it('give what plain Arquero gives, for all data and chains of verbs, and stay observed', () => {
    fc.assert(
      fc.property(
        rows,
        fc.array(fc.constantFrom(...Object.keys(keeping)), { maxLength: 4 }),
        fc.constantFrom(...Object.keys(ending)),
        (data, chain, end) => {
          const columns = {
            g: data.map((r) => r[0]),
            x: data.map((r) => r[1]),
            y: data.map((r) => r[2]),
            l: data.map((r) => r[3]),
          }
          const run = (table: ColumnTable) => {
            let out = table
            for (const name of chain) out = (keeping[name] as Verb)(out)
            return (ending[end] as Verb)(out)
          }
          let plain: ReturnType<typeof contentOf> | undefined
          try {
            plain = contentOf(run(aq.table(columns)))
          } catch {
            expect(() => run(observed(columns))).toThrow()
            return
          }
          const result = run(observed(columns))
          expect(contentOf(result)).toEqual(plain)
          expect(result).toBeInstanceOf(ObservedTable)
        },
      ),
      { numRuns: 8000 },
    )
  })
})
