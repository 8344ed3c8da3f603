import * as aq from 'arquero'
import { op } from 'arquero'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FlatColumn } from '../../../src/kernel/columns/column.ts'
import { observe } from '../../../src/kernel/observed/observe.ts'
import { types } from '../../../src/kernel/types.ts'

/** Orders that are hard on a selection: rising, falling, up and down, few values, drawn. */
const orders: readonly ((i: number, n: number) => number)[] = [
  (i) => i,
  (i, n) => n - i,
  (i, n) => Math.min(i, n - i),
  (i) => i % 3,
  (i) => (Math.imul(i + 1, 0x9e3779b1) >>> 8) / 7,
  () => 5,
]
const special = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, -3.5)

describe('quantiles of large groups', () => {
  it('are those of plain Arquero, for all orders of values and several quantiles one after the other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 900 }),
        fc.constantFrom(...orders),
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.tuple(fc.nat(899), special), { maxLength: 4 }),
        fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.25, 0.999, 1, 1.5, -1)),
        (n, order, groups, places, [p, q]) => {
          const values = Float64Array.from({ length: n }, (_, i) => order(i, n))
          for (const [at, value] of places) if (at < n) values[at] = value
          const keys = Int32Array.from({ length: n }, (_, i) => (i * 7) % groups)
          const fields = [
            { name: 'g', type: types.int32, nullable: true },
            { name: 'x', type: types.float64, nullable: true },
          ]
          const columns = [new FlatColumn(types.int32, keys), new FlatColumn(types.float64, values)]
          const observed = observe({ schema: { fields }, length: n, columns }, { input: '', rowWise: false })
          const plain = aq.table({ g: [...keys], x: [...values] })
          const act = (table: aq.ColumnTable) =>
            table
              .groupby('g')
              .rollup({
                m: op.median('x'),
                p: op.quantile('x', p),
                q: op.quantile('x', q),
                again: op.median('x'),
                sum: op.sum('x'),
              })
              .objects()
          expect(act(observed)).toStrictEqual(act(plain))
        },
      ),
      { numRuns: 400 },
    )
  })
})
