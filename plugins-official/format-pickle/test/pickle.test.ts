import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pickle } from '@tidegate/format-pickle'
import { count, defineConfig, pipeline, rollup, run, types } from 'tidegate'
import { sourceContract } from 'tidegate/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { format } from '../src/format.ts'
import { createPickleSource, pickleOptions } from '../src/pickle.ts'
import { createFolder, discover, readAll, schema, signal } from './reading.ts'
import { samples } from './samples.ts'

const folder = createFolder()
const memory = 1 << 28
const source = (more: object = {}) =>
  createPickleSource(pickleOptions.parse({ path: 'a.pkl', ...more }), { folder, memory })
const put = (name: keyof typeof samples, file = 'a.pkl') =>
  writeFileSync(join(folder, file), Buffer.from(samples[name], 'base64'))

async function described(more: object = {}) {
  const [part] = await discover(source(more))
  const { fields } = await source(more).describe(part as never, { signal })
  return Object.fromEntries(fields.map(({ name, type }) => [name, type]))
}

describe('a list of dicts', () => {
  it.each([0, 1, 2, 3, 4, 5] as const)('reads with its types in protocol %i', async (protocol) => {
    put(`rows${protocol}`)
    expect(await described()).toEqual({
      id: types.int64,
      big: types.int64,
      x: types.float64,
      ok: types.boolean,
      name: types.string,
      raw: types.binary,
      day: types.date,
      at: types.timestamp('us'),
      utc: types.timestamp('us', 'UTC'),
      t: types.time('us'),
      p: types.decimal(4, 2),
      u: types.string,
      tags: types.list(types.string),
      in: types.struct([{ name: 'k', type: types.int64, nullable: true }]),
    })
    const columns = schema({
      id: types.int32,
      x: types.float64,
      ok: types.boolean,
      'name?': types.string,
      raw: types.binary,
      day: types.date,
      at: types.timestamp('us'),
      utc: types.timestamp('s', 'UTC'),
      t: types.time('us'),
      p: types.decimal(9, 3),
      'u?': types.string,
      tags: types.list(types.string),
    })
    const { rows, rejected } = await readAll(source(), columns)
    expect(rejected).toEqual([])
    expect(rows).toEqual([
      [
        1,
        0.5,
        true,
        'città',
        Uint8Array.of(0, 255),
        Date.parse('2024-02-29'),
        Date.parse('2024-01-02T03:04:05.678Z') + 0.901,
        Date.parse('2024-01-02T01:00:00Z'),
        3_723_000.004,
        -12.5,
        '12345678-1234-5678-1234-567812345678',
        ['a', 'b'],
      ],
      [
        -70_000,
        Infinity,
        false,
        null,
        new Uint8Array(0),
        -86_400_000,
        Date.parse('0001-01-01T00:00:00Z'),
        Date.parse('2024-01-02T00:00:00Z'),
        0,
        3,
        null,
        [],
      ],
    ])
  })

  it('sets rows aside that do not fit the schema, with the reason', async () => {
    put('rows4')
    const { rows, rejected } = await readAll(source(), schema({ id: types.int16, name: types.string }))
    expect(rows).toEqual([[1, 'città']])
    expect(rejected).toEqual([
      { row: 1, reason: 'id: -70000 does not fit int16', raw: expect.stringContaining('id=-70000') },
    ])
    const big = await readAll(source(), schema({ big: types.int64 }))
    expect(big.rejected[0]?.reason).toBe('big: 4611686018427387904 lies beyond 2^53 and is seen as number')
    await expect(readAll(source(), schema({ nothing: types.int32 }))).rejects.toMatchObject({ code: 'COLUMN_MISSING' })
  })
})

describe('tables of other shapes', () => {
  it.each(['frame2', 'frame4', 'frame5'] as const)('%s of pandas reads with the types of its arrays', async (name) => {
    put(name)
    expect(await described()).toEqual({
      id: types.int64,
      price: types.float64,
      ok: types.boolean,
      name: types.string,
      obj: types.string,
      at: types.timestamp('us'),
      n: types.int64,
    })
    expect((await readAll(source())).rows).toEqual([
      [1, 1.5, true, 'a', 'x', Date.parse('2024-01-01'), 4],
      [2, 2.5, false, 'b', null, Date.parse('2024-01-02T03:04:05.123Z') + 0.456, 5],
      [3, Number.NaN, true, null, 'z', null, 6],
    ])
  })
  it('a DataFrame of pandas 3, whose texts and names are arrays of pyarrow', async () => {
    put('arrow')
    expect(await described()).toEqual({ a: types.int64, s: types.string })
    expect((await readAll(source())).rows).toEqual([
      [1, 'x'],
      [2, null],
    ])
    put('na')
    expect((await readAll(source())).rows).toEqual([['x'], [null]])
  })
  it('arrays of pyarrow whose offsets go back or whose bytes are no UTF-8 are no table', async () => {
    const bytes = Buffer.from(samples.arrow, 'base64')
    const offsets = bytes.indexOf(Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]))
    const text = bytes.indexOf(Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0x78]))
    for (const [at, value] of [
      [offsets + 8, 2],
      [text + 8, 0xff],
    ] as const) {
      const damaged = Buffer.from(bytes)
      damaged[at] = value
      writeFileSync(join(folder, 'a.pkl'), damaged)
      await expect(readAll(source()), `${at}`).rejects.toMatchObject({ code: 'SOURCE_CORRUPT' })
    }
  })
  it('a dict of lists and arrays, whatever their byte order and width', async () => {
    put('columns')
    expect((await readAll(source())).rows).toEqual([
      [1, 'x', 1.5, 'ab'],
      [2, 'y', 2.5, 'c'],
      [3, null, 3.5, 'é'],
    ])
  })
  it('an array of two dimensions with names, and numpy scalars', async () => {
    put('matrix')
    expect((await readAll(source({ columns: ['a', 'b'] }))).rows).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
    await expect(readAll(source())).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: '"a.pkl" holds no table but an array of 2 columns: name them with columns: [...]',
    })
    put('scalars')
    expect((await readAll(source())).rows).toEqual([[0.5, 7]])
  })
  it('tuples with names, inside of a dict, packed', async () => {
    // {'data': {'rows': [(1, 'x'), (2, None)]}}
    const bytes = Buffer.from(
      '8003 7d 5804000000 64617461 7d 5804000000 726f7773 5d 28 4b01 580100000078 86 4b02 4e 86 65 73 73 2e'.replaceAll(
        ' ',
        '',
      ),
      'hex',
    )
    writeFileSync(join(folder, 'a.pkl'), gzipSync(bytes))
    expect((await readAll(source({ at: 'data.rows', columns: ['n', 't'] }))).rows).toEqual([
      [1, 'x'],
      [2, null],
    ])
    await expect(readAll(source({ at: 'data.row' }))).rejects.toMatchObject({
      message: `"a.pkl" holds nothing at 'data.row'`,
    })
    await expect(readAll(source({ at: 'data.rows' }))).rejects.toMatchObject({
      message: expect.stringContaining('name them with columns'),
    })
    await expect(readAll(source({ at: 'data.rows', columns: ['n'] }))).rejects.toMatchObject({
      message: expect.stringContaining('number 0 has 2 values, not 1'),
    })
  })
})

it('is a format that is read and not written', () => {
  expect(format.writer).toBe(undefined)
  expect(format.extensions).toEqual(['pkl', 'pickle'])
})

describe('in a pipeline', () => {
  const before = process.cwd()
  beforeAll(() => process.chdir(folder))
  afterAll(() => process.chdir(before))
  it('rows flow with and without a schema', async () => {
    put('rows4', 'rows.pkl')
    const Row = z.object({ id: z.int(), name: z.string().nullable(), ok: z.boolean() })
    const rows = pickle({ path: 'rows.pkl', schema: Row })
    const config = defineConfig(() => ({
      pipelines: {
        all: pipeline({ rows, sums: rollup({ from: rows, by: ['ok'], measure: { n: count() } }) }),
        open: pipeline({ any: pickle({ path: 'rows.pkl' }) }),
      },
    }))
    expect((await (await run(config, 'all')).rows.table()).objects()).toEqual([
      { id: 1, name: 'città', ok: true },
      { id: -70_000, name: null, ok: false },
    ])
    const any = (await (await run(config, 'open')).any.table()).objects()
    expect(any[0]).toMatchObject({ id: 1, big: 2n ** 62n, tags: ['a', 'b'], p: -12.5 })
  })
})

describe('pickle keeps the contract of sources', () => {
  const frame = Buffer.from(samples.columns, 'base64')
  const rows = [1, 2, 3].map((a, i) => ({ a, b: ['x', 'y', null][i] ?? null }))
  const Row = z.object({ a: z.int(), b: z.string().nullable() })
  const cases = sourceContract({
    node(home) {
      writeFileSync(join(home, 'a.pkl'), frame)
      return pickle({ path: 'a.pkl', schema: Row })
    },
    rows,
    change(home) {
      // [{'a': 9, 'b': None}]
      writeFileSync(join(home, 'a.pkl'), Buffer.from('80035d7d285801000000614b095801000000624e75612e', 'hex'))
      return [{ a: 9, b: null }]
    },
  })
  it.each(cases.map(({ name, run: check }) => [name, check] as const))('%s', (_, check) => check())
})
