import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Batch } from '../../../src/kernel/columns/batch.ts'
import { buildField } from '../../../src/kernel/columns/build.ts'
import { Int64Column } from '../../../src/kernel/columns/column.ts'
import { compareSchemas } from '../../../src/kernel/schema/compare.ts'
import { concatBatches } from '../../../src/kernel/schema/concat.ts'
import { conform } from '../../../src/kernel/schema/conform.ts'
import { declaredSchema } from '../../../src/kernel/schema/declared.ts'
import { emptyBatch } from '../../../src/kernel/schema/empty.ts'
import { fromZod } from '../../../src/kernel/schema/from-zod.ts'
import { resolveSchema } from '../../../src/kernel/schema/resolve.ts'
import { unifySchemas } from '../../../src/kernel/schema/unify.ts'
import { type Field, type LogicalType, type TableSchema, types } from '../../../src/kernel/types.ts'

const field = (name: string, type: LogicalType, more: Partial<Field> = {}): Field => ({
  name,
  type,
  nullable: true,
  ...more,
})
const schemaOf = (...fields: Field[]): TableSchema => ({ fields })
const batch = (...columns: readonly (readonly [Field, readonly unknown[]])[]): Batch => ({
  schema: schemaOf(...columns.map(([f]) => f)),
  length: columns[0]?.[1].length ?? 0,
  columns: columns.map(([f, values]) => buildField(f, values)),
})
const rows = (b: Batch) =>
  Object.fromEntries(b.schema.fields.map(({ name }, i) => [name, [...(b.columns[i] as Iterable<unknown>)]]))

describe('the schema a dataset is pinned to', () => {
  const physical = schemaOf(
    field('delay', types.int64),
    field('date', types.timestamp('us')),
    field('origin', types.string),
  )

  it('keeps the types that the declaration leaves open', () => {
    const specs = fromZod(z.object({ date: z.date(), delay: z.int() }))
    const { schema, level, changes } = resolveSchema(specs, physical)
    expect(schema.fields.map(({ name, type, nullable }) => [name, type, nullable])).toEqual([
      ['date', types.timestamp('us'), false],
      ['delay', types.int64, false],
    ])
    expect(level).toBe('compatible')
    expect(changes.map(({ text }) => text)).toEqual(['Column "origin" is not declared and is ignored.'])
  })

  it('pins what the declaration fixes, and says that values will be checked', () => {
    const { schema, level, changes } = resolveSchema(
      fromZod(z.object({ delay: z.int32(), date: z.date(), origin: z.string() })),
      physical,
    )
    expect(schema.fields[0]?.type).toEqual(types.int32)
    expect(level).toBe('convertible')
    expect(changes.map(({ text }) => text)).toEqual([
      'Column "delay" is int64 and is read as int32: each value is checked.',
    ])
  })

  it('has natural types where nothing is known of the data', () => {
    const specs = fromZod(z.object({ id: z.int64(), at: z.date().nullable(), tag: z.string().meta({ tags: ['pii'] }) }))
    expect(resolveSchema(specs, undefined)).toEqual({
      schema: schemaOf(
        { name: 'id', type: types.int64, nullable: false, sees: 'bigint' },
        { name: 'at', type: types.timestamp('ms'), nullable: true },
        { name: 'tag', type: types.string, nullable: false, meta: { tags: ['pii'] } },
      ),
      level: 'exact',
      changes: [],
    })
  })

  it('names every change that makes data incompatible', () => {
    const { level, changes } = compareSchemas(
      schemaOf(field('a', types.string)),
      schemaOf(field('a', types.int32), field('b', types.date, { nullable: false })),
    )
    expect(level).toBe('incompatible')
    expect(changes.map(({ text }) => text)).toEqual([
      'Column "a" is string and cannot be read as int32.',
      'Column "b" (date) is missing and may not be null.',
    ])
  })

  it('says what is widened, filled, or seen otherwise', () => {
    const from = schemaOf(field('n', types.int32), field('big', types.int64, { sees: 'bigint' }))
    const to = schemaOf(
      field('n', types.float64),
      field('big', types.int64),
      field('gone', types.date),
      field('kind', types.string, { nullable: false, fallback: '?' }),
    )
    expect(compareSchemas(from, to).changes.map(({ kind, level, text }) => [kind, level, text])).toEqual([
      ['type', 'compatible', 'Column "n" is int32 and is read as float64, which holds all its values.'],
      [
        'seen',
        'convertible',
        'Column "big" is int64 seen as bigint and is seen as number: each value is checked against 2^53.',
      ],
      ['missing', 'compatible', 'Column "gone" is missing and is read as null.'],
      ['missing', 'compatible', 'Column "kind" is missing and is read as "?".'],
    ])
  })

  it('reads structs field by field', () => {
    const struct = (...fields: Field[]) => schemaOf(field('s', types.struct(fields)))
    const level = (from: TableSchema, to: TableSchema) => compareSchemas(from, to).level
    const a = field('a', types.int32)
    expect(level(struct(a), struct(field('a', types.int64), field('b', types.string)))).toBe('compatible')
    expect(level(struct(a), struct(field('a', types.int8)))).toBe('convertible')
    expect(level(struct(a), struct(field('a', types.int32, { nullable: false })))).toBe('exact')
    expect(level(struct(a), struct(field('b', types.string)))).toBe('incompatible')
    expect(level(struct(), struct(field('b', types.string, { nullable: false })))).toBe('incompatible')
  })

  it('is the same whatever the order of columns', () => {
    const turned = { fields: [...physical.fields].reverse() }
    expect(compareSchemas(turned, physical)).toEqual({ level: 'exact', changes: [] })
  })
})

describe('a batch read through a pinned schema', () => {
  it('is itself where nothing differs', () => {
    const b = batch([field('a', types.int64), [1, null]], [field('s', types.string), ['x', 'y']])
    expect(conform(b, b.schema)).toBe(b)
    expect(conform(b, structuredClone(b.schema))).toBe(b)
  })

  it('gets its columns in order, missing ones null or by default, further ones left out', () => {
    const b = batch(
      [field('z', types.float64), [1, 2]],
      [field('b', types.int32), [3, 4]],
      [field('a', types.string), ['x', null]],
    )
    const to = schemaOf(
      field('a', types.string, { nullable: false, fallback: '?' }),
      field('b', types.int64),
      field('c', types.date),
      field('d', types.int32, { fallback: 7 }),
    )
    const read = conform(b, to)
    expect(read.schema).toBe(to)
    expect(rows(read)).toEqual({ a: ['x', '?'], b: [3, 4], c: [null, null], d: [7, 7] })
  })

  it('turns null columns into any type', () => {
    const b = batch([field('a', types.null), [null, null]])
    expect(conform(b, schemaOf(field('a', types.decimal(9, 2)))).columns[0]?.type).toEqual(types.decimal(9, 2))
  })

  it('narrows with every value checked, naming part, column, row and value', () => {
    const b = batch([field('delay', types.int64), [5, 3_000_000_000]])
    expect(() => conform(b, schemaOf(field('delay', types.int32)), { node: 'flights', part: 'a.parquet' })).toThrow(
      expect.objectContaining({
        code: 'TYPE_PRECISION',
        message:
          'Node "flights", part "a.parquet", column "delay", row 1: 3000000000n cannot be held by int32 without loss.',
      }),
    )
  })

  it('refuses 64-bit integers that a step would see rounded, in the very type that is declared', () => {
    const column = new Int64Column(types.int64, BigInt64Array.of(2n ** 53n, -(2n ** 53n), 2n ** 53n + 1n))
    const b: Batch = { schema: schemaOf(field('id', types.int64)), length: 3, columns: [column] }
    expect(() => conform(b, b.schema, { node: 'orders' })).toThrow(
      expect.objectContaining({
        code: 'TYPE_PRECISION',
        message: expect.stringContaining('column "id", row 2: 9007199254740993n'),
      }),
    )
    expect(rows(conform(b, schemaOf(field('id', types.int64, { sees: 'bigint' }))))).toEqual({
      id: [2n ** 53n, -(2n ** 53n), 2n ** 53n + 1n],
    })
    expect(rows(conform({ ...b, length: 2, columns: [column.slice(0, 2)] }, b.schema))).toEqual({
      id: [2 ** 53, -(2 ** 53)],
    })
  })

  it('does not look at what stands in absent rows', () => {
    const column = new Int64Column(types.int64, BigInt64Array.of(1n, 2n ** 60n), Uint8Array.of(1))
    const b: Batch = { schema: schemaOf(field('id', types.int64)), length: 2, columns: [column] }
    expect(rows(conform(b, schemaOf(field('id', types.int32))))).toEqual({ id: [1, null] })
    expect(conform(b, b.schema)).toBe(b)
  })

  it('may hold no null where the schema allows none, unless the gate is to judge', () => {
    const b = batch([field('city', types.string), ['Rome', null]])
    const to = schemaOf(field('city', types.string, { nullable: false }))
    expect(() => conform(b, to, { node: 'airports' })).toThrow(
      'Node "airports", column "city", row 1: the value is absent',
    )
    expect(rows(conform(b, to, { nulls: 'leave' }))).toEqual({ city: ['Rome', null] })
  })

  it('checks what the fields of structs promise', () => {
    const typed = (nullable: boolean) => field('s', types.struct([field('a', types.int32, { nullable })]))
    const b = batch([typed(true), [{ a: 1 }, { a: null }]])
    expect(conform(b, schemaOf(typed(true)))).toBe(b)
    expect(() => conform(b, schemaOf(typed(false)))).toThrow('Column "s.a", row 1: the value is absent')
  })

  it('lists all reasons where there is no reading', () => {
    const b = batch([field('a', types.string), []], [field('b', types.boolean), []])
    const to = schemaOf(
      field('a', types.int32),
      field('b', types.float64),
      field('c', types.string, { nullable: false }),
    )
    expect(() => conform(b, to, { node: 'clean', part: 'b.csv' })).toThrow(
      expect.objectContaining({
        code: 'SCHEMA_MISMATCH',
        message: [
          'Part "b.csv" of node "clean" does not fit the schema:',
          '  - Column "a" is string and cannot be read as int32.',
          '  - Column "b" is boolean and cannot be read as float64.',
          '  - Column "c" (string) is missing and may not be null.',
        ].join('\n'),
      }),
    )
  })
})

describe('the schema of several batches', () => {
  it('takes the first real type for null, and is nullable where one is', () => {
    const a = schemaOf(field('x', types.null), field('y', types.int32, { nullable: false }))
    const b = schemaOf(
      field('x', types.int64, { sees: 'bigint', nullable: false }),
      field('y', types.int32, { nullable: false }),
    )
    expect(unifySchemas(a, b).fields).toEqual([
      field('x', types.int64, { sees: 'bigint' }),
      field('y', types.int32, { nullable: false }),
    ])
    expect(unifySchemas(b, a)).toEqual(unifySchemas(a, b))
  })

  it('cannot have two types in one column', () => {
    const [a, b] = [schemaOf(field('x', types.float64)), schemaOf(field('x', types.string))]
    expect(() => unifySchemas(a, b, { node: 'clean' })).toThrow(
      expect.objectContaining({
        code: 'SCHEMA_MIXED',
        message: 'Node "clean" returned column "x" as float64 and as string.',
      }),
    )
    expect(() => unifySchemas(a, schemaOf(field('z', types.float64)), { node: 'clean' })).toThrow(
      'Node "clean" returned the columns "x", "z" for some',
    )
  })
})

describe('batches laid end to end', () => {
  const schema = declaredSchema(z.object({ s: z.string().nullable(), n: z.int32().nullable() }))

  it('merge their dictionaries and read null columns through the schema', () => {
    const all = concatBatches(schema, [
      batch([field('s', types.string), ['a', 'b', 'a', 'b']], [field('n', types.int32), [1, 2, 3, 4]]),
      batch([field('s', types.string), ['b', 'c', null, 'b']], [field('n', types.null), [null, null, null, null]]),
      emptyBatch(schema),
    ])
    expect(all.length).toBe(8)
    expect(rows(all)).toEqual({ s: ['a', 'b', 'a', 'b', 'b', 'c', null, 'b'], n: [1, 2, 3, 4, null, null, null, null] })
    expect((all.columns[0] as unknown as { dictionary: string[] }).dictionary).toEqual(['a', 'b', 'c'])
  })

  it('are an empty batch of the schema where there are none', () => {
    expect(concatBatches(schema, [])).toEqual(emptyBatch(schema))
    expect(emptyBatch(schema).columns.map(({ type, length }) => [type, length])).toEqual([
      [types.string, 0],
      [types.int32, 0],
    ])
  })
})
