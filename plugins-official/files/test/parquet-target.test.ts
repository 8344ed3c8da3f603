import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Duck, openDuckDB } from '@tidegate/duckdb'
import {
  type Batch,
  buildColumn,
  type Field,
  type LogicalType,
  type Publication,
  type TableSchema,
  type Target,
  typeName,
  types,
} from 'tidegate'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createParquetSource } from '../src/parquet.ts'
import { createParquetTarget } from '../src/parquet-target.ts'

let duck: Duck
let folder: string
const { signal } = new AbortController()
const place = () => ({ folder, memory: 256 << 20, threads: 2 })

beforeAll(async () => {
  duck = await openDuckDB()
})
afterAll(() => duck.close())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-test-'))
  return () => rm(folder, { recursive: true })
})

interface Given {
  readonly path: string
  readonly partitionBy?: string | readonly string[]
  readonly sortBy?: string
  readonly compression?: 'snappy'
  readonly rowGroupRows?: number
}

function target({ partitionBy, ...given }: Given): Target {
  return createParquetTarget(
    {
      compression: 'zstd',
      rowGroupRows: 122_880,
      ...given,
      ...(partitionBy === undefined
        ? {}
        : { partitionBy: typeof partitionBy === 'string' ? partitionBy : [...partitionBy] }),
    },
    place(),
  )
}

const schema: TableSchema = { fields: [field('origin', types.string), field('n', types.int32)] }

function field(name: string, type: LogicalType): Field {
  return { name, type, nullable: true }
}

function batchOf(of: TableSchema, rows: readonly (readonly unknown[])[]): Batch {
  return {
    schema: of,
    length: rows.length,
    columns: of.fields.map((each, i) =>
      buildColumn(
        each.type,
        rows.map((row) => row[i]),
        { column: each.name },
        each.sees,
      ),
    ),
  }
}

type Rows = readonly (readonly unknown[])[]

/** A snapshot of parts; `touched` collects the parts whose rows were asked for. */
function publication(
  snapshot: string,
  parts: Readonly<Record<string, Rows>>,
  touched: string[] = [],
  of = schema,
): Publication {
  const made = Object.entries(parts).map(([id, rows]) => ({
    id,
    key: rows.join('|'),
    rows: rows.length,
    async *batches() {
      touched.push(id)
      for (let at = 0; at < rows.length; at += 2) yield batchOf(of, rows.slice(at, at + 2))
    },
  }))
  return {
    pipeline: 'flights',
    node: 'daily',
    snapshot,
    schema: of,
    rows: made.reduce((sum, part) => sum + part.rows, 0),
    parts: made,
    signal,
    async *batches() {
      for (const part of made) yield* part.batches()
    },
  }
}

async function rowsOf(path: string): Promise<unknown[][]> {
  const source = createParquetSource(path, undefined, place())
  const found: unknown[][] = []
  for await (const part of source.discover({ known: new Map(), signal })) {
    for await (const chunk of source.open(part, { schema: undefined, batchRows: 1000, random: () => 0, signal })) {
      const batch = chunk as Batch
      for (let row = 0; row < batch.length; row++) found.push(batch.columns.map((column) => column.at(row)))
    }
  }
  await source.close?.()
  return found
}

const a: Rows = [
  ['ATL', 1],
  ['ORD', 2],
  ['ATL', 3],
]
const b: Rows = [
  ['JFK', 4],
  [null, 5],
  ['', 6],
]

describe('a path with an extension', () => {
  it('is one file with all parts in order, replaced as a whole', async () => {
    const to = target({ path: 'out/daily.parquet' })
    const done = await to.commit(publication('s1', { a, b }))
    expect(await rowsOf('out/daily.parquet')).toEqual([...a, ...b])
    expect(done).toMatchObject({
      rows: 6,
      files: ['out/daily.parquet'],
      bytes: statSync(join(folder, 'out/daily.parquet')).size,
    })
    expect(await to.intact?.('s1', done.state)).toBe(true)
    await to.commit(publication('s2', { a }))
    expect(await rowsOf('out/daily.parquet')).toEqual(a)
    expect(readdirSync(join(folder, 'out'))).toEqual(['daily.parquet'])
    expect(await to.intact?.('s1', done.state)).toBe(false)
  })
  it('keeps what it showed before when the rows fail to come', async () => {
    const to = target({ path: 'daily.parquet' })
    await to.commit(publication('s1', { a }))
    const broken = {
      ...publication('s2', { b }),
      batches: async function* (): AsyncGenerator<Batch> {
        yield batchOf(schema, b)
        throw new Error('the disk is on fire')
      },
    }
    await expect(to.commit(broken)).rejects.toThrow('the disk is on fire')
    expect([await rowsOf('daily.parquet'), readdirSync(folder)]).toEqual([a, ['daily.parquet']])
  })
  it('carries zstd pages of version 2, row groups of the asked size, sorted rows', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => ['x', (i * 37) % 5000])
    await target({ path: 'a.parquet', sortBy: 'n', rowGroupRows: 2048 }).commit(publication('s', { rows }))
    const file = join(folder, 'a.parquet')
    const [facts] = await duck.rows(
      `SELECT count(DISTINCT row_group_id) AS g, list(DISTINCT compression) AS c FROM parquet_metadata('${file}')`,
    )
    expect([Number(facts?.['g']), facts?.['c']]).toEqual([3, ['ZSTD']])
    expect((await rowsOf('a.parquet')).map(([, n]) => n)).toEqual(Array.from({ length: 5000 }, (_, i) => i))
  })
})

describe('a path without an extension', () => {
  it('is a folder with a file for each part and a manifest that its readers go by', async () => {
    const done = await target({ path: 'out/daily' }).commit(publication('s1', { a, b }))
    expect(done.files).toHaveLength(2)
    const manifest = JSON.parse(readFileSync(join(folder, 'out/daily/_manifest.json'), 'utf8'))
    expect(manifest).toMatchObject({ snapshot: 's1', rows: 6, files: [{ rows: 3 }, { rows: 3 }] })
    writeFileSync(join(folder, 'out/daily/half-written.parquet'), 'PAR1')
    expect(new Set((await rowsOf('out/daily')).map(String))).toEqual(new Set([...a, ...b].map(String)))
  })
  it('keeps files of unchanged parts and lets those of removed parts go', async () => {
    const to = target({ path: 'daily' })
    const first = await to.commit(publication('s1', { a, b }))
    const touched: string[] = []
    const second = await to.commit(publication('s2', { a, c: [['LAX', 7]] }, touched))
    expect(touched).toEqual(['c'])
    expect(second.files).toContain(first.files[0])
    expect(new Set((await rowsOf('daily')).map(String))).toEqual(new Set([...a, ['LAX', 7]].map(String)))
    const again: string[] = []
    await to.commit(publication('s2', { a, c: [['LAX', 7]] }, again))
    expect(again).toEqual([])
  })
  it('makes Hive folders for partitionBy; null and empty text share one, and the column stays in the files', async () => {
    const to = target({ path: 'by', partitionBy: 'origin' })
    const rows: Rows = [...a, ...b, ['a/b=c', 8]]
    const done = await to.commit(publication('s1', { rows }))
    expect(done.files.map((file) => file.split('/')[1]).sort()).toEqual([
      'origin=ATL',
      'origin=JFK',
      'origin=ORD',
      'origin=__HIVE_DEFAULT_PARTITION__',
      'origin=a%2Fb%3Dc',
    ])
    expect(new Set((await rowsOf('by')).map(String))).toEqual(new Set(rows.map(String)))
    expect(new Set((await rowsOf('by/origin=ATL')).map(String))).toEqual(
      new Set(
        [
          ['ATL', 1],
          ['ATL', 3],
        ].map(String),
      ),
    )
    const touched: string[] = []
    await to.commit(publication('s2', { rows, more: [['ATL', 9]] }, touched))
    expect([touched, (await rowsOf('by')).length]).toEqual([['more'], 8])
    await to.commit(publication('s3', { more: [['ATL', 9]] }))
    expect(await rowsOf('by')).toEqual([['ATL', 9]])
  })
  it('is intact only while all files of its manifest are there', async () => {
    const to = target({ path: 'daily', partitionBy: ['origin', 'n'] })
    const done = await to.commit(publication('s1', { a }))
    expect(await to.intact?.('s1', done.state)).toBe(true)
    await rm(join(folder, done.files[0] as string))
    expect(await to.intact?.('s1', done.state)).toBe(false)
    await to.commit(publication('s1', { a }))
    expect((await rowsOf('daily')).length).toBe(3)
  })
})

describe('wrong options', () => {
  it('are errors that name the column or the path', async () => {
    await expect(target({ path: 'x', partitionBy: 'orgin' }).commit(publication('s', { a }))).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
      message: `toParquet "daily" names the column 'orgin', which its input does not have`,
      hint: 'Its columns are origin, n.',
    })
    expect(() => target({ path: 'x.parquet', partitionBy: 'origin' })).toThrow(
      '"x.parquet" is one file, but partitionBy makes a folder for each value',
    )
    mkdirSync(join(folder, 'd.parquet'))
    await expect(target({ path: 'd.parquet' }).commit(publication('s', { a }))).rejects.toMatchObject({
      code: 'TARGET_FAILED',
    })
  })
})

describe('every logical type survives a Parquet file', () => {
  const cases: readonly (readonly [LogicalType, readonly unknown[]])[] = [
    [types.boolean, [true, null, false]],
    [types.int8, [-128, null, 127]],
    [types.int16, [-32768, null, 32767]],
    [types.int32, [-2147483648, null, 2147483647]],
    [types.int64, [-(2n ** 63n), null, 2n ** 53n + 1n, 2n ** 63n - 1n]],
    [types.uint8, [0, null, 255]],
    [types.uint16, [0, null, 65535]],
    [types.uint32, [0, null, 4294967295]],
    [types.uint64, [0n, null, 2n ** 64n - 1n]],
    [types.float32, [1.5, null, Number.NaN, -0, Number.POSITIVE_INFINITY]],
    [types.float64, [0.1, null, Number.NaN, -0, Number.NEGATIVE_INFINITY, 5e-324]],
    [types.decimal(4, 2), [12.5, null, -99.99]],
    [types.decimal(18, 5), [0.00001, null, -1.5]],
    [types.string, ['', null, '\u{1F600}', 'x'.repeat(500)]],
    [types.date, [Date.UTC(1, 0, 1), null, Date.UTC(9999, 11, 31)]],
    [types.timestamp('ms'), [Date.UTC(1, 0, 1), null, 1]],
    [types.timestamp('us'), [Date.UTC(1, 0, 1), null, 1]],
    [types.timestamp('ns'), [-1, null, Date.UTC(2020, 0, 1)]],
    [types.timestamp('us', 'UTC'), [-1, null, Date.UTC(2020, 0, 1)]],
    [types.timestamp('s'), [-1000, null, Date.UTC(2020, 0, 1)]],
    [types.time('us'), [0, null, 86_399_999]],
    [types.time('ns'), [0, null, 86_399_999]],
    [types.time('ms'), [0, null, 86_399_999]],
    [types.list(types.int32), [[], null, [1, null, 3]]],
    [
      types.struct([field('a', types.string), field('b', types.list(types.float64))]),
      [{ a: 'x', b: [0.5] }, null, { a: null, b: null }],
    ],
  ]
  it.each(cases.map(([type, values]) => [typeName(type), type, values] as const))('%s', async (_, type, values) => {
    const of: TableSchema = { fields: [{ ...field('x', type), sees: 'bigint' }] }
    await target({ path: 'x.parquet' }).commit(publication('s', { p: values.map((value) => [value]) }, [], of))
    const source = createParquetSource('x.parquet', undefined, place())
    const found: unknown[] = []
    for await (const part of source.discover({ known: new Map(), signal })) {
      for await (const batch of source.open(part, { schema: of, batchRows: 1000, random: () => 0, signal })) {
        const [column] = (batch as Batch).columns
        expect(column?.type).toEqual(type)
        found.push(...(column as Iterable<unknown>))
      }
    }
    await source.close?.()
    expect(found).toEqual(values)
  })
})
