import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import * as flechette from '@uwdata/flechette'
import fc from 'fast-check'
import {
  type Batch,
  buildField,
  DictionaryColumn,
  type FlatColumn,
  type Int64Column,
  type LogicalType,
  type TableSchema,
  types,
} from 'tidegate'
import { describe, expect, it } from 'vitest'
import { createArrowSource } from '../src/arrow.ts'
import { readBuffers } from '../src/arrow-body.ts'
import { unpackLz4 } from '../src/arrow-lz4.ts'
import { pack } from '../src/compression-write.ts'
import { arrowBytes, createArrowTarget } from '../src/to-arrow.ts'
import { type Content, collect, createFolder, discover, publication, schema, signal } from './reading.ts'

const folder = createFolder()

async function* stream<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items
}

function batchOf(columns: TableSchema, values: Readonly<Record<string, readonly unknown[]>>): Batch {
  const built = columns.fields.map((field) => buildField(field, values[field.name] as readonly unknown[]))
  return { schema: columns, length: built[0]?.length ?? 0, columns: built }
}

async function bytesOf(columns: TableSchema, batches: readonly Batch[], format: 'file' | 'stream'): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of arrowBytes(columns, stream(batches), format)) chunks.push(Uint8Array.from(chunk))
  return Buffer.concat(chunks)
}

async function read(
  bytes: Uint8Array,
  more: {
    readonly columns?: readonly string[]
    readonly schema?: TableSchema
    readonly batchRows?: number
    readonly only?: readonly string[]
  } = {},
): Promise<Content & { readonly described: TableSchema }> {
  const { only, batchRows = 65_536, schema: asked, columns } = more
  writeFileSync(join(folder, 'x.arrow'), bytes)
  const source = createArrowSource({ path: 'x.arrow', columns: only }, { folder })
  const [part] = await discover(source)
  const described = await source.describe(part!, { signal })
  const request = { schema: asked, batchRows, random: () => 0, signal, ...(columns === undefined ? {} : { columns }) }
  return { ...(await collect(source.open(part!, request))), described }
}

const everyType: Readonly<Record<string, readonly [LogicalType, fc.Arbitrary<unknown>]>> = {
  nothing: [types.null, fc.constant(null)],
  flag: [types.boolean, fc.boolean()],
  i8: [types.int8, fc.integer({ min: -128, max: 127 })],
  i16: [types.int16, fc.integer({ min: -32768, max: 32767 })],
  i32: [types.int32, fc.integer()],
  i64: [types.int64, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  u8: [types.uint8, fc.nat(255)],
  u16: [types.uint16, fc.nat(65535)],
  u32: [types.uint32, fc.nat()],
  u64: [types.uint64, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
  f32: [types.float32, fc.float()],
  f64: [types.float64, fc.double()],
  text: [types.string, fc.string({ unit: 'grapheme' })],
  bytes: [types.binary, fc.uint8Array({ maxLength: 9 })],
  day: [types.date, fc.integer({ min: -1e6, max: 1e6 }).map((days) => days * 86_400_000)],
  times: [types.time('s'), fc.nat(86_399).map((seconds) => seconds * 1000)],
  timems: [types.time('ms'), fc.nat(86_399_999)],
  timeus: [types.time('us'), fc.nat(86_399_999)],
  timens: [types.time('ns'), fc.nat(86_399_999)],
  stamp: [types.timestamp('ms'), fc.integer()],
  zoned: [types.timestamp('us', 'Europe/Rome'), fc.integer()],
  nanos: [types.timestamp('ns'), fc.integer()],
  list: [types.list(types.int16), fc.array(fc.option(fc.integer({ min: -9, max: 9 })), { maxLength: 4 })],
  struct: [
    types.struct([
      { name: 'a', type: types.string, nullable: true },
      { name: 'b', type: types.list(types.date), nullable: true },
    ]),
    fc.record({ a: fc.option(fc.string()), b: fc.option(fc.array(fc.nat(9).map((days) => days * 86_400_000))) }),
  ],
}
const allFields: TableSchema = {
  fields: Object.entries(everyType).map(([name, [type]]) => ({
    name,
    type,
    nullable: true,
    ...(type.kind === 'int' && type.bits === 64 ? { sees: 'bigint' as const } : {}),
  })),
}
const rowsOf = (batch: Batch) =>
  Array.from({ length: batch.length }, (_, row) => batch.columns.map((column) => column.at(row)))
const manyRows = fc.array(
  fc.record(Object.fromEntries(Object.entries(everyType).map(([name, [, value]]) => [name, fc.option(value)]))),
  { maxLength: 20 },
)
const batchFrom = (rows: readonly Readonly<Record<string, unknown>>[]) =>
  batchOf(
    allFields,
    Object.fromEntries(allFields.fields.map(({ name }) => [name, rows.map((row) => row[name] ?? null)])),
  )

describe('Arrow', () => {
  it('carries every type there and back, as file and as stream, whatever the batches', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(manyRows, { maxLength: 3 }),
        fc.constantFrom('file', 'stream'),
        fc.integer({ min: 1, max: 9 }),
        async (parts, format, batchRows) => {
          const batches = parts.map(batchFrom)
          const { rows, described } = await read(await bytesOf(allFields, batches, format), {
            schema: allFields,
            batchRows,
          })
          expect(described.fields).toEqual(allFields.fields.map(({ sees: _, ...field }) => field))
          expect(rows).toEqual(batches.flatMap(rowsOf))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('keeps decimals and nanoseconds to the last digit', async () => {
    const columns = schema({ 'd?': types.decimal(38, 10), 'n?': types.timestamp('ns', 'UTC') })
    const batch = batchOf(columns, { d: [0.1, null, -12345.6789], n: [0, 1, null] })
    ;(batch.columns[0] as unknown as { words: BigUint64Array }).words.set([0xffffffffffffffffn, 0x0123456789abcdefn], 0)
    ;(batch.columns[1] as unknown as { values: BigInt64Array }).values[0] = 1234567890123456789n
    const { batches } = await read(await bytesOf(columns, [batch], 'file'))
    expect((batches[0]!.columns[0] as unknown as { words: BigUint64Array }).words).toEqual(
      (batch.columns[0] as unknown as { words: BigUint64Array }).words,
    )
    expect((batches[0]!.columns[1] as unknown as { values: BigInt64Array }).values[0]).toBe(1234567890123456789n)
  })

  it('keeps dictionaries, which grow from batch to batch', async () => {
    const columns = schema({ 'city?': types.string, id: types.int32 })
    const coded = (codes: number[], words: string[], validity?: Uint8Array): Batch => ({
      schema: columns,
      length: codes.length,
      columns: [new DictionaryColumn(Uint8Array.from(codes), words, validity), buildField(columns.fields[1]!, codes)],
    })
    const batches = [
      coded([0, 1, 0], ['Rome', 'Oslo']),
      coded([1, 0, 9], ['Bern', '\ufeffRome'], Uint8Array.of(3)),
      coded([0], ['Oslo']),
    ]
    for (const format of ['file', 'stream'] as const) {
      const bytes = await bytesOf(columns, batches, format)
      const content = await read(bytes)
      expect(content.rows).toEqual(batches.flatMap(rowsOf))
      expect(content.batches.every((batch) => 'codes' in batch.columns[0]!)).toBe(true)
      // Another reader agrees.
      const table = flechette.tableFromIPC(bytes)
      expect(table.getChild('id').toArray()).toEqual(Int32Array.of(0, 1, 0, 1, 0, 9, 0))
      expect([...table.getChild('city')].slice(0, 4)).toEqual(['Rome', 'Oslo', 'Rome', 'Rome'])
    }
  })

  it('is read by flechette, and reads what flechette writes', async () => {
    const columns = schema({ a: types.int32, 'b?': types.string, c: types.float64, d: types.boolean })
    const batch = batchOf(columns, {
      a: [1, 2, 3],
      b: ['x', null, 'ü'],
      c: [0.5, Number.NaN, -0],
      d: [true, false, true],
    })
    for (const format of ['file', 'stream'] as const) {
      const table = flechette.tableFromIPC(await bytesOf(columns, [batch, batch], format))
      expect([...table.getChild('b')]).toEqual(['x', null, 'ü', 'x', null, 'ü'])
      expect([...table.getChild('d')]).toEqual([true, false, true, true, false, true])
      const other = flechette.tableFromArrays(
        { l: ['x', null, 'ü'], i: [1, 2, 3], n: [[1, 2], null, [2, 3]], w: ['p', 'q', 'p'], h: [0.5, -2, 65504] },
        {
          types: {
            l: flechette.largeUtf8(),
            i: flechette.int64(),
            n: flechette.fixedSizeList(flechette.int32(), 2),
            w: flechette.dictionary(flechette.utf8(), flechette.int16()),
            h: flechette.float16(),
          },
        },
      )
      const { rows } = await read(flechette.tableToIPC(other, { format }) as Uint8Array)
      expect(rows).toEqual([
        ['x', 1, [1, 2], 'p', 0.5],
        [null, 2, null, 'q', -2],
        ['ü', 3, [2, 3], 'p', 65504],
      ])
    }
  })
})

describe('reading Arrow', () => {
  const columns = schema({ a: types.int32, b: types.float64, 'c?': types.string })
  const batch = batchOf(columns, { a: [1, 2, 3], b: [1, 2, 3], c: ['x', null, 'z'] })

  it('shares the buffers of the file, in batches of the size asked for', async () => {
    const { batches } = await read(await bytesOf(columns, [batch], 'file'), { batchRows: 2 })
    expect(batches.map(({ length }) => length)).toEqual([2, 1])
    const [first, second] = batches.map(({ columns: [column] }) => (column as FlatColumn).values)
    expect(first!.buffer).toBe(second!.buffer)
  })

  it('reads the bytes of the columns asked for only', async () => {
    const wide = schema({ a: types.int32, big: types.float64, c: types.int32 })
    const n = 200_000
    const large = batchOf(wide, { a: Array(n).fill(1), big: Array(n).fill(2), c: Array(n).fill(3) })
    const bytes = await bytesOf(wide, [large], 'file')
    const ranges: number[] = []
    const store = {
      location: 'memory:',
      get: async (_: string, range?: { offset: number; length: number }) => {
        ranges.push(range!.length)
        return bytes.subarray(range!.offset, range!.offset + range!.length)
      },
      list: async function* () {
        yield { path: 'x.arrow', size: bytes.length, modified: 1 }
      },
    }
    const source = createArrowSource({ path: 'x.arrow', in: store as never }, { folder })
    const part = { id: 'x.arrow', fingerprint: 'f', mark: `${bytes.length}:1`, bytes: bytes.length }
    const request = { schema: undefined, columns: ['a', 'c'], batchRows: 65_536, random: () => 0, signal }
    const { batches } = await collect(source.open(part, request))
    expect(batches[0]!.schema.fields.map(({ name }) => name)).toEqual(['a', 'c'])
    expect(ranges.reduce((sum, length) => sum + length)).toBeLessThan(n * 8 + 10_000)
  })

  it('counts rows without a column, and names a column that it cannot read', async () => {
    const { batches } = await read(await bytesOf(columns, [batch, batch], 'stream'), { columns: [] })
    expect(batches.map(({ length, columns: none }) => [length, none.length])).toEqual([
      [3, 0],
      [3, 0],
    ])
    const odd = flechette.tableFromArrays(
      { a: [1, 2], d: [1, 2] },
      { types: { a: flechette.int32(), d: flechette.duration(1) } },
    )
    const bytes = flechette.tableToIPC(odd, { format: 'file' }) as Uint8Array
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'TYPE_UNSUPPORTED',
      message: 'Arrow: column "d" is of a type that Tidegate does not have (duration)',
    })
    expect((await read(bytes, { only: ['a'] })).rows).toEqual([[1], [2]])
    await expect(read(bytes, { only: ['z'] })).rejects.toMatchObject({ code: 'COLUMN_MISSING' })
  })

  it('tells what is no Arrow file, and what is cut', async () => {
    const whole = await bytesOf(columns, [batch], 'file')
    const stream_ = await bytesOf(columns, [batch], 'stream')
    for (const [bytes, message] of [
      [Buffer.of(), '"x.arrow" is empty (0 bytes), which is no Arrow file'],
      [Buffer.from('FEA1aaaaaaaa'), '"x.arrow" is a Feather file of version 1, which is not read'],
      [whole.subarray(0, whole.length - 1), '"x.arrow" is truncated: its footer is missing'],
      [stream_.subarray(0, stream_.length - 8), '"x.arrow" is truncated: its end mark is missing'],
    ] as const)
      await expect(read(bytes)).rejects.toMatchObject({ code: 'SOURCE_CORRUPT', message })
    await expect(read(Buffer.from('id,city\n1,Rome\n'))).rejects.toMatchObject({ code: 'SOURCE_CORRUPT' })
  })

  it('ends in a typed error or in whole rows, wherever it is cut or damaged', async () => {
    const rich = fc
      .sample(fc.array(manyRows, { minLength: 2, maxLength: 2 }), { numRuns: 1, seed: 7 })[0]!
      .map(batchFrom)
    for (const format of ['file', 'stream'] as const) {
      const whole = await bytesOf(allFields, rich, format)
      const count = rich.reduce((sum, { length }) => sum + length, 0)
      for (let end = 0; end < whole.length; end += 97)
        await expect(read(whole.subarray(0, end))).rejects.toMatchObject({ code: 'SOURCE_CORRUPT' })
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
          async (flips) => {
            const bad = Buffer.from(whole)
            for (const [at, byte] of flips) bad[at] = byte
            const content = await read(bad).catch((error: { code: string }) => {
              expect(['SOURCE_CORRUPT', 'TYPE_UNSUPPORTED', 'SCHEMA_MISMATCH', 'TYPE_PRECISION']).toContain(error.code)
            })
            // Values may differ, for Arrow has no checksums; rows do not vanish.
            if (content !== undefined) expect(content.rows).toHaveLength(count)
          },
        ),
        { numRuns: 400 },
      )
    }
  })

  it('unpacks buffers that are packed by themselves', async () => {
    const text = Buffer.from('0123456789'.repeat(50))
    const length = Buffer.alloc(8)
    length.writeBigInt64LE(500n)
    const frames: Uint8Array[] = []
    for await (const chunk of pack(stream([text]), 'zstd')) frames.push(chunk)
    const packed = Buffer.concat([length, ...frames])
    const plain = Buffer.concat([Buffer.alloc(8, 0xff), text])
    const content = Buffer.concat([packed, plain])
    const file = {
      size: content.length,
      read: async (at: number, buffer: Uint8Array) => content.subarray(at, at + buffer.length),
      assertUnchanged: async () => undefined,
      close: async () => undefined,
    }
    const message = (stated: number) => {
      packed.writeBigInt64LE(BigInt(stated))
      packed.copy(content)
      return {
        dictionary: undefined,
        rows: 0,
        nodes: [],
        variadic: [],
        compression: 'zstd' as const,
        buffers: [
          { at: 0, length: packed.length },
          { at: packed.length, length: plain.length },
        ],
      }
    }
    const read = await readBuffers(file, message(500), [1, 0])
    expect([read.get(0), read.get(1)].map((bytes) => Buffer.from(bytes!).equals(text))).toEqual([true, true])
    for (const stated of [499, 501, -2, 2 ** 40])
      await expect(readBuffers(file, message(stated), [0])).rejects.toThrow('has a packed buffer')
    packed[20] = (packed[20] as number) ^ 1
    await expect(readBuffers(file, message(500), [0])).rejects.toThrow('is damaged')
  })

  it('unpacks LZ4, and refuses LZ4 that is damaged', () => {
    // "abcd" and a match of 12 bytes at distance 4, then the last literals "wxyz!".
    const block = Uint8Array.of(0x48, 97, 98, 99, 100, 4, 0, 0x50, 119, 120, 121, 122, 33)
    const frame = Buffer.concat([
      Uint8Array.of(4, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, block.length, 0, 0, 0),
      block,
      Buffer.alloc(4),
    ])
    expect(Buffer.from(unpackLz4(frame, 21)).toString()).toBe('abcdabcdabcdabcdwxyz!')
    for (let at = 0; at < frame.length; at++)
      for (const flip of [1, 0x80, 0xff]) {
        const bad = Uint8Array.from(frame)
        bad[at] = (bad[at] as number) ^ flip
        let unpacked: Uint8Array | undefined
        try {
          unpacked = unpackLz4(bad, 21)
        } catch (error) {
          expect((error as Error).constructor.name).toMatch(/ArrowFault|RangeError/)
        }
        if (unpacked !== undefined) expect(unpacked).toHaveLength(21)
      }
    expect(() => unpackLz4(deflateRawSync('x'), 2 ** 30)).toThrow('a packed buffer does not unpack')
  })
})

describe('toArrow', () => {
  it('publishes one file or a folder, which read back equal', async () => {
    const columns = schema({ id: types.int64 })
    const batch = batchOf(columns, { id: [1, 2] })
    for (const [path, ending] of [
      ['one.arrow', 'one.arrow'],
      ['one.arrows', 'one.arrows'],
      ['many', '.arrow'],
    ] as const) {
      const target = createArrowTarget({ path }, { folder })
      const { files } = await target.commit(publication(columns, { p: [batch], q: [batch] }))
      expect(files.every((file) => file.endsWith(ending))).toBe(true)
      const source = createArrowSource({ path }, { folder })
      const values: bigint[] = []
      for (const part of await discover(source)) {
        const { batches } = await collect(
          source.open(part, { schema: undefined, batchRows: 10, random: () => 0, signal }),
        )
        for (const {
          columns: [column],
        } of batches)
          values.push(...((column as Int64Column).values as BigInt64Array))
      }
      expect(values).toEqual([1n, 2n, 1n, 2n])
    }
    expect(readFileSync(join(folder, 'one.arrow')).toString('latin1', 0, 6)).toBe('ARROW1')
  })
})
