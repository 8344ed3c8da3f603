import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Batch } from '../../../src/kernel/columns/batch.ts'
import type { DecimalColumn } from '../../../src/kernel/columns/column.ts'
import { approxDistinct } from '../../../src/kernel/measures/approx-distinct.ts'
import { count } from '../../../src/kernel/measures/count.ts'
import { countDistinct } from '../../../src/kernel/measures/count-distinct.ts'
import { first, last } from '../../../src/kernel/measures/first-last.ts'
import { mean } from '../../../src/kernel/measures/mean.ts'
import { max, min } from '../../../src/kernel/measures/min-max.ts'
import { quantile } from '../../../src/kernel/measures/quantile.ts'
import { sum } from '../../../src/kernel/measures/sum.ts'
import { stdev, variance } from '../../../src/kernel/measures/variance.ts'
import { type LogicalType, types } from '../../../src/kernel/types.ts'
import type { Measure } from '../../../src/plugins/measure.ts'
import { batchesOf, batchOf, type Cell, type Cells, cuts, fieldsOf, hows, keyText, tables } from '../hash/columns.ts'

const numeric = {
  sum: sum('c0'),
  mean: mean('c0'),
  variance: variance('c0'),
  stdev: stdev('c0'),
  median: quantile('c0', 0.5),
}
const ordered = { min: min('c0'), max: max('c0') }
const any = {
  count: count(),
  countDistinct: countDistinct('c0'),
  approxDistinct: approxDistinct('c0'),
  first: first('c0'),
  last: last('c0'),
}
const numericTypes = ['int8', 'int32', 'uint32', 'int64', 'float64', 'float32', 'decimal']
const orderedTypes = [...numericTypes, 'boolean', 'date', 'timestamp', 'string']

/** What one measure gives over the cells of one column, in one group. */
function over(measure: Measure, type: LogicalType, cells: readonly Cell[]): unknown {
  const batch = batchOf([{ type, cells }], 0, cells.length)
  const accumulator = measure.create(batch.schema)
  accumulator.add(batch, undefined, 1)
  return accumulator.finish(1).at(0)
}

function accumulate(
  measure: Measure,
  table: readonly Cells[],
  batches: readonly Batch[],
  groupOf: (row: number) => number,
  groups: number,
) {
  const accumulator = measure.create({ fields: fieldsOf(table) })
  let start = 0
  for (const batch of batches) {
    const from = start
    accumulator.add(
      batch,
      Int32Array.from({ length: batch.length }, (_, i) => groupOf(from + i)),
      groups,
    )
    start += batch.length
  }
  return accumulator
}

const all = { ...numeric, ...ordered, ...any }
const namesFor = (name: string) => (name in numeric ? numericTypes : name in ordered ? orderedTypes : undefined)

describe.each(Object.entries(all) as [string, Measure][])('%s', (name, measure) => {
  const names = namesFor(name)
  const table = tables({ max: 1, rows: 80, ...(names === undefined ? {} : { names }) })

  it('has the same state, bit by bit, however the rows are split and encoded', () => {
    fc.assert(
      fc.property(table, cuts, hows, (given, at, how) => {
        const rows = given[0]!.cells.length
        const split = accumulate(measure, given, batchesOf(given, at, how), (row) => row % 3, 3)
        const whole = accumulate(measure, given, [batchOf(given, 0, rows)], (row) => row % 3, 3)
        const cells = (accumulator: typeof split) => accumulator.state(3).map((state) => [...state])
        try {
          expect(cells(split)).toEqual(cells(whole))
        } catch (error) {
          if ((error as { code?: string }).code !== 'TYPE_PRECISION') throw error
        }
      }),
    )
  })

  it('gives the same from merged states as from all rows', () => {
    fc.assert(
      fc.property(table, fc.nat(80), hows, (given, at, how) => {
        const rows = given[0]!.cells.length
        const cut = Math.min(at, rows)
        const group = (row: number) => (row * 7) % 4
        const whole = accumulate(measure, given, [batchOf(given, 0, rows)], group, 4)
        const left = accumulate(measure, given, [batchOf(given, 0, cut, how[0])], group, 4)
        const right = accumulate(measure, given, [batchOf(given, cut, rows, how.at(-1))], (row) => group(row + cut), 4)
        const finished = (from: typeof left): unknown[] | string => {
          try {
            return [...from.finish(4)]
          } catch (error) {
            return (error as { code: string }).code
          }
        }
        const merged = measure.create({ fields: fieldsOf(given) })
        try {
          merged.merge(left.state(4), undefined, 1) // a state may land in other groups than it came from
        } catch (error) {
          if ((error as { code?: string }).code === 'TYPE_PRECISION') return
          throw error
        }
        const again = measure.create({ fields: fieldsOf(given) })
        again.merge(left.state(4), Int32Array.of(0, 1, 2, 3), 4)
        again.merge(right.state(4), Int32Array.of(0, 1, 2, 3), 4)
        close(finished(again), finished(whole))
      }),
    )
  })
})

function close(actual: unknown[] | string, expected: unknown[] | string): void {
  if (typeof actual === 'string' || typeof expected === 'string') {
    expect(actual).toEqual(expected)
    return
  }
  actual.forEach((value, i) => {
    const wanted = expected[i]
    if (typeof wanted === 'number' && typeof value === 'number' && Number.isFinite(wanted) && Number.isFinite(value)) {
      expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-9 * Math.max(Math.abs(wanted), Math.abs(value)))
    } else if (typeof wanted === 'number' && !Number.isFinite(wanted)) expect(Number.isFinite(value)).toBe(false)
    else expect(value).toEqual(wanted)
  })
}

describe('measures against plain arithmetic', () => {
  it('sum integers and decimals exactly', () => {
    const big = 2n ** 62n
    expect(over(sum('c0'), types.int64, [big, 5n, null, -big])).toBe(5n)
    expect(over(sum('c0'), types.decimal(20, 2), [29n, 456n, null])).toBe(4.85)
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 50 }), (cells) => {
        const total = cells.reduce((a, b) => a + b, 0n)
        if (total >= -(2n ** 63n) && total < 2n ** 63n) expect(over(sum('c0'), types.int64, cells)).toBe(total)
        else expect(() => over(sum('c0'), types.int64, cells)).toThrow(/cannot be given as a bigint without loss/)
      }),
    )
  })
  it('stay exact where sums outgrow doubles', () => {
    const cells = Array.from({ length: 3000 }, (_, i) => 4_294_967_295 - (i % 2))
    const batch = batchOf([{ type: types.uint32, cells }], 0, cells.length)
    const accumulator = sum('c0').create(batch.schema)
    for (let i = 0; i < 600; i++) accumulator.add(batch, undefined, 1)
    expect(accumulator.finish(1).at(0)).toBe(600 * (3000 * 4_294_967_295 - 1500))
    for (let i = 0; i < 1800; i++) accumulator.add(batch, undefined, 1)
    expect((accumulator.state(1)[0] as DecimalColumn).unscaled(0)).toBe(2400n * (3000n * 4_294_967_295n - 1500n))
    expect(() => accumulator.finish(1)).toThrow(/sum\(c0\): the sum \d+ cannot be given as a number without loss/)
  })
  it('sum floats with compensation and let NaN and infinities through', () => {
    expect(over(sum('c0'), types.float64, [1e16, 1, 1, -1e16])).toBe(2)
    expect(over(sum('c0'), types.float64, [-1e16, -1, -1, 1e16])).toBe(-2)
    expect(over(sum('c0'), types.float64, [1, Number.NaN, null])).toBeNaN()
    expect(over(sum('c0'), types.float64, [Number.POSITIVE_INFINITY, 1])).toBe(Number.POSITIVE_INFINITY)
    expect(over(mean('c0'), types.float64, [1, Number.NaN])).toBeNaN()
  })
  it('skip null, and give 0 or null where nothing is present', () => {
    expect(
      [sum('c0'), mean('c0'), variance('c0'), min('c0'), quantile('c0', 0.5), countDistinct('c0'), count()].map((m) =>
        over(m, types.float64, [null, null]),
      ),
    ).toEqual([0, null, null, null, null, 0, 2])
    expect([mean('c0'), variance('c0'), stdev('c0')].map((m) => over(m, types.int32, [2, null, 4, 6]))).toEqual([
      4, 4, 2,
    ])
    expect(over(variance('c0'), types.int32, [2])).toBeNull()
  })
  it('keep the type of extremes and order text by code points', () => {
    expect(over(max('c0'), types.string, ['～', '😀', null, 'z'])).toBe('😀')
    expect(over(min('c0'), types.date, [20, 10, null])).toBe(10 * 86_400_000)
    expect(over(max('c0'), types.int64, [2n ** 62n + 1n, 2n ** 62n])).toBe(2n ** 62n + 1n)
    expect(over(min('c0'), types.float64, [3, Number.NaN, 1])).toBeNaN()
    const field = { name: 'c0', type: types.decimal(9, 2), nullable: false }
    expect(min('c0').create({ fields: [field] }).result).toEqual({ type: types.decimal(9, 2), nullable: true })
  })
  it('take the first and the last cell, absent or not', () => {
    expect(over(first('c0'), types.string, [null, 'b'])).toBeNull()
    expect(over(last('c0'), types.string, ['a', null, 'b'])).toBe('b')
    expect(over(last('c0'), types.float64, [1, -0])).toBe(-0)
  })
  it('forget replaced cells: a long column keeps only the last', () => {
    const batch = batchOf([{ type: types.int32, cells: Array.from({ length: 3000 }, (_, i) => i) }], 0, 3000)
    const accumulator = last('c0').create(batch.schema)
    for (let i = 0; i < 2000; i++)
      accumulator.add({ ...batch, length: 1, columns: [batch.columns[0]!.slice(i, i + 1)] }, undefined, 1)
    expect(accumulator.finish(1).at(0)).toBe(1999)
  })
  it('count distinct values exactly', () => {
    fc.assert(
      fc.property(tables({ max: 1, rows: 60 }), cuts, hows, (table, at, how) => {
        const accumulator = accumulate(countDistinct('c0'), table, batchesOf(table, at, how), () => 0, 1)
        expect(accumulator.finish(1).at(0)).toBe(
          new Set(table[0]!.cells.filter((cell) => cell !== null).map(keyText)).size,
        )
      }),
    )
  })
})

describe('sketches within their bounds', () => {
  it.each([0, 1, 40, 1000, 20_000, 300_000])('approxDistinct of %i values is within 5 %', (n) => {
    const estimate = over(
      approxDistinct('c0'),
      types.int32,
      Array.from({ length: n }, (_, i) => i * 17),
    ) as number
    expect(Math.abs(estimate - n)).toBeLessThanOrEqual(0.05 * n)
  })
  it('quantiles of up to 256 values are those of linear interpolation', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 256 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (cells, p) => {
          const sorted = Float64Array.from(cells).sort()
          const at = p * (cells.length - 1)
          const low = sorted[Math.floor(at)]!
          const high = sorted[Math.min(cells.length - 1, Math.floor(at) + 1)]!
          expect(over(quantile('c0', p), types.float64, cells)).toBeCloseTo(
            low + (high - low) * (at - Math.floor(at)),
            5,
          )
        },
      ),
    )
  })
  it('quantiles of many values are within 0.5 % of them', () => {
    const shapes = {
      uniform: (i: number) => i,
      heavy: (i: number) => 1e-6 * 1.002 ** i,
      signed: (i: number) => (i - 5000) ** 3,
      tiny: (i: number) => i * Number.MIN_VALUE,
    }
    for (const shape of Object.values(shapes)) {
      const sorted = Float64Array.from({ length: 10_001 }, (_, i) => shape(i))
      for (const p of [0, 0.01, 0.25, 0.5, 0.9, 0.999, 1]) {
        const exact = sorted[Math.round(p * 10_000)]!
        const estimate = over(quantile('c0', p), types.float64, [...sorted]) as number
        expect(Math.abs(estimate - exact)).toBeLessThanOrEqual(0.005 * Math.abs(exact) * (1 + 1e-9) + Number.MIN_VALUE)
      }
    }
  })
  it('refuses a share outside [0, 1]', () => {
    expect(() => quantile('delay', 95)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: 'quantile(delay, 95): the share 95 is not between 0 and 1.',
      }),
    )
  })
})

describe('columns that do not fit', () => {
  const schema = {
    fields: [
      { name: 'delay', type: types.int32, nullable: false },
      { name: 'origin', type: types.string, nullable: false },
    ],
  }
  it('are named, with the nearest name and the list', () => {
    expect(() => mean('dealy').create(schema)).toThrow(
      expect.objectContaining({
        code: 'COLUMN_MISSING',
        message: 'mean(dealy): there is no column "dealy".',
        hint: 'Did you mean "delay"? The columns are: delay, origin.',
      }),
    )
    expect(() => mean('origin').create(schema)).toThrow(
      expect.objectContaining({
        code: 'SCHEMA_MISMATCH',
        message: 'mean(origin): the column "origin" is string, but a number is needed.',
      }),
    )
  })
})
