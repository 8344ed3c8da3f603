import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { isTidegateError, types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { avroOptions, createAvroSource } from '../src/avro.ts'
import { unpackSnappy } from '../src/snappy.ts'
import { createAvroTarget, toAvroOptions } from '../src/to-avro.ts'
import { blob, container, varint } from './container.ts'
import { batchOf, createFolder, publication, readAll, schema } from './reading.ts'

const folder = createFolder()
const read = (bytes: Uint8Array) => {
  writeFileSync(join(folder, 'a.avro'), bytes)
  return readAll(createAvroSource(avroOptions.parse({ path: 'a.avro' }), { folder }))
}
const record = (...fields: readonly (readonly [string, unknown])[]) =>
  JSON.stringify({ type: 'record', name: 'R', fields: fields.map(([name, type]) => ({ name, type })) })
const ints = record(['n', 'long'])
const texts = record(['t', 'string'])

describe('a damaged file ends in SOURCE_CORRUPT with its byte:', () => {
  const good = container(ints, [{ rows: 2, data: Buffer.concat([varint(1), varint(2)]) }])
  const start = good.length - 16 - 4
  const block = (rows: number | bigint, data: Uint8Array, more = {}) => container(ints, [{ rows, data, ...more }])
  it.each([
    ['an empty file', Buffer.alloc(0), 'is damaged at byte 0: it is empty'],
    ['another format', Buffer.from('PAR1....'), 'is no Avro container file'],
    ['a header that ends early', good.subarray(0, 30), 'is damaged at byte 30: it is truncated'],
    ['a block that ends early', good.subarray(0, -18), `it is truncated`],
    [
      'a mark that differs',
      block(2, Buffer.from([2, 4]), { sync: Buffer.alloc(16, 8) }),
      `the mark behind a block is not that of the header`,
    ],
    [
      'a block of negative size',
      block(1, Buffer.from([2]), { size: -5 }),
      `is damaged at byte ${start}: a block claims 1 rows in -5 bytes`,
    ],
    ['a giant block', block(1, Buffer.from([2]), { size: 2n ** 40n }), 'more than maxBlockBytes'],
    [
      'more rows than bytes',
      block(2n ** 60n, Buffer.from([2, 4])),
      'the block claims 1152921504606847000 rows in 2 bytes',
    ],
    ['fewer rows than bytes', block(1, Buffer.from([2, 4])), '1 bytes are left behind the last row of the block'],
    ['an integer without an end', block(1, Buffer.alloc(12, 0xff)), 'an integer is longer than 64 bits'],
    ['an integer cut off', block(1, Buffer.from([0x80])), 'it ends in the middle of a value'],
    [
      'text longer than the block',
      container(texts, [{ rows: 1, data: varint(1000) }]),
      'it claims 1000 bytes where 0 are left',
    ],
    ['text of negative length', container(texts, [{ rows: 1, data: varint(-1) }]), 'it claims -1 bytes'],
    [
      'text that is not UTF-8',
      container(texts, [{ rows: 1, data: blob(Buffer.from([0xc3])) }]),
      "the column 't' holds text that is not UTF-8",
    ],
    [
      'a character cut in two rows',
      container(texts, [{ rows: 2, data: Buffer.from([2, 0xc3, 2, 0xa4]) }]),
      'not UTF-8',
    ],
    [
      'a branch that does not exist',
      container(record(['n', ['null', 'int']]), [{ rows: 1, data: varint(2) }]),
      'it names branch 2 of a union of 2',
    ],
    [
      'a symbol that does not exist',
      container(record(['e', { type: 'enum', name: 'E', symbols: ['A'] }]), [{ rows: 1, data: varint(1) }]),
      'it names symbol 1 of an enum of 1',
    ],
    [
      'a boolean of 7',
      container(record(['b', 'boolean']), [{ rows: 1, data: Buffer.from([7]) }]),
      'a boolean is the byte 7',
    ],
    [
      'an int beyond 32 bits',
      container(record(['i', 'int']), [{ rows: 1, data: varint(2 ** 31) }]),
      'an int is larger than 32 bits',
    ],
    [
      'a list of a billion nothings',
      container(record(['l', { type: 'array', items: 'null' }]), [
        { rows: 1, data: Buffer.concat([varint(1e9), varint(0)]) },
      ]),
      'values that take no bytes',
    ],
    [
      'a billion rows of nothing',
      container(record(['n', 'null']), [{ rows: 1e9, data: Buffer.alloc(0) }]),
      'values that take no bytes',
    ],
    ['a schema that is not JSON', container('{', []), 'its schema is not JSON'],
    ['a schema of unknown types', container(record(['x', 'Foo']), []), 'its schema uses the unknown type "Foo"'],
    ['a schema as deep as a well', container('['.repeat(1e5) + ']'.repeat(1e5), []), 'nested deeper than 64 levels'],
    [
      'deflate that is none',
      container(ints, [{ rows: 1, data: Buffer.from('hello') }], 'deflate'),
      'its deflate data does not unpack',
    ],
    [
      'a deflate bomb',
      container(texts, [{ rows: 1, data: deflateRawSync(Buffer.alloc(80 << 20)) }], 'deflate'),
      'it unpacks to more than 67108864 bytes',
    ],
    [
      'snappy with another checksum',
      container(ints, [{ rows: 1, data: Buffer.from([1, 0, 2, 0, 0, 0, 0]) }], 'snappy'),
      'its checksum does not match',
    ],
    [
      'zstd that is none',
      container(ints, [{ rows: 1, data: Buffer.from('hello') }], 'zstandard'),
      'its zstd data does not unpack',
    ],
  ])('%s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: expect.stringContaining(message),
    })
  })

  it('and a codec or a document that is no table in TYPE_UNSUPPORTED', async () => {
    await expect(read(container(ints, [], 'xz'))).rejects.toMatchObject({
      code: 'TYPE_UNSUPPORTED',
      message: '"a.avro" is packed with the codec "xz", which is not read',
    })
    await expect(read(container('"long"', []))).rejects.toMatchObject({ code: 'TYPE_UNSUPPORTED' })
  })
})

it('whatever is flipped or cut off, reading ends soon, with rows or with an error that has a code', async () => {
  const columns = schema({
    id: types.int64,
    'name?': types.string,
    price: types.decimal(9, 2),
    tags: types.list(types.string),
  })
  const rows = Array.from({ length: 300 }, (_, i) => [i, i % 4 ? `name ${i % 9}` : null, i / 4, ['a', `${i}`]])
  for (const codec of ['deflate', 'null'] as const) {
    await createAvroTarget(toAvroOptions.parse({ path: 'b.avro', codec }), { folder }).commit(
      publication(columns, [batchOf(columns, rows)]),
    )
    const bytes = readFileSync(join(folder, 'b.avro'))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), { maxLength: 3 }),
        fc.nat(bytes.length),
        async (flips, cut) => {
          const damaged = Uint8Array.from(bytes)
          for (const [at, mask] of flips) damaged[at] = (damaged[at] as number) ^ mask
          const began = performance.now()
          try {
            const { rows: got } = await read(cut % 3 === 0 ? damaged.subarray(0, cut) : damaged)
            expect(got.length).toBeLessThanOrEqual(1 << 24)
          } catch (error) {
            expect(isTidegateError(error), String(error)).toBe(true)
          }
          expect(performance.now() - began).toBeLessThan(3000)
        },
      ),
      { numRuns: 250 },
    )
  }
})

describe('snappy', () => {
  const packed = (...bytes: readonly number[]) => unpackSnappy(Uint8Array.from(bytes), 1000)
  it('unpacks literals and copies, also those that overlap', () => {
    expect(packed(5, 4 << 2, 104, 101, 108, 108, 111)).toEqual(new Uint8Array(Buffer.from('hello')))
    expect(packed(8, 1 << 2, 97, 98, ((6 - 4) << 2) | 1, 2)).toEqual(new Uint8Array(Buffer.from('abababab')))
    expect(packed(8, 1 << 2, 97, 98, ((6 - 1) << 2) | 2, 2, 0)).toEqual(new Uint8Array(Buffer.from('abababab')))
  })
  it('gives up on copies from nowhere, on wrong sizes and on too much', () => {
    expect(packed(4, (0 << 2) | 1, 1)).toBe(undefined)
    expect(packed(9, 4 << 2, 104, 101, 108, 108, 111)).toBe(undefined)
    expect(packed(0xff, 0xff, 0xff, 0xff, 0x7f)).toBe(undefined)
    expect(packed()).toBe(undefined)
  })
  it('is read as a codec of blocks, with its checksum', async () => {
    const plain = Buffer.concat([varint(3), varint(-4)])
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc32(plain))
    const data = Buffer.concat([Buffer.from([plain.length, (plain.length - 1) << 2]), plain, sum])
    expect((await read(container(ints, [{ rows: 2, data }], 'snappy'))).rows).toEqual([[3], [-4]])
  })
})

it('zstandard is read as a codec of blocks', async () => {
  // 3,000 bytes: 2, 4, 5, again and again
  const data = Buffer.from('28b52ffd60b80a550000180204050100b2d37743', 'hex')
  const { rows } = await read(container(ints, [{ rows: 3000, data }], 'zstandard'))
  expect(rows.length).toBe(3000)
  expect(rows.slice(0, 4)).toEqual([[1], [2], [-3], [1]])
})
