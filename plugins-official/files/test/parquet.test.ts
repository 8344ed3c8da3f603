import { chmodSync, mkdirSync, readFileSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { type Duck, openDuckDB } from '@tidegate/duckdb'
import {
  type Batch,
  BytesColumn,
  type Column,
  type DictionaryColumn,
  type PartRef,
  type Source,
  type TableSchema,
  typeName,
  types,
} from 'tidegate'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createParquetSource } from '../src/parquet.ts'
import type { Filter } from '../src/parquet-filter.ts'

let duck: Duck
let folder: string
const { signal } = new AbortController()
const flightsFile = resolve(import.meta.dirname, '../../../node_modules/vega-datasets/data/flights-3m.parquet')

beforeAll(async () => {
  duck = await openDuckDB({ threads: 2 })
})
afterAll(() => duck.close())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-test-'))
  return () => rm(folder, { recursive: true })
})

async function write(file: string, sql: string, options = ''): Promise<string> {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  await duck.run(`COPY (${sql}) TO '${join(folder, file)}' (FORMAT parquet${options})`)
  return file
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

function source(path: string | readonly string[], filter?: Filter, place = {}): Source {
  return createParquetSource(path, filter, { folder, memory: 512 << 20, threads: 2, ...place })
}

async function partsOf(from: Source, known: readonly PartRef[] = []): Promise<PartRef[]> {
  return collect(from.discover({ known: new Map(known.map((part) => [part.id, part])), signal }))
}

async function read(
  from: Source,
  part: PartRef,
  options: { schema?: TableSchema; columns?: readonly string[]; batchRows?: number } = {},
): Promise<Batch[]> {
  const { schema, batchRows = 65_536, ...rest } = options
  return (await collect(from.open(part, { schema, batchRows, random: () => 0, signal, ...rest }))) as Batch[]
}

async function rows(path: string, filter?: Filter): Promise<unknown[][]> {
  const from = source(path, filter)
  const found: unknown[][] = []
  for (const part of await partsOf(from))
    for (const batch of await read(from, part))
      for (let row = 0; row < batch.length; row++) found.push(batch.columns.map((column) => column.at(row)))
  await from.close?.()
  return found
}

function field(name: string, type: TableSchema['fields'][number]['type']) {
  return { name, type, nullable: true }
}

describe('a Parquet source', () => {
  it('has one part for each file, in the order of their paths, described from the footer', async () => {
    await write('in/b.parquet', `SELECT 2 AS x`)
    await write('in/a/z.parquet', `SELECT 1 AS x, 'one' AS name, DATE '2024-01-01' AS day`)
    const from = source('in')
    const parts = await partsOf(from)
    expect(parts.map((part) => part.id)).toEqual(['in/a/z.parquet', 'in/b.parquet'])
    const schema = await from.describe(parts[0] as PartRef, { signal })
    expect(schema.fields.map(({ name, type }) => `${name} ${typeName(type)}`)).toEqual([
      'x int32',
      'name string',
      'day date',
    ])
    await from.close?.()
  })
  it('hashes a file again only when its size or time changed', async () => {
    await write('a.parquet', 'SELECT 1 AS x')
    const from = source('a.parquet')
    const [first] = (await partsOf(from)) as [PartRef]
    const [again] = (await partsOf(from, [{ ...first, fingerprint: 'remembered' }])) as [PartRef]
    expect(again.fingerprint).toBe('remembered')
    utimesSync(join(folder, 'a.parquet'), 1e9, 1e9)
    const [touched] = (await partsOf(from, [{ ...first, fingerprint: 'remembered' }])) as [PartRef]
    expect(touched.fingerprint).toBe(first.fingerprint)
  })
  it('reads the columns asked for, through the types asked for, in the order of the file', async () => {
    await write(
      'a.parquet',
      `SELECT i::BIGINT AS id, 'row ' || i AS name, i * 0.5 AS half FROM range(250000) t(i)`,
      ', ROW_GROUP_SIZE 20000',
    )
    const from = source('a.parquet')
    const [part] = (await partsOf(from)) as [PartRef]
    const schema = { fields: [field('name', types.string), field('id', types.int32)] }
    const batches = await read(from, part, { schema, columns: ['id', 'name'], batchRows: 30_000 })
    expect(
      batches.every(
        (batch) => batch.length <= 30_000 && batch.schema.fields.map(({ name }) => name).join() === 'name,id',
      ),
    ).toBe(true)
    let next = 0
    for (const batch of batches) {
      for (let row = 0; row < batch.length; row += 499)
        expect([batch.columns[0]?.at(row), batch.columns[1]?.at(row)]).toEqual([`row ${next + row}`, next + row])
      next += batch.length
    }
    expect(next).toBe(250_000)
    expect(batches[0]?.columns[0]).toBeInstanceOf(BytesColumn)
    const counted = await read(from, part, { columns: [] })
    expect(counted.reduce((sum, batch) => sum + batch.length, 0)).toBe(250_000)
    await from.close?.()
  })
  it('reads three million real flights with airports as codes', async () => {
    const from = source(flightsFile)
    const [part] = (await partsOf(from)) as [PartRef]
    const schema = {
      fields: [field('date', types.timestamp('ms')), field('delay', types.int16), field('origin', types.string)],
    }
    let length = 0
    let lowest = 0
    const dictionaries = new Set<readonly string[]>()
    for (const batch of await read(from, part, { schema })) {
      const [, delay, origin] = batch.columns as [Column, Column<number>, DictionaryColumn]
      for (let row = 0; row < batch.length; row++) lowest = Math.min(lowest, delay.at(row) as number)
      dictionaries.add(origin.dictionary)
      length += batch.length
    }
    expect([length, lowest]).toEqual([3_000_000, -1116])
    expect(dictionaries.size).toBeLessThan(10)
    await from.close?.()
  })
  it('refuses a value that the schema cannot hold, and names it', async () => {
    await write('a.parquet', 'SELECT 1::BIGINT AS delay UNION ALL SELECT 3000000000')
    const from = source('a.parquet')
    const [part] = (await partsOf(from)) as [PartRef]
    await expect(read(from, part, { schema: { fields: [field('delay', types.int32)] } })).rejects.toMatchObject({
      code: 'TYPE_PRECISION',
      message: `"a.parquet", column 'delay': 3000000000 cannot be held exactly as int32`,
      data: { column: 'delay', value: '3000000000', part: 'a.parquet' },
    })
  })
  it('reads a file whose name is full of glob characters, and only that one', async () => {
    await write('a[1].parquet', 'SELECT 1 AS x')
    await write('a1.parquet', 'SELECT 2 AS x')
    expect(await rows('a[1].parquet')).toEqual([[1]])
  })
})

describe('a filter', () => {
  beforeEach(async () => {
    await write(
      'a.parquet',
      `SELECT * FROM (VALUES (1, 1.5::DOUBLE, 'a', true, TIMESTAMP '2024-01-01'), (2, 'nan', 'b', false, TIMESTAMP '2024-06-01 12:00:00'),
      (3, NULL, NULL, NULL, NULL), (4, -2, 'it''s', true, TIMESTAMP '2025-01-01')) t(id, x, s, b, "at")`,
    )
  })
  it.each<[string, Filter, number[]]>([
    ['a value', { id: 2 }, [2]],
    ['a list', { s: ['a', "it's"] }, [1, 4]],
    ['a range', { id: { gte: 2, lt: 4 } }, [2, 3]],
    ['several columns, all of which must hold', { b: true, id: { gt: 1 } }, [4]],
    ['null, asked for', { x: null }, [3]],
    ['null, refused', { x: { isNull: false } }, [1, 2, 4]],
    ['null fulfils no comparison, not even ne', { s: { ne: 'a' } }, [2, 4]],
    ['NaN is not above anything', { x: { gt: 0 } }, [1]],
    ['NaN is not below anything', { x: { lte: 5 } }, [1, 4]],
    ['NaN differs from everything', { x: { ne: 1.5 } }, [2, 4]],
    ['a time as ISO text', { at: { gte: '2024-06-01T12:00:00Z' } }, [2, 4]],
    ['a time without zone is UTC', { at: { gt: '2024-06-01T12:00:00' } }, [4]],
    ['a time as epoch milliseconds', { at: Date.UTC(2024, 0, 1) }, [1]],
    ['no condition', {}, [1, 2, 3, 4]],
  ])('%s', async (_, filter, ids) => {
    expect((await rows('a.parquet', filter)).map(([id]) => id)).toEqual(ids)
  })
  it('on a missing column or with a value of another kind is an error before anything is read', async () => {
    await expect(rows('a.parquet', { idd: 1 })).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
      message: `"a.parquet" has no column 'idd', which the filter names`,
      hint: 'Its columns are id, x, s, b, at.',
    })
    await expect(rows('a.parquet', { id: 'one' })).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: `The filter compares column 'id' (int32) with "one"`,
    })
  })
})

describe('a file that cannot be read', () => {
  const fault = async (path: string) =>
    rows(path).then(
      () => undefined,
      (error: unknown) => error,
    )
  it('because it is empty', async () => {
    writeFileSync(join(folder, 'a.parquet'), '')
    expect(await fault('a.parquet')).toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: '"a.parquet" is empty (0 bytes), which is no Parquet file',
    })
  })
  it('because it is truncated', async () => {
    await write('a.parquet', `SELECT i, 'text ' || i AS s FROM range(5000) t(i)`)
    truncateSync(join(folder, 'a.parquet'), 9000)
    expect(await fault('a.parquet')).toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: '"a.parquet" is truncated: its 9000 bytes begin as Parquet, but the footer is missing',
    })
  })
  it('because its pages are damaged', async () => {
    await write('a.parquet', `SELECT i, 'text ' || hash(i) AS s FROM range(50000) t(i)`, ', COMPRESSION zstd')
    const bytes = readFileSync(join(folder, 'a.parquet'))
    bytes.fill(7, 1000, 90_000)
    writeFileSync(join(folder, 'a.parquet'), bytes)
    expect(await fault('a.parquet')).toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: expect.stringMatching(/^"a.parquet" is damaged: /),
    })
  })
  it('because it is encrypted', async () => {
    await write('a.parquet', 'SELECT 1 AS x')
    const bytes = readFileSync(join(folder, 'a.parquet'))
    bytes.write('PARE', 0)
    bytes.write('PARE', bytes.length - 4)
    writeFileSync(join(folder, 'a.parquet'), bytes)
    expect(await fault('a.parquet')).toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: '"a.parquet" is an encrypted Parquet file',
    })
  })
  it('because it is something else', async () => {
    writeFileSync(join(folder, 'a.parquet'), 'id,name\n1,one\n')
    expect(await fault('a.parquet')).toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: '"a.parquet" is not a Parquet file: it begins with "id,n" instead of "PAR1"',
    })
  })
  it('because it is missing, or nothing matches', async () => {
    await write('flights.parquet', 'SELECT 1 AS x')
    expect(await fault('flihgts.parquet')).toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      hint: expect.stringContaining('flights.parquet'),
    })
    expect(await fault('*.pq')).toMatchObject({ code: 'SOURCE_EMPTY', message: expect.stringContaining('"*.pq"') })
  })
  it('because a folder took the place of a part, or it changed while it was read', async () => {
    await write('a.parquet', 'SELECT 1 AS x')
    const from = source('a.parquet')
    const [part] = (await partsOf(from)) as [PartRef]
    await write('b.parquet', 'SELECT 1 AS x, 2 AS y')
    renameSync(join(folder, 'b.parquet'), join(folder, 'a.parquet'))
    await expect(read(from, part)).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
      message: '"a.parquet" changed while it was being read',
    })
    await rm(join(folder, 'a.parquet'))
    mkdirSync(join(folder, 'a.parquet'))
    await expect(read(from, part)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
  })
  it('because permission is missing', async () => {
    await write('a.parquet', 'SELECT 1 AS x')
    chmodSync(join(folder, 'a.parquet'), 0)
    chmodSync(folder, 0o755)
    // Root may read everything: for a moment this process is somebody else.
    const isRoot = process.getuid?.() === 0
    if (isRoot) process.seteuid?.(65_534)
    try {
      expect(await fault('a.parquet')).toMatchObject({
        code: 'SOURCE_UNREADABLE',
        message: '"a.parquet" cannot be read: no permission',
      })
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })
})
