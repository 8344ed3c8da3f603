import { between, each, fromTable, pipeline, type RowOf, run, table } from 'tidegate'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { folder } from '../../failure/scratch.ts'

describe('a table in memory as a source', () => {
  const cities = (limit: number) => table({ city: ['Lima', 'Oslo', 'Accra'], people: [10, 1, limit] })

  test('gives its rows, through the gate like any source', async () => {
    const from = fromTable(cities(3), { expect: [between('people', 0, 9)], otherwise: 'quarantine' })
    const small = each({ from, run: (t) => t.derive({ twice: (d) => d.people * 2 }) })
    expectTypeOf<RowOf<typeof small>>().toEqualTypeOf<{ city: string; people: number; twice: number }>()
    process.chdir(await folder())
    const { small: made, from: source } = await run({ pipelines: { p: pipeline({ from, small }) } }, 'p')
    expect((await made.table()).objects()).toEqual([
      { city: 'Oslo', people: 1, twice: 2 },
      { city: 'Accra', people: 3, twice: 6 },
    ])
    expect((await source.quarantine.table()).get('city', 0)).toBe('Lima')
  })

  test('is up to date while its content is the same, and new when it is not', async () => {
    process.chdir(await folder())
    const once = async (limit: number) =>
      (await run({ pipelines: { p: pipeline({ from: fromTable(cities(limit)) }) } }, 'p')).from.status
    expect([await once(3), await once(3), await once(4)]).toEqual(['committed', 'up to date', 'committed'])
  })
})
