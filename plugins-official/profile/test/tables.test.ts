import fc from 'fast-check'
import { table, toBatch, types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createProfiler, type Profile, profile } from '../src/index.ts'
import { batchOf, dice, pieces } from './rows.ts'

/** Rows of all kinds, enough of them for every sketch to be past what it counts exactly. */
function mixed(rows: number) {
  const random = dice(3)
  const of = <V>(make: (row: number) => V) => Array.from({ length: rows }, (_, row) => make(row))
  return batchOf({
    id: [types.int64, of((row) => BigInt(row) + 2n ** 53n)],
    score: [types.float64, of(() => [null, Number.NaN, -0, random() * 100][Math.min(3, Math.floor(random() * 30))])],
    twice: [types.float32, of(() => Math.fround(random()))],
    price: [types.decimal(18, 2), of(() => (random() * 1000).toFixed(2))],
    day: [types.date, of(() => Math.floor(random() * 20_000) * 86_400_000)],
    name: [types.string, of(() => (random() < 0.1 ? null : `user ${Math.floor(random() * 20_000)}`))],
    flag: [types.boolean, of(() => random() < 0.5)],
    tags: [types.list(types.string), of((row) => [`t${row % 3}`])],
    nothing: [types.null, of(() => null)],
  })
}

/** Parts that a merge keeps equal: all but rounding, and frequent values past what is exact. */
function exactPart(found: Profile): unknown {
  const columns = found.columns.map(({ top, numbers, ...rest }) => ({
    ...rest,
    ...(top?.method === 'exact' ? { top } : {}),
    numbers: numbers && { ...numbers, mean: 0, std: 0 },
  }))
  return { ...found, columns, correlations: found.correlations.pairs.length }
}

describe('a profile', () => {
  it('does not depend on where batches end', async () => {
    const batch = mixed(10_000)
    const whole = await profile(batch)
    for (const lengths of [[1000], [4096], [1, 0, 777, 4095], [9999]])
      expect(await profile(pieces(batch, lengths))).toEqual(whole)
  })

  it('does not depend on batches, for all small tables', async () => {
    const cell = fc.option(fc.double())
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 50 }),
        fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }),
        async (rows, lengths) => {
          const batch = batchOf({
            a: [types.float64, rows.map(([a]) => a)],
            b: [types.float64, rows.map(([, b]) => b)],
          })
          expect(await profile(pieces(batch, [...lengths, 1]))).toEqual(await profile(batch))
        },
      ),
    )
  })

  it('merges parts into the whole', async () => {
    const batch = mixed(9000)
    const whole = await profile(batch)
    const parts = pieces(batch, [2500, 10, 6490])
    let firstRow = 0
    const profilers = parts.map((part) => {
      const profiler = createProfiler(part.schema, { firstRow })
      firstRow += part.length
      profiler.add(part)
      return profiler
    })
    const [merged, ...later] = profilers
    if (merged === undefined) throw new Error('no part')
    for (const profiler of later) merged.merge(profiler)
    const found = merged.finish()
    expect(exactPart(found)).toEqual(exactPart(whole))
    found.columns.forEach((column, i) => {
      const { mean, std } = whole.columns[i]?.numbers ?? {}
      if (mean !== undefined) expect(column.numbers?.mean).toBeCloseTo(mean, 4)
      if (std !== undefined) expect((column.numbers?.std ?? 0) / std).toBeCloseTo(1, column.name === 'id' ? 3 : 9)
    })
  })

  it('says of tables without rows or columns that there is nothing', async () => {
    expect(await profile([])).toMatchObject({ rows: 0, columns: [], keys: [], dependencies: [] })
    expect(await profile({ schema: { fields: [] }, length: 3, columns: [] })).toMatchObject({ rows: 3, columns: [] })
    const empty = await profile(batchOf({ a: [types.float64, []], t: [types.string, []] }))
    expect(empty.columns).toMatchObject([
      { count: 0, nulls: 0, distinct: { count: 0 }, constant: false },
      { count: 0, nulls: 0, distinct: { count: 0 }, constant: false },
    ])
    const nulls = await profile(batchOf({ a: [types.int64, [null, null]], n: [types.null, [null, null]] }))
    expect(nulls.columns).toMatchObject([
      { nulls: 2, constant: false },
      { nulls: 2, constant: false },
    ])
    expect(nulls.keys).toEqual([])
  })

  it('is JSON', async () => {
    const made = await profile(mixed(500))
    expect(JSON.parse(JSON.stringify(made))).toEqual(made)
  })

  it('takes tables as users have them', async () => {
    const made = await profile(table(z.object({ city: z.string() }), { city: ['Oslo', 'Rome', 'Oslo'] }))
    expect(made.columns[0]).toMatchObject({
      name: 'city',
      top: {
        values: [
          { value: 'Oslo', count: 2 },
          { value: 'Rome', count: 1 },
        ],
      },
    })
  })

  it('refuses rows of another schema', async () => {
    const [a, b] = [batchOf({ a: [types.string, ['x']] }), batchOf({ a: [types.float64, [1]] })]
    await expect(profile([a, b])).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' })
    expect(() => createProfiler(a.schema).add(b)).toThrow(/\(a string\) was given rows of \(a float64\)/)
  })

  it('masks values of columns tagged pii', async () => {
    const secret = { meta: { tags: ['pii'] } }
    const made = await profile(
      batchOf({
        mail: [types.string, ['ann@example.com', 'bob@example.com'], secret],
        age: [types.int32, [41, 43], secret],
      }),
    )
    const text = JSON.stringify(made.columns)
    for (const value of ['ann', 'bob', '41', '43', '42']) expect(text).not.toContain(value)
    expect(made.columns).toMatchObject([
      { masked: true, min: '***', distinct: { count: 2 }, meaning: { name: 'email' }, text: { patterns: [] } },
      { masked: true, max: '***', numbers: { negatives: 0 } },
    ])
  })
})

describe('columns compared', () => {
  it('correlates as the textbook does, over rows where both are present', async () => {
    const pair = fc.tuple(
      fc.option(fc.double({ noNaN: true, min: -100, max: 100 })),
      fc.double({ noNaN: true, min: -100, max: 100 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { minLength: 5, maxLength: 50 }), async (rows) => {
        const made = await profile(
          batchOf({ a: [types.float64, rows.map(([a]) => a)], b: [types.float64, rows.map(([, b]) => b)] }),
        )
        const both = rows.filter((row): row is [number, number] => row[0] !== null)
        const mean = (at: 0 | 1) => both.reduce((sum, row) => sum + row[at], 0) / both.length
        const [x, y] = [mean(0), mean(1)]
        const sum = (of: (row: [number, number]) => number) => both.reduce((all, row) => all + of(row), 0)
        const [xx, yy] = [sum(([a]) => (a - x) ** 2), sum(([, b]) => (b - y) ** 2)]
        const [found] = made.correlations.pairs
        if (both.length < 3 || xx < 1e-3 || yy < 1e-3) return
        expect(found?.rows).toBe(both.length)
        expect(found?.r).toBeCloseTo(sum(([a, b]) => (a - x) * (b - y)) / Math.sqrt(xx * yy), 6)
      }),
    )
  })

  it('finds keys of one and of several columns, and what decides what', async () => {
    const of = <V>(make: (row: number) => V) => Array.from({ length: 600 }, (_, row) => make(row))
    const cities = ['Oslo', 'Rome', 'Lima']
    const made = await profile(
      batchOf({
        id: [types.int32, of((row) => row)],
        year: [types.int32, of((row) => 2000 + (row % 20))],
        shop: [types.string, of((row) => `s${Math.floor(row / 20)}`)],
        city: [types.string, of((row) => cities[row % 3])],
        country: [types.string, of((row) => ['NO', 'IT', 'PE'][row % 3])],
      }),
    )
    expect(made.keys[0]).toEqual({ columns: ['id'], basis: 'all rows' })
    expect(made.keys).toContainEqual({ columns: ['year', 'shop'], basis: 'all rows' })
    const named = made.dependencies.map(({ from, to }) => `${from} -> ${to}`)
    expect(named).toEqual(expect.arrayContaining(['city -> country', 'country -> city']))
    expect(named).not.toContain('city -> year')
    expect(made.dependencies.every(({ error }) => error <= 0.01)).toBe(true)
  })

  it('leaves out number columns beyond those asked for, and says which', async () => {
    const batch = toBatch(
      table(z.object({ a: z.number(), b: z.number(), c: z.number() }), {
        a: [1, 2, 3],
        b: [2, 4, 6],
        c: [1, 0, 1],
      }) as never,
      { node: 'test' },
    )
    const { correlations } = await profile(batch, { correlate: 2 })
    expect(correlations).toMatchObject({ columns: ['a', 'b'], left: ['c'], pairs: [{ a: 'a', b: 'b', rows: 3 }] })
    expect(correlations.pairs[0]?.r).toBeCloseTo(1, 12)
  })
})
