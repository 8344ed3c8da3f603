import { describe, expect, it } from 'vitest'
import { buildColumn } from '../../../src/kernel/columns/build.ts'
import type { DecimalColumn, FlatColumn, Int64Column, TemporalColumn } from '../../../src/kernel/columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../../../src/kernel/columns/text.ts'
import { isTidegateError, type TidegateError } from '../../../src/kernel/errors.ts'
import { type LogicalType, types } from '../../../src/kernel/types.ts'

const where = { node: 'clean', column: 'delay' }
const build = (type: LogicalType, values: ArrayLike<unknown>, sees?: 'number' | 'bigint') =>
  buildColumn(type, values, where, sees)

function failure(act: () => unknown): TidegateError {
  try {
    act()
  } catch (error) {
    if (isTidegateError(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('buildColumn', () => {
  it('takes undefined as absent', () => {
    expect([...build(types.float64, [1, undefined, null])]).toEqual([1, null, null])
    expect(build(types.float64, [1, undefined, null]).nullCount).toBe(2)
  })

  it.each<[LogicalType, ArrayLike<unknown>]>([
    [types.int8, Int8Array.of(1)],
    [types.uint32, Uint32Array.of(1)],
    [types.float32, Float32Array.of(1)],
    [types.float64, Float64Array.of(1)],
    [types.int64, BigInt64Array.of(1n)],
    [types.uint64, BigUint64Array.of(1n)],
  ])('uses a typed array of the own class as it is', (type, values) => {
    expect((build(type, values) as FlatColumn).values).toBe(values)
  })

  it.each<[string, LogicalType, unknown, string]>([
    ['a fraction in an integer', types.int32, 3.5, '3.5 cannot be held by int32'],
    ['a number outside an integer', types.int8, 128, '128 cannot be held by int8'],
    ['a negative number in an unsigned integer', types.uint16, -1, '-1 cannot be held by uint16'],
    ['NaN in an integer', types.int32, Number.NaN, 'NaN cannot be held by int32'],
    ['NaN in a 64-bit integer', types.int64, Number.NaN, 'NaN cannot be held by int64'],
    ['an unsafe number in a 64-bit integer', types.int64, 2 ** 53 + 2, '9007199254740994 cannot be held by int64'],
    ['a bigint outside 64 bits', types.int64, 2n ** 63n, '9223372036854775808n cannot be held by int64'],
    [
      'a bigint beyond 2^53 seen as number',
      types.int64,
      2n ** 53n + 1n,
      '9007199254740993n cannot be held by a number',
    ],
    ['a bigint that no double holds', types.float64, 2n ** 53n + 1n, '9007199254740993n cannot be held by float64'],
    ['a double in float32', types.float32, 0.1, '0.1 cannot be held by float32'],
    ['a third place in decimal(18,2)', types.decimal(18, 2), 4.567, '4.567 cannot be held by decimal(18,2)'],
    ['a digit too many in a decimal', types.decimal(3, 2), 12.34, '12.34 cannot be held by decimal(3,2)'],
    ['infinity in a decimal', types.decimal(3, 2), Number.POSITIVE_INFINITY, 'Infinity cannot be held by decimal(3,2)'],
    ['a millisecond in seconds', types.timestamp('s'), 1001, '1001 cannot be held by timestamp(s)'],
    ['a microsecond in milliseconds', types.timestamp('ms'), 1.5, '1.5 cannot be held by timestamp(ms)'],
    ['half a microsecond', types.timestamp('us'), 0.0005, '0.0005 cannot be held by timestamp(us)'],
    [
      'a far year in nanoseconds',
      types.timestamp('ns'),
      Date.UTC(9999, 0),
      '253370764800000 cannot be held by timestamp(ns)',
    ],
    [
      'noon in a date',
      types.date,
      new Date(Date.UTC(2024, 0, 1, 12)),
      '2024-01-01T12:00:00.000Z cannot be held by date',
    ],
    ['no date at all', types.timestamp('ms'), new Date(Number.NaN), 'Invalid Date cannot be held by timestamp(ms)'],
    ['a time of day after midnight', types.time('ms'), 86_400_001, '86400001 cannot be held by time(ms)'],
    ['half a surrogate pair', types.string, 'a\ud800', '"a\\ud800" cannot be held by string (UTF-8)'],
  ])('refuses %s, naming node, column, row and value', (_, type, value, text) => {
    const error = failure(() => build(type, [null, value]))
    expect(error.code).toBe('TYPE_PRECISION')
    expect(error.message).toContain(`Node "clean", column "delay", row 1: ${text}`)
    expect(error.data).toMatchObject({ node: 'clean', column: 'delay', row: 1 })
    expect(error.hint).toBeTruthy()
  })

  it.each<[LogicalType, unknown, string]>([
    [types.int32, '5', '"5" (string) is no int32'],
    [types.float64, true, 'true (boolean) is no float64'],
    [types.boolean, 1, '1 (number) is no boolean'],
    [types.string, 5, '5 (number) is no string'],
    [types.binary, 'x', '"x" (string) is no binary'],
    [types.timestamp('ms'), '2024-01-01', '"2024-01-01" (string) is no timestamp(ms)'],
    [types.timestamp('ms'), 5n, '5n (bigint) is no timestamp(ms)'],
    [types.decimal(9, 2), 'abc', '"abc" (string) is no decimal(9,2)'],
    [types.list(types.string), 'abc', '"abc" (string) is no list<string>'],
    [
      types.struct([{ name: 'a', type: types.string, nullable: true }]),
      { b: 1 },
      '{"b":1} (struct) is no struct<a: string>',
    ],
    [types.null, 0, '0 (number) is no null'],
  ])('refuses a value of another kind', (type, value, text) => {
    const error = failure(() => build(type, [value]))
    expect(error.code).toBe('SCHEMA_MISMATCH')
    expect(error.message).toContain(`Node "clean", column "delay", row 0: ${text}`)
  })

  it('never quotes a value of a tagged column', () => {
    const error = failure(() => buildColumn(types.int32, ['4711 0815'], { column: 'card', meta: { tags: ['pii'] } }))
    expect(error.message).toBe('Column "card", row 0: (hidden: pii) (string) is no int32.')
  })

  it('keeps decimals exact where binary fractions would not be', () => {
    const column = build(types.decimal(18, 2), [4.56, 0.29, 1.005e3, '90071992547409.93', 7n, -0.01]) as DecimalColumn
    expect(Array.from({ length: 6 }, (_, i) => column.unscaled(i))).toEqual([
      456n,
      29n,
      100500n,
      9007199254740993n,
      700n,
      -1n,
    ])
    expect([...column]).toEqual([4.56, 0.29, 1005, Number('90071992547409.93'), 7, -0.01])
  })

  it('stores times in their unit and shows milliseconds', () => {
    const column = build(types.timestamp('us'), [1_700_000_000_000.123, -1.5, new Date(0)]) as TemporalColumn
    expect([...column.values]).toEqual([1_700_000_000_000_123n, -1500n, 0n])
    expect([...column]).toEqual([1_700_000_000_000.123, -1.5, 0])
    expect([...(build(types.timestamp('s'), [-1000]) as TemporalColumn).values]).toEqual([-1n])
    expect([...(build(types.date, [-86_400_000]) as TemporalColumn).values]).toEqual([-1])
  })

  it('writes 64-bit integers of either kind', () => {
    const column = build(types.int64, [-(2 ** 53), -1, 5n, null], 'bigint') as Int64Column
    expect([...column]).toEqual([-(2n ** 53n), -1n, 5n, null])
    expect([...column.seenAs('number')]).toEqual([-(2 ** 53), -1, 5, null])
  })

  it('makes a dictionary of few texts, and leaves many as they are until bytes are asked for', () => {
    const few = build(types.string, ['a', 'b', 'a', null, 'b', 'a'])
    expect(few).toBeInstanceOf(DictionaryColumn)
    expect((few as DictionaryColumn).dictionary).toEqual(['a', 'b'])
    const many = build(types.string, ['a', 'ä', '😀', null]) as BytesColumn
    expect(many.isEncoded).toBe(false)
    expect([...many]).toEqual(['a', 'ä', '😀', null])
    expect(many.isEncoded).toBe(false)
    expect([...many.offsets]).toEqual([0, 1, 3, 7, 7])
    expect(new TextDecoder().decode(many.bytes)).toBe('aä😀')
  })

  it('checks and normalises what lists and structs hold', () => {
    expect([...build(types.list(types.date), [[new Date(0), undefined], null, []])]).toEqual([[0, null], null, []])
    const error = failure(() => build(types.list(types.int32), [[1], [2, 2.5]]))
    expect(error.message).toContain('column "delay", row 1: 2.5 cannot be held by int32')
    const inner = types.struct([{ name: 'a', type: types.int32, nullable: false }])
    expect(failure(() => build(inner, [{ a: 1 }, { a: null }])).message).toContain(
      'column "delay.a", row 1: the value is absent',
    )
  })

  it('encodes long texts of any script as UTF-8, in one piece with their offsets', () => {
    const texts = Array.from({ length: 20_000 }, (_, i) => `${'日本語 text 😀 é'.repeat(i % 7)}${i}`)
    const column = build(types.string, texts) as BytesColumn
    const bytes = new TextEncoder().encode(texts.join(''))
    expect(Buffer.compare(column.bytes, bytes)).toBe(0)
    expect(column.offsets[20_000]).toBe(bytes.length)
    const decoded = new BytesColumn(types.string, column.offsets, column.bytes)
    expect([...decoded.take(Int32Array.of(19_999, -1, 6))]).toEqual(
      [texts[19_999], '', texts[6]].map((text) => text || null),
    )
  })

  it('reads decimal texts with exponents, however large', () => {
    const column = build(types.decimal(9, 2), ['1.5e3', '-25e-2', '0e999', '+1.50']) as DecimalColumn
    expect([0, 1, 2, 3].map((row) => column.unscaled(row))).toEqual([150_000n, -25n, 0n, 150n])
    expect(failure(() => build(types.decimal(9, 2), ['1e500'])).code).toBe('TYPE_PRECISION')
    expect(failure(() => build(types.decimal(9, 2), ['1e-300'])).code).toBe('TYPE_PRECISION')
  })

  it('refuses a negative zero nowhere, and keeps it where it can be told apart', () => {
    expect((build(types.float64, [-0]) as FlatColumn).values[0]).toBe(-0)
    expect((build(types.int32, [-0]) as FlatColumn).values[0]).toBe(0)
    expect((build(types.int64, [-0]) as Int64Column).values[0]).toBe(0n)
  })
})
