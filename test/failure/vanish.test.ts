import { count, type Node, rollup } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { lines, linesOf, type Ran, runIn, type World, world } from './lab.ts'
import { folder } from './scratch.ts'

const all = { a: lines([1, 'x', 1]), b: lines([2, 'y', 2]), c: lines([3, 'x', 3]), d: lines([4, 'y', 4]) }
const ids = async (ran: Ran) => (await ran.rows('src')).map((row) => row['id'])

async function left(
  remaining: readonly (keyof typeof all)[],
  options: Record<string, unknown> = {},
  listing: 'complete' | 'append' = 'complete',
) {
  const [place, own] = [await folder(), world(all)]
  const nodes = (): Record<string, Node> => {
    const src = linesOf(own, { keep: true, ...options }, listing)
    return { src, n: rollup({ from: src, by: [], measure: { n: count() } }) }
  }
  await runIn(place, nodes())
  own.opened.splice(0)
  const before: World['parts'] = own.parts
  own.parts = Object.fromEntries(remaining.map((id) => [id, all[id]]))
  return { place, own, nodes, before, ran: await runIn(place, nodes()) }
}

describe('parts that are gone', () => {
  test('more than half at once halt the source, and nothing changes', async () => {
    const { place, nodes, own, before, ran } = await left(['d'])
    expect(ran.error).toMatchObject({
      code: 'PARTS_VANISHED',
      message: 'More than half of the parts of source "src" are gone at once (3 of 4): a, b, c',
      hint: 'If this is meant, set `allowVanishing: true` on the source for one run; nothing was changed.',
      data: { node: 'src', absent: ['a', 'b', 'c'] },
    })
    expect([ran.status('src'), ran.status('n')]).toEqual(['failed', 'skipped'])
    expect(ran.outcome.entry).toBe(1)
    own.parts = before
    const back = await runIn(place, nodes())
    expect(back.outcome.status).toBe('up to date')
    expect(await ids(back)).toEqual([1, 2, 3, 4])
    expect(own.opened).toEqual([])
  })

  test('half of them, or more where the user allows it, are removed', async () => {
    expect(await ids((await left(['a', 'd'])).ran)).toEqual([1, 4])
    const { ran } = await left(['d'], { allowVanishing: true })
    expect(await ids(ran)).toEqual([4])
    expect(await ran.rows('n')).toEqual([{ n: 1 }])
    expect(ran.outcome.states.get('src')?.why).toBe('3 parts removed: a, b, c')
  })

  test('onRemoved: retain keeps them in their place, however many, and their rows, since they can be read no more', async () => {
    const { ran, own } = await left(['d'], { onRemoved: 'retain', keep: 'auto' })
    expect(await ids(ran)).toEqual([1, 2, 3, 4])
    expect(own.opened).toEqual([])
  })

  test('onRemoved: halt stops at the first one', async () => {
    const { ran } = await left(['a', 'b', 'd'], { onRemoved: 'halt' })
    expect(ran.error).toMatchObject({
      code: 'PARTS_VANISHED',
      message: '1 of 4 parts of source "src" are gone: c',
      hint: 'Put them back, or set `onRemoved` to "remove" or "retain".',
    })
  })

  test('of a listing that only appends, absence means nothing', async () => {
    const { ran } = await left([], {}, 'append')
    expect(ran.outcome.status).toBe('up to date')
    expect(await ids(ran)).toEqual([1, 2, 3, 4])
  })

  test('arrival numbers are kept for good, also over a removal', async () => {
    const { place, own, nodes, ran } = await left(['a', 'b', 'd'])
    expect(ran.outcome.states.get('src')?.section?.arrivals).toEqual({ a: 1, b: 2, c: 3, d: 4 })
    own.parts = { ...all, e: lines([5, 'x', 5]) }
    expect((await runIn(place, nodes())).outcome.states.get('src')?.section?.arrivals).toEqual({
      a: 1,
      b: 2,
      c: 3,
      d: 4,
      e: 5,
    })
  })

  test('a long list of names is cut short', async () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`p${i}`, lines([i, 'x', i])]))
    const [place, own] = [await folder(), world(many)]
    await runIn(place, { src: linesOf(own) })
    own.parts = {}
    expect((await runIn(place, { src: linesOf(own) })).error?.message).toBe(
      'More than half of the parts of source "src" are gone at once (9 of 9): p0, p1, p2, and 6 more',
    )
  })

  test('a source that lists a part twice is told so', async () => {
    const own = world({})
    const src = linesOf({
      ...own,
      parts: new Proxy(
        {},
        {
          ownKeys: () => ['a'],
          getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: [] }),
          get: () => [],
        },
      ),
    } as World)
    expect((await runIn(await folder(), { src })).error).toBeUndefined()
    const { defineSource, table } = await import('tidegate')
    const { z } = await import('zod')
    const twice = defineSource({
      name: 'test/twice',
      create: () => ({
        listing: 'complete' as const,
        async *discover() {
          yield { id: 'a', fingerprint: '1' }
          yield { id: 'a', fingerprint: '2' }
        },
        describe: async () => ({ fields: [] }),
        async *open() {
          yield table({ id: [1] })
        },
      }),
    })
    expect((await runIn(await folder(), { src: twice({ schema: z.object({ id: z.number() }) }) })).error).toMatchObject(
      { code: 'SOURCE_CORRUPT', message: 'Source "src" lists the part "a" twice', hint: 'Parts need distinct ids.' },
    )
  })
})
