import fc from 'fast-check'
import { type Field, type LogicalType, type TableSchema, types } from 'tidegate'

export interface Table {
  readonly schema: TableSchema
  readonly rows: readonly (readonly unknown[])[]
}

const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const ms = fc.integer({ min: -8_000_000_000_000, max: 8_000_000_000_000 })

/** Every scalar type with values over its whole range, as `buildField` takes them. */
export const scalars: readonly (readonly [LogicalType, fc.Arbitrary<unknown>])[] = [
  [types.boolean, fc.boolean()],
  [types.int8, fc.integer({ min: -128, max: 127 })],
  [types.int16, fc.integer({ min: -32_768, max: 32_767 })],
  [types.int32, fc.integer()],
  [types.int64, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  [types.uint8, fc.integer({ min: 0, max: 255 })],
  [types.uint16, fc.integer({ min: 0, max: 65_535 })],
  [types.uint32, fc.integer({ min: 0, max: 2 ** 32 - 1 })],
  [types.uint64, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
  [types.float32, fc.float()],
  [types.float64, fc.double()],
  [types.decimal(9, 2), fc.integer({ min: -999_999_999, max: 999_999_999 }).map((n) => `${n}e-2`)],
  [types.decimal(38, 10), fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }).map((n) => `${n}e-10`)],
  [types.string, text],
  [types.binary, fc.uint8Array({ maxLength: 40 })],
  [types.date, fc.integer({ min: -1_000_000, max: 1_000_000 }).map((days) => days * 86_400_000)],
  [types.time('s'), fc.integer({ min: 0, max: 86_399 }).map((s) => s * 1000)],
  [types.time('ms'), fc.integer({ min: 0, max: 86_399_999 })],
  [types.time('us'), fc.integer({ min: 0, max: 86_399_999 })],
  [types.time('ns'), fc.integer({ min: 0, max: 86_399_999 })],
  [types.timestamp('s'), ms.map((value) => Math.trunc(value / 1000) * 1000)],
  [types.timestamp('ms'), ms],
  [types.timestamp('us', 'UTC'), ms],
  [types.timestamp('ns', 'Europe/Oslo'), ms],
]

const list = fc.array(fc.option(fc.integer()), { maxLength: 4 })
const struct = fc.record({ a: fc.option(fc.double({ noNaN: true })), b: text })
export const nested: readonly (readonly [LogicalType, fc.Arbitrary<unknown>])[] = [
  [types.list(types.int32), list],
  [types.list(types.timestamp('us')), fc.array(ms, { maxLength: 3 })],
  [
    types.struct([
      { name: 'a', type: types.float64, nullable: true },
      { name: 'b', type: types.string, nullable: false },
    ]),
    struct,
  ],
  [types.list(types.list(types.string)), fc.array(fc.array(text, { maxLength: 2 }), { maxLength: 2 })],
  [types.null, fc.constant(null)],
]

/** Tables of a few columns of these types, nullable or not, with names of any kind. */
export function tables(choices: readonly (readonly [LogicalType, fc.Arbitrary<unknown>])[]): fc.Arbitrary<Table> {
  return fc
    .uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 6 }), fc.nat(choices.length - 1), fc.boolean()), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 6,
    })
    .chain((picked) => {
      const fields = picked.map(([name, choice, nullable]): Field => {
        const type = (choices[choice] as (typeof choices)[number])[0]
        const wide = type.kind === 'int' && type.bits === 64
        return { name, type, nullable: nullable || type.kind === 'null', ...(wide ? { sees: 'bigint' as const } : {}) }
      })
      const cells = picked.map(([, choice, nullable]) => {
        const [, values] = choices[choice] as (typeof choices)[number]
        return nullable ? fc.option(values) : values
      })
      return fc.array(fc.tuple(...cells), { maxLength: 20 }).map((rows) => ({ schema: { fields }, rows }))
    })
}
