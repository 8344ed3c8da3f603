import fc from 'fast-check'
import { types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { profile } from '../src/index.ts'
import { batchOf, dice } from './rows.ts'

const awkward = fc.constantFrom(
  0,
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  5e-324,
  -5e-324,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  2 ** 53,
  2 ** 53 - 1,
  0.1,
)
const number = fc.option(fc.oneof(awkward, fc.double(), fc.integer({ min: -9, max: 9 })))

async function column(type: Parameters<typeof types.list>[0], values: readonly unknown[]) {
  const { columns } = await profile(batchOf({ x: [type, values] }))
  const [only] = columns
  if (only === undefined) throw new Error('no column')
  return only
}

/** Type 7 of Hyndman and Fan over sorted values. */
function quantile(sorted: readonly number[], p: number): number {
  const rank = p * (sorted.length - 1)
  const below = Math.floor(rank)
  const [low, high] = [sorted[below] as number, sorted[Math.min(sorted.length - 1, below + 1)] as number]
  return low === high ? low : low * (1 - (rank - below)) + high * (rank - below)
}

describe('a column of numbers', () => {
  it('has the counts, ends, order and quantiles of a naive reference, for all doubles', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(number, { maxLength: 40 }), async (values) => {
        const found = await column(types.float64, values)
        const present = values.filter((value) => value !== null)
        const real = present.filter((value) => !Number.isNaN(value)).map((value) => value + 0)
        const finite = real.filter(Number.isFinite)
        const shown = (value: number) => (Number.isFinite(value) ? value : String(value))
        expect(found).toMatchObject({ count: present.length, nulls: values.length - present.length })
        expect(found.distinct).toEqual({ count: new Set(real).size, method: 'exact', error: 0 })
        expect(found.constant).toBe(new Set(present).size === 1)
        expect(found.min).toBe(real.length === 0 ? undefined : shown(Math.min(...real) + 0))
        expect(found.max).toBe(real.length === 0 ? undefined : shown(Math.max(...real) + 0))
        const up = real.some((value, i) => i > 0 && value > (real[i - 1] as number))
        const down = real.some((value, i) => i > 0 && value < (real[i - 1] as number))
        expect(found.numbers).toMatchObject({
          nan: present.length - real.length,
          infinite: real.length - finite.length,
          zeros: real.filter((value) => value === 0).length,
          negatives: real.filter((value) => value < 0).length,
          integers: finite.every(Number.isInteger),
        })
        if (up && down) expect(found.numbers?.order).toBe('none')
        else if (up || down) expect(found.numbers?.order).toContain(up ? 'increasing' : 'decreasing')
        else expect(found.numbers?.order).toBe(real.length < 2 ? undefined : 'constant')
        const sorted = finite.toSorted((a, b) => a - b)
        for (const { p, value, error } of found.numbers?.quantiles ?? []) {
          expect(error).toBe(0)
          expect(value).toBe(quantile(sorted, p))
        }
        expect(JSON.parse(JSON.stringify(found))).toEqual(found)
        const counts = found.numbers?.histogram?.counts ?? []
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(finite.length)
        expect(counts.length).toBeLessThanOrEqual(24)
      }),
    )
  })

  it('counts every histogram bin exactly', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 60 }),
        async (values) => {
          const { numbers } = await column(types.float64, values)
          const { edges = [], counts = [] } = numbers?.histogram ?? {}
          counts.forEach((count, i) => {
            const [low, high] = [Number(edges[i]), Number(edges[i + 1])]
            const last = i === counts.length - 1
            expect(values.filter((value) => value >= low && (value < high || (last && value <= high)))).toHaveLength(
              count,
            )
          })
        },
      ),
    )
  })

  it('has the mean and deviation of the naive reference up to rounding', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 2, maxLength: 60 }),
        async (values) => {
          const { numbers } = await column(types.float64, values)
          const mean = values.reduce((sum, value) => sum + value / values.length, 0)
          const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
          const size = Math.max(...values.map(Math.abs))
          expect(Math.abs((numbers?.mean ?? Number.NaN) - mean)).toBeLessThanOrEqual(1e-12 * size + 1e-300)
          expect(Math.abs((numbers?.std ?? Number.NaN) - std)).toBeLessThanOrEqual(1e-6 * size + 1e-150)
        },
      ),
    )
  })

  it('keeps to the stated bounds beyond what it counts exactly', async () => {
    const random = dice(7)
    const shapes = {
      even: () => random() * 1000 - 500,
      skewed: () => Math.exp(random() * 20),
      far: () => 1.7e12 + Math.floor(random() * 3e10),
      twoSided: () => (random() - 0.5) * Math.exp(random() * 30),
    }
    for (const make of Object.values(shapes)) {
      const values = Array.from({ length: 20_000 }, make)
      const found = await column(types.float64, values)
      const sorted = values.toSorted((a, b) => a - b)
      const range = (sorted.at(-1) as number) - (sorted[0] as number)
      expect(found.distinct.method).toBe('HyperLogLog')
      const different = new Set(values).size
      expect(Math.abs(found.distinct.count - different)).toBeLessThanOrEqual(4 * found.distinct.error * different)
      for (const { p, value, error } of found.numbers?.quantiles ?? []) {
        const truth = quantile(sorted, p)
        const slack = 1e-12 * Math.abs(truth)
        expect(Math.abs(Number(value) - truth)).toBeLessThanOrEqual(error + slack)
        expect(error).toBeLessThanOrEqual(Math.min(0.0021 * Math.abs(Number(value)) + 1e-9, range / 1900))
      }
    }
  })

  it('finds frequent values within the stated error', async () => {
    const random = dice(11)
    const values = Array.from({ length: 60_000 }, () =>
      random() < 0.3 ? Math.floor(random() * 3) : Math.floor(random() * 1e9) + 10,
    )
    const { top } = await column(types.float64, values)
    expect(top).toMatchObject({ method: 'Misra-Gries' })
    expect(
      top?.values
        .map(({ value }) => value)
        .slice(0, 3)
        .sort(),
    ).toEqual([0, 1, 2])
    for (const { value, count } of top?.values ?? []) {
      const truth = values.filter((other) => other === value).length
      expect(truth).toBeGreaterThanOrEqual(count)
      expect(truth).toBeLessThanOrEqual(count + (top?.error ?? 0))
    }
    expect(top?.error).toBeLessThanOrEqual(60_000 / 2048)
  })
})

describe('numbers that are no doubles', () => {
  it('keeps neighbours of 2^53 apart', async () => {
    const big = 2n ** 53n
    const found = await column(types.int64, [big, big + 1n, big + 2n, null, -big - 1n])
    expect(found).toMatchObject({ min: '-9007199254740993', max: '9007199254740994', distinct: { count: 4 } })
    expect(found.numbers?.order).toBe('none')
    expect((await column(types.int64, [big, big + 1n])).numbers?.order).toBe('strictly increasing')
    expect((await column(types.int64, [big + 1n, big])).numbers?.order).toBe('strictly decreasing')
    expect((await column(types.int64, [big + 1n, big + 1n])).top?.values).toEqual([
      { value: '9007199254740993', count: 2 },
    ])
    expect((await column(types.uint64, [2n ** 64n - 1n])).max).toBe('18446744073709551615')
  })

  it('shows decimals as they are written', async () => {
    const found = await column(types.decimal(38, 2), ['0.29', '-123456789012345678901234567890.12', '0.29', null])
    expect(found).toMatchObject({ min: '-123456789012345678901234567890.12', max: '0.29', distinct: { count: 2 } })
    expect(found.top?.values[0]).toEqual({ value: '0.29', count: 2 })
    expect(found.numbers).toMatchObject({ integers: false, negatives: 1, zeros: 0 })
  })

  it('shows dates and times as ISO 8601', async () => {
    const days = ['1969-12-31', '1970-01-02', '2024-02-29'].map((day) => Date.parse(day))
    expect(await column(types.date, days)).toMatchObject({
      min: '1969-12-31',
      max: '2024-02-29',
      numbers: { integers: true },
    })
    const instant = await column(types.timestamp('us', 'UTC'), [1.5, -1])
    expect(instant).toMatchObject({ min: '1969-12-31T23:59:59.999Z', max: '1970-01-01T00:00:00.0015Z' })
    expect(await column(types.timestamp('ms'), [0])).toMatchObject({ min: '1970-01-01T00:00:00' })
    expect(await column(types.time('s'), [3_600_000])).toMatchObject({ max: '01:00:00' })
  })
})
