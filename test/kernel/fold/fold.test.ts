import fc from 'fast-check'
import { between, count, countDistinct, each, max, type Node, rollup, sum } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { bucketName, chooseBuckets } from '../../../src/kernel/fold/fold.ts'
import { type Line, linesOf, type Ran, runIn, type World, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'

/** The key columns first, then what is measured, by hand. */
function grouped(rows: readonly Line[]) {
  return [...new Set(rows.map((row) => row.k))].sort().map((k) => {
    const own = rows.filter((row) => row.k === k)
    const values = own.flatMap((row) => (row.v === null ? [] : [row.v]))
    return {
      k,
      n: own.length,
      total: values.reduce((a, b) => a + b, 0),
      ids: new Set(own.map((row) => row.id)).size,
      top: Math.max(...own.map((row) => row.id)),
    }
  })
}

function nodesOf(own: World, buckets?: number): Record<string, Node> {
  const src = linesOf(own, { allowVanishing: true })
  const totals = rollup({
    from: src,
    by: ['k'],
    measure: { n: count(), total: sum('v'), ids: countDistinct('id'), top: max('id') },
    ...(buckets === undefined ? {} : { buckets }),
  })
  return {
    src,
    totals: totals as Node,
    again: each({ from: totals, run: (t) => t.derive({ n2: (d) => d.n * 2 }) }) as Node,
    all: rollup({ from: totals, by: [], measure: { groups: count(), rows: sum('n') } }) as Node,
  }
}

const many = (from: number, to: number, step = 1): Line[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => ({
    id: from + i * step,
    k: `key ${(from + i * step) % 97}`,
    v: i % 10 === 0 ? null : i,
  }))
const made = (ran: Ran) => ran.outcome.states.get('totals')?.made ?? new Set()

describe('a roll-up in buckets', () => {
  test('is read as one, ordered by key, and counts like one bucket', async () => {
    const own = world({ a: many(0, 200), b: many(150, 400) })
    const [one, eight] = [await runIn(await folder(), nodesOf(own)), await runIn(await folder(), nodesOf(own, 8))]
    expect(one.error ?? eight.error).toBeUndefined()
    const expected = grouped(Object.values(own.parts).flat())
    expect(await one.rows('totals')).toEqual(expected)
    expect(await eight.rows('totals')).toEqual(expected)
    expect(eight.outcome.states.get('totals')?.section?.parts.map(({ record }) => record.part)).toEqual(
      Array.from({ length: 8 }, (_, i) => `bucket-00${i}-of-008`),
    )
    expect(await eight.rows('all')).toEqual([{ groups: 97, rows: 450 }])
    expect((await eight.rows('again')).map((row) => row['k']).sort()).toEqual(expected.map((row) => row.k))
  })

  test('makes only the buckets anew whose keys are in the part that changed, and keeps their number for good', async () => {
    const [place, own] = [await folder(), world({ a: many(0, 200), b: [{ id: 1, k: 'key 5', v: 1 }] })]
    await runIn(place, nodesOf(own, 16))
    own.parts = { ...own.parts, b: [{ id: 1, k: 'key 5', v: 2 }] }
    const ran = await runIn(place, nodesOf(own, 16))
    expect([...made(ran)].filter((part) => String(part).startsWith('bucket'))).toHaveLength(1)
    expect(await ran.rows('totals')).toEqual(grouped(Object.values(own.parts).flat()))
    const other = await runIn(place, nodesOf(own, 4))
    expect(other.outcome.states.get('totals')?.section?.buckets).toBe(16)
    expect(await other.rows('totals')).toEqual(grouped(Object.values(own.parts).flat()))
  })

  test('for all parts and numbers of buckets: what one bucket holds', async () => {
    const row = fc.record({
      id: fc.nat(9),
      k: fc.constantFrom('a', 'b', 'ä', 'long key', ''),
      v: fc.option(fc.integer({ min: -9, max: 9 })),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('p', 'q', 'r'), fc.array(row, { maxLength: 8 })),
        fc.constantFrom(1, 2, 4, 256),
        async (parts, buckets) => {
          const ran = await runIn(await folder(), nodesOf(world(parts), buckets))
          expect(ran.error).toBeUndefined()
          expect(await ran.rows('totals')).toEqual(grouped(Object.values(parts).flat()))
        },
      ),
      { numRuns: 12 },
    )
  }, 30_000)

  test('a gate behind it sees every group once', async () => {
    const own = world({ a: many(0, 50), b: many(0, 50) })
    const src = linesOf(own)
    const ran = await runIn(await folder(), {
      src,
      totals: rollup({
        from: src,
        by: ['k'],
        measure: { n: count() },
        buckets: 4,
        expect: [between('n', 3, 9)],
        otherwise: 'quarantine',
      }) as Node,
    })
    expect(ran.outcome.states.get('totals')?.section?.counts).toEqual({
      rowsIn: 50,
      rowsOut: 0,
      quarantined: 50,
      dropped: 0,
      warned: 0,
    })
    expect(
      (await ran.rows('totals', 'quarantine')).every((row) => row['n'] === 2 && row['_reasons'] === 'between(n, 3, 9)'),
    ).toBe(true)
  })
})

describe('a roll-up without keys', () => {
  test('of no part has no row, of an empty part a count of nothing', async () => {
    const nodes = (own: World): Record<string, Node> => {
      const src = linesOf(own)
      return { src, n: rollup({ from: src, by: [], measure: { n: count(), total: sum('v') } }) as Node }
    }
    expect(await (await runIn(await folder(), nodes(world({})))).rows('n')).toEqual([])
    expect(await (await runIn(await folder(), nodes(world({ a: [] })))).rows('n')).toEqual([{ n: 0, total: 0 }])
    expect(await (await runIn(await folder(), nodes(world({ a: many(0, 3) })))).rows('n')).toEqual([{ n: 3, total: 3 }])
  })
})

describe('the number of buckets', () => {
  test('follows the number of groups, at most 256, and names them', () => {
    expect([0, 131_072, 131_073, 1_000_000, 1e12].map(chooseBuckets)).toEqual([1, 1, 2, 8, 256])
    expect([bucketName(0, 1), bucketName(3, 16)]).toEqual(['all', 'bucket-003-of-016'])
  })
})
