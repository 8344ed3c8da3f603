import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type TableSchema, types } from '../../../../src/kernel/types.ts'
import type { Check, CondemningRule, DatasetRule, Decision } from '../../../../src/plugins/check.ts'
import { rowCount } from '../../../../src/plugins/defaults/checks/row-count.ts'
import { unique } from '../../../../src/plugins/defaults/checks/unique.ts'
import { condemnRepeated } from '../../../../src/plugins/defaults/checks/unique-fold.ts'
import { gateFacts } from '../../../../src/testing/facts.ts'
import {
  batchesOf,
  batchOf,
  type Cells,
  column,
  cuts,
  fieldsOf,
  hows,
  keyText,
  tables,
} from '../../../kernel/hash/columns.ts'

/** The condemned rows of a table whose parts end at `ends`; every part comes in batches that end at `at`. */
async function condemned(
  check: Check,
  table: readonly Cells[],
  ends: readonly number[],
  at: readonly number[],
  how: any,
): Promise<number[]> {
  const rule = check.rule as CondemningRule
  const starts = [0, ...ends]
  const parts = ends.map((end, i) => {
    const collector = rule.collect({ fields: fieldsOf(table) })
    const rows = table.map(({ type, cells }) => ({ type, cells: cells.slice(starts[i], end) }))
    for (const batch of batchesOf(rows, at, how)) collector.add(batch)
    const partial = collector.finish()
    return { rows: end - starts[i]!, partial: async () => partial }
  })
  const bits = (await rule.condemn(parts, gateFacts())).rows
  return parts.flatMap(({ rows }, part) =>
    Array.from({ length: rows }, (_, row) => row)
      .filter((row) => (((bits.get(part)?.[row >> 3] ?? 0) >> (row & 7)) & 1) === 1)
      .map((row) => starts[part]! + row),
  )
}

describe('unique', () => {
  it.each(['all', 'later'] as const)('condemns repeated keys as a map over all rows would (lose: %s)', async (lose) => {
    await fc.assert(
      fc.asyncProperty(tables({ max: 2, rows: 60 }), cuts, cuts, hows, async (table, parting, at, how) => {
        const rows = table[0]!.cells.length
        const keys = Array.from({ length: rows }, (_, row) =>
          table.some(({ cells }) => cells[row] === null)
            ? null
            : table.map(({ cells }) => keyText(cells[row])).join('|'),
        )
        const expected = keys.flatMap((key, row) =>
          key !== null && (keys.indexOf(key) < row || (lose === 'all' && keys.lastIndexOf(key) > row)) ? [row] : [],
        )
        const ends = [...new Set([...parting.map((cut) => cut % (rows + 1)), rows])].sort((a, b) => a - b)
        expect(
          await condemned(
            unique(
              table.map((_, i) => `c${i}`),
              { lose },
            ),
            table,
            ends,
            at,
            how,
          ),
        ).toEqual(expected)
      }),
    )
  })
  it('has the same partial for every split and encoding', () => {
    fc.assert(
      fc.property(tables({ max: 2 }), cuts, hows, (table, at, how) => {
        const schema: TableSchema = { fields: fieldsOf(table) }
        const collect = (batches: ReturnType<typeof batchesOf>) => {
          const collector = (unique('c0').rule as CondemningRule).collect(schema)
          for (const batch of batches) collector.add(batch)
          return collector.finish()
        }
        expect(collect(batchesOf(table, at, how))).toEqual(collect([batchOf(table, 0, table[0]!.cells.length)]))
      }),
    )
  })
  it('finds a few repeated keys among many, reading in several shares', async () => {
    const n = 4_400_000
    const cells = new Int32Array(n).map((_, i) => i)
    cells[n - 1] = 7
    cells[3_000_000] = 123_456
    const collector = (unique('c0').rule as CondemningRule).collect({
      fields: [{ name: 'c0', type: types.int32, nullable: false }],
    })
    const { FlatColumn } = await import('../../../../src/kernel/columns/column.ts')
    const whole = new FlatColumn(types.int32, cells)
    collector.add({ schema: { fields: [] }, length: n, columns: [whole] })
    const partial = collector.finish()
    const bits = (await condemnRepeated([{ rows: n, partial: async () => partial }], 'later', 'unique(c0)')).get(0)!
    expect(Array.from(bits.entries()).filter(([, byte]) => byte !== 0)).toEqual([
      [3_000_000 >> 3, 1 << (3_000_000 & 7)],
      [(n - 1) >> 3, 1 << ((n - 1) & 7)],
    ])
  })
  it('refuses damaged keys, no columns, and a missing column', async () => {
    await expect(
      condemnRepeated([{ rows: 2, partial: async () => new Uint8Array(16) }], 'all', 'unique(id)'),
    ).rejects.toMatchObject({
      code: 'WORKSPACE_CORRUPT',
      message: 'unique(id): the keys of a part have 16 bytes instead of 32.',
    })
    expect(() => unique([])).toThrow('unique(): no column is named')
    expect(() =>
      (unique('idd').rule as CondemningRule).collect({ fields: [{ name: 'id', type: types.int32, nullable: false }] }),
    ).toThrow(expect.objectContaining({ code: 'COLUMN_MISSING', hint: 'Did you mean "id"? The columns are: id.' }))
  })
  it('is named after its columns and what it loses', () => {
    expect([unique('iata').name, unique(['a', 'b'], { lose: 'later' }).name]).toEqual([
      'unique(iata)',
      'unique(a, b, lose: later)',
    ])
  })
})

describe('rowCount', () => {
  const decide = (check: Check, rows: number) => (check.rule as DatasetRule).decide({ rows }, gateFacts()) as Decision
  it('passes within its bounds', () => {
    expect([0, 1, 5, 6].map((rows) => decide(rowCount(1, 5), rows).pass)).toEqual([false, true, true, false])
    expect(decide(rowCount(2), 1)).toEqual({ pass: false, observed: '1 row' })
  })
  it('counts by its measure', () => {
    const accumulator = (rowCount(1).rule as DatasetRule).measures['rows']!.create({ fields: [] })
    accumulator.add({ schema: { fields: [] }, length: 3, columns: [column(types.int32, [1, null, 3])] }, undefined, 1)
    expect(decide(rowCount(3, 3), accumulator.finish(1).at(0) as number).pass).toBe(true)
  })
  it('refuses bounds that no number meets', () => {
    expect(() => rowCount(5, 1)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: 'rowCount(5, 1): no number of rows lies in these bounds.',
      }),
    )
  })
})
