import fc from 'fast-check'
import { types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { type DistributionTest, distributedLike, meanLike } from '../src/index.ts'
import { chiSquareTail, kolmogorovTail, logGamma, normalQuantile, normalTail } from '../src/probability.ts'
import { type Cell, decided } from './columns.ts'

const numbers = (values: readonly Cell[], cut = 3) => ({
  types: [types.float64],
  rows: values.map((value) => [value]),
  forms: ['bytes' as const],
  cuts: [cut],
})
const texts = (values: readonly Cell[]) => ({
  types: [types.string],
  rows: values.map((value) => [value]),
  forms: ['dictionary' as const, 'bytes' as const],
  cuts: [2],
})
/** The distance in what was observed. */
const distance = (observed: string) => Number(/^\w+ ([^,]+)/.exec(observed)?.[1])

// Figures of printed tables and closed forms.
it('tails of distributions are those of the tables', () => {
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 12)
  expect(logGamma(11)).toBeCloseTo(Math.log(3_628_800), 12)
  expect(chiSquareTail(3.841459, 1)).toBeCloseTo(0.05, 7)
  expect(chiSquareTail(18.307038, 10)).toBeCloseTo(0.05, 7)
  expect(chiSquareTail(124.342113, 100)).toBeCloseTo(0.05, 7)
  for (const x of [0.1, 1, 5, 40]) expect(chiSquareTail(x, 2)).toBeCloseTo(Math.exp(-x / 2), 13)
  expect(chiSquareTail(0, 3)).toBe(1)
  expect(normalTail(1.959963984540054)).toBeCloseTo(0.025, 12)
  expect(normalTail(-1)).toBeCloseTo(0.8413447460685429, 12)
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 10)
  expect(kolmogorovTail(1.358 / (1e4 + 0.12), 2e8, 2e8)).toBeCloseTo(0.05, 3) // the limit: 1.358 for 5 %
})

const small = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 30 })

it('the Kolmogorov-Smirnov distance is the largest one between the distribution functions', () => {
  fc.assert(
    fc.property(small, small, (own, reference) => {
      const share = (values: readonly number[], at: number) =>
        values.filter((value) => value <= at).length / values.length
      const naive = Math.max(...[...own, ...reference].map((at) => Math.abs(share(own, at) - share(reference, at))))
      const { observed } = decided(
        distributedLike('c0', { values: reference }, { test: 'ks' }),
        numbers([...own, null]),
      )
      expect(distance(observed)).toBeCloseTo(naive, 12)
    }),
  )
})

describe('binned distances', () => {
  const edges = [-4, -1, 0, 3]
  const binOf = (value: number) => (value < -4 || value > 3 ? 3 : value < -1 ? 0 : value < 0 ? 1 : 2)
  const counts = [3, 1, 4]
  const q = [...counts.map((count) => count / 8), 0]
  const shares = (own: readonly number[]) =>
    [0, 1, 2, 3].map((bin) => own.filter((value) => binOf(value) === bin).length / own.length)
  const sum = (term: (p: number, q: number) => number, p: readonly number[]) =>
    p.reduce((all, own, i) => all + term(own, q[i]!), 0)
  const naive: Readonly<Record<Exclude<DistributionTest, 'ks'>, (p: readonly number[], n: number) => number>> = {
    totalVariation: (p) => sum((a, b) => Math.abs(a - b), p) / 2,
    kl: (p) => sum((a, b) => (a === 0 ? 0 : a * Math.log(a / b)), p),
    psi: (p) =>
      sum((a, b) => (Math.max(a, 1e-4) - Math.max(b, 1e-4)) * Math.log(Math.max(a, 1e-4) / Math.max(b, 1e-4)), p),
    chiSquare: (p, n) => sum((a, b) => (a === 0 && b === 0 ? 0 : (n * (a - b) ** 2) / b), p),
  }
  it.each(Object.keys(naive) as (keyof typeof naive)[])('%s is its formula', (test) => {
    fc.assert(
      fc.property(small, (own) => {
        const { pass, observed } = decided(distributedLike('c0', { edges, counts }, { test, max: 0.3 }), numbers(own))
        const expected = naive[test](shares(own), own.length)
        if (Number.isFinite(expected)) expect(distance(observed)).toBeCloseTo(expected, 9)
        else expect(distance(observed)).toBe(Number.POSITIVE_INFINITY)
        if (Math.abs(expected - 0.3) > 1e-9) expect(pass).toBe(expected <= 0.3)
      }),
    )
  })
  it('chi-square of a fair die, by hand', () => {
    const rows = [5, 8, 9, 8, 10, 20].flatMap((count, i) => Array.from({ length: count }, () => String(i + 1)))
    const reference = { categories: { 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1 } }
    const { pass, observed } = decided(distributedLike('c0', reference, { test: 'chiSquare' }), texts(rows))
    expect(pass).toBe(false)
    expect(distance(observed)).toBeCloseTo(13.4, 10) // 25 + 4 + 1 + 4 + 0 + 100, over 10
    expect(Number(/p (\S+)/.exec(observed)?.[1])).toBeCloseTo(0.01991, 4)
  })
  it('a category that the reference has not makes chi-square fail', () => {
    const check = distributedLike('c0', { categories: { a: 1, b: 1 } }, { test: 'chiSquare' })
    expect(decided(check, texts(['a', 'b', null])).pass).toBe(true)
    expect(decided(check, texts(['a', 'b', 'c']))).toEqual({ pass: false, observed: 'chiSquare Infinity, p 0' })
  })
})

it('NaN fails, and a dataset without values passes', () => {
  for (const reference of [{ values: [1, 2] }, { edges: [0, 3], counts: [2] }]) {
    const check = distributedLike('c0', reference, { test: 'values' in reference ? 'ks' : 'psi', max: 1 })
    expect(decided(check, numbers([1, Number.NaN]))).toEqual({ pass: false, observed: '1 NaN' })
    expect(decided(check, numbers([null]))).toEqual({ pass: true, observed: 'no value' })
  }
})

it('a reference that does not fit the test is refused', () => {
  const bins = { edges: [0, 1], counts: [1] }
  expect(() => distributedLike('a', bins, { test: 'ks' })).toThrow('the test needs a sample')
  expect(() => distributedLike('a', { values: [1] }, { test: 'psi', max: 1 })).toThrow('the test needs bins')
  expect(() => distributedLike('a', bins, { test: 'kl' })).toThrow('kl is a distance without a p-value')
  expect(() => distributedLike('a', { edges: [1, 0], counts: [1] }, { test: 'kl', max: 1 })).toThrow(
    'the edges are not ascending',
  )
  expect(() => distributedLike('a', { edges: [0, 1], counts: [0] }, { test: 'kl', max: 1 })).toThrow('all 0')
  expect(() => distributedLike('a', bins, { test: 'cramer' as never })).toThrow('there is no such test')
})

it('meanLike keeps to the confidence interval of the reference', () => {
  const check = (confidence: number) => meanLike('c0', { mean: 10, stdev: 2, count: 100 }, { confidence })
  expect(decided(check(0.95), numbers([10.39, null])).pass).toBe(true)
  expect(decided(check(0.95), numbers([9.6])).pass).toBe(false)
  expect(decided(check(0.99), numbers([9.6])).pass).toBe(true)
  expect(decided(check(0.99), numbers([Number.NaN])).pass).toBe(false)
  expect(() => check(95)).toThrow('this makes no confidence interval')
})
