import fc from 'fast-check'
import {
  type Batch,
  BytesColumn,
  buildColumn,
  type Check,
  type CondemningRule,
  DictionaryColumn,
  FlatColumn,
  type TableSchema,
  types,
  unique,
  ValuesColumn,
} from 'tidegate'
import { describe, expect, it } from 'vitest'
import { data, type Kind, kinds, pieces } from '../../../../plugins-official/checks/test/columns.ts'
import { noFacts } from './no-facts.ts'

const hasBit = (bits: Uint8Array | undefined, row: number) =>
  bits !== undefined && ((bits[row >> 3]! >> (row & 7)) & 1) === 1

function inMemory(
  check: Check<never>,
  batches: readonly Batch[],
  gone?: readonly (Uint8Array | undefined)[],
  schema?: TableSchema,
): boolean[] {
  const judge = (check.rule as CondemningRule).inMemory!(schema ?? batches[0]!.schema)
  for (const [i, batch] of batches.entries()) judge.add(batch, gone?.[i])
  const found = judge.finish()
  return batches.flatMap((batch, i) => Array.from({ length: batch.length }, (_, row) => hasBit(found[i], row)))
}

async function byParts(check: Check<never>, batches: readonly Batch[]): Promise<boolean[]> {
  const rule = check.rule as CondemningRule
  const parts = batches.map((batch) => {
    const collector = rule.collect(batch.schema)
    collector.add(batch)
    const bytes = collector.finish()
    return { rows: batch.length, partial: async () => bytes }
  })
  const { rows } = await rule.condemn(parts, noFacts)
  return batches.flatMap((batch, i) => Array.from({ length: batch.length }, (_, row) => hasBit(rows.get(i), row)))
}

const every = Object.keys(kinds) as Kind[]
const whole = (name: string, values: readonly unknown[], type = types.float64 as never): Batch => ({
  schema: { fields: [{ name, type, nullable: true }] },
  length: values.length,
  columns: [buildColumn(type, values, { column: name }, 'bigint')],
})

describe('uniqueness of rows in memory', () => {
  it.each(['all', 'later'] as const)(
    'condemns what the fold over parts condemns (lose: %s), for all types, encodings and splits',
    (lose) =>
      fc.assert(
        fc.asyncProperty(data(every, every), async (given) => {
          const batches = pieces(given)
          for (const columns of [['c0'], ['c1', 'c0']]) {
            const check = unique(columns, { lose })
            expect(inMemory(check, batches)).toEqual(await byParts(check, batches))
          }
        }),
        { numRuns: 300 },
      ),
  )

  it('passes rows over that are gone, as if they were not there', () =>
    fc.assert(
      fc.property(data(every), fc.infiniteStream(fc.boolean()), (given, coins) => {
        const batches = pieces(given)
        const away = given.rows.map(() => coins.next().value as boolean)
        let at = 0
        const gone = batches.map(({ length }) => {
          const bits = new Uint8Array((length + 7) >> 3)
          for (let row = 0; row < length; row++, at++) if (away[at]) bits[row >> 3]! |= 1 << (row & 7)
          return bits
        })
        const found = inMemory(unique('c0'), batches, gone)
        const stays = { ...given, rows: given.rows.filter((_, i) => !away[i]), cuts: [] }
        const expected = inMemory(unique('c0'), pieces(stays))
        expect(found.filter((_, i) => !away[i])).toEqual(expected)
        expect(found.filter((_, i) => away[i])).not.toContain(true)
      }),
      { numRuns: 200 },
    ))

  it('is exact among many keys: increasing, dense, wide and far apart, and texts', () => {
    const n = 60_000
    const twice = new Set([17, 4242, 59_999])
    const shapes: Record<string, (i: number) => number> = {
      increasing: (i) => i * 3,
      dense: (i) => (i * 7919) % 60_013,
      'far apart': (i) => ((i * 7919) % 60_013) * 1e9 - 3e13,
      'beyond 2^53': (i) => i,
    }
    for (const [shape, of] of Object.entries(shapes)) {
      const keys = Array.from({ length: n }, (_, i) => of(twice.has(i) ? i - 17 : i))
      const big = shape === 'beyond 2^53'
      const expected = keys.map((_, i) => twice.has(i) || twice.has(i + 17))
      const batch = whole(
        'k',
        big ? keys.map((key) => 2n ** 60n + BigInt(key)) : keys.map(BigInt),
        types.int64 as never,
      )
      expect([shape, inMemory(unique('k'), [batch])]).toEqual([shape, expected])
      const texts = keys.map((key) => `key ${key}`)
      expect(inMemory(unique('k'), [whole('k', texts, types.string as never)])).toEqual(expected)
      expect(inMemory(unique('k', { lose: 'later' }), [whole('k', keys)])).toEqual(keys.map((_, i) => twice.has(i)))
    }
  })

  it('knows equal text in every encoding, whatever its length, and what is no text as well', () => {
    const schema = { fields: [{ name: 'k', type: types.string, nullable: true }] }
    const texts = ['', 'a', 'ab', 'abc', 'abcd', 'abcde', 'é', '😀', 'x'.repeat(70_000)]
    const lazy = BytesColumn.ofStrings(texts)
    const forms = [
      new BytesColumn(types.string, lazy.offsets, lazy.bytes),
      new DictionaryColumn(
        Uint8Array.from(texts, (_, i) => i),
        texts,
      ),
      BytesColumn.ofStrings(texts),
      new ValuesColumn(types.string, texts),
    ]
    const batchOf = (column: Batch['columns'][number]): Batch => ({ schema, length: column.length, columns: [column] })
    for (const one of forms) {
      expect(inMemory(unique('k'), [batchOf(one)])).not.toContain(true)
      for (const other of forms) expect(inMemory(unique('k'), [batchOf(one), batchOf(other)])).not.toContain(false)
    }
    const near = texts.map((text) => `${text}!`)
    for (const one of forms)
      expect(inMemory(unique('k'), [batchOf(one), batchOf(BytesColumn.ofStrings(near.slice(1)))])).not.toContain(true)
    const nothing = new ValuesColumn(types.null, [null, null], new Uint8Array(1))
    expect(inMemory(unique('k'), [batchOf(forms[0]!), batchOf(nothing), batchOf(nothing)])).not.toContain(true)
    const counts = new FlatColumn(types.uint32, Uint32Array.of(4_000_000_000, 1, 4_000_000_000))
    expect(inMemory(unique('k'), [batchOf(counts)])).toEqual([true, false, true])
    const small = new FlatColumn(types.int8, Int8Array.of(-1, 1, -1))
    expect(inMemory(unique('k'), [batchOf(small), batchOf(nothing)])).toEqual([true, false, true, false, false])
  })

  it('condemns nothing of no rows, and names a column that is missing', () => {
    expect(
      inMemory(unique('k'), [], undefined, { fields: [{ name: 'k', type: types.int32, nullable: true }] }),
    ).toEqual([])
    expect(() => inMemory(unique('m'), [whole('k', [1])])).toThrow('there is no column "m"')
  })
})
