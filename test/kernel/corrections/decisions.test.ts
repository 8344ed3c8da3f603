import { between, count, pipeline, rollup, step, unique } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { collectGarbage } from '../../../src/kernel/commit/gc.ts'
import { mending, type Parts, sourceOf } from '../../support/mending.ts'

const Sale = z.object({ id: z.int32(), shop: z.string(), amount: z.number() })
const good = { id: 1, shop: 'a', amount: 10 }
const bad = { id: 2, shop: 'a', amount: -5 }
const worse = { id: 3, shop: 'b', amount: -6 }

function sales(parts: Parts, gate: object = {}) {
  const world = { parts }
  const at = mending(() => {
    const src = sourceOf(Sale, () => world.parts, {
      expect: [between('amount', 0, 100)],
      otherwise: 'quarantine',
      ...gate,
    })
    const shops = rollup({
      from: src,
      by: ['shop'],
      measure: { n: count() },
      expect: [between('n', 1, 2)],
      otherwise: 'quarantine',
    })
    return pipeline({ src, shops }) as never
  })
  return { world, at }
}

describe('a dismissal', () => {
  test('takes rows out of the open ones, keeps who, when and why, and changes no data', async () => {
    const { at } = sales({ a: { rows: [good, bad, worse] } })
    await at.run()
    const before = await at.rows('src', 'quarantine')
    const [first] = await at.story('src')
    expect(await at.dismiss('src', { keys: [first?._key as string], why: 'a test', by: 'ann' })).toMatchObject({
      dismissed: 1,
      entry: 2,
    })
    expect(await at.story('src')).toMatchObject([
      { id: 2, _status: 'dismissed', _why: 'a test', _by: 'ann' },
      { id: 3, _status: 'open', _why: null },
    ])
    expect((await at.list())[0]?.status).toMatchObject({ open: 1, dismissed: 1 })
    expect((await at.run()).status).toBe('up to date')
    expect(await at.rows('src', 'quarantine')).toEqual(before)
  })

  test('of all open rows, or by reason; a second time there is nothing to dismiss', async () => {
    const { at } = sales({ a: { rows: [good, bad, worse] } })
    await at.run()
    expect(await at.dismiss('src', { reason: 'unique', why: 'no' })).toMatchObject({ dismissed: 0, entry: undefined })
    expect(await at.dismiss('src', { reason: 'between', why: 'known' })).toMatchObject({ dismissed: 2 })
    expect(await at.dismiss('src', { why: 'again' })).toMatchObject({ dismissed: 0, entry: undefined })
  })

  test('holds where the row goes and comes back', async () => {
    const { world, at } = sales({ a: { rows: [good, bad] } })
    await at.run()
    await at.dismiss('src', { why: 'a test' })
    world.parts = { a: { rows: [good] } }
    await at.run()
    expect(await at.story('src', { status: ['dismissed'] })).toMatchObject([{ id: null, _status: 'dismissed' }])
    world.parts = { a: { rows: [good, bad] } }
    await at.run()
    expect(await at.story('src')).toMatchObject([{ id: 2, _status: 'dismissed', _why: 'a test' }])
  })

  test('is undone by a correction', async () => {
    const { at } = sales({ a: { rows: [good, bad] } })
    await at.run()
    await at.dismiss('src', { why: 'a test' })
    const [row] = await at.story('src')
    await at.apply('src', [{ _key: row?._key, amount: 5 }])
    await at.run()
    expect(await at.story('src', { status: ['replayed'] })).toMatchObject([{ id: 2, _why: null }])
  })

  test('needs a reason, and keys that are there', async () => {
    const { at } = sales({ a: { rows: [good, bad] } })
    await at.run()
    await expect(at.dismiss('src', { why: ' ' })).rejects.toMatchObject({ code: 'CORRECTION_INVALID' })
    await expect(at.dismiss('src', { keys: ['x'], why: 'y' })).rejects.toMatchObject({ code: 'CORRECTION_INVALID' })
  })
})

describe('applying corrections', () => {
  test('is refused where the gate follows a fold, and says where to correct', async () => {
    const { at } = sales({ a: { rows: [good, { ...good, id: 4 }, { ...good, id: 5 }] } })
    await at.run()
    const [row] = await at.story('shops')
    expect(row).toMatchObject({ n: 3, _status: 'open' })
    await expect(at.apply('shops', [{ _key: row?._key, n: 1 }])).rejects.toMatchObject({
      code: 'CORRECTION_INVALID',
      hint: 'Correct the rows that go in, in the quarantine of "src" or of a node before it.',
    })
  })

  test('refuses keys that no row has, keys that stand there twice, and nodes that never ran', async () => {
    const { at } = sales({ a: { rows: [bad] } })
    await expect(at.apply('src', [{ _key: 'x', amount: 1 }])).rejects.toMatchObject({ code: 'CORRECTION_INVALID' })
    await at.run()
    await expect(at.apply('src', [{ _key: 'x', amount: 1 }])).rejects.toThrow('has the key "x"')
    const [row] = await at.story('src')
    await expect(
      at.apply(
        'src',
        [row, row].map((own) => ({ _key: own?._key, amount: 1 })),
      ),
    ).rejects.toThrow('twice')
  })

  test('leaves rows alone that new data has resolved meanwhile', async () => {
    const { world, at } = sales({ a: { rows: [bad, worse] } })
    await at.run()
    const rows = (await at.story('src')).map(({ _key }) => ({ _key, amount: 1 }))
    world.parts = { a: { rows: [good, worse] } }
    await at.run()
    expect(await at.apply('src', rows)).toMatchObject({ corrected: 1, resolved: 1 })
  })

  test('by two people at once takes in what both of them say', async () => {
    const { at } = sales({ a: { rows: [bad, worse] } })
    await at.run()
    const [one, two] = await at.story('src')
    const applied = await Promise.all([
      at.apply('src', [{ _key: one?._key, amount: 1 }], 'ann'),
      at.apply('src', [{ _key: two?._key, amount: 2 }], 'bob'),
      at.dismiss('src', { reason: 'nothing like it', why: 'x' }),
    ])
    expect(
      applied
        .slice(0, 2)
        .map((own) => 'part' in own && own.part)
        .sort(),
    ).toEqual(['corrections:1', 'corrections:2'])
    await at.run()
    expect(await at.rows('src')).toHaveLength(2)
    expect((await at.story('src', { status: ['replayed'] })).map(({ _by }) => _by)).toEqual(['ann', 'bob'])
  })

  test('while a run is at work is taken in by that run or the next', async () => {
    const { world, at } = sales({ a: { rows: [bad] } })
    await at.run()
    const [row] = await at.story('src')
    world.parts = { a: { rows: [bad] }, b: { rows: [good] } }
    await Promise.all([at.run(), at.apply('src', [{ _key: row?._key, amount: 1 }])])
    await at.run()
    expect(await at.rows('src')).toMatchObject([{ id: 1 }, { id: 2, amount: 1 }])
  })
})

describe('corrections', () => {
  test('and lives survive the collection of garbage, and are read by a full recompute after it', async () => {
    const { at } = sales({ a: { rows: [good, bad, worse] } })
    await at.run()
    const [row] = await at.story('src')
    await at.apply('src', [{ _key: row?._key, amount: 5 }])
    await at.dismiss('src', { why: 'known' })
    await at.run()
    await at.kernel(async () => {
      const { store } = at.last().engine
      await collectGarbage(store, { entries: 1, grace: 0, now: Number.MAX_SAFE_INTEGER })
    })
    await at.run({ full: true })
    expect(await at.rows('src')).toMatchObject([{ id: 1 }, { id: 2, amount: 5 }])
    expect(await at.story('src', { status: ['dismissed', 'replayed'] })).toMatchObject([
      { id: 2, _status: 'replayed', _first_seen: expect.any(Number) },
      { id: 3, _status: 'dismissed', _why: 'known' },
    ])
  })

  test('count for thresholds: a corrected row is one that passes', async () => {
    const { at } = sales({ a: { rows: [good, bad, worse] } }, { expect: [between('amount', 0, 100, { atLeast: 0.6 })] })
    expect((await at.run()).errors[0]?.code).toBe('GATE_HALTED')
    const [row] = await at.story('src')
    await at.apply('src', [{ _key: row?._key, amount: 5 }])
    const outcome = await at.run()
    expect(outcome.errors).toEqual([])
    expect(outcome.states.get('src')?.section?.checks).toMatchObject([{ failed: 0 }, { failed: 1, of: 3, pass: true }])
    expect(outcome.states.get('src')?.section?.counts).toMatchObject({ rowsIn: 3, rowsOut: 2, quarantined: 1 })
  })

  test('stand for rows that a rule over the whole dataset condemned, too', async () => {
    const rows = [good, { ...good, amount: 11 }, worse]
    const { at } = sales({ a: { rows } }, { expect: [unique('id', { lose: 'later' }), between('amount', 0, 100)] })
    await at.run()
    const story = await at.story('src')
    expect(story).toMatchObject([{ id: 3 }, { id: 1, amount: 11, _reasons: 'unique(id, lose: later)' }])
    await at.apply('src', [{ _key: story[1]?._key, id: 9 }])
    const outcome = await at.run()
    expect(await at.rows('src')).toMatchObject([
      { id: 1, amount: 10 },
      { id: 9, amount: 11 },
    ])
    expect(outcome.states.get('src')?.section).toMatchObject({
      counts: { rowsIn: 3, rowsOut: 2, quarantined: 1 },
      checks: [{ failed: 0 }, { failed: 0 }, { failed: 1 }],
    })
    await at.apply('src', [{ _key: story[0]?._key, id: 1, amount: 3 }])
    await at.run()
    expect(await at.story('src')).toMatchObject([
      { id: 1, amount: 3, _reasons: 'unique(id, lose: later)', _status: 'open' },
    ])
  })

  test('are taken in behind a step over whole tables', async () => {
    const at = mending(() => {
      const src = sourceOf(Sale, () => ({ a: { rows: [good, bad, worse] } }))
      const all = step({
        from: src,
        run: (t) => t.orderby('id'),
        expect: [between('amount', 0, 100)],
        otherwise: 'quarantine',
      })
      const next = step({ from: all, run: (t) => t.groupby('shop').count() })
      return pipeline({ src, all, next }) as never
    })
    await at.run()
    const [row] = await at.story('all')
    await at.apply('all', [{ _key: row?._key, amount: 5 }])
    const outcome = await at.run()
    expect(await at.rows('next')).toEqual([{ shop: 'a', count: 2 }])
    expect(outcome.states.get('src')?.status).toBe('up to date')
  })

  test('are an input of the node in the lineage', async () => {
    const { at } = sales({ a: { rows: [good, bad] } })
    await at.run()
    const [row] = await at.story('src')
    await at.apply('src', [{ _key: row?._key, amount: 5 }])
    const { runId } = await at.run()
    const events = []
    for await (const event of at.lineage.events({})) events.push(event)
    const own = events.filter(({ job, eventType }) => job.name === 'p.src' && eventType === 'COMPLETE').at(-1)
    expect(own?.inputs).toMatchObject([{ name: 'p.src.corrections', facets: { version: {} } }])
    expect(runId).toMatch(/-/)
  })

  test('that fit no longer stand when the gate lets the row pass: another rule frees it', async () => {
    let most = 100
    const at = mending(() => {
      const src = sourceOf(Sale, () => ({ a: { rows: [good, { ...good, id: 2, amount: 500 }] } }), {
        expect: [between('amount', 0, most)],
        otherwise: 'quarantine',
      })
      return pipeline({ src }) as never
    })
    await at.run()
    const [row] = await at.story('src')
    await at.apply('src', [{ _key: row?._key, amount: 50 }])
    await at.run()
    expect((await at.rows('src')).map(({ amount }) => amount)).toEqual([10, 50])
    most = 1000
    await at.run()
    expect((await at.rows('src')).map(({ amount }) => amount)).toEqual([10, 500])
    expect((await at.list()).length).toBe(0)
  })
})

test('what only a withheld attempt rejected is resolved when the data goes back', async () => {
  const { world, at } = sales({ a: { rows: [good] } }, { otherwise: 'halt' })
  await at.run()
  world.parts = { a: { rows: [good, bad] } }
  expect((await at.run()).errors).toHaveLength(1)
  expect(await at.story('src')).toMatchObject([{ id: 2, _status: 'open' }])
  world.parts = { a: { rows: [good] } }
  expect((await at.run()).errors).toEqual([])
  expect(await at.story('src', { status: ['resolved by new data'] })).toHaveLength(1)
  expect((await at.run()).status).toBe('up to date')
})
