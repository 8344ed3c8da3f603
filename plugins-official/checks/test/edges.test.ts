import { type Check, type CondemningRule, notNull, rowCount, types, ValuesColumn } from 'tidegate'
import { gateFacts } from 'tidegate/testing'
import { describe, expect, it } from 'vitest'
import * as checks from '../src/index.ts'
import { type Cell, condemned, type Data, decided, failing, pieces } from './columns.ts'

const {
  clamp,
  compare,
  completeness,
  correlationBetween,
  distinctValues,
  distributedLike,
  increasing,
  isNull,
  isType,
  key,
  length,
  lengthBetween,
  max,
  maxBetween,
  min,
  mostCommon,
  noOutliers,
  not,
  notOneOf,
  parsesAs,
  satisfiesRow,
} = checks

const of = (type: Data['types'][number], ...cells: readonly unknown[]): Data => ({
  types: [type],
  rows: cells.map((cell) => [cell as Cell]),
  forms: ['bytes'],
  cuts: [1],
})
const absent: Data = {
  types: [types.null, types.null],
  rows: [
    [null, null],
    [null, null],
    [null, null],
  ],
  forms: ['bytes'],
  cuts: [2],
}

describe('a column of which nothing is known but nulls', () => {
  it.each(
    [
      min('c0', 1),
      length('c0', { min: 1 }),
      notOneOf('c0', ['a']),
      parsesAs('c0', 'uuid'),
      compare('c0', '<', 'c1'),
      isNull('c0'),
      not(notNull('c0')),
      isType('c0', 'text'),
    ].map((check) => [check.name, check as Check<never>] as const),
  )('passes %s', (_, check) => {
    expect(failing(check as Check, absent)).toEqual([false, false, false])
  })
  it('is no key, is in order and has no outliers', async () => {
    expect(await condemned(key('c0'), absent)).toEqual([true, true, true])
    expect(await condemned(increasing('c0'), absent)).toEqual([false, false, false])
    expect(await condemned(noOutliers('c0'), absent)).toEqual([false, false, false])
  })
  it('has no statistics, and is not complete', () => {
    expect(decided(completeness('c0', { min: 0.1 }), absent)).toEqual({ pass: false, observed: '0 of 3 present' })
    for (const check of [
      maxBetween('c0', { max: 0 }),
      lengthBetween('c0', 'mean', { max: 0 }),
      correlationBetween('c0', 'c1', { min: 1 }),
      mostCommon('c0', ['a']),
      distinctValues('c0', 'within', ['a']),
      distributedLike('c0', { values: [1] }, { test: 'ks' }),
    ])
      expect(decided(check as Check, absent).pass, check.name).toBe(true)
  })
})

describe('a dataset without rows', () => {
  const none = of(types.float64)
  it('condemns nothing', async () => {
    for (const check of [key('c0'), increasing('c0'), noOutliers('c0'), noOutliers('c0', { method: 'iqr' })])
      expect(await condemned(check as Check, none)).toEqual([])
  })
})

describe('isType', () => {
  const line = types.struct([{ name: 'price', type: types.float64, nullable: true }])
  const lines = of(types.list(line), [{ price: 1 }, { price: null }], [{ price: 1.5 }], null, [null], [])
  it('looks inside lists and structs', () => {
    expect(failing(isType('c0', 'integer', { at: '[].price' }), lines)).toEqual([false, true, false, false, false])
    expect(failing(isType('c0', 'text', { at: '[].price' }), lines)).toEqual([true, true, false, false, false])
    expect(failing(isType('c0', 'object', { at: '[]' }), lines)).toEqual([false, false, false, false, false])
    expect(failing(isType('c0', 'object', { at: 'price' }), lines)).toEqual([true, true, false, true, true])
    expect(failing(isType('c0', 'list', { at: '[]' }), lines)).toEqual([true, true, false, false, false])
  })
  it('knows every type', () => {
    const said = (data: Data) =>
      (['integer', 'finite', 'number', 'text', 'boolean', 'list', 'object', 'binary'] as const).filter(
        (type) => !failing(isType('c0', type), data).includes(true),
      )
    expect(said(of(types.boolean, true))).toEqual(['boolean'])
    expect(said(of(types.binary, Uint8Array.of(1)))).toEqual(['binary'])
    expect(said(lines)).toEqual(['list'])
    expect(said(of(line, { price: 1 }))).toEqual(['object'])
    expect(said(of(types.int64, 1n))).toEqual(['integer', 'finite', 'number'])
    expect(said(of(types.float64, Number.POSITIVE_INFINITY))).toEqual(['number'])
    expect(said(of(types.timestamp('us'), 5))).toEqual(['integer', 'finite', 'number'])
  })
})

describe('satisfiesRow', () => {
  const one = of(types.int32, 1)
  const rule = (fn: (d: { c0: number }) => unknown) => satisfiesRow('odd', ['c0'], fn as () => boolean)
  it('says which code threw or gave no answer', () => {
    expect(
      failing(
        rule(() => null),
        one,
      ),
    ).toEqual([false])
    expect(() =>
      failing(
        rule(() => 'yes'),
        one,
      ),
    ).toThrow('odd answered yes.')
    expect(() =>
      failing(
        rule(() => {
          throw new Error('boom')
        }),
        one,
      ),
    ).toThrow('odd threw: boom')
    expect(() => satisfiesRow('odd', ['c0'], 'no code' as never)).toThrow('the predicate is no function')
  })
})

it.each([
  [() => min('a', Number.NaN), 'min(a, NaN): the bound is no number.'],
  [() => max('a', '5' as never), "max(a, '5'): the bound is no number."],
  [() => length('a', {}), 'length(a): every length, or none'],
  [() => length('a', { min: 3, max: 2 }), 'every length, or none'],
  [() => isType('a', 'money' as never), 'there is no such type'],
  [() => compare('a', '=' as never, 'b'), 'there is no such operator'],
  [() => compare('a', '<', 'b', { tolerance: 1 }), 'this tolerance has no meaning'],
  [() => compare('a', '<', 'b', { nulls: 'no' as never }), 'nulls is no.'],
  [() => not(rowCount(1)), 'not: rowCount(1) is a rule about the whole dataset.'],
  [() => noOutliers('a', { beyond: -1 }), 'this is no way to find outliers'],
  [() => distinctValues('a', 'like' as never, ['b']), 'there is no such relation'],
  [() => distinctValues('a', 'equal', []), 'no values are listed'],
  [() => mostCommon('a', []), 'no values are listed'],
  [() => lengthBetween('a', 'sum' as never, { min: 1 }), 'there is no such statistic'],
  [() => correlationBetween('a', 'a', { min: 1 }), 'a column is compared with itself'],
  [() => completeness('a', { min: 'x' as never }), 'the bound x is no number'],
  [() => checks.hasTypes({}), 'no column is named'],
  [() => distributedLike('a', { values: [1] }, { test: 'ks', max: -1 }), 'nothing could be judged'],
  [() => isNull('a', 'drop' as never), 'isNull: its options are drop.'],
  [() => isNull('a', { atLeast: 2 }), 'atLeast is 2'],
] as const)('what makes no sense is refused (%#)', (make, message) => {
  expect(make).toThrow(message)
})

it('numbers that stand as plain values are clamped like others', () => {
  const field = { name: 'c0', type: types.float64, nullable: true }
  const cells = new ValuesColumn(types.float64, [-1, 0.5, null, 9], Uint8Array.of(0b1011))
  const batch = { schema: { fields: [field] }, length: 4, columns: [cells] }
  const mended = clamp(0, 1).compile(field, batch.schema)(cells, batch, Int32Array.of(0, 1, 2, 3))
  expect([...(mended as ValuesColumn)]).toEqual([0, 0.5, null, 1])
})

it('columns that have no order in common are a mismatch', () => {
  const two: Data = { types: [types.string, types.int8], rows: [], forms: ['bytes'], cuts: [] }
  expect(() => failing(compare('c0', '<', 'c1') as Check, two)).toThrow('"c0" is string and "c1" is int8')
  expect(() => failing(compare('c0', '==', 'c0', { tolerance: 1 }) as Check, two)).toThrow('which knows no tolerance')
})

it('damaged partials are noticed', async () => {
  for (const check of [increasing('c0'), noOutliers('c0')]) {
    const condemn = (check.rule as CondemningRule).condemn(
      [{ rows: 3, partial: async () => new Uint8Array(2) }],
      gateFacts(),
    )
    await expect(condemn, check.name).rejects.toThrow('of a part ha')
  }
})

it('most common values of two parts may be too many together', () => {
  const rows = Array.from({ length: 100_002 }, (_, i) => [i])
  const given: Data = { types: [types.int32], rows, forms: ['bytes'], cuts: [50_000] }
  expect(pieces(given).length).toBe(2)
  expect(decided(mostCommon('c0', [1]), given).observed).toBe('more than 100000 distinct values')
  expect(decided(mostCommon('c0', [1]), { ...given, cuts: [1] }).observed).toBe('more than 100000 distinct values')
})
