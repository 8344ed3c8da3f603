import { withinHistory } from '@tidegate/checks'
import { between, each, mean, pipeline, unique } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { collectGarbage } from '../../../src/kernel/commit/gc.ts'
import { readPoints } from '../../../src/kernel/parts/metrics.ts'
import { type Cells, mending, type Parts, sourceOf } from '../../support/mending.ts'

const Sale = z.object({ id: z.int32(), shop: z.string(), amount: z.number() })
const good = { id: 1, shop: 'a', amount: 10 }
const bad = { id: 2, shop: 'a', amount: -5 }

describe('what a gate withheld, with the corrections of its rows', () => {
  function halting() {
    const world: { parts: Parts; other: Parts } = { parts: { a: { rows: [good] } }, other: { a: { rows: [good] } } }
    const at = mending(() => {
      const src = sourceOf(Sale, () => world.parts, { expect: [between('amount', 0, 100), unique('id')] })
      const next = each({ from: src, run: (t) => t })
      const other = sourceOf(Sale, () => world.other)
      return pipeline({ src, next, other }) as never
    })
    return { world, at }
  }

  test.each([{ only: ['other'] }, { from: ['next'] }])(
    'survives a run that was not asked for it: %j',
    async (request) => {
      const { world, at } = halting()
      await at.run()
      world.parts = { a: { rows: [good] }, b: { rows: [bad] } }
      expect((await at.run()).errors).toHaveLength(1)
      const [row] = await at.story('src')
      await at.apply('src', [{ _key: row?._key, amount: 5 }])
      world.other = { a: { rows: [good, bad] } }
      await at.run(request)
      expect(await at.list()).toMatchObject([{ node: 'src', state: 'withheld', status: { corrected: 1 } }])
      expect((await at.run()).errors).toEqual([])
      expect(await at.rows('src')).toHaveLength(2)
    },
  )

  test('is not written again by a run that withholds the same once more', async () => {
    const { world, at } = halting()
    world.parts = { a: { rows: [good, good, bad] } }
    expect((await at.run()).errors).toHaveLength(1)
    const before = [...at.objects.keys()].filter((path) => /^(log|sections)\//.test(path))
    const again = await at.run()
    expect(again.errors[0]?.code).toBe('GATE_HALTED')
    expect(again.states.get('src')?.status).toBe('withheld')
    expect([...at.objects.keys()].filter((path) => /^(log|sections)\//.test(path))).toEqual(before)
  })
})

describe('a correction that no longer fits the columns of the node', () => {
  /** The code of the node changes under a correction that stands. */
  async function changed(derive: { readonly before: object; readonly after: object }) {
    const world = { derive: derive.before }
    const at = mending(() => {
      const src = sourceOf(Sale, () => ({ a: { rows: [good, bad] } }))
      const clean = each({
        from: src,
        run: (t: { derive(given: object): object }) => t.derive(world.derive),
        params: { derive: Object.keys(world.derive), text: String(Object.values(world.derive)) },
        expect: [between('amount', 0, 100)],
        otherwise: 'quarantine',
        key: 'id',
      } as never)
      return pipeline({ src, clean }) as never
    })
    const correct = async (cells: Cells) => {
      const [row] = await at.story('clean')
      await at.apply('clean', [{ _key: row?._key, ...cells }])
      expect((await at.run()).errors).toEqual([])
    }
    await at.run()
    await correct({ amount: 5 })
    expect(await at.rows('clean')).toHaveLength(2)
    world.derive = derive.after
    expect((await at.run()).errors).toEqual([])
    expect(await at.rows('clean')).toMatchObject([{ id: 1 }])
    expect(await at.story('clean')).toMatchObject([{ id: 2, amount: -5, _status: 'open' }])
    return { at, world, correct }
  }

  test('steps back where a column is new, and its row can be corrected anew', async () => {
    const { at, world, correct } = await changed({
      before: { shop: (d: typeof good) => d.shop },
      after: { twice: (d: typeof good) => d.amount * 2 },
    })
    await correct({ amount: 6, twice: 12 })
    expect(await at.rows('clean')).toMatchObject([{ id: 1 }, { id: 2, amount: 6, twice: 12 }])
    world.derive = { shop: (d: typeof good) => d.shop }
    await at.run()
    expect(await at.rows('clean')).toEqual([good, { ...bad, amount: 6 }])
  })

  test('steps back where a column has another type, and comes back with the old one', async () => {
    const before = { shop: (d: typeof good) => d.shop }
    const { at, world, correct } = await changed({ before, after: { shop: (d: typeof good) => d.id * 3 } })
    await correct({ amount: 6 })
    expect(await at.rows('clean')).toMatchObject([{ id: 1 }, { id: 2, shop: 6, amount: 6 }])
    world.derive = before
    await at.run()
    expect(await at.rows('clean')).toEqual([good, { ...bad, amount: 5 }])
  })
})

test('a metric history too large for the section survives the collection of garbage', async () => {
  const world: { parts: Parts } = { parts: {} }
  const at = mending(() => {
    const src = sourceOf(Sale, () => world.parts, {
      expect: [
        withinHistory(mean('amount'), { method: 'relative-change', verdict: 'warn' }),
        ...Array.from({ length: 20 }, (_, i) => between('amount', -1, 100 + i)),
      ],
    })
    return pipeline({ src }) as never
  })
  for (let amount = 1; amount <= 6; amount++) {
    world.parts = { a: { rows: [{ ...good, amount }] } }
    await at.run()
  }
  await at.kernel(async () => {
    const { store } = at.last().engine
    await collectGarbage(store, { entries: 1, grace: 0, now: Number.MAX_SAFE_INTEGER })
  })
  world.parts = { a: { rows: [bad] } }
  const { engine, states, errors } = await at.run()
  expect(errors).toMatchObject([{ code: 'GATE_HALTED' }])
  const chunks = states.get('src')?.section?.metrics ?? []
  expect(chunks.some(({ blob }) => 'path' in blob)).toBe(true)
  expect((await readPoints(engine.store, chunks)).map(({ values }) => values['mean(amount)'])).toEqual([
    1, 2, 3, 4, 5, 6,
  ])
})
