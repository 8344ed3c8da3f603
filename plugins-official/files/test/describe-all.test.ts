import { join } from 'node:path'
import { openDuckDB } from '@tidegate/duckdb'
import { type Batch, conform, type LogicalType, type TableSchema, types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { describeAllParts } from '../src/describe-all.ts'
import { createParquetSource } from '../src/parquet.ts'
import { createFolder, signal } from './reading.ts'

const folder = createFolder()

describe('the schema of several files that state theirs', () => {
  it('has the wider type, and is nullable where a file lacks the column', async () => {
    const duck = await openDuckDB({ threads: 1 })
    for (const [name, sql] of [
      ['a', 'SELECT 1::INTEGER AS id, 1.5::DECIMAL(3,1) AS price, 7::UTINYINT AS old'],
      ['b', "SELECT 5000000000::BIGINT AS id, 2.25::DECIMAL(6,2) AS price, 'x' AS fresh"],
    ])
      await duck.run(`COPY (${sql}) TO '${join(folder, `${name}.parquet`)}' (FORMAT parquet)`)
    duck.close()
    const source = createParquetSource('*.parquet', undefined, { folder, memory: 256e6, threads: 1 })
    const parts = []
    for await (const part of source.discover({ known: new Map(), signal })) parts.push(part)
    const schema = (await source.describeAll?.(parts, { signal })) as TableSchema
    expect(schema.fields).toMatchObject([
      { name: 'id', type: types.int64 },
      { name: 'price', type: types.decimal(6, 2) },
      { name: 'old', type: types.uint8, nullable: true },
      { name: 'fresh', type: types.string, nullable: true },
    ])
    const rows: string[][] = []
    for (const part of parts)
      for await (const chunk of source.open(part, { schema, batchRows: 10, random: () => 0, signal })) {
        const batch = conform(chunk as Batch, schema)
        for (let row = 0; row < batch.length; row++) rows.push(batch.columns.map((column) => String(column.at(row))))
      }
    await source.close?.()
    expect(rows.map(([id, , old, fresh]) => [id, old, fresh])).toEqual([
      ['1', '7', 'null'],
      ['5000000000', 'null', 'x'],
    ])
  })

  it('does not depend on the order of files in its types, and names a column that no type holds', async () => {
    const of = async (...all: LogicalType[]) => {
      const parts = all.map((_, i) => ({ id: String(i), fingerprint: '' }))
      const { fields } = await describeAllParts(parts, { signal }, async ({ id }) => ({
        fields: [{ name: 'a', type: all[Number(id)] ?? types.null, nullable: false }],
      }))
      return fields[0]?.type
    }
    for (const [a, b, wide] of [
      [types.int8, types.uint8, types.int16],
      [types.int32, types.float32, types.float64],
      [types.timestamp('s'), types.timestamp('us'), types.timestamp('us')],
      [types.null, types.string, types.string],
    ] as const) {
      expect(await of(a, b)).toEqual(wide)
      expect(await of(b, a)).toEqual(wide)
    }
    await expect(of(types.string, types.int32)).rejects.toMatchObject({ code: 'SCHEMA_MIXED' })
    await expect(of(types.int64, types.float64)).rejects.toMatchObject({ code: 'SCHEMA_MIXED' })
  })
})
