import { clamp, deduplicate, length, max, smallest, trim, when } from '@tidegate/checks'
import {
  type Batch,
  between,
  buildColumn,
  type Check,
  type Column,
  type Field,
  fromTable,
  type LogicalType,
  matches,
  notNull,
  oneOf,
  table,
  types,
  unique,
  ValuesColumn,
  validate,
} from 'tidegate'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { runIn, thrown } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'

const Line = z.object({ id: z.int(), k: z.string().nullable(), v: z.int().nullable() })
const lines = table(Line, {
  id: [1, 2, 3, 4, 4, 5],
  k: ['a ', 'b', 'c', ' d', 'd', 'zz'],
  v: [1, 12, null, 4, 3, 7],
})
const rowsOf = (given: { objects(): object[] }) => given.objects() as Record<string, unknown>[]

describe('the cells that repairs changed', () => {
  const checks = [
    matches('k', /^\w$/, { verdict: { repair: trim() } } as never),
    max('v', 10, { verdict: { repair: clamp(0, 10), otherwise: 'drop' } } as never),
    deduplicate('id', { keep: smallest('v') }),
  ] as never

  it('are told with both values, and so are all cells of rows that deduplicate dropped', async () => {
    const found = await validate(lines, checks, { split: true, key: 'id', name: 'lines' })
    expect(found.counts).toMatchObject({ rowsIn: 6, rowsOut: 4, quarantined: 1, dropped: 1, repaired: 3 })
    const cells = rowsOf(found.repairs)
    expect(
      cells.map(({ part, row, column, before, after, repair }) => [part, row, column, before, after, repair]),
    ).toEqual([
      ['lines', 0, 'k', 'a ', 'a', 'trim()'],
      ['lines', 1, 'v', '12', '10', 'clamp(0, 10)'],
      ['lines', 3, 'k', ' d', 'd', 'trim()'],
      ['lines', 3, 'id', '4', null, 'deduplicate(keep: smallest v)'],
      ['lines', 3, 'k', 'd', null, 'deduplicate(keep: smallest v)'],
      ['lines', 3, 'v', '4', null, 'deduplicate(keep: smallest v)'],
    ])
    expect(cells[0]?.['rule']).toBe('matches(k, /^\\w$/)')
    expect(cells[2]?.['key']).toBe(cells[3]?.['key'])
    expect(found.repairs).toBe(found.repairs)
    expect((await validate(lines, [notNull('id')], { split: true })).repairs.numRows()).toBe(0)
  })

  it('are those of a pipeline', async () => {
    const found = await validate(lines, checks, { split: true, key: 'id', name: 'all', otherwise: 'quarantine' })
    const source = fromTable(lines, { expect: checks as never, otherwise: 'quarantine', key: 'id' })
    const ran = await runIn(await folder(), { source })
    expect(rowsOf(found.passed)).toEqual(await ran.rows('source'))
    expect(rowsOf(found.failed)).toEqual(await ran.rows('source', 'quarantine'))
    expect(rowsOf(found.repairs)).toEqual(await ran.rows('source', 'repairs'))
  })

  it('stand as text that says exactly what they hold', async () => {
    const column = (type: LogicalType, cells: readonly unknown[]): Column =>
      type.kind === 'struct' || type.kind === 'list'
        ? new ValuesColumn(type, cells)
        : buildColumn(type, cells, { column: 'c' }, type.kind === 'int' && type.bits === 64 ? 'bigint' : undefined)
    const struct = types.struct([
      { name: 'b', type: types.binary, nullable: true },
      { name: 'n', type: types.float64, nullable: true },
      { name: 'i', type: types.int64, nullable: true },
    ])
    const day = 86_400_000
    const cells: readonly (readonly [LogicalType, unknown, string])[] = [
      [types.float64, -0, '-0'],
      [types.float64, Number.NaN, 'NaN'],
      [types.int64, 2n ** 62n, '4611686018427387904'],
      [types.decimal(20, 3), '12.500', '12.500'],
      [types.boolean, true, 'true'],
      [types.binary, Uint8Array.of(0, 255), '00ff'],
      [types.date, -day, '1969-12-31'],
      [types.timestamp('s'), -1000, '1969-12-31T23:59:59'],
      [types.timestamp('ms', 'UTC'), 1500, '1970-01-01T00:00:01.500Z'],
      [types.timestamp('us'), -1, '1969-12-31T23:59:59.999000'],
      [types.time('ms'), 3_600_500, '01:00:00.500'],
      [types.timestamp('s'), 9e15, '9000000000000'],
      [struct, { b: Uint8Array.of(1), n: Number.POSITIVE_INFINITY, i: 5n }, '{"b":"01","n":"Infinity","i":"5"}'],
    ]
    for (const [type, cell, text] of cells) {
      const field: Field = { name: 'c', type, nullable: true }
      const batch: Batch = {
        schema: { fields: [field, { name: 'n', type: types.int32, nullable: false }] },
        length: 1,
        columns: [column(type, [cell]), column(types.int32, [9])],
      }
      const check = between('n', 0, 1, { verdict: { repair: emptied, otherwise: 'warn' } } as never) as Check
      const found = await validate(batch, [check], { split: true })
      const [told] = rowsOf(found.repairs)
      expect([type.kind, told?.['before'], told?.['after']]).toEqual([type.kind, text, null])
    }
  })

  it('are asked of fewer rows where a rule has a condition, and shares with them', async () => {
    const check = when(oneOf('k', ['a', 'b', 'c']) as never, max('v', 1) as never, { atLeast: 0.5 } as never)
    const trimmed = length('k', { max: 1, verdict: { repair: trim() } } as never)
    const found = await validate(lines, [trimmed, check] as never, { otherwise: 'warn', split: true })
    // After trimming, "a" is among those that the rule speaks of; null passes.
    expect(found.outcomes[1]).toMatchObject({ failed: 1, of: 3, pass: true })
    expect(found.counts).toMatchObject({ repaired: 2 })
  })
})

describe('the key of rows', () => {
  it('is made of the named columns, unless one is null', async () => {
    const keys = async (v: readonly number[], key?: 'k' | readonly ['k', 'id']) => {
      const data = table(Line, { id: [1, 2, 3], k: ['a', 'b', null], v: [...v] })
      const found = await validate(data, [max('v', 0), unique('id')], {
        otherwise: 'quarantine',
        split: true,
        ...(key === undefined ? {} : { key }),
      })
      return found.failed.array('_key') as readonly string[]
    }
    const [before, after] = [await keys([1, 2, 3], 'k'), await keys([4, 5, 6], 'k')]
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2))
    expect(after[2]).not.toBe(before[2])
    expect(await keys([1, 2, 3])).not.toEqual(before)
    expect(await keys([1, 2, 3], ['k', 'id'])).not.toEqual(before)
  })

  it('is a column that is there', async () => {
    expect(await thrown(validate({ n: [1] }, [], { key: 'm' }))).toMatchObject({
      code: 'COLUMN_MISSING',
      message: expect.stringContaining('has the key "m", but no such column'),
    })
  })

  it('is that of rows which a rule over the whole dataset condemns, too', async () => {
    const found = async (v: number) => {
      const data = { id: Int32Array.of(1, 1), v: Int32Array.of(v, v) }
      return (await validate(data, [unique('id')], { otherwise: 'quarantine', split: true, key: 'id' })).failed.array(
        '_key',
      )
    }
    expect(await found(1)).toEqual(await found(2))
  })
})

/** Sets the column c to null. */
const emptied = {
  point: 'repair',
  name: 'empty',
  version: 1,
  parameters: null,
  reads: 'cell',
  columns: ['c'],
  compile: () => (cells: Column) => new ValuesColumn(cells.type, new Array(cells.length).fill(null), new Uint8Array(1)),
}
