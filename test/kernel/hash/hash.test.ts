import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../../src/kernel/hash/canonical-json.ts'
import { createContentHash } from '../../../src/kernel/hash/content-hash.ts'
import { hashJson, hashText } from '../../../src/kernel/hash/hash.ts'
import { murmur128 } from '../../../src/kernel/hash/murmur.ts'
import { createRandom } from '../../../src/kernel/hash/random.ts'
import { bucketOf, hashPrefix, keyHashes, rowHashes, rowKey } from '../../../src/kernel/hash/row-hashes.ts'
import { createSecret } from '../../../src/kernel/secret.ts'
import { types } from '../../../src/kernel/types.ts'
import { batchesOf, batchOf, column, cuts, encodings, hows, keyText, tables } from './columns.ts'

describe('the hash of text and JSON', () => {
  it('is the first half of sha256', () => {
    expect(hashText('abc')).toBe('ba7816bf8f01cfea414140de5dae2223')
  })
  it('does not depend on the order of keys or on keys without a value', () => {
    expect(hashJson({ a: 1, b: [2, { d: 4, c: 3 }] })).toBe(hashJson({ b: [2, { c: 3, d: 4 }], a: 1, e: undefined }))
  })
  it('is that of the JSON with sorted keys for what JSON can hold', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(value)
      }),
    )
  })
  it('tells apart what JSON would write alike', () => {
    const values = [
      null,
      undefined,
      Number.NaN,
      'NaN',
      5,
      5n,
      '5',
      '5n',
      0,
      -0,
      new Date(0),
      new Date(0).toISOString(),
      /a/g,
      /a/i,
      '/a/g',
      [1],
      new Uint8Array([1]),
      new Uint8Array([2]),
      new Float64Array([1]),
      new Map([[1, 2]]),
      [[1, 2]],
      new Set([1]),
      {},
    ]
    expect(new Set(values.map(hashJson)).size).toBe(values.length)
  })
  it('takes a secret as its reference', () => {
    expect(canonicalJson({ password: createSecret('PG') })).toBe('{"password":"secret(PG)"}')
  })
  it('refuses what has no content', () => {
    const cyclic: unknown[] = []
    cyclic.push(cyclic)
    for (const value of [() => 1, Symbol('a'), cyclic]) expect(() => hashJson([value])).toThrow(TypeError)
  })
})

describe('the 128-bit hash of bytes', () => {
  it('is MurmurHash3_x86_128 (published values)', () => {
    const of = (text: string) => {
      const words = new Int32Array(4)
      const bytes = new TextEncoder().encode(text)
      murmur128(bytes, 0, bytes.length, words, 0)
      return rowKey(new Uint32Array(words.buffer), 0)
    }
    expect(of('The quick brown fox jumps over the lazy dog')).toBe('2f1583c3ecee2c675d7bf66ce5e91d2c')
    expect(of('')).toBe('0'.repeat(32))
  })
})

describe('row hashes', () => {
  it('agree for every encoding and every place in the buffers', () => {
    fc.assert(
      fc.property(tables(), encodings, (table, how) => {
        const rows = table[0]!.cells.length
        expect(rowHashes(batchOf(table, 0, rows, how))).toEqual(rowHashes(batchOf(table, 0, rows)))
      }),
    )
  })
  it('agree exactly where the rows do', () => {
    fc.assert(
      fc.property(tables({ rows: 30 }), (table) => {
        const batch = batchOf(table, 0, table[0]!.cells.length)
        const hashes = keyHashes(batch.columns)
        const byRow = new Map<string, string>()
        for (let row = 0; row < batch.length; row++)
          byRow.set(table.map(({ cells }) => keyText(cells[row])).join(), rowKey(hashes, row))
        expect(new Set(byRow.values()).size).toBe(byRow.size)
        for (let row = 0; row < batch.length; row++)
          expect(rowKey(hashes, row)).toBe(byRow.get(table.map(({ cells }) => keyText(cells[row])).join()))
      }),
    )
  })
  it('tell -0 from 0 in content and not in keys', () => {
    const zeros = column(types.float64, [0, -0])
    const [content, keys] = [rowHashes({ schema: { fields: [] }, length: 2, columns: [zeros] }), keyHashes([zeros])]
    expect(rowKey(content, 0)).not.toBe(rowKey(content, 1))
    expect(rowKey(keys, 0)).toBe(rowKey(keys, 1))
  })
  it('count columns apart', () => {
    const [a, b] = [column(types.int32, [1, null]), column(types.int32, [2, 1])]
    expect(keyHashes([a, b])).not.toEqual(keyHashes([b, a]))
    expect(rowHashes({ schema: { fields: [] }, length: 2, columns: [a, b] }, [1])).toEqual(keyHashes([b]))
  })
  it('stay what they are: buckets of committed data stand on them', () => {
    const cells = [
      column(types.string, ['SFO', null, 'Zürich, a somewhat longer name']),
      column(types.int32, [1, 2, null]),
      column(types.float64, [0.5, -0, null]),
    ]
    expect(Array.from(hashPrefix(cells))).toMatchInlineSnapshot(`
      [
        199,
        195,
        214,
      ]
    `)
    expect([0, 1, 2].map((row) => rowKey(keyHashes(cells), row))).toMatchInlineSnapshot(`
      [
        "c7f6c01d8119ceec04c74db668d94f06",
        "c32bddb5b58f5e251299d4823c33e8e9",
        "d66aca640147239eb59deba0e9f46751",
      ]
    `)
  })
  it('give prefixes that fill their buckets evenly', () => {
    const prefix = hashPrefix([
      column(
        types.int32,
        Array.from({ length: 65_536 }, (_, i) => i),
      ),
    ])
    const counts = new Int32Array(16)
    for (const value of prefix) counts[bucketOf(value, 16)]! += 1
    expect(Math.min(...counts)).toBeGreaterThan(3800)
    expect(Math.max(...counts)).toBeLessThan(4400)
  })
})

describe('the content hash', () => {
  const digest = (batches: ReturnType<typeof batchesOf>) => {
    const hash = createContentHash()
    for (const batch of batches) hash.add(batch)
    return hash.digest()
  }
  it('does not depend on batches or encodings', () => {
    fc.assert(
      fc.property(tables(), cuts, hows, (table, at, how) => {
        expect(digest(batchesOf(table, at, how))).toBe(digest([batchOf(table, 0, table[0]!.cells.length)]))
      }),
    )
  })
  it('depends on names, types, values and the order of rows', () => {
    const of = (name: string, type: typeof types.int32 | typeof types.int64, cells: readonly (number | bigint)[]) =>
      digest([
        { schema: { fields: [{ name, type, nullable: false }] }, length: cells.length, columns: [column(type, cells)] },
      ])
    const hashes = [
      of('a', types.int32, [1, 2]),
      of('b', types.int32, [1, 2]),
      of('a', types.int64, [1n, 2n]),
      of('a', types.int32, [2, 1]),
      of('a', types.int32, [1]),
      of('a', types.int32, []),
    ]
    expect(new Set(hashes).size).toBe(hashes.length)
  })
})

describe('seeded random numbers', () => {
  it('are the same for the same seed and others for another', () => {
    const take = (seed: string) => Array.from({ length: 4 }, createRandom(seed))
    expect(take('a')).toEqual(take('a'))
    expect(take('a')).not.toEqual(take('b'))
  })
  it('lie in [0, 1) and fill it evenly', () => {
    const random = createRandom('even')
    const counts = new Int32Array(10)
    for (let i = 0; i < 100_000; i++) {
      const value = random()
      if (!(value >= 0 && value < 1)) throw new RangeError(String(value))
      counts[Math.floor(value * 10)]! += 1
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)
    expect(chiSquare).toBeLessThan(27.9) // 99.9 % point with 9 degrees of freedom
  })
})
