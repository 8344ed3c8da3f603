import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Duck, openDuckDB } from '@tidegate/duckdb'
import type { PartRef } from 'tidegate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createParquetSource } from '../src/parquet.ts'
import type { Filter } from '../src/parquet-filter.ts'
import { collect, createFolder, discover, signal } from './reading.ts'

const folder = createFolder()
const file = join(folder, 'a.parquet')
let duck: Duck
let whole: Buffer
/** Of each row group and column: where its bytes are. */
let chunks: readonly {
  readonly group: number
  readonly column: string
  readonly start: number
  readonly bytes: number
}[]

beforeAll(async () => {
  duck = await openDuckDB({ threads: 1 })
  await duck.run(
    `COPY (SELECT i::INTEGER AS id, 'row ' || hash(i) AS name, (i // 10000)::INTEGER AS tens FROM range(50000) t(i))
     TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 10240, COMPRESSION zstd)`,
  )
  whole = readFileSync(file)
  const rows = await duck.rows(
    `SELECT row_group_id AS g, path_in_schema AS c, coalesce(dictionary_page_offset, data_page_offset) AS s, total_compressed_size AS b
     FROM parquet_metadata('${file}')`,
  )
  chunks = rows.map((row) => ({
    group: Number(row['g']),
    column: String(row['c']),
    start: Number(row['s']),
    bytes: Number(row['b']),
  }))
})
afterAll(() => duck.close())

/** The rows read from a file in which some column chunks are destroyed: reading any of these fails. */
async function rowsWithout(
  destroyed: (chunk: (typeof chunks)[number]) => boolean,
  filter: Filter | undefined,
  columns?: readonly string[],
): Promise<readonly (readonly unknown[])[]> {
  const bytes = Buffer.from(whole)
  for (const { start, bytes: length } of chunks.filter(destroyed)) bytes.fill(0xff, start, start + length)
  writeFileSync(file, bytes)
  const source = createParquetSource('a.parquet', filter, { folder, memory: 256 << 20, threads: 1 })
  const [part] = (await discover(source)) as [PartRef]
  const request = {
    schema: undefined,
    batchRows: 4096,
    random: () => 0,
    signal,
    ...(columns === undefined ? {} : { columns }),
  }
  try {
    return (await collect(source.open(part, request))).rows
  } finally {
    await source.close?.()
  }
}

describe('Parquet', () => {
  it('does not read row groups that cannot hold rows of the filter', async () => {
    expect(chunks.length).toBe(15)
    const only = await rowsWithout(({ group }) => group !== 2, { id: { gte: 20_500, lt: 20_600 } })
    expect(only).toHaveLength(100)
    expect(only[0]?.[0]).toBe(20_500)
    expect(await rowsWithout(({ group }) => group < 4, { id: { gt: 49_990 } })).toHaveLength(9)
    expect(await rowsWithout(() => true, { id: { lt: 0 } })).toEqual([])
  })

  it('reads all the groups where no filter says otherwise, so that damage shows', async () => {
    await expect(rowsWithout(({ group }) => group === 3, undefined)).rejects.toMatchObject({ code: 'SOURCE_CORRUPT' })
    await expect(rowsWithout(({ group }) => group === 2, { id: { gte: 20_500 } })).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
    })
  })

  it('does not read columns that nobody asks for', async () => {
    const ids = await rowsWithout(({ column }) => column !== 'id', undefined, ['id'])
    expect(ids).toHaveLength(50_000)
    expect(ids[49_999]).toEqual([49_999])
    expect(
      await rowsWithout(({ column, group }) => column === 'name' || group > 0, { id: { lt: 3 } }, ['tens']),
    ).toEqual([[0], [0], [0]])
  })
})
