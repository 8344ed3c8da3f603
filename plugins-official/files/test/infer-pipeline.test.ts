import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { between, defineConfig, pipeline, run } from 'tidegate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { csv } from '../src/csv.ts'
import { json, ndjson } from '../src/json.ts'
import { createFolder } from './reading.ts'

const folder = createFolder()
const before = process.cwd()
beforeAll(() => process.chdir(folder))
afterAll(() => process.chdir(before))
const file = (name: string, text: string) => {
  mkdirSync(join(folder, name, '..'), { recursive: true })
  writeFileSync(join(folder, name), text)
}

describe('a CSV source without a schema', () => {
  const orders = () => {
    const cities = csv({ path: 'orders/*.csv', otherwise: 'quarantine' })
    return defineConfig(() => ({ pipelines: { orders: pipeline({ cities }) } }))
  }

  it('pins what it infers from all files; later, wider values are set aside with a reason, and --full widens', async () => {
    file('orders/1.csv', 'id,day,city\n1,01/02/2024,Rome\n')
    file('orders/2.csv', 'id,day,city\n2,13/02/2024,\n')
    const first = await run(orders(), 'orders')
    expect((await first.cities.table()).objects()).toEqual([
      { id: 1, day: Date.UTC(2024, 1, 1), city: 'Rome' },
      { id: 2, day: Date.UTC(2024, 1, 13), city: null },
    ])

    file('orders/3.csv', 'id,day,city\n3.5,2024-02-14,Oslo\n007,15/02/2024,Lima\n9,03/04/2024,Bern\n')
    const second = await run(orders(), 'orders')
    expect((await second.cities.table()).array('id')).toEqual([1, 2, 9])
    expect((await second.cities.table()).array('day')).toContain(Date.UTC(2024, 3, 3))
    const aside = (await second.cities.quarantine.table()).objects() as { readonly _reasons: string; _raw: string }[]
    expect(aside.map(({ _reasons }) => _reasons)).toEqual([
      'line 2, column 1: id: "3.5" is not an integer (int64)',
      expect.stringContaining('line 3, column 1: id: "007" has a leading zero'),
    ])
    expect(aside.map(({ _raw }) => _raw)).toEqual(['3.5,2024-02-14,Oslo', '007,15/02/2024,Lima'])

    const full = await run(orders(), 'orders', { full: true })
    expect((await full.cities.table()).array('id')).toEqual(['1', '2', '3.5', '007', '9'])
    expect((await full.cities.quarantine.table()).numRows()).toBe(0)
  })

  it('halts by default at a value that does not fit what was pinned', async () => {
    file('halt/1.csv', 'n\n1\n')
    const config = () => defineConfig(() => ({ pipelines: { p: pipeline({ numbers: csv({ path: 'halt/*.csv' }) }) } }))
    await run(config(), 'p')
    file('halt/2.csv', 'n\nx\n')
    await expect(run(config(), 'p')).rejects.toMatchObject({
      message: expect.stringContaining('n: "x" is not an integer (int64)'),
    })
  })

  it('refuses infer beside a schema', () => {
    expect(() => csv({ path: 'a.csv', infer: 'whole', schema: z.object({ n: z.int() }) })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
  })
})

it('JSON sources without a schema find keys and types in all files', async () => {
  file('j/1.ndjson', '{"id":1,"at":"2024-01-01T10:00:00Z","tags":["a"]}\n')
  file('j/2.ndjson', '{"id":2.5,"place":{"lat":1.5,"n":3},"odd":1}\n{"odd":"x"}\n')
  file('j.json', '[{"a":true},{"a":null}]')
  const { lines, array } = await run(
    defineConfig(() => ({
      pipelines: { p: pipeline({ lines: ndjson({ path: 'j/*.ndjson' }), array: json({ path: 'j.json' }) }) },
    })),
    'p',
  )
  expect((await lines.table()).objects()).toEqual([
    { id: 1, at: Date.UTC(2024, 0, 1, 10), tags: ['a'], place: null, odd: null },
    { id: 2.5, at: null, tags: null, place: { lat: 1.5, n: 3 }, odd: '1' },
    { id: null, at: null, tags: null, place: null, odd: 'x' },
  ])
  expect((await array.table()).objects()).toEqual([{ a: true }, { a: null }])
})

it('a source knows its columns where a schema is declared, and takes any check where none is', () => {
  const City = z.object({ id: z.int(), city: z.string() })
  expect(csv({ path: 'a.csv', schema: City, expect: [between('id', 0, 9)] }).kind).toBe('csv')
  expect(csv({ path: 'a.csv', expect: [between('whatever', 0, 9)] }).kind).toBe('csv')
  // @ts-expect-error the schema has no such column
  expect(csv({ path: 'a.csv', schema: City, expect: [between('ids', 0, 9)] }).kind).toBe('csv')
  // @ts-expect-error there is no such option
  expect(ndjson({ path: 'a.ndjson', inferr: 'whole' }).kind).toBe('ndjson')
})
