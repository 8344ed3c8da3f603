import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { accepts, type FieldSpec } from '../../../src/kernel/schema/field-spec.ts'
import { fromZod } from '../../../src/kernel/schema/from-zod.ts'
import { binary, decimal, int8, timestamp } from '../../../src/kernel/schema/zod-types.ts'
import { type LogicalType, types } from '../../../src/kernel/types.ts'

const one = (schema: z.ZodType): FieldSpec => fromZod(z.object({ x: schema }))[0] as FieldSpec

describe('a declared column', () => {
  it.each<[string, z.ZodType, LogicalType, readonly LogicalType[], readonly LogicalType[]]>([
    ['z.int()', z.int(), types.int64, [types.int8, types.uint64, types.int32], [types.float64, types.decimal(9, 0)]],
    ['z.number().int()', z.number().int().min(3), types.int64, [types.int16], [types.float64]],
    ['z.int32()', z.int32(), types.int32, [types.int32], [types.int64, types.int16]],
    [
      'z.number()',
      z.number(),
      types.float64,
      [types.int64, types.float32, types.decimal(9, 2)],
      [types.string, types.boolean],
    ],
    ['z.float32()', z.float32(), types.float32, [types.float32], [types.float64]],
    ['z.int64()', z.int64(), types.int64, [types.int64], [types.uint64, types.int32]],
    ['z.bigint()', z.bigint(), types.int64, [types.int64, types.uint64], [types.int32]],
    [
      'z.date()',
      z.date(),
      types.timestamp('ms'),
      [types.date, types.timestamp('ns', 'UTC')],
      [types.int64, types.time('ms')],
    ],
    ['z.iso.date()', z.iso.date(), types.date, [types.date, types.timestamp('us')], [types.string]],
    ['z.iso.datetime()', z.iso.datetime(), types.timestamp('ms'), [types.date, types.timestamp('s')], [types.string]],
    ['z.iso.time()', z.iso.time(), types.time('ms'), [types.time('us')], [types.timestamp('us')]],
    ['z.email()', z.email(), types.string, [types.string], [types.binary]],
    ['z.instanceof(Uint8Array)', z.instanceof(Uint8Array), types.binary, [types.binary], [types.string]],
    ['binary()', binary(), types.binary, [types.binary], [types.string]],
    ['int8().nullable()', int8().min(5).nullable(), types.int8, [types.int8], [types.int16]],
    ['decimal(18, 2)', decimal(18, 2).min(0), types.decimal(18, 2), [types.decimal(18, 2)], [types.decimal(18, 3)]],
    [
      'timestamp',
      timestamp({ unit: 'us', zone: 'UTC' }),
      types.timestamp('us', 'UTC'),
      [types.timestamp('us', 'UTC')],
      [types.timestamp('us')],
    ],
    [
      'z.array(z.int())',
      z.array(z.int()),
      types.list(types.int64),
      [types.list(types.int32)],
      [types.list(types.string), types.int32],
    ],
    ['z.literal(5)', z.literal([5, 6]), types.float64, [types.int32], [types.string]],
  ])('%s has its natural type and keeps the types it accepts', (_, schema, natural, kept, converted) => {
    const spec = one(schema)
    expect(spec.natural).toEqual(natural)
    for (const type of kept) expect(accepts(spec, type)).toBe(true)
    for (const type of converted) expect(accepts(spec, type)).toBe(false)
  })

  it('is seen as bigint where the declaration says bigint, and only there', () => {
    expect([z.int64(), z.uint64(), z.bigint(), z.array(z.int64())].map((schema) => one(schema).sees)).toEqual(
      new Array(4).fill('bigint'),
    )
    expect([z.int(), z.number(), z.int32(), z.array(z.int())].map((schema) => one(schema).sees)).toEqual(
      new Array(4).fill(undefined),
    )
  })

  it('may be null when nullable or optional, and not when a default stands in', () => {
    expect(one(z.string()).nullable).toBe(false)
    expect(one(z.string().nullable()).nullable).toBe(true)
    expect(one(z.string().optional()).nullable).toBe(true)
    expect(one(z.string().nullish().readonly()).nullable).toBe(true)
    expect(one(z.string().nullable().default('?'))).toMatchObject({ nullable: false, fallback: '?' })
    expect(one(z.date().default(new Date(5))).fallback).toBe(5)
  })

  it('lists the values of enums and literals', () => {
    expect(one(z.enum(['a', 'b']))).toMatchObject({ natural: types.string, values: ['a', 'b'], constrained: true })
    expect(one(z.literal(['a', null]))).toMatchObject({ values: ['a'], nullable: true })
    expect(one(z.enum({ Low: 1, High: 2, 1: 'Low', 2: 'High' } as never)).values).toEqual([1, 2])
  })

  it('tells types from what a check must judge', () => {
    expect(
      [z.string(), z.int32(), z.number().int(), int8(), z.iso.date()].map((schema) => one(schema).constrained),
    ).toEqual(new Array(5).fill(false))
    expect(
      [z.string().min(1), z.email(), z.int().max(9), z.number().positive()].map((schema) => one(schema).constrained),
    ).toEqual(new Array(4).fill(true))
  })

  it('carries tags, unit and description, whatever wraps it', () => {
    const meta = { tags: ['pii'], unit: 'USD', description: 'what was paid' }
    expect(one(decimal(9, 2).meta(meta)).meta).toEqual(meta)
    expect(
      one(
        z
          .number()
          .meta({ tags: ['pii'], unit: 'USD' })
          .nullable()
          .describe('what was paid'),
      ).meta,
    ).toEqual(meta)
    expect(one(z.number().meta({ id: 'other-things' })).meta).toBeUndefined()
  })

  it('reads objects as structs, with the sight of each field', () => {
    const spec = one(z.object({ a: z.int64(), b: z.string().nullable() }))
    expect(spec.natural).toEqual(
      types.struct([
        { name: 'a', type: types.int64, nullable: false, sees: 'bigint' },
        { name: 'b', type: types.string, nullable: true },
      ]),
    )
    expect(accepts(spec, types.struct([{ name: 'b', type: types.string, nullable: true }]))).toBe(false)
    const found = (type: LogicalType) => types.struct([{ name: 'a', type, nullable: true }])
    expect(one(z.object({ a: z.int() })).settle(found(types.int16))).toEqual(
      types.struct([{ name: 'a', type: types.int16, nullable: false }]),
    )
    expect(one(z.object({ a: z.int() })).settle(found(types.string))).toBeUndefined()
    expect(one(z.object({ a: z.int() })).settle(types.string)).toBeUndefined()
  })

  it.each<[string, z.ZodType]>([
    ['union', z.union([z.string(), z.number()])],
    ['pipe', z.string().transform((text) => text.length)],
    ['any', z.any()],
    ['custom', z.custom<string>(() => true)],
    ['lazy', z.lazy(() => z.string())],
    ['record', z.record(z.string(), z.string())],
    ['catch', z.string().catch('')],
    ['coercion', z.coerce.number()],
    ['literals of string and number', z.literal(['a', 1])],
    ['map', z.map(z.string(), z.string())],
  ])('cannot be a zod %s', (kind, schema) => {
    expect(() => one(schema)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: `Field "x" of a schema is a zod ${kind}, which is no type of a column.`,
      }),
    )
    expect(() => fromZod(z.object({ outer: z.object({ inner: z.array(schema) }) }))).toThrow('Field "outer.inner[]"')
  })

  it('takes plain values as defaults only', () => {
    expect(() => one(z.array(z.string()).default([]))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.stringContaining('Defaults are numbers') }),
    )
    expect(one(z.string().optional().nonoptional()).nullable).toBe(false)
  })

  it('is no decimal of 40 digits', () => {
    expect(() => decimal(40, 2)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})
