import { references, rowCountEquals, sameRows } from '@tidegate/checks'
import { fromTable, notNull, table, validate } from 'tidegate'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { runIn, thrown } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'

const Country = z.object({ code: z.string(), id: z.int() })
const countries = table(Country, { code: ['DE', 'FR', 'IT'], id: [1, 2, 3] })
const orders = table(z.object({ id: z.int(), code: z.string() }), { id: [1, 2, 4, 3], code: ['DE', 'XX', 'FR', 'IT'] })
const rowsOf = (given: { objects(): object[] }) => given.objects()

it('a check that looks at a table has its rows', async () => {
  const other = fromTable(countries)
  const found = await validate(
    orders,
    [references('code', other, 'code'), rowCountEquals(other, { tolerance: 1 }), sameRows(other, { key: 'id' })],
    { otherwise: 'quarantine', split: true },
  )
  expect(rowsOf(found.passed)).toEqual([
    { id: 1, code: 'DE' },
    { id: 3, code: 'IT' },
  ])
  expect(found.failed.array('_reasons')).toEqual([
    'references(code -> code); sameRows(id): code "XX" (there "FR")',
    'sameRows(id): not in "other"',
  ])
  expect(found.outcomes[1]?.observed).toBe('4 rows here, 3 in "other"')
})

it('other nodes are given rows, under the name that messages call them', async () => {
  const file = fromTable(countries, { expect: [notNull('code')] }) // its own gate would decide which rows there are
  const quarantined = fromTable(countries).quarantine
  const check = references('code', file, 'code')
  expect(await thrown(validate(orders, [check]))).toMatchObject({
    code: 'CONFIG_INVALID',
    message: 'data: references(code -> code) looks at another dataset, "other", whose rows are not here.',
  })
  const others = (rows: object) => ({ others: { countries: { node: file, rows: rows as never } } })
  const short = { code: ['DE'], id: Int32Array.of(1) }
  for (const rows of [countries, [short, { code: ['FR', 'IT'], id: Int32Array.of(2, 3) }]]) {
    const options = { ...others(rows), split: true } as const
    const found = await validate(orders, [check, sameRows(file, { key: 'id' })], options)
    expect(found.outcomes.map(({ failed }) => failed)).toEqual([1, 2])
    expect(found.failed.array('_reasons')).toContain('sameRows(id): not in "countries"')
  }
  const few = await validate(orders, [rowCountEquals(file)], others(short))
  expect(few.outcomes[0]).toMatchObject({ pass: false, observed: '4 rows here, 1 in "countries"' })
  expect(
    (await thrown(validate(orders, [references('code', quarantined as never, 'code' as never) as never]))).code,
  ).toBe('CONFIG_INVALID')
})

it('refuses rows that nobody looks at, and another dataset that can be read only once', async () => {
  const node = fromTable(countries)
  const unused = { others: { countries: { node, rows: countries } } }
  expect((await thrown(validate(orders, [notNull('id')], unused))).message).toBe('data: no check looks at "countries".')
  async function* stream() {
    yield countries
  }
  const once = { others: { countries: { node, rows: stream() as never } } }
  expect((await thrown(validate(orders, [references('code', node, 'code')], once))).message).toBe(
    'countries: a stream can be read only once.',
  )
})

it('compares the rows of a stream where they are kept', async () => {
  const checks = [sameRows(fromTable(countries), { key: 'id' })]
  async function* stream() {
    yield countries
    yield countries.slice(0, 0)
  }
  expect((await validate(stream(), checks, { split: true })).pass).toBe(true)
  const gone = await thrown(validate(stream(), checks))
  expect(gone).toMatchObject({ code: 'CONFIG_INVALID', message: 'sameRows: the rows of a stream cannot be read back.' })
})

it('says what a pipeline says of the same rows', async () => {
  const other = fromTable(countries)
  const checks = [references('code', other, 'code'), sameRows(other, { key: 'id' })] as const
  const alone = await validate(orders, checks, { otherwise: 'quarantine', split: true, key: 'id', name: 'all' })
  const source = fromTable(orders, { expect: checks, otherwise: 'quarantine', key: 'id' })
  const ran = await runIn(await folder(), { other, source })
  expect(rowsOf(alone.passed)).toEqual(await ran.rows('source'))
  expect(rowsOf(alone.failed)).toEqual(await ran.rows('source', 'quarantine'))
  expect(alone.failed.numRows()).toBe(2)
})
