import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  completeness,
  correlationBetween,
  decreasing,
  distinctBetween,
  distinctValues,
  hasColumns,
  hasTypes,
  increasing,
  key,
  lengthBetween,
  maxBetween,
  meanBetween,
  medianBetween,
  minBetween,
  mostCommon,
  noOutliers,
  quantileBetween,
  stdevBetween,
  sumBetween,
} from '../src/index.ts'
import { type Cell, condemned, type Data, data, decided, type Kind, side } from './columns.ts'

const plain = fc.integer({ min: -4, max: 4 })
const isNaNCell = (cell: Cell | undefined) => typeof cell === 'number' && Number.isNaN(cell)
const column = (given: Data, at = 0) => given.rows.map((row) => row[at]!).filter((cell) => cell !== null)

describe('increasing and decreasing', () => {
  const kinds: readonly Kind[] = ['int8', 'int64', 'float64', 'decimal', 'date', 'timestamp', 'nanoseconds', 'string']
  const rules = [
    [increasing('c0'), (n: number) => n >= 0],
    [increasing('c0', { strict: true }), (n: number) => n > 0],
    [decreasing('c0'), (n: number) => n <= 0],
    [decreasing('c0', { strict: true }), (n: number) => n < 0],
  ] as const
  it.each(rules.map(([check, holds]) => [check.name, check, holds] as const))(
    '%s looks at the present value before',
    async (_, check, holds) => {
      await fc.assert(
        fc.asyncProperty(data(kinds), async (given) => {
          let before: Cell = null
          const text = given.types[0]!.kind === 'string'
          const expected = given.rows.map(([cell = null]) => {
            if (cell === null) return false
            if (isNaNCell(cell)) return true
            const fails = before !== null && !holds(side(cell, before, text))
            before = cell
            return fails
          })
          expect(await condemned(check, given)).toEqual(expected)
        }),
        { numRuns: 200 },
      )
    },
  )
})

it('key fails rows with a null and rows whose key is repeated', async () => {
  await fc.assert(
    fc.asyncProperty(data(['int8'], ['boolean', 'string']), fc.constantFrom('all', 'later'), async (given, lose) => {
      const text = given.rows.map((row) => (row.includes(null) ? undefined : row.map(String).join('\0')))
      const expected = text.map(
        (own, i) =>
          own === undefined || (lose === 'all' ? text.indexOf(own) !== text.lastIndexOf(own) : text.indexOf(own) < i),
      )
      expect(await condemned(key(['c0', 'c1'], { lose: lose as 'all' }), given)).toEqual(expected)
    }),
  )
})

describe('noOutliers', () => {
  const finite = (given: Data) => column(given).map(Number).filter(Number.isFinite)
  const outside = (given: Data, low: number, high: number) =>
    given.rows.map(
      ([cell]) => cell !== null && !(Number.isFinite(Number(cell)) && Number(cell) >= low && Number(cell) <= high),
    )
  it('by z keeps to the mean', async () => {
    await fc.assert(
      fc.asyncProperty(data(['int8', 'float32', 'decimal']), async (given) => {
        const values = finite(given)
        const mean = values.reduce((a, b) => a + b, 0) / values.length
        const s = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
        const found = await condemned(noOutliers('c0', { beyond: 1.234567 }), given)
        const reach = values.length < 3 || !(s > 0) ? Number.POSITIVE_INFINITY : 1.234567 * s
        expect(found).toEqual(
          reach === Number.POSITIVE_INFINITY
            ? outside(given, -reach, reach)
            : outside(given, mean - reach, mean + reach),
        )
      }),
    )
  })
  it('by iqr keeps to the middle half', async () => {
    await fc.assert(
      fc.asyncProperty(data(['int8', 'float32', 'decimal', 'int64', 'float64']), async (given) => {
        const values = finite(given).sort((a, b) => a - b)
        const quartile = (p: number) => {
          const place = (values.length - 1) * p
          const [low, high] = [values[Math.floor(place)]!, values[Math.ceil(place)]!]
          return low + (high - low) * (place - Math.floor(place))
        }
        const [first, third] = [quartile(0.25), quartile(0.75)]
        const found = await condemned(noOutliers('c0', { method: 'iqr' }), given)
        const reach = values.length === 0 ? Number.NaN : 1.5 * (third - first)
        expect(found).toEqual(
          values.length === 0 ? outside(given, -Infinity, Infinity) : outside(given, first - reach, third + reach),
        )
      }),
    )
  })
})

describe('statistics within a range', () => {
  const bounds = fc.tuple(plain, plain).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) + 0.5 }))
  const within = (value: number | null, { min, max }: { min: number; max: number }) =>
    value === null || (value >= min && value <= max)
  const of = (values: readonly number[], reduce: (values: readonly number[]) => number | null) =>
    values.length === 0 ? null : reduce(values)
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
  const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b)
  const median = (values: readonly number[]) => {
    const all = sorted(values)
    return (all[Math.floor((all.length - 1) / 2)]! + all[Math.ceil((all.length - 1) / 2)]!) / 2
  }
  const cases = [
    ['minBetween', minBetween, (v: readonly number[]) => of(v, (all) => Math.min(...all))],
    ['maxBetween', maxBetween, (v: readonly number[]) => of(v, (all) => Math.max(...all))],
    ['sumBetween', sumBetween, sum],
    ['medianBetween', medianBetween, (v: readonly number[]) => of(v, median)],
    ['distinctBetween', distinctBetween, (v: readonly number[]) => new Set(v.map((n) => n + 0)).size],
  ] as const
  it.each(cases)('%s', (_, make, naive) => {
    fc.assert(
      fc.property(data(['int8', 'float32']), bounds, (given, range) => {
        const values = column(given).map(Number)
        if (make === distinctBetween || !values.some(Number.isNaN))
          expect(decided(make('c0', range), given).pass).toBe(within(naive(values), range))
        else expect(decided(make('c0', range), given).pass).toBe(false)
      }),
    )
  })
  it('meanBetween and stdevBetween, with room for rounding', () => {
    fc.assert(
      fc.property(data(['int8', 'decimal']), (given) => {
        const values = column(given).map(Number)
        const mean = sum(values) / values.length
        const s = Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / (values.length - 1))
        const near = (value: number) => ({
          min: value - 1e-9 * (1 + Math.abs(value)),
          max: value + 1e-9 * (1 + Math.abs(value)),
        })
        const above = (value: number) => ({ min: value + 1e-3 * (1 + Math.abs(value)) })
        if (values.length > 0) {
          expect(decided(meanBetween('c0', near(mean)), given).pass).toBe(true)
          expect(decided(meanBetween('c0', above(mean)), given).pass).toBe(false)
        } else expect(decided(meanBetween('c0', { min: 1e9 }), given)).toEqual({ pass: true, observed: 'no mean' })
        if (values.length > 1 && s < 1e3) {
          expect(decided(stdevBetween('c0', near(s)), given).pass).toBe(true)
          expect(decided(stdevBetween('c0', above(s)), given).pass).toBe(false)
        }
      }),
    )
  })
  it('quantileBetween takes a share', () => {
    const given = {
      types: [{ kind: 'int', bits: 8, signed: true }],
      rows: [[1], [2], [null], [3], [9]],
      forms: ['bytes'],
      cuts: [2],
    } as const
    expect(decided(quantileBetween('c0', 1, { max: 8 }), given)).toEqual({ pass: false, observed: 'quantile 9' })
    expect(decided(quantileBetween('c0', 0.25, { min: 1.75, max: 1.75 }), given).pass).toBe(true)
  })
  it('bounds that make no sense are refused', () => {
    expect(() => meanBetween('a', {})).toThrow('neither min nor max is given')
    expect(() => meanBetween('a', { min: 2, max: 1 })).toThrow('no value lies between 2 and 1')
    expect(() => meanBetween('a', { mni: 2 } as never)).toThrow('unknown option "mni"')
    expect(() => completeness('a', { min: 99 })).toThrow('a share of the rows lies between 0 and 1')
  })
})

it('completeness is the share of present values', () => {
  fc.assert(
    fc.property(
      data(['int8', 'string', 'float64', 'boolean']),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (given, min) => {
        const share = column(given).length / given.rows.length
        expect(decided(completeness('c0', { min }), given)).toEqual({
          pass: given.rows.length === 0 || share >= min,
          observed: `${column(given).length} of ${given.rows.length} present`,
        })
      },
    ),
  )
})

describe('distinct values', () => {
  const lists = [['int8', 'int64', 'float32'], ['string']] as const
  it.each(lists)('are compared with a list (%s)', (...kinds) => {
    const value: fc.Arbitrary<string | number> =
      kinds[0] === 'string' ? fc.constantFrom('', 'a', 'b', '10', '😀') : plain
    fc.assert(
      fc.property(data(kinds as readonly Kind[]), fc.array(value, { minLength: 1, maxLength: 6 }), (given, values) => {
        const plainly = (cell: Cell) =>
          typeof cell === 'number' ? cell + 0 : typeof cell === 'bigint' ? Number(cell) : cell
        const found = new Set(column(given).map(plainly))
        const listed = new Set(values.map((own) => plainly(own)))
        const lacks = [...listed].some((own) => !found.has(own))
        const extra = [...found].some((own) => !listed.has(own))
        const said = (relation: 'equal' | 'within' | 'containing') =>
          decided(distinctValues('c0', relation, values), given).pass
        expect([said('equal'), said('within'), said('containing')]).toEqual([!lacks && !extra, !extra, !lacks])
      }),
    )
  })
  it('are shown where they do not fit', () => {
    const given = {
      types: [{ kind: 'string' }],
      rows: [...'abcdefgh'].map((own) => [own]),
      forms: ['dictionary'],
      cuts: [3],
    } as const
    expect(decided(distinctValues('c0', 'equal', ['a', 'z']), given).observed).toBe(
      "missing 'z'; not listed 'b', 'c', 'd', 'e', 'f', …",
    )
  })
})

it('mostCommon takes one of the values that are equally common', () => {
  fc.assert(
    fc.property(data(['int8', 'boolean']), plain, fc.double({ min: 0, max: 1, noNaN: true }), (given, value, min) => {
      if (given.types[0]!.kind === 'boolean') return
      const counts = new Map<Cell, number>()
      for (const cell of column(given)) counts.set(cell, (counts.get(cell) ?? 0) + 1)
      const most = Math.max(...counts.values())
      const pass = counts.size === 0 || (counts.get(value) === most && most / column(given).length >= min)
      expect(decided(mostCommon('c0', [value], { min }), given).pass).toBe(pass)
    }),
  )
})

it('mostCommon gives up beyond 100,000 distinct values, and says so', () => {
  const rows = Array.from({ length: 100_001 }, (_, i) => [i])
  const given = { types: [{ kind: 'int', bits: 32, signed: true }], rows, forms: ['bytes'], cuts: [7] } as const
  expect(decided(mostCommon('c0', [1]), given)).toEqual({ pass: false, observed: 'more than 100000 distinct values' })
  expect(decided(mostCommon('c0', [1]), { ...given, rows: rows.slice(1) }).pass).toBe(true)
})

it('lengthBetween counts code points', () => {
  fc.assert(
    fc.property(data(['string']), fc.nat({ max: 6 }), (given, bound) => {
      const sizes = column(given).map((text) => [...String(text)].length)
      const mean = sizes.reduce((a, b) => a + b, 0) / sizes.length
      const said = (statistic: 'min' | 'max' | 'mean') =>
        decided(lengthBetween('c0', statistic, { max: bound }), given).pass
      const none = sizes.length === 0
      expect([said('min'), said('max'), said('mean')]).toEqual([
        none || Math.min(...sizes) <= bound,
        none || Math.max(...sizes) <= bound,
        none || mean <= bound,
      ])
    }),
  )
})

it('correlationBetween agrees with the textbook', () => {
  fc.assert(
    fc.property(data(['int8', 'decimal'], ['int8']), (given) => {
      const pairs = given.rows.filter((row) => !row.includes(null)).map((row) => row.map(Number)) as [number, number][]
      const mean = (at: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[at], 0) / pairs.length
      const [x, y] = [mean(0), mean(1)]
      const moment = (f: (pair: [number, number]) => number) => pairs.reduce((sum, pair) => sum + f(pair), 0)
      const [xx, yy, xy] = [
        moment(([a]) => (a - x) ** 2),
        moment(([, b]) => (b - y) ** 2),
        moment(([a, b]) => (a - x) * (b - y)),
      ]
      const r = xy / Math.sqrt(xx * yy)
      if (new Set(pairs.map(([a]) => a)).size < 2 || new Set(pairs.map(([, b]) => b)).size < 2) return
      expect(decided(correlationBetween('c0', 'c1', { min: r - 1e-6, max: r + 1e-6 }), given).pass).toBe(true)
      expect(decided(correlationBetween('c0', 'c1', { min: r + 1e-3 }), given).pass).toBe(false)
    }),
  )
})

describe('the shape of a dataset', () => {
  const given = {
    types: [{ kind: 'string' }, { kind: 'timestamp', unit: 'us', zone: 'UTC' }],
    rows: [],
    forms: ['bytes'],
    cuts: [],
  } as const
  it('hasColumns', () => {
    expect(decided(hasColumns(['c0', 'c1'], { ordered: true }), given)).toEqual({
      pass: true,
      observed: 'the columns as expected',
    })
    expect(decided(hasColumns(['c1', 'c0']), given).pass).toBe(true)
    expect(decided(hasColumns(['c1', 'c0'], { ordered: true }), given).observed).toBe('the order is c0, c1')
    expect(decided(hasColumns(['c1', 'x']), given).observed).toBe('"x" is missing; "c0" is not expected')
    expect(decided(hasColumns(['c1'], { others: true }), given).pass).toBe(true)
    expect(() => hasColumns(['a', 'a'])).toThrow('names one twice')
  })
  it('hasTypes', () => {
    expect(decided(hasTypes({ c0: 'string', c1: 'timestamp(us,UTC)' }), given).pass).toBe(true)
    expect(decided(hasTypes({ c0: 'int64' }, { others: true }), given).observed).toBe('"c0" is string, not int64')
  })
})
