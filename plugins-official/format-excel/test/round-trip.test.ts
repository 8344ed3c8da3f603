import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { type LogicalType, types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { createExcelSource } from '../src/excel.ts'
import { format } from '../src/format.ts'
import { excelOptions } from '../src/options.ts'
import { createExcelTarget, toExcelOptions } from '../src/to-excel.ts'
import { batchOf, cellsOf, createFolder, publication, readAll, schema } from './reading.ts'
import { scalars, tables } from './tables.ts'

const folder = createFolder()
const target = (path: string, more: object = {}) =>
  createExcelTarget(toExcelOptions.parse({ path, ...more }), { folder })
const source = (path: string, more: object = {}) => createExcelSource(excelOptions.parse({ path, ...more }), { folder })

describe('what is written', () => {
  it('reads back equal, for all types that are carried, rows of nothing included', async () => {
    await fc.assert(
      fc.asyncProperty(tables(scalars), fc.constantFrom(1, 7, 65_536), async (table, batchRows) => {
        const written = batchOf(table.schema, table.rows)
        await target('a.xlsx').commit(publication(table.schema, [written]))
        const { batches, rejected } = await readAll(source('a.xlsx'), table.schema, { batchRows })
        expect(rejected).toEqual([])
        expect(batches.reduce((sum, batch) => sum + batch.length, 0)).toBe(table.rows.length)
        if (table.rows.length === 0) return
        for (const { name, type } of table.schema.fields) {
          expect(format.writer?.carries(type)).toBe('same')
          expect(cellsOf(batches, name)).toEqual(cellsOf([written], name))
        }
      }),
      { numRuns: 150 },
    )
  })

  it('is the same bytes for the same rows', async () => {
    const columns = schema({ id: types.int32 })
    const write = async (path: string) => {
      await target(path).commit(publication(columns, [batchOf(columns, [[1]])]))
      return readFileSync(join(folder, path))
    }
    expect((await write('one.xlsx')).equals(await write('two.xlsx'))).toBe(true)
  })

  it.each<[string, LogicalType, unknown, string]>([
    [
      'an integer beyond 2^53',
      types.int64,
      2n ** 53n + 1n,
      "9007199254740993 of column 'x' cannot be written to Excel: Excel numbers are exact up to 2^53",
    ],
    ['a decimal of 16 digits', types.decimal(38, 2), '99999999999999.99', 'Excel numbers keep 15 digits'],
    ['NaN', types.float64, Number.NaN, 'Excel has no such number'],
    ['a day before 1900', types.date, -2_300_000_000 * 86_400, 'Excel holds 1900-01-01 to 9999-12-31'],
    ['nanoseconds', types.timestamp('ns'), 1_000_000_000.000001, 'about a microsecond'],
    ['text of 32,768 characters', types.string, 'x'.repeat(32_768), 'an Excel cell holds 32767'],
  ])('%s is refused and nothing is published', async (_, type, value, message) => {
    const columns = { fields: [{ name: 'x', type, nullable: false, sees: 'bigint' as const }] }
    const made = target('refused.xlsx').commit(publication(columns, [batchOf(columns, [[value]])]))
    await expect(made).rejects.toMatchObject({ code: 'TYPE_PRECISION', message: expect.stringContaining(message) })
    expect(() => readFileSync(join(folder, 'refused.xlsx'))).toThrow('ENOENT')
  })

  it.each<[LogicalType, unknown]>([
    [types.list(types.int32), [1]],
    [types.struct([{ name: 'a', type: types.int32, nullable: false }]), { a: 1 }],
    [types.binary, Uint8Array.of(1)],
  ])('a column of %o is refused by name, reading and writing, as the format says', async (type, value) => {
    const columns = schema({ x: type })
    expect(format.writer?.carries(type)).toBe('refused')
    await expect(target('b.xlsx').commit(publication(columns, [batchOf(columns, [[value]])]))).rejects.toMatchObject({
      code: 'TYPE_UNSUPPORTED',
      message: expect.stringContaining("the type of column 'x'"),
    })
    const plain = schema({ x: types.int32 })
    await target('plain.xlsx').commit(publication(plain, [batchOf(plain, [[1]])]))
    await expect(readAll(source('plain.xlsx'), columns)).rejects.toMatchObject({ code: 'TYPE_UNSUPPORTED' })
  })

  it('stops at the last row of a worksheet', async () => {
    const columns = schema({ x: types.boolean })
    const batch = batchOf(
      columns,
      Array.from({ length: 1 << 20 }, () => [true]),
    )
    await expect(target('long.xlsx').commit(publication(columns, [batch]))).rejects.toMatchObject({
      code: 'TARGET_FAILED',
      message: '"long.xlsx" could not be published: a worksheet holds 1048576 rows',
    })
  })
})
