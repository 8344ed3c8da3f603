import fc from 'fast-check'
import {
  type Batch,
  type Check,
  type DatasetRule,
  type Decision,
  fromTable,
  type LogicalType,
  table,
  types,
} from 'tidegate'
import { gateFacts } from 'tidegate/testing'
import { describe, expect, it, test } from 'vitest'
import { stabilityIndex } from '../src/distances.ts'
import { distributedLike, meanLike } from '../src/index.ts'
import { batchOf, type Cell, cutAt, otherOf } from './others.ts'

const dataset = fromTable(table({ x: [1], s: ['a'] }))
const numbers = { dataset, column: 'x' } as const
const texts = { dataset, column: 's' } as const

async function decided(check: unknown, batches: readonly Batch[], other: readonly Batch[]): Promise<Decision> {
  const rule = (check as Check).rule as DatasetRule
  const values: Record<string, unknown> = {}
  for (const [name, measure] of Object.entries(rule.measures)) {
    const total = measure.create(batches[0]!.schema)
    for (const batch of batches) {
      const part = measure.create(batch.schema)
      part.add(batch, undefined, 1)
      total.merge(part.state(1), undefined, 1)
    }
    values[name] = total.finish(1).at(0)
  }
  return rule.decide(values, gateFacts({ others: { other: otherOf('ref', other) } }))
}

const column = (name: string, type: LogicalType, cells: readonly Cell[]) => batchOf({ [name]: [type, cells] })
const small = fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 2, maxLength: 30 })
const cuts = fc.array(fc.nat(30), { maxLength: 3 })

describe('distributedLike against another dataset', () => {
  it('ks agrees with the same sample as a literal, however both sides are cut', async () => {
    await fc.assert(
      fc.asyncProperty(small, small, cuts, cuts, async (own, reference, a, b) => {
        const batches = cutAt(column('v', types.float64, own), a)
        const other = cutAt(column('x', types.int32, reference), b)
        const literal = await decided(distributedLike('v', { values: reference }, { test: 'ks' }), batches, other)
        expect(await decided(distributedLike('v', numbers, { test: 'ks' }), batches, other)).toEqual(literal)
      }),
    )
  })

  it('categories agree with the same counts as a literal', async () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'é', 'd'), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(words, words, cuts, async (own, reference, a) => {
        const batches = cutAt(column('v', types.string, own), a)
        const other = [column('s', types.string, reference)]
        const categories = Object.fromEntries(
          [...new Set(reference)].sort().map((word) => [word, reference.filter((one) => one === word).length]),
        )
        for (const test of ['chiSquare', 'totalVariation', 'psi', 'kl'] as const) {
          const options = test === 'chiSquare' ? { test } : { test, max: 0.5 }
          const literal = await decided(distributedLike('v', { categories }, options), batches, other)
          expect(await decided(distributedLike('v', texts, options), batches, other)).toEqual(literal)
        }
      }),
    )
  })

  it('numbers fall into bins of about equal weight in the reference, the outer ones open', async () => {
    const own = [...Array.from({ length: 50 }, (_, i) => i), -1000, 1000]
    const reference = Array.from({ length: 100 }, (_, i) => i)
    const tens = (values: readonly number[]) => {
      const counts = new Float64Array(10)
      for (const value of values) counts[Math.min(9, Math.max(0, Math.floor(value / 10)))]! += 1
      return counts
    }
    const check = distributedLike('v', numbers, { test: 'psi', max: 0.1 })
    const expected = stabilityIndex(tens(own), tens(reference)).statistic
    expect(
      await decided(check, [column('v', types.int32, own)], [column('x', types.int64, reference.map(BigInt))]),
    ).toEqual({
      pass: false,
      observed: `psi ${expected}`,
    })
    const two = distributedLike('v', numbers, { test: 'totalVariation', max: 0.1, bins: 2 })
    expect(
      (await decided(two, [column('v', types.int32, [0, 99])], [column('x', types.int32, reference)])).observed,
    ).toBe('totalVariation 0')
  })

  it('keeps the order of numbers of every size, to 13 significant bits', async () => {
    const values = fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(values, async (own) => {
        const check = distributedLike('v', numbers, { test: 'ks' })
        const same = await decided(check, [column('v', types.float64, own)], [column('x', types.float64, own)])
        expect(same.observed).toMatch(/^ks 0, /)
        const least = Math.min(...own)
        fc.pre(least > -1e300)
        const below = await decided(
          check,
          [column('v', types.float64, [least - Math.abs(least) / 100 - 1])],
          [column('x', types.float64, own)],
        )
        expect(below.observed).toMatch(/^ks 1, /)
      }),
    )
  })

  test('says what nothing can be said of', async () => {
    const ks = distributedLike('v', numbers, { test: 'ks' })
    const some = [column('x', types.float64, [1, 2])]
    expect(await decided(ks, [column('v', types.float64, [1, Number.NaN])], some)).toEqual({
      pass: false,
      observed: '1 NaN',
    })
    expect(await decided(ks, [column('v', types.float64, [null])], some)).toEqual({ pass: true, observed: 'no value' })
    expect(await decided(ks, [column('v', types.float64, [1])], [column('x', types.float64, [null])])).toEqual({
      pass: false,
      observed: '"ref" has no value',
    })
    await expect(decided(ks, [column('v', types.float64, [1])], [column('x', types.string, ['a'])])).rejects.toThrow(
      'the other categories',
    )
    await expect(decided(ks, [column('v', types.string, ['a'])], [column('x', types.string, ['a'])])).rejects.toThrow(
      'ks needs numbers',
    )
    await expect(
      decided(ks, [column('v', types.float64, [1])], [column('y', types.float64, [1])]),
    ).rejects.toMatchObject({ code: 'COLUMN_MISSING' })
    expect(() => distributedLike('v', numbers, { test: 'ks', bins: 3 })).toThrow('nothing is divided so')
    expect(() => distributedLike('v', { values: [1] }, { test: 'ks', bins: 3 })).toThrow('its own bins')
    expect(() => distributedLike('v', { dataset } as never, { test: 'ks' })).toThrow('names no column')
  })
})

describe('meanLike against another dataset', () => {
  it('agrees with mean, standard deviation and count of it as literals', async () => {
    await fc.assert(
      fc.asyncProperty(small, small, cuts, async (own, reference, b) => {
        const batches = [column('v', types.float64, own)]
        const other = cutAt(column('x', types.float64, [...reference, null, Number.NaN]), b)
        const center = reference.reduce((sum, one) => sum + one, 0) / reference.length
        const squares = reference.reduce((sum, one) => sum + (one - center) ** 2, 0)
        const mean = own.reduce((sum, one) => sum + one, 0) / own.length
        const reach = (1.959963984540054 * Math.sqrt(squares / (reference.length - 1))) / Math.sqrt(reference.length)
        fc.pre(Math.abs(Math.abs(mean - center) - reach) > 1e-9)
        const { pass } = await decided(meanLike('v', numbers), batches, other)
        expect(pass).toBe(Math.abs(mean - center) < reach)
      }),
    )
  })

  test('needs two values there', async () => {
    const other = [column('x', types.float64, [1, null])]
    expect(await decided(meanLike('v', numbers), [column('v', types.float64, [1])], other)).toEqual({
      pass: false,
      observed: '"ref" has less than two values',
    })
    expect(
      await decided(meanLike('v', numbers), [column('v', types.float64, [null])], [column('x', types.int32, [1, 2])]),
    ).toEqual({
      pass: true,
      observed: 'no value',
    })
    expect(() => meanLike('v', numbers, { confidence: 2 })).toThrow('no confidence interval')
    expect((meanLike('v', numbers) as Check).others).toEqual({ other: dataset })
  })
})
