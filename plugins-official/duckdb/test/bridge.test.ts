import fc from 'fast-check'
import {
  type Batch,
  BytesColumn,
  type Column,
  type DecimalColumn,
  DictionaryColumn,
  type Field,
  type Int64Column,
  type LogicalType,
  typeName,
  types,
} from 'tidegate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Duck, duckType, logicalType, openDuckDB } from '../src/index.ts'
import { batchOf, cells } from './batch-of.ts'

let duck: Duck
beforeAll(async () => {
  duck = await openDuckDB({ threads: 2 })
})
afterAll(() => duck.close())

async function collect(batches: AsyncIterable<Batch>): Promise<Batch[]> {
  const all: Batch[] = []
  for await (const batch of batches) all.push(batch)
  return all
}

const int = (min: bigint, max: bigint) => fc.oneof(fc.constantFrom(min, max, 0n), fc.bigInt({ min, max }))
const number = (min: number, max: number) => fc.oneof(fc.constantFrom(min, max, 0), fc.integer({ min, max }))
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '\u{1F600}', 'exactly 12 b', 'thirteen byte', 'a\0b', '"\'', 'x'.repeat(300)),
)
const floats = [
  0,
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 53,
  2 ** 53 + 2,
  5e-324,
  1.7976931348623157e308,
]
const i64 = int(-(2n ** 63n), 2n ** 63n - 1n)
const digits = (n: number) => int(-(10n ** BigInt(n)) + 1n, 10n ** BigInt(n) - 1n)

/** What each type may hold, in the physical form of its column. */
const samples: readonly (readonly [LogicalType, fc.Arbitrary<unknown>])[] = [
  [types.null, fc.constant(null)],
  [types.boolean, fc.boolean()],
  [types.int8, number(-128, 127)],
  [types.int16, number(-32768, 32767)],
  [types.int32, number(-2147483648, 2147483647)],
  [types.int64, fc.oneof(i64, fc.constantFrom(2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n))],
  [types.uint8, number(0, 255)],
  [types.uint16, number(0, 65535)],
  [types.uint32, number(0, 4294967295)],
  [types.uint64, int(0n, 2n ** 64n - 1n)],
  [
    types.float32,
    fc.oneof(fc.float(), fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)),
  ],
  [types.float64, fc.oneof(fc.double(), fc.constantFrom(...floats))],
  [types.decimal(4, 2), digits(4)],
  [types.decimal(9, 0), digits(9)],
  [types.decimal(18, 5), digits(18)],
  [types.decimal(38, 10), digits(38)],
  [types.string, text],
  [types.binary, fc.uint8Array()],
  [types.date, number(-700_000, 2_900_000)],
  ...(['s', 'ms', 'us', 'ns'] as const).map(
    (unit) =>
      [
        types.time(unit),
        int(0n, { s: 86_399n, ms: 86_399_999n, us: 86_399_999_999n, ns: 86_399_999_999_999n }[unit]),
      ] as const,
  ),
  ...(['s', 'ms', 'us', 'ns'] as const).map(
    (unit) => [types.timestamp(unit), int(-9_000_000_000n, 9_000_000_000n)] as const,
  ),
  [types.timestamp('us'), int(-(2n ** 62n), 2n ** 62n)],
  [types.timestamp('us', 'UTC'), int(-(2n ** 60n), 2n ** 60n)],
  [types.timestamp('ms', 'Europe/Berlin'), int(-9_000_000_000_000n, 9_000_000_000_000n)],
  [types.list(types.int64), fc.array(fc.option(i64))],
  [types.list(types.string), fc.array(fc.option(text))],
  [types.list(types.list(types.float64)), fc.array(fc.array(fc.double({ noNaN: true })))],
  [
    types.struct([
      field('a b', types.string),
      field('n', types.list(types.int32)),
      field('when', types.timestamp('us')),
      field('d', types.decimal(9, 2)),
    ]),
    fc.record({
      'a b': fc.option(text),
      n: fc.option(fc.array(number(-5, 5))),
      when: i64.map((value) => value / 16n),
      d: fc.option(number(-99999, 99999).map((n) => n / 100)),
    }),
  ],
]

function field(name: string, type: LogicalType): Field {
  return { name, type, nullable: true }
}

describe('every logical type survives DuckDB', () => {
  it.each(samples.map(([type, values]) => [typeName(type), type, values] as const))(
    '%s, through a table, with nulls, in batches of any size',
    async (_, type, values) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.option(values, { freq: 4 }), { maxLength: 60 }),
          fc.integer({ min: 1, max: 25 }),
          async (rows, size) => {
            const schema = { fields: [field('i', types.int32), { ...field('x', type), sees: 'bigint' as const }] }
            const order = rows.map((_, i) => i)
            const given: Batch[] = []
            for (let at = 0; at < rows.length; at += size)
              given.push(batchOf(schema, [order.slice(at, at + size), rows.slice(at, at + size)]))
            await duck.registerBatches('t', schema, given)
            const read = await collect(duck.readBatches('FROM t', { schema, batchRows: size }))
            expect(read.every((batch) => batch.length <= size)).toBe(true)
            expect(read.flatMap((batch) => cells(batch.columns[0] as Column))).toEqual(order)
            expect(read.flatMap((batch) => cells(batch.columns[1] as Column))).toEqual(
              rows.map((row) => (row === undefined ? null : row)),
            )
            for (const batch of read) expect(batch.columns[1]?.type).toEqual(type)
          },
        ),
        { numRuns: 25 },
      )
    },
  )
  it('and its name goes both ways', () => {
    for (const [type] of samples) {
      if (
        type.kind === 'null' ||
        (type.kind === 'time' && (type.unit === 's' || type.unit === 'ms')) ||
        (type.kind === 'timestamp' && type.zone === 'Europe/Berlin')
      )
        continue
      expect(typeName(logicalType(duckType(type)))).toBe(typeName(type))
    }
  })
})

describe('reading', () => {
  it('keeps the order of rows at any number of threads, also across many chunks', async () => {
    await duck.run(
      "CREATE OR REPLACE TABLE big AS SELECT i::INTEGER i, (i * 7919) % 1000003 k, 'text number ' || i s FROM range(300000) r(i)",
    )
    for (const threads of [1, 2, 4]) {
      await duck.run(`SET threads = ${threads}`)
      let next = 0
      for await (const batch of duck.readBatches('SELECT * FROM big WHERE k % 3 <> 0 OR k % 3 = 0', {
        batchRows: 10_000,
      })) {
        const values = cells(batch.columns[0] as Column)
        for (let row = 0; row < values.length; row += 997)
          expect([values[row], (batch.columns[2] as Column).at(row)]).toEqual([next + row, `text number ${next + row}`])
        next += batch.length
      }
      expect(next).toBe(300_000)
    }
  })
  it('gives text that repeats as codes over one shared dictionary, and other text as bytes', async () => {
    const batches = await collect(
      duck.readBatches(
        `SELECT 'airport ' || (i % 300) AS few, 'flight number ' || i AS many, (i % 7)::VARCHAR AS short FROM range(150000) t(i)`,
        { batchRows: 40_000 },
      ),
    )
    expect(batches.map((batch) => batch.length)).toEqual([38912, 38912, 38912, 33264])
    const few = batches.map((batch) => batch.columns[0] as DictionaryColumn)
    expect(few.every((column) => column instanceof DictionaryColumn && column.dictionary === few[0]?.dictionary)).toBe(
      true,
    )
    expect(few[0]?.dictionary).toHaveLength(300)
    expect(
      batches.every((batch) => batch.columns[1] instanceof BytesColumn && batch.columns[2] instanceof DictionaryColumn),
    ).toBe(true)
    expect([few[3]?.at(33263), batches[3]?.columns[1]?.at(33263)]).toEqual([
      `airport ${149_999 % 300}`,
      'flight number 149999',
    ])
  })
  it('turns codes into bytes when texts stop repeating in the middle of a batch', async () => {
    const sql = `SELECT CASE WHEN i < 5000 THEN CASE WHEN i % 5 = 0 THEN NULL ELSE 'same ' || i % 3 END ELSE 'now they are all different ' || i END s FROM range(30000) t(i)`
    const [batch] = await collect(duck.readBatches(sql))
    const column = batch?.columns[0] as Column
    expect(column).toBeInstanceOf(BytesColumn)
    expect([column.at(0), column.at(1), column.at(4999), column.at(5000), column.at(29_999), column.nullCount]).toEqual(
      [null, 'same 1', 'same 1', 'now they are all different 5000', 'now they are all different 29999', 1000],
    )
  })
  it('gives back any text, repeating or not, over many chunks', async () => {
    const schema = { fields: [field('s', types.string)] }
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(text), { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 7000 }),
        async (pool, distinct, batchRows) => {
          const rows = Array.from({ length: 6000 }, (_, i) => {
            const from = pool[(i * 7919) % pool.length] ?? null
            return from !== null && distinct ? `${from}${i}` : from
          })
          await duck.registerBatches('texts', schema, [
            batchOf(schema, [rows.slice(0, 2500)]),
            batchOf(schema, [rows.slice(2500)]),
          ])
          const read = await collect(duck.readBatches('FROM texts', { batchRows }))
          expect(read.flatMap((batch) => cells(batch.columns[0] as Column))).toEqual(rows)
          // And codes survive the way back.
          await duck.registerBatches('again', schema, read)
          const twice = await collect(duck.readBatches('FROM again'))
          expect(twice.flatMap((batch) => cells(batch.columns[0] as Column))).toEqual(rows)
        },
      ),
      { numRuns: 20 },
    )
  })
  it('ends a batch early when its text grows large', async () => {
    const batches = await collect(duck.readBatches(`SELECT repeat('x', 20000) || i AS s FROM range(9000) t(i)`))
    expect(batches.map((batch) => batch.length)).toEqual([4096, 4096, 808])
    expect(batches[2]?.columns[0]?.at(807)).toMatch(/xx8999$/)
  })
  it('reads scattered text (sorted by something else) correctly', async () => {
    const sql = `SELECT i, repeat(chr(97 + (i % 26)::INTEGER), (i % 40)::INTEGER) || i AS s FROM range(20000) t(i) ORDER BY hash(i)`
    for await (const batch of duck.readBatches(sql)) {
      const [i, s] = batch.columns as [Int64Column, Column]
      for (let row = 0; row < batch.length; row++) {
        const n = i.at(row) as number
        if (s.at(row) !== String.fromCharCode(97 + (n % 26)).repeat(n % 40) + n)
          throw new Error(`row ${row}: ${String(s.at(row))}`)
      }
    }
  })
  it('narrows integers to the schema and refuses a value out of range', async () => {
    const schema = { fields: [field('x', types.int16)] }
    const [batch] = await collect(duck.readBatches('SELECT 5::BIGINT x', { schema }))
    expect([batch?.columns[0]?.type, batch?.columns[0]?.at(0)]).toEqual([types.int16, 5])
    await expect(collect(duck.readBatches('SELECT 70000::BIGINT x', { schema }))).rejects.toMatchObject({
      code: 'TYPE_PRECISION',
      data: { column: 'x', value: '70000' },
    })
  })
  it('refuses a time that a coarser unit would cut', async () => {
    const schema = { fields: [field('x', types.timestamp('ms'))] }
    await expect(
      collect(duck.readBatches(`SELECT TIMESTAMP '2020-01-01 00:00:00.000001' x`, { schema })),
    ).rejects.toMatchObject({ code: 'TYPE_PRECISION', data: { column: 'x' } })
  })
  it('carries what DuckDB has more: HUGEINT, UUID, ENUM, MAP, fixed arrays', async () => {
    const sql = `SELECT sum(i) h, '6e0c3dc9-0a3e-4d3c-a1b5-60dbd1ee0b5c'::UUID u, 'b'::ENUM('a', 'b') e, MAP {'k': 1} m, [1, 2]::INTEGER[2] a FROM range(5) t(i)`
    const [batch] = await collect(duck.readBatches(sql))
    const columns = batch?.columns as readonly Column[]
    expect((columns[0] as DecimalColumn).unscaled(0)).toBe(10n)
    expect(columns.map((column) => column.at(0))).toEqual([
      10,
      '6e0c3dc9-0a3e-4d3c-a1b5-60dbd1ee0b5c',
      'b',
      [{ key: 'k', value: 1 }],
      [1, 2],
    ])
    await expect(duck.describe(`SELECT INTERVAL 1 DAY`)).rejects.toMatchObject({ code: 'TYPE_UNSUPPORTED' })
  })
  it('stops when the reader stops, and when it is cancelled', async () => {
    for await (const batch of duck.readBatches('SELECT i FROM range(100000000) t(i)')) {
      expect(batch.length).toBeGreaterThan(0)
      break
    }
    const abort = new AbortController()
    const reading = collect(
      duck.readBatches('SELECT count(*) n FROM range(100000) a, range(100000) b', { signal: abort.signal }),
    )
    setTimeout(() => abort.abort(), 50)
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
    await expect(collect(duck.readBatches('SELECT nope', {}))).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('nope'),
    })
  })
})

describe('a temporal column', () => {
  it("is DuckDB's own array", async () => {
    const [batch] = await collect(
      duck.readBatches(`SELECT DATE '2024-02-29' d, TIMESTAMPTZ '2024-02-29 12:00:00+01' t`),
    )
    expect(batch?.columns.map((column) => column.at(0))).toEqual([Date.UTC(2024, 1, 29), Date.UTC(2024, 1, 29, 11)])
  })
})
