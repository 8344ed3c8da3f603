import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import avsc from 'avsc'
import fc from 'fast-check'
import { type Field, types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { avroOptions, createAvroSource } from '../src/avro.ts'
import { format } from '../src/format.ts'
import { createAvroTarget, toAvroOptions } from '../src/to-avro.ts'
import { container } from './container.ts'
import { batchOf, cellsOf, createFolder, discover, publication, readAll, schema, signal } from './reading.ts'
import { nested, scalars, tables } from './tables.ts'

const folder = createFolder()
const target = (path: string, more: object = {}) => createAvroTarget(toAvroOptions.parse({ path, ...more }), { folder })
const source = (path: string, more: object = {}) => createAvroSource(avroOptions.parse({ path, ...more }), { folder })

describe('files of other programs', () => {
  it('of Polars, whose record has no name, are read', async () => {
    const polars =
      'T2JqAQIWYXZyby5zY2hlbWHgAXsidHlwZSI6InJlY29yZCIsIm5hbWUiOiIiLCJmaWVsZHMiOlt7Im5hbWUiOiJhIiwidHlwZSI6WyJudWxsIiwibG9uZyJdfSx7Im5hbWUiOiJzIiwidHlwZSI6WyJudWxsIiwic3RyaW5nIl19XX0AAQIDBAECAwQBAgMEAQIDBAQWAgICAngCBAIEeXkBAgMEAQIDBAECAwQBAgME'
    writeFileSync(join(folder, 'polars.avro'), Buffer.from(polars, 'base64'))
    const { rows } = await readAll(source('polars.avro'), schema({ 'a?': types.int64, 's?': types.string }))
    expect(rows).toEqual([
      [1, 'x'],
      [2, 'yy'],
    ])
  })
})

describe('what is written', () => {
  it('reads back equal, for all types, names, codecs and batch sizes', async () => {
    await fc.assert(
      fc.asyncProperty(
        tables([...scalars, ...nested]),
        fc.constantFrom('deflate', 'null'),
        fc.constantFrom(1, 3, 65_536),
        async (table, codec, batchRows) => {
          const written = batchOf(table.schema, table.rows)
          await target('a.avro', { codec }).commit(publication(table.schema, [written]))
          const { batches } = await readAll(source('a.avro'), table.schema, { batchRows })
          expect(batches.reduce((sum, batch) => sum + batch.length, 0)).toBe(table.rows.length)
          if (table.rows.length === 0) return
          for (const { name, type } of table.schema.fields) {
            expect(format.writer?.carries(type)).toBe('same')
            expect(cellsOf(batches, name)).toEqual(cellsOf([written], name))
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  it('is the same bytes for the same snapshot, and other bytes for another', async () => {
    const columns = schema({ id: types.int32 })
    const write = async (path: string, snapshot: string) => {
      await target(path).commit(publication(columns, [batchOf(columns, [[1], [2]])], snapshot))
      return readFileSync(join(folder, path))
    }
    const first = await write('one.avro', 'x')
    expect(first.equals(await write('two.avro', 'x'))).toBe(true)
    expect(first.equals(await write('three.avro', 'y'))).toBe(false)
  })

  it('spells names that Avro cannot, and gives them back', async () => {
    const columns = schema({ 'net price': types.int32, net_price: types.int32, '2nd': types.int32 })
    await target('names.avro').commit(publication(columns, [batchOf(columns, [[1, 2, 3]])]))
    const [part] = await discover(source('names.avro'))
    const described = await source('names.avro').describe(part as never, { signal })
    expect(described.fields.map(({ name }) => name)).toEqual(['net price', 'net_price', '2nd'])
    const { rows, names } = await byAvsc('names.avro')
    expect(names).toEqual(['net_price_2', 'net_price', '_2nd'])
    expect(rows).toEqual([[1, 2, 3]])
  })

  it('is what another implementation reads, rows and schema', async () => {
    const columns = schema({ id: types.int64, 'city?': types.string, day: types.date, tags: types.list(types.string) })
    const rows = Array.from({ length: 5000 }, (_, i) => [
      i,
      i % 3 === 0 ? null : `città ${i}`,
      86_400_000 * i,
      ['a', 'b'],
    ])
    await target('other.avro').commit(publication(columns, [batchOf(columns, rows)]))
    const read = await byAvsc('other.avro')
    expect(read.rows.length).toBe(5000)
    expect(read.rows[4]).toEqual([4, 'città 4', 4, ['a', 'b']])
    expect(read.rows[3]?.[1]).toBe(null)
  })

  it('refuses a record name that Avro cannot spell', () => {
    expect(() => target('a.avro', { name: 'my row' })).toThrow('"my row" is no name for an Avro record')
  })
})

describe('what another implementation wrote', () => {
  it('reads with its nested types, enums, maps, fixed and logical types', async () => {
    await writeAvsc(
      'foreign.avro',
      {
        type: 'record',
        name: 'shop.Order',
        fields: [
          { name: 'id', type: 'string' },
          { name: 'state', type: { type: 'enum', name: 'State', symbols: ['OPEN', 'PAID'] } },
          { name: 'again', type: ['null', 'State'] },
          { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 2 } },
          { name: 'counts', type: { type: 'map', values: 'long' } },
          { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } },
          { name: 'local', type: { type: 'long', logicalType: 'local-timestamp-millis' } },
          { name: 'noon', type: { type: 'int', logicalType: 'time-millis' } },
          {
            name: 'lines',
            type: { type: 'array', items: { type: 'record', name: 'Line', fields: [{ name: 'n', type: 'int' }] } },
          },
          { name: 'late', type: ['double', 'null'] },
        ],
      },
      [
        {
          id: 'a',
          state: 'PAID',
          again: 'OPEN',
          hash: Buffer.from([1, 255]),
          counts: { x: 1, y: -5_000_000_000 },
          at: 1_500_000,
          local: 7,
          noon: 43_200_000,
          lines: [{ n: 1 }, { n: -2 }],
          late: 0.5,
        },
        {
          id: 'b',
          state: 'OPEN',
          again: null,
          hash: Buffer.from([0, 0]),
          counts: {},
          at: -1,
          local: 0,
          noon: 0,
          lines: [],
          late: null,
        },
      ],
    )
    const read = await readAll(source('foreign.avro'))
    const [batch] = read.batches
    expect(Object.fromEntries(batch?.schema.fields.map(({ name, type }: Field) => [name, type]) ?? [])).toMatchObject({
      state: types.string,
      hash: types.binary,
      at: types.timestamp('us', 'UTC'),
      local: types.timestamp('ms'),
      noon: types.time('ms'),
      late: types.float64,
    })
    expect(batch?.schema.fields.filter(({ nullable }) => nullable).map(({ name }) => name)).toEqual(['again', 'late'])
    expect(read.rows).toEqual([
      [
        'a',
        'PAID',
        'OPEN',
        Uint8Array.of(1, 255),
        [
          { key: 'x', value: 1 },
          { key: 'y', value: -5_000_000_000 },
        ],
        1500,
        7,
        43_200_000,
        [{ n: 1 }, { n: -2 }],
        0.5,
      ],
      ['b', 'OPEN', null, Uint8Array.of(0, 0), [], -0.001, 0, 0, [], null],
    ])
  })

  it('names the column of a union, or of a type that holds itself, and reads the others where they are chosen', async () => {
    const record = (type: unknown) => ({
      type: 'record',
      name: 'R',
      fields: [
        { name: 'id', type: 'int' },
        { name: 'x', type },
      ],
    })
    await writeAvsc('union.avro', record(['int', 'string', 'null']), [
      { id: 1, x: 5 },
      { id: 2, x: null },
    ])
    await writeAvsc('tree.avro', record(['null', 'R']), [{ id: 1, x: { id: 2, x: null } }])
    await expect(readAll(source('union.avro'))).rejects.toMatchObject({
      code: 'TYPE_UNSUPPORTED',
      message: `"union.avro": the column 'x' is a union of int, string, null: one type and null can be read`,
    })
    await expect(readAll(source('tree.avro'))).rejects.toMatchObject({
      code: 'TYPE_UNSUPPORTED',
      message: `"tree.avro": the column 'x.x' is recursive, which no table can hold`,
    })
    expect((await readAll(source('union.avro', { columns: ['id'] }))).rows).toEqual([[1], [2]])
    expect((await readAll(source('tree.avro', { columns: ['id'] }))).rows).toEqual([[1]])
    await expect(readAll(source('tree.avro', { columns: ['if'] }))).rejects.toMatchObject({ code: 'COLUMN_MISSING' })
  })

  it('decodes only the columns that are asked for, and counts rows without any', async () => {
    const columns = schema({ a: types.int32, b: types.list(types.string), c: types.string })
    await target('wide.avro').commit(
      publication(columns, [
        batchOf(columns, [
          [1, ['x'], 'y'],
          [2, [], 'z'],
        ]),
      ]),
    )
    expect((await readAll(source('wide.avro'), columns, { columns: ['c'] })).rows).toEqual([['y'], ['z']])
    const none = await readAll(source('wide.avro'), columns, { columns: [] })
    expect(none.batches.map(({ length }) => length)).toEqual([2])
  })
})

async function byAvsc(path: string): Promise<{ rows: unknown[][]; names: string[] }> {
  const rows: unknown[][] = []
  let names: string[] = []
  const decoder = avsc.createFileDecoder(join(folder, path))
  decoder.on('metadata', (type: unknown) => {
    names = (type as { fields: { name: string }[] }).fields.map(({ name }) => name)
  })
  for await (const row of decoder) rows.push(Object.values(row as object))
  return { rows, names }
}

/** The values as another implementation encodes them, behind a header that states the schema as it is given here. */
async function writeAvsc(path: string, type: unknown, rows: readonly unknown[]): Promise<void> {
  const other = avsc.Type.forSchema(type as never, { wrapUnions: 'never' })
  const data = Buffer.concat(rows.map((row) => other.toBuffer(row)))
  writeFileSync(join(folder, path), container(JSON.stringify(type), [{ rows: rows.length, data }]))
}
