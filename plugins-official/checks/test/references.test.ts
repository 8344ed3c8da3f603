import fc from 'fast-check'
import {
  type Batch,
  type Check,
  fromTable,
  type LogicalType,
  TemporalColumn,
  type TidegateError,
  table,
  types,
} from 'tidegate'
import { describe, expect, it, test } from 'vitest'
import { references } from '../src/index.ts'
import { keyReader } from '../src/key-words.ts'
import { condemnMissing, keysIn } from '../src/reference-fold.ts'
import { batchOf, type Cell, condemnation, cutAt, listOf, otherOf, partsOf } from './others.ts'

const node = fromTable(table({ id: [1], code: ['a'] }))
const check = references('id', node, 'id') as Check
const edge = 2n ** 53n
const numberTypes = [
  types.int8,
  types.uint8,
  types.int32,
  types.uint32,
  types.int64,
  types.uint64,
  types.float32,
  types.float64,
]

/** Cells of a type of number, many of which other types have too. */
function cellsOf(type: LogicalType): fc.Arbitrary<readonly Cell[]> {
  const small = fc.integer({ min: 0, max: 6 })
  const own: fc.Arbitrary<Cell> =
    type.kind === 'float'
      ? type.bits === 32
        ? fc.constantFrom<Cell>(0.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 30)
        : fc.constantFrom<Cell>(
            0.5,
            -0,
            Number.NaN,
            Number.NEGATIVE_INFINITY,
            2 ** 53,
            2 ** 60,
            -(2 ** 63),
            2 ** 63,
            4.9e-324,
          )
      : type.kind === 'int' && type.bits === 64
        ? type.signed
          ? fc.constantFrom<Cell>(edge, edge + 1n, 2n ** 60n, -(2n ** 63n), -1n, 0x3fe0000000000000n)
          : fc.constantFrom<Cell>(edge, 2n ** 63n, 2n ** 64n - 1n, 2n ** 60n)
        : fc.constantFrom<Cell>(0, 5, 100)
  const wide = type.kind === 'int' && type.bits === 64
  const cell = fc.oneof(
    small.map((value): Cell => (wide ? BigInt(value) : value)),
    own,
    fc.constant<Cell>(null),
  )
  return fc.array(cell, { maxLength: 12 })
}

/** A value as text, equal for equal numbers of any type. */
function meaning(cell: Cell, type: LogicalType): string {
  if (typeof cell === 'number' && type.kind === 'float' && type.bits === 32)
    return meaning(Math.fround(cell), types.float64)
  return typeof cell === 'number' && Number.isInteger(cell) ? String(BigInt(cell)) : String(cell)
}

describe('references', () => {
  it('agrees with looking every value up, whatever the widths, batches and parts, in one pass and in many', async () => {
    const side = fc.constantFrom(...numberTypes).chain((type) => fc.tuple(fc.constant(type), cellsOf(type)))
    const cuts = fc.array(fc.nat(12), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(side, side, cuts, cuts, async ([type, own], [otherType, there], ownCuts, cutsThere) => {
        const batches = cutAt(batchOf({ id: [type, own] }), ownCuts)
        const others = cutAt(batchOf({ id: [otherType, there] }), cutsThere)
        const known = new Set(there.filter((cell) => cell !== null).map((cell) => meaning(cell, otherType)))
        const expected = own.map((cell) => cell !== null && !known.has(meaning(cell, type)))
        expect((await condemnation(check, batches, otherOf('other', others))).list).toEqual(expected)
        const other = otherOf('other', others)
        const reader = keyReader('test', other.schema, ['id'])
        const passes = await condemnMissing(
          check.name,
          partsOf(check, batches),
          { rows: other.rows, keys: () => keysIn(other.batches(), reader.words) },
          1,
        )
        expect(listOf(batches, { rows: passes })).toEqual(expected)
        const smaller = Math.min(own.length, there.length)
        expect(other.reads).toBe(smaller === 0 ? 1 : 2 ** Math.ceil(Math.log2(smaller)))
      }),
      { numRuns: 300 },
    )
  })

  it('compares several columns together; a row with a null among them passes, and a null there is nothing', async () => {
    const pairs = references(['a', 'b'], fromTable(table({ x: [1], y: ['a'] })) as never, ['x', 'y'] as never) as Check
    const own = batchOf({
      a: [types.int64, [1n, 1n, 2n, null, 2n]],
      b: [types.string, ['p', 'q', null, 'q', 'p']],
    })
    const other = batchOf({ x: [types.int16, [1, 2, 2]], y: [types.string, ['p', 'q', null]] })
    expect((await condemnation(pairs, [own], otherOf('other', [other]))).list).toEqual([
      false,
      true,
      false,
      false,
      true,
    ])
  })

  it('agrees for points in time in every unit', async () => {
    const own = batchOf({ id: [types.timestamp('ms'), [0, 1000, 1500, -1000]] })
    for (const unit of ['s', 'us', 'ns'] as const) {
      const other = batchOf({ id: [types.timestamp(unit), [0, 1000, -1000]] })
      expect((await condemnation(check, [own], otherOf('other', [other]))).list).toEqual([false, false, true, false])
    }
  })

  it('agrees for integers from 2^63 on, and takes no other number for one of them', async () => {
    const double = new Float64Array([-0.5])
    const [bits] = new BigUint64Array(double.buffer) as unknown as [bigint]
    const wide = batchOf({ id: [types.uint64, [2n ** 63n, bits]] })
    const doubles = batchOf({ id: [types.float64, [2 ** 63, -0.5, 2 ** 64, Number(bits)]] })
    const found = (own: Batch, there: Batch) => condemnation(check, [own], otherOf('other', [there]))
    expect((await found(wide, doubles)).list).toEqual([false, BigInt(Number(bits)) !== bits])
    expect((await found(doubles, wide)).list).toEqual([false, true, true, BigInt(Number(bits)) !== bits])
  })

  it('tells points in time between two microseconds apart from all others', async () => {
    const nanoseconds = (...values: readonly bigint[]) => ({
      schema: { fields: [{ name: 'id', type: types.timestamp('ns'), nullable: true }] },
      length: values.length,
      columns: [new TemporalColumn(types.timestamp('ns'), BigInt64Array.from(values))],
    })
    const other = otherOf('other', [nanoseconds(1500n, 2000n)])
    const own = [nanoseconds(1500n, 1501n, 2000n), nanoseconds(1000n)]
    expect((await condemnation(check, own, other)).list).toEqual([false, true, false, true])
    const micros = batchOf({ id: [types.timestamp('us'), [1.5, 0.002]] })
    expect((await condemnation(check, [micros], other)).list).toEqual([true, false])
  })

  it('refers to its own dataset: also to rows of other parts', async () => {
    const own = references('boss', 'id') as Check
    const first = batchOf({ id: [types.int32, [1, 2]], boss: [types.int64, [null, 1n]] })
    const second = batchOf({ id: [types.int32, [3, 4]], boss: [types.int64, [2n, 9n]] })
    expect((await condemnation(own, [first, second])).list).toEqual([false, false, false, true])
    expect(own).toMatchObject({ name: 'references(boss -> id, own)', columns: ['boss'] })
    expect(own.others).toBeUndefined()
  })

  test('what could never agree is an error, as are columns that are not there', async () => {
    const own = batchOf({ id: [types.string, ['a']] })
    const other = otherOf('airports', [batchOf({ id: [types.int32, [1]] })])
    await expect(condemnation(check, [own], other)).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: 'references(id -> id): "id" is text, but "id" of "airports" is a number.',
    })
    const without = otherOf('airports', [batchOf({ iata: [types.int32, [1]] })])
    await expect(condemnation(check, [own], without)).rejects.toMatchObject({ code: 'COLUMN_MISSING' })
    expect(() => partsOf(check, [batchOf({ code: [types.string, ['a']] })])).toThrow(
      expect.objectContaining({ code: 'COLUMN_MISSING' }),
    )
    const list = batchOf({ id: [types.list(types.int32), [] as never] })
    expect(() => partsOf(check, [list])).toThrow(expect.objectContaining({ code: 'SCHEMA_MISMATCH' }))
    expect(() =>
      partsOf(references('id', 'code') as Check, [batchOf({ id: [types.int32, [1]], code: [types.string, ['a']] })]),
    ).toThrow(expect.objectContaining({ code: 'SCHEMA_MISMATCH' }))
    await expect(condemnation(check, [batchOf({ id: [types.int32, [1]] })])).rejects.toThrow(
      'there is no other dataset here',
    )
  })

  test('damaged keys are told', async () => {
    const [part] = partsOf(check, [batchOf({ id: [types.int32, [1, 2]] })])
    const bytes = await part!.partial()
    for (const cut of [2, 5, bytes.length - 4]) {
      const damaged = [{ rows: 2, partial: async () => bytes.subarray(0, cut) }]
      const referred = { rows: 0, keys: async function* () {} }
      await expect(condemnMissing('references(id)', damaged, referred)).rejects.toMatchObject({
        code: 'WORKSPACE_CORRUPT',
      })
    }
  })

  test('says what is wrong with its arguments', () => {
    const wrong = (...given: readonly unknown[]) => {
      try {
        return (references as (...all: readonly unknown[]) => Check)(...given)
      } catch (error) {
        return (error as TidegateError).message
      }
    }
    expect(wrong(['a', 'b'], node, 'id')).toBe('references(a, b -> id): 2 columns cannot refer to 1.')
    expect(wrong('a', 'a')).toBe('references(a -> a, own): every row refers to itself.')
    expect(wrong('a', 7)).toBe('references(a): "other" is no dataset.')
    expect(wrong([], node)).toBe('references: "columns" is [].')
    expect(wrong('a', node, { atLest: 1 })).toBe('references: unknown option "atLest".')
    expect(wrong('id', node, { verdict: 'drop' })).toMatchObject({
      name: 'references(id)',
      verdict: 'drop',
      others: { other: node },
    })
    expect(wrong({ columns: 'id', other: node, otherColumns: 'code', atLeast: 0.5 })).toMatchObject({
      name: 'references(id -> code)',
      atLeast: 0.5,
    })
    expect(wrong({ columns: 'boss', otherColumns: 'id' })).toMatchObject({ name: 'references(boss -> id, own)' })
  })
})
