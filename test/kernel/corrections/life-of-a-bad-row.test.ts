import { between, count, each, matches, pipeline, rollup, sum } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { mending, type Parts, sourceOf } from '../../support/mending.ts'

const Sale = z.object({ id: z.int32(), shop: z.string(), amount: z.number().nullable() })

function shops(gate: object = {}) {
  const world: { parts: Parts } = {
    parts: {
      monday: {
        rows: [
          { id: 1, shop: 'a', amount: 10 },
          { id: 2, shop: 'a', amount: -5 },
          { id: 3, shop: 'b', amount: 7 },
        ],
      },
      tuesday: {
        rows: [
          { id: 4, shop: 'b', amount: -1 },
          { id: 5, shop: 'a', amount: 2 },
        ],
      },
    },
  }
  const at = mending(() => {
    const sales = sourceOf(Sale, () => world.parts)
    const clean = each({
      from: sales,
      run: (t) => t.derive({ cents: (d) => (d.amount as number) * 100 }),
      expect: [between('amount', 0, 100), matches('shop', /^[a-z]$/)],
      otherwise: 'quarantine',
      ...gate,
    })
    const totals = rollup({ from: clean, by: ['shop'], measure: { n: count(), total: sum('cents') } })
    return pipeline({ sales, clean, totals }) as never
  })
  return { world, at }
}

const totals = (rows: readonly Readonly<Record<string, unknown>>[]) =>
  Object.fromEntries(rows.map(({ shop, n, total }) => [shop, [n, total]]))

describe('a row in quarantine', () => {
  test('has a key, its reasons, its values, part and row number, and was seen first and last by a run', async () => {
    const { at } = shops()
    const { engine } = await at.run()
    const { runId, now } = engine.settings
    const [first, second] = await at.story('clean')
    expect(first).toEqual({
      id: 2,
      shop: 'a',
      amount: -5,
      cents: -500,
      _key: expect.stringMatching(/^[0-9a-f]{32}$/),
      _reasons: 'between(amount, 0, 100)',
      _part: 'monday',
      _row: 1,
      _raw: null,
      _status: 'open',
      _first_seen: now,
      _first_run: runId,
      _last_seen: now,
      _last_run: runId,
      _why: null,
      _by: null,
    })
    expect(second).toMatchObject({ id: 4, _part: 'tuesday', _row: 0, _status: 'open' })
  })

  test('does not open twice: the next run that rejects it moves the day it was last seen', async () => {
    const { world, at } = shops()
    const first = await at.run()
    world.parts = { ...world.parts, wednesday: { rows: [{ id: 6, shop: 'b', amount: 1 }] } }
    const second = await at.run()
    expect(await at.story('clean')).toMatchObject([
      { id: 2, _status: 'open', _first_run: first.runId, _last_run: second.runId },
      { id: 4, _status: 'open', _first_run: first.runId, _last_run: second.runId },
    ])
  })

  test('a run that changes nothing writes nothing', async () => {
    const { at } = shops()
    await at.run()
    const before = [...at.objects.keys()].sort()
    expect((await at.run()).status).toBe('up to date')
    expect([...at.objects.keys()].sort()).toEqual(before)
  })

  test('is resolved by new data when it arrives corrected from the source', async () => {
    const { world, at } = shops()
    await at.run()
    world.parts = {
      ...world.parts,
      tuesday: {
        rows: [
          { id: 4, shop: 'b', amount: 1 },
          { id: 5, shop: 'a', amount: 2 },
        ],
      },
    }
    const second = await at.run()
    expect(await at.story('clean')).toMatchObject([{ id: 2 }])
    expect(await at.story('clean', { status: ['resolved by new data'] })).toMatchObject([
      { id: null, amount: null, _reasons: 'between(amount, 0, 100)', _part: 'tuesday', _row: 0 },
    ])
    expect((await at.list())[0]?.status).toEqual({
      open: 1,
      corrected: 0,
      replayed: 0,
      dismissed: 0,
      'resolved by new data': 1,
    })
    expect(second.states.get('clean')?.section?.counts).toMatchObject({ rowsIn: 5, rowsOut: 4, quarantined: 1 })
  })
})

describe('a correction', () => {
  test('is committed without a run, and the next run takes it in as a part of its own', async () => {
    const { at } = shops()
    await at.run()
    const [bad] = await at.story('clean')
    const applied = await at.apply('clean', [{ _key: bad?._key, amount: 5, cents: 500 }], 'ann')
    expect(applied).toMatchObject({ part: 'corrections:1', corrected: 1, unchanged: 0, resolved: 0 })
    expect(await at.story('clean')).toMatchObject([
      { id: 2, _status: 'corrected', _by: 'ann' },
      { id: 4, _status: 'open' },
    ])
    const outcome = await at.run({ from: ['clean'] })
    expect(outcome.status).toBe('succeeded')
    expect([...(outcome.states.get('totals')?.made ?? [])]).toContain('corrections:1')
    expect([...(outcome.states.get('clean')?.made ?? [])]).toEqual(['corrections:1'])
    expect(totals(await at.rows('totals'))).toEqual({ a: [3, 1700], b: [1, 700] })
    expect(await at.rows('clean')).toMatchObject([
      { id: 1 },
      { id: 3 },
      { id: 5 },
      { id: 2, shop: 'a', amount: 5, cents: 500 },
    ])
    expect(await at.rows('clean', 'quarantine')).toMatchObject([{ id: 4 }])
    expect(await at.story('clean', { status: ['replayed'] })).toMatchObject([
      { id: 2, amount: -5, _status: 'replayed' },
    ])
    expect(outcome.states.get('clean')?.section?.counts).toMatchObject({ rowsIn: 5, rowsOut: 4, quarantined: 1 })
    expect((await at.run()).status).toBe('up to date')
  })

  test('is read by a full recompute too', async () => {
    const { at } = shops()
    await at.run()
    const [bad] = await at.story('clean')
    await at.apply('clean', [{ _key: bad?._key, amount: 5, cents: 500 }])
    await at.run()
    const before = await at.rows('clean')
    await at.run({ full: true })
    expect(await at.rows('clean')).toEqual(before)
    expect(totals(await at.rows('totals'))).toEqual({ a: [3, 1700], b: [1, 700] })
    expect(await at.story('clean', { status: ['replayed'] })).toMatchObject([{ id: 2 }])
  })

  test('that fails again stays in quarantine under its key, with its new reasons', async () => {
    const { at } = shops()
    await at.run()
    const [bad] = await at.story('clean')
    await at.apply('clean', [{ _key: bad?._key, shop: '??', amount: 5, cents: 500 }])
    await at.run()
    expect(await at.story('clean')).toMatchObject([
      { id: 4 },
      {
        id: 2,
        amount: 5,
        _key: bad?._key,
        _reasons: 'matches(shop, /^[a-z]$/)',
        _part: 'corrections:1',
        _status: 'open',
      },
    ])
    expect(await at.rows('clean', 'quarantine')).toMatchObject([{ id: 4 }, { id: 2, _key: bad?._key, amount: 5 }])
    expect(at.last().states.get('clean')?.section?.counts).toMatchObject({ rowsIn: 5, rowsOut: 3, quarantined: 2 })
  })

  test('is won by a later one of the same key', async () => {
    const { at } = shops()
    await at.run()
    const [bad] = await at.story('clean')
    await at.apply('clean', [{ _key: bad?._key, amount: 5, cents: 500 }])
    await at.apply('clean', [{ _key: bad?._key, amount: 6, cents: 600 }])
    await at.run()
    expect(totals(await at.rows('totals'))).toEqual({ a: [3, 1800], b: [1, 700] })
    await at.apply('clean', [{ _key: bad?._key, amount: 7, cents: 700 }])
    await at.run()
    expect(totals(await at.rows('totals'))).toEqual({ a: [3, 1900], b: [1, 700] })
  })

  test('steps back when the row arrives corrected from the source, and is there only once', async () => {
    const { world, at } = shops()
    await at.run()
    const [bad] = await at.story('clean')
    await at.apply('clean', [{ _key: bad?._key, amount: 5, cents: 500 }])
    await at.run()
    const [one, , three] = world.parts['monday']?.rows ?? []
    world.parts = { ...world.parts, monday: { rows: [one, { id: 2, shop: 'a', amount: 6 }, three] as never } }
    await at.run()
    expect((await at.rows('clean')).map(({ id, amount }) => [id, amount])).toEqual([
      [1, 10],
      [2, 6],
      [3, 7],
      [5, 2],
    ])
    expect(await at.story('clean', { status: ['resolved by new data'] })).toMatchObject([{ _key: bad?._key }])
    world.parts = { ...world.parts, monday: { rows: [one, { id: 2, shop: 'a', amount: -5 }, three] as never } }
    await at.run()
    expect((await at.rows('clean')).map(({ id, amount }) => [id, amount])).toEqual([
      [1, 10],
      [3, 7],
      [5, 2],
      [2, 5],
    ])
  })

  test('lifts a halt: the row that stopped the node is mended, and the run goes on', async () => {
    const { at } = shops({ otherwise: 'halt' })
    expect((await at.run()).errors[0]?.code).toBe('GATE_HALTED')
    const bad = await at.story('clean')
    await at.apply(
      'clean',
      bad.slice(0, 1).map(({ _key }) => ({ _key, amount: 5, cents: 500 })),
    )
    expect((await at.run()).errors[0]?.message).toContain('1 of 5 rows failed')
    await at.apply(
      'clean',
      bad.slice(1).map(({ _key }) => ({ _key, amount: 1, cents: 100 })),
    )
    expect((await at.run()).errors).toEqual([])
    expect(totals(await at.rows('totals'))).toEqual({ a: [3, 1700], b: [2, 800] })
  })
})
