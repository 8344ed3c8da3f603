/** Groups, aggregates, windows, expressions and text of 1,000,000 rows: processor time, observed tables against plain Arquero (and DuckDB on one thread). */
import { DuckDBInstance } from '@duckdb/node-api'
import { type ColumnTable, op, rolling } from 'arquero'
import { FlatColumn } from '../../src/kernel/columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../../src/kernel/columns/text.ts'
import { encodeStrings } from '../../src/kernel/columns/utf8.ts'
import { types } from '../../src/kernel/types.ts'
import { bothOf, type Case, compare } from './measured.ts'

const rows = process.argv.includes('--quick') ? 200_000 : 1_000_000
const origins = Array.from({ length: 300 }, (_, i) => `AIR${i}`)

function text(of: (i: number) => string): BytesColumn {
  const { offsets, bytes } = encodeStrings(Array.from({ length: rows }, (_, i) => of(i)))
  return new BytesColumn(types.string, offsets, bytes)
}

const flights = () =>
  bothOf({
    delay: new FlatColumn(
      types.float64,
      Float64Array.from({ length: rows }, (_, i) => ((i * 7919) % 1000) / 7),
    ),
    distance: new FlatColumn(
      types.int32,
      Int32Array.from({ length: rows }, (_, i) => (i * 31) % 5000),
      new Uint8Array(Math.ceil(rows / 8)).fill(0xef),
    ),
    origin: new DictionaryColumn(
      Uint16Array.from({ length: rows }, (_, i) => (i * 104_729) % 300),
      origins,
    ),
    customer: text((i) => `customer-${i % 70_000}`),
  })
let made: ReturnType<typeof flights> | undefined
const tables = () => {
  made ??= flights()
  return made
}

/** Milliseconds of processor time of a query over the same rows in DuckDB's memory, the least of five runs. */
async function duckdb(sql: string): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run(
    `CREATE TABLE flights AS SELECT ((i * 7919) % 1000) / 7.0 AS delay, 'AIR' || ((i * 104729) % 300) AS origin FROM range(${rows}) t(i)`,
  )
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 5; i++) {
    const before = process.cpuUsage()
    await connection.run(sql)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  connection.closeSync()
  instance.closeSync()
  return least
}

type Row = Readonly<{ delay: number; distance: number; origin: string; customer: string }>
type Each = (d: Row) => unknown

function one(name: string, act: (t: ColumnTable) => unknown, wanted?: number): Case {
  return { name, tables, act, ...(wanted === undefined ? {} : { wanted }) }
}

const mean: Each = (d) => op.mean(d.delay)

const cases: readonly Case[] = [
  {
    ...one(
      'groupby codes, count and mean',
      (t) => t.groupby('origin').rollup({ n: op.count(), m: op.mean('delay') }),
      5,
    ),
    duckdb: () => duckdb('SELECT origin, count(*), avg(delay) FROM flights GROUP BY origin'),
    wantedOfDuckdb: 2,
  },
  {
    ...one('groupby codes, count', (t) => t.groupby('origin').count(), 5),
    duckdb: () => duckdb('SELECT origin, count(*) FROM flights GROUP BY origin'),
    wantedOfDuckdb: 2,
  },
  one('groupby integers, sum', (t) => t.groupby('distance').rollup({ s: op.sum('delay') }), 5),
  one('groupby text, count', (t) => t.groupby('customer').count(), 5),
  one('groupby two columns, count', (t) => t.groupby('origin', 'distance').count(), 5),
  one('groupby codes, median', (t) => t.groupby('origin').rollup({ m: op.median('delay') }), 5),
  one('rollup of all rows: mean, stdev', (t) => t.rollup({ m: op.mean('delay'), s: op.stdev('delay') }), 5),
  one('filter', (t) => t.filter(((d: Row) => d.delay > 70 && d.distance < 2500) as Each), 1),
  one('filter by an aggregate', (t) => t.filter(((d: Row) => d.delay > op.mean(d.delay)) as Each), 1),
  one(
    'derive',
    (t) => t.derive({ y: (d: Row) => d.delay * 2 + d.distance, late: (d: Row) => d.delay > 15 } as never),
    1,
  ),
  one(
    'derive by an aggregate of groups',
    (t) => t.groupby('origin').derive({ y: (d: Row) => d.delay - op.mean(d.delay) } as never),
    1,
  ),
  one('row_number', (t) => t.derive({ n: op.row_number() }), 5),
  one(
    'difference to lag in groups',
    (t) => t.groupby('origin').derive({ y: (d: Row) => d.delay - op.lag(d.delay, 1, 0) } as never),
    5,
  ),
  one('rolling mean of 7', (t) => t.derive({ y: rolling(mean as never, [-3, 3]) })),
  one('running sum in groups', (t) =>
    t.groupby('origin').derive({ y: rolling(((d: Row) => op.sum(d.delay)) as never) } as never),
  ),
  one('dictionary text: equality', (t) => t.filter(((d: Row) => d.origin === 'AIR7') as Each)),
  one('dictionary text: match', (t) => t.filter(((d: Row) => op.match(d.origin, /R7/, 0)) as Each), 10),
  one('dictionary text: startswith', (t) => t.filter(((d: Row) => op.startswith(d.origin, 'AIR7')) as Each), 10),
  one('dictionary text: lower', (t) => t.derive({ y: (d: Row) => op.lower(d.origin) } as never), 10),
  one('bytes: equality', (t) => t.filter(((d: Row) => d.customer === 'customer-77') as Each)),
  one('bytes: startswith', (t) => t.filter(((d: Row) => op.startswith(d.customer, 'customer-7')) as Each)),
  one('bytes: includes', (t) => t.filter(((d: Row) => op.includes(d.customer as never, '77')) as Each)),
  one('bytes: upper', (t) => t.derive({ y: (d: Row) => op.upper(d.customer) } as never)),
]

export async function sections(): Promise<void> {
  await compare(cases)
}
