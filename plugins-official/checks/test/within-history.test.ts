import fc from 'fast-check'
import {
  type Check,
  count,
  type DatasetRule,
  type Decision,
  fromTable,
  type HistoryPoint,
  mean,
  type TidegateError,
  table,
  types,
} from 'tidegate'
import { gateFacts } from 'tidegate/testing'
import { describe, expect, it, test } from 'vitest'
import { fresh, rowCountEquals, withinHistory } from '../src/index.ts'
import { batchOf, otherOf } from './others.ts'

const day = 86_400_000
const points = (values: readonly unknown[], at = (i: number) => i * day): HistoryPoint[] =>
  values.map((value, i) => ({ at: at(i), runId: `r${i}`, rows: 1, values: { value } }))
const decide = (
  check: unknown,
  value: unknown,
  history: readonly HistoryPoint[],
  now = history.length * day,
): Decision => ((check as Check).rule as DatasetRule).decide({ value }, gateFacts({ history, now })) as Decision

const naiveMedian = (values: readonly number[]) => {
  const sorted = [...values].sort((a, b) => a - b)
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2
}

describe('withinHistory', () => {
  const delay = mean('delay')

  it('explains itself with the numbers', () => {
    const history = points([8.1, 6.9, 9.3, 8.1, 6.9, 9.3, 8.1, 8.1, 6.9, 9.3])
    expect(decide(withinHistory(delay, { method: 'robust-z' }), 31.2, history)).toEqual({
      pass: false,
      observed:
        'mean(delay) is 31.2; the last 10 snapshots have median 8.1, MAD 1.2: robust z 13, at most 3.5 is allowed',
    })
    expect(decide(withinHistory(delay, { method: 'relative-change', limit: 0.2 }), 12, points([5, 10]))).toEqual({
      pass: true,
      observed: 'mean(delay) is 12; the last snapshot has 10: a change of 20 %, at most 20 % is allowed',
    })
    expect(
      decide(withinHistory(delay, { method: 'ewma', least: 3, alpha: 0.5 }), 9, points([4, 6, 4, 6])).observed,
    ).toBe(
      'mean(delay) is 9; the last 4 snapshots have weighted mean 5.25, standard deviation 0.968246: 3.87 deviations away, at most 3 are allowed',
    )
  })

  it('robust-z is the modified z-score of the last values', () => {
    const values = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 3, maxLength: 30 })
    fc.assert(
      fc.property(values, fc.integer({ min: -60, max: 60 }), (given, value) => {
        const sample = given.slice(-20)
        const center = naiveMedian(sample)
        const mad = naiveMedian(sample.map((one) => Math.abs(one - center)))
        const meanDistance = sample.reduce((sum, one) => sum + Math.abs(one - center), 0) / sample.length
        const z = mad > 0 ? (0.6745 * (value - center)) / mad : (value - center) / (1.253314 * meanDistance)
        const expected = meanDistance === 0 ? value === center : Math.abs(z) <= 3.5
        expect(decide(withinHistory(delay, { method: 'robust-z', least: 3 }), value, points(given)).pass).toBe(expected)
      }),
    )
  })

  it('ewma weighs every value by its age', () => {
    const values = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 8, maxLength: 70 })
    fc.assert(
      fc.property(values, fc.integer({ min: -60, max: 60 }), (given, value) => {
        const sample = given.slice(-60)
        const weights = sample.map((_, i) => (i === 0 ? 1 : 0.3) * 0.7 ** (sample.length - 1 - i))
        const center = sample.reduce((sum, one, i) => sum + one * weights[i]!, 0)
        const variance = sample.reduce((sum, one, i) => sum + (one - center) ** 2 * weights[i]!, 0)
        const away = Math.abs(value - center) / Math.sqrt(variance)
        fc.pre(variance === 0 || Math.abs(away - 3) > 1e-6)
        const expected = variance < 1e-15 ? Math.abs(value - center) < 1e-6 : away <= 3
        expect(decide(withinHistory(delay, { method: 'ewma' }), value, points(given)).pass).toBe(expected)
      }),
    )
  })

  it('weekly compares with the same weekday, the snapshot nearest to this time of the day', () => {
    // Four weeks: 100 on each seventh day, 10 on the others; at night another load that nobody should look at.
    const calm = Array.from({ length: 28 }, (_, i) => ({
      at: i * day + day / 2,
      value: i % 7 === 0 ? 100 + (i % 2) : 10,
    }))
    const nights = Array.from({ length: 28 }, (_, i) => ({ at: i * day + day / 24, value: 5000 }))
    const history = [...calm, ...nights]
      .sort((a, b) => a.at - b.at)
      .map(({ at, value }): HistoryPoint => ({ at, runId: '', rows: 1, values: { value } }))
    const check = withinHistory(count(), { method: 'weekly' })
    expect(decide(check, 101, history, 28 * day + day / 2)).toEqual({
      pass: true,
      observed:
        'count() is 101; the last 4 snapshots of this weekday have median 100.5, MAD 0.5: robust z 0.674, at most 3.5 is allowed',
    })
    expect(decide(check, 10, history, 28 * day + day / 2).pass).toBe(false)
    expect(decide(check, 10, history, 29 * day + day / 2).pass).toBe(true)
    expect(decide(check, 10, history, 7 * day + day / 2)).toEqual({
      pass: true,
      observed: 'count() is 10; 1 earlier snapshots of this weekday, 4 are needed for a judgement',
    })
  })

  it('abstains while history is short, and says so', () => {
    for (const [method, least] of [
      ['robust-z', 8],
      ['ewma', 8],
      ['relative-change', 1],
    ] as const) {
      const check = withinHistory(delay, { method })
      const before = Array.from({ length: least - 1 }, () => 5)
      expect(decide(check, 999, points(before))).toEqual({
        pass: true,
        observed: `mean(delay) is 999; ${least - 1} earlier snapshots, ${least} are needed for a judgement`,
      })
      expect(decide(check, 999, points([...before, 5])).pass).toBe(false)
    }
  })

  it('takes a constant for what it is: rounding passes, nothing else', () => {
    const always = points(Array.from({ length: 9 }, () => 0.3))
    for (const method of ['robust-z', 'ewma'] as const) {
      expect(decide(withinHistory(delay, { method }), 0.1 + 0.2, always).pass).toBe(true)
      expect(decide(withinHistory(delay, { method }), 0.31, always)).toMatchObject({
        pass: false,
        observed: expect.stringMatching(/it never varied before$/),
      })
    }
    expect(decide(withinHistory(delay, { method: 'relative-change' }), 1, points([0])).pass).toBe(false)
    expect(decide(withinHistory(delay, { method: 'relative-change' }), 0, points([0])).pass).toBe(true)
  })

  it('a missing value and NaN are anomalies where there were values; bigints count as numbers', () => {
    const check = withinHistory(delay, { method: 'robust-z', least: 2 })
    expect(decide(check, null, points([null]))).toEqual({ pass: true, observed: 'mean(delay) has no value' })
    expect(decide(check, null, points([1, 2])).pass).toBe(false)
    expect(decide(check, Number.NaN, points([])).pass).toBe(false)
    expect(decide(check, 5n, points([5n, 6n, Number.NaN, null])).pass).toBe(true)
    expect(() => decide(check, 'text', [])).toThrow('mean(delay) is no number')
  })

  test('says what is wrong with its arguments, and reads what configs write', () => {
    const wrong = (...given: readonly unknown[]) => {
      try {
        return (withinHistory as unknown as (...all: readonly unknown[]) => Check)(...given).name
      } catch (error) {
        return (error as TidegateError).message
      }
    }
    expect(wrong(delay, { method: 'guess' })).toBe('withinHistory(mean(delay), guess): there is no such method.')
    expect(wrong(delay, { method: 'ewma', alpha: 2 })).toBe('withinHistory(mean(delay), ewma, alpha 2): alpha is 2.')
    expect(wrong(delay, { method: 'robust-z', alpha: 0.5 })).toMatch(/alpha is 0.5/)
    expect(wrong(delay, { method: 'robust-z', least: 30 })).toMatch(/nothing could be judged/)
    expect(wrong({ measure: { mean: 'delay' }, method: 'ewma', limit: 4 })).toBe(
      'withinHistory(mean(delay), ewma, limit 4)',
    )
    expect(wrong({ measure: 'count', method: 'ewma' })).toBe('withinHistory(count(), ewma)')
    expect(wrong({ measure: { quantile: ['delay', 0.5] }, method: 'ewma' })).toBe(
      'withinHistory(quantile(delay, 0.5), ewma)',
    )
    expect(wrong({ measure: { mode: 'delay' }, method: 'ewma' })).toBe('withinHistory: {"mode":"delay"} is no measure.')
    expect(wrong({ method: 'ewma' })).toBe('withinHistory: "measure" is missing.')
  })
})

describe('fresh', () => {
  const check = fresh('at', { within: '2h' }) as unknown as Check
  const rule = check.rule as DatasetRule
  const at = (newest: unknown, now: number) => rule.decide({ newest }, gateFacts({ now })) as Decision

  it('holds the newest time against the time of the run', () => {
    expect(at(1000, 1000 + 7_200_000)).toEqual({ pass: true, observed: 'newest 1970-01-01T00:00:01.000Z' })
    expect(at(1000, 1001 + 7_200_000)).toEqual({
      pass: false,
      observed: 'newest 1970-01-01T00:00:01.000Z, older than 2h when the run began',
    })
    expect(at(null, 0)).toEqual({ pass: false, observed: 'no time at all' })
    expect(at(Number.NaN, 0).pass).toBe(false)
    expect(at(5000, 0).pass).toBe(true)
    expect(rule.reads).toEqual(['now'])
  })

  it('measures the newest of times and of milliseconds, and nothing else', () => {
    const newest = rule.measures['newest']!
    for (const [type, cells, expected] of [
      [types.timestamp('us'), [1000, null, 500], 1000],
      [types.date, [day, 0], day],
      [types.float64, [1.5, 2], 2],
    ] as const) {
      const batch = batchOf({ at: [type, cells] })
      const accumulator = newest.create(batch.schema)
      accumulator.add(batch, undefined, 1)
      expect(accumulator.finish(1).at(0)).toBe(expected)
    }
    expect(() => newest.create(batchOf({ at: [types.string, ['x']] }).schema)).toThrow(
      'fresh(at, within 2h): the column "at" is string, but a time is needed.',
    )
    expect(() => fresh('at', { within: 'soon' })).toThrow('"soon" is no length of time')
  })
})

describe('rowCountEquals', () => {
  const node = fromTable(table({ id: [1] }))
  const other = otherOf('ledger', [batchOf({ id: [types.int32, Array.from({ length: 100 }, (_, i) => i)] })])
  const counted = (check: unknown, rows: number) =>
    ((check as Check).rule as DatasetRule).decide({ rows }, gateFacts({ others: { other } })) as Decision

  it('compares the rows of both, within a tolerance', () => {
    expect(counted(rowCountEquals(node), 99)).toEqual({ pass: false, observed: '99 rows here, 100 in "ledger"' })
    expect(counted(rowCountEquals(node), 100).pass).toBe(true)
    fc.assert(
      fc.property(fc.nat(200), fc.nat(50), (rows, tolerance) => {
        const expected = Math.abs(rows - 100) <= tolerance
        expect(counted(rowCountEquals(node, { tolerance }), rows).pass).toBe(expected)
        expect(counted(rowCountEquals(node, { tolerance: { share: tolerance / 100 } }), rows).pass).toBe(expected)
      }),
    )
    expect(rowCountEquals(node, { tolerance: { share: 0.05 }, verdict: 'warn' })).toMatchObject({
      name: 'rowCountEquals(tolerance 5 %)',
      verdict: 'warn',
      others: { other: node },
    })
    expect(() => rowCountEquals(node, { tolerance: 0.5 })).toThrow('this is no tolerance')
    expect(() => rowCountEquals({ other: 'ledger' } as never)).toThrow('"other" is no dataset')
  })
})
