import { between, each, notNull, pipeline } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Cells, mending, type Parts, sourceOf } from '../../support/mending.ts'

const Person = z.object({ id: z.int32().nullable(), shop: z.string(), age: z.number() })

function people(parts: Parts, gate: object) {
  const world = { parts }
  const at = mending(() => {
    const raw = sourceOf(Person, () => world.parts)
    const clean = each({ from: raw, run: (t) => t, expect: [between('age', 0, 120)], otherwise: 'quarantine', ...gate })
    return pipeline({ raw, clean }) as never
  })
  return { world, at }
}

const keysOf = (rows: readonly Cells[]) => rows.map(({ _key }) => _key)

describe('the key of a row in quarantine', () => {
  test('that the node declares stays the same while other values change, so that the row stays the same row', async () => {
    const rows = (age: number) => ({ a: { rows: [{ id: 1, shop: 'x', age }] } })
    const { world, at } = people(rows(-1), { key: ['shop', 'id'] })
    const first = await at.run()
    const before = await at.story('clean')
    world.parts = rows(-2)
    const second = await at.run()
    expect(await at.story('clean')).toMatchObject([
      { _key: before[0]?._key, age: -2, _first_run: first.runId, _last_run: second.runId },
    ])
  })

  test('is the content without one, and where a declared column is null', async () => {
    const rows = [
      { id: null, shop: 'x', age: -1 },
      { id: null, shop: 'x', age: -2 },
      { id: 1, shop: 'x', age: -1 },
    ]
    const declared = people({ a: { rows } }, { key: 'id' })
    const plain = people({ a: { rows } }, {})
    await declared.at.run()
    await plain.at.run()
    const [one, other] = [keysOf(await declared.at.story('clean')), keysOf(await plain.at.story('clean'))]
    expect(one.slice(0, 2)).toEqual(other.slice(0, 2))
    expect(one[2]).not.toBe(other[2])
    expect(new Set(one).size).toBe(3)
  })

  test('is numbered where rows are equal, over all parts, so that each can be corrected by itself', async () => {
    const same = { id: 1, shop: 'x', age: -1 }
    const { world, at } = people({ a: { rows: [same, same] }, b: { rows: [same] } }, {})
    await at.run()
    const [key = '', ...others] = keysOf(await at.story('clean'))
    expect(others).toEqual([`${key}-2`, `${key}-3`])
    expect(keysOf(await at.rows('clean', 'quarantine'))).toEqual([key, `${key}-2`, `${key}-3`])
    await at.apply('clean', [{ _key: `${key}-3`, age: 3 }])
    await at.run()
    expect(await at.rows('clean')).toMatchObject([{ age: 3 }])
    expect(keysOf(await at.rows('clean', 'quarantine'))).toEqual([key, `${key}-2`])
    world.parts = { a: { rows: [same, same] } }
    await at.run()
    expect(await at.rows('clean')).toEqual([])
    expect(await at.rows('clean', 'quarantine')).toHaveLength(2)
  })

  test('must name columns that the node has', async () => {
    const { at } = people({ a: { rows: [] } }, { key: 'idd' })
    await expect(at.run()).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
      message: 'Node "clean" has the key "idd", but no such column',
    })
    const wrong = people({ a: { rows: [] } }, { key: [] })
    await expect(wrong.at.run()).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

describe('rows that could not be parsed', () => {
  const bad = [{ row: 1, reason: 'age: "x" is not a number', raw: '2,x,x' }]

  test('live in quarantine with their raw text, and are corrected by a row of the node', async () => {
    const world: { parts: Parts } = { parts: { a: { rows: [{ id: 1, shop: 'x', age: 1 }], bad } } }
    const at = mending(() => {
      const raw = sourceOf(Person, () => world.parts, { otherwise: 'quarantine', expect: [notNull('id')] })
      const next = each({ from: raw, run: (t) => t.derive({ older: (d) => d.age + 1 }) })
      return pipeline({ raw, next }) as never
    })
    await at.run()
    const [row] = await at.story('raw')
    expect(row).toMatchObject({ id: null, age: null, _raw: '2,x,x', _part: 'a', _row: 1, _status: 'open' })
    expect(await at.apply('raw', [{ _key: row?._key, id: null, shop: null, age: null }])).toMatchObject({
      unchanged: 1,
    })
    // Half a row would take the place of the raw text, which says more.
    await expect(at.apply('raw', [{ _key: row?._key, shop: 'x' }])).rejects.toMatchObject({
      code: 'CORRECTION_INVALID',
      message: expect.stringMatching(/could not be parsed, and its correction has no "age"/),
    })
    expect((await at.story('raw'))[0]).toMatchObject({ _raw: '2,x,x', _status: 'open' })
    await at.apply('raw', [{ _key: row?._key, id: 2, shop: 'x', age: 2 }])
    await at.run()
    expect(await at.rows('next')).toMatchObject([
      { id: 1, older: 2 },
      { id: 2, older: 3 },
    ])
    expect(await at.rows('raw')).toMatchObject([{ id: 1 }, { id: 2 }])
    expect(at.last().states.get('raw')?.section).toMatchObject({
      counts: { rowsIn: 2, rowsOut: 2, quarantined: 0 },
      checks: [{ failed: 0 }, { failed: 0 }],
    })
  })
})
