import * as arrow from '@uwdata/flechette'
import * as aq from 'arquero'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { buildColumn } from '../../../src/kernel/columns/build.ts'
import { toBatch, toTable } from '../../../src/kernel/columns/from-table.ts'
import { DictionaryColumn } from '../../../src/kernel/columns/text.ts'
import { declaredSchema } from '../../../src/kernel/schema/declared.ts'
import { typeName, types } from '../../../src/kernel/types.ts'

const typesOf = (table: aq.ColumnTable) =>
  toBatch(table, { node: 'clean' }).schema.fields.map(
    ({ name, type, sees }) => `${name}: ${typeName(type)}${sees ? ' as bigint' : ''}`,
  )
const cells = (table: aq.ColumnTable, schema?: z.ZodObject) => {
  const batch = toBatch(table, { node: 'clean', ...(schema === undefined ? {} : { schema: declaredSchema(schema) }) })
  return Object.fromEntries(
    batch.schema.fields.map(({ name }, i) => [name, [...(batch.columns[i] as Iterable<unknown>)]]),
  )
}

const fromArrow = (table: arrow.Table) => aq.fromArrow(arrow.tableToIPC(table, {}) as Uint8Array)

describe('the result of a step without a schema', () => {
  it('is typed by the kind of its values', () => {
    const table = aq.table({
      n: [1, null, 3],
      s: ['a', 'b', undefined],
      b: [true, false, null],
      d: [new Date(5), null, null],
      i: [1n, null, null],
      nothing: [null, undefined, null],
      bytes: [Uint8Array.of(1), null, null],
      list: [[1], null, []],
      struct: [{ b: 'x', a: 1 }, null, { a: 2, b: 'y' }],
    })
    expect(typesOf(table)).toEqual([
      'n: float64',
      's: string',
      'b: boolean',
      'd: timestamp(ms)',
      'i: int64 as bigint',
      'nothing: null',
      'bytes: binary',
      'list: list<float64>',
      'struct: struct<a: float64, b: string>',
    ])
    expect(toBatch(table, { node: 'clean' }).schema.fields.every(({ nullable }) => nullable)).toBe(true)
  })

  it('keeps typed arrays in their own type', () => {
    const table = aq.table({
      a: Int32Array.of(1),
      b: Float64Array.of(1),
      c: BigInt64Array.of(1n),
      d: Uint8ClampedArray.of(1),
      e: BigUint64Array.of(2n ** 63n),
    } as never)
    expect(typesOf(table)).toEqual(['a: int32', 'b: float64', 'c: int64 as bigint', 'd: uint8', 'e: uint64 as bigint'])
    expect(typesOf(table.filter(() => true))).toEqual(typesOf(table))
    expect(cells(table)).toEqual({ a: [1], b: [1], c: [1n], d: [1], e: [2n ** 63n] })
  })

  it('derives floats next to the columns it was given', () => {
    const origin = new DictionaryColumn(Uint8Array.of(0, 1, 0), ['JFK', 'LAX'])
    const batch = {
      schema: {
        fields: [
          { name: 'delay', type: types.int16, nullable: false },
          { name: 'origin', type: types.string, nullable: false },
        ],
      },
      length: 3,
      columns: [buildColumn(types.int16, [5, -2, 20], { column: 'delay' }), origin],
    }
    const table = toTable(batch)
      .derive({ double: (d: { delay: number }) => d.delay * 2 })
      .filter((d: { delay: number }) => d.delay > 0)
      .orderby(aq.desc('delay'))
    expect(typesOf(table)).toEqual(['delay: int16', 'origin: string', 'double: float64'])
    expect(cells(table)).toEqual({ delay: [20, 5], origin: ['JFK', 'JFK'], double: [40, 10] })
  })

  it('never mixes kinds, and quotes the two values that do', () => {
    expect(() => cells(aq.table({ x: [null, 1, 'a'] }))).toThrow(
      expect.objectContaining({
        code: 'SCHEMA_MIXED',
        message:
          'Node "clean", column "x" holds the number 1 (row 1) and the string "a" (row 2): no one type fits both.',
      }),
    )
    expect(() => cells(aq.table({ x: [{ a: 1 }, { b: 1 }] }))).toThrow(
      'holds the struct {"a":1} (row 0) and the struct {"b":1} (row 1)',
    )
    expect(() => cells(aq.table({ x: [[1], ['a']] }))).toThrow('holds the number 1 (row 0) and the string "a" (row 1)')
    expect(() => cells(aq.table({ x: [1, 1n] }))).toThrow(expect.objectContaining({ code: 'SCHEMA_MIXED' }))
  })

  it('holds no functions, maps or symbols', () => {
    expect(() => cells(aq.table({ x: [new Map()] }))).toThrow(
      expect.objectContaining({
        code: 'TYPE_UNSUPPORTED',
        message: 'Node "clean", column "x", row 0: a cell cannot hold a Map.',
      }),
    )
    expect(() => cells(aq.table({ x: [() => 1] }))).toThrow('a cell cannot hold a function')
  })

  it('has columns of one length', () => {
    expect(() => cells(aq.table({ x: [1, 2], y: [1] }))).toThrow(
      expect.objectContaining({
        code: 'SCHEMA_MISMATCH',
        message: 'Node "clean" returned column "y" with 1 rows in a table of 2.',
      }),
    )
  })

  it('keeps the types of Arrow columns that others made', () => {
    const table = (useBigInt: boolean) =>
      aq.fromArrow(
        arrow.tableToIPC(
          arrow.tableFromArrays(
            { i: [1, 2], s: ['a', 'a'], d: [new Date(0), new Date(86_400_000)], big: [1, null] },
            {
              types: { i: arrow.int16(), s: arrow.dictionary(arrow.utf8()), d: arrow.dateDay(), big: arrow.int64() },
            },
          ),
          {},
        ) as Uint8Array,
        { useBigInt },
      )
    expect(typesOf(table(false))).toEqual(['i: int16', 's: string', 'd: date', 'big: int64'])
    expect(typesOf(table(true))).toEqual(['i: int16', 's: string', 'd: date', 'big: int64 as bigint'])
    expect(cells(table(false).filter((d: { i: number }) => d.i > 1))).toEqual({
      i: [2],
      s: ['a'],
      d: [86_400_000],
      big: [null],
    })
    const times = arrow.tableFromArrays(
      { t: [1_500_000n, null], m: [4.5, 0.25] },
      { types: { t: arrow.timeMicrosecond(), m: arrow.decimal(9, 2) } },
    )
    expect(cells(fromArrow(times))).toEqual({ t: [1500, null], m: [4.5, 0.25] })
    const beyond = arrow.tableFromArrays({ big: [2n ** 60n] }, { types: { big: arrow.int64() } })
    expect(() => cells(fromArrow(beyond))).toThrow(expect.objectContaining({ code: 'TYPE_PRECISION' }))
  })
})

describe('the result of a step with a schema', () => {
  const Flight = z.object({
    date: z.date(),
    delay: z.int32(),
    note: z.string().nullable(),
    share: z.number().default(0),
  })

  it('is built as declared: in order, missing nullable columns null, defaults filled, further columns dropped', () => {
    const table = aq.table({ extra: [1, 2], delay: [5, 6], date: [0, new Date(1)], share: [0.5, null] })
    expect(cells(table, Flight)).toEqual({ date: [0, 1], delay: [5, 6], note: [null, null], share: [0.5, 0] })
    expect(toBatch(table, { node: 'clean', schema: declaredSchema(Flight) }).schema).toEqual(declaredSchema(Flight))
  })

  it('names a declared column that is missing, and those that are there', () => {
    expect(() => cells(aq.table({ date: [0], dely: [1] }), Flight)).toThrow(
      expect.objectContaining({
        code: 'COLUMN_MISSING',
        message: 'Node "clean" returned no column "delay", which its schema declares.',
        hint: expect.stringContaining('"date", "dely"'),
      }),
    )
  })

  it('refuses values that do not fit, and nulls where none may be', () => {
    expect(() => cells(aq.table({ date: [0], delay: [1.5] }), Flight)).toThrow(
      'Node "clean", column "delay", row 0: 1.5 cannot be held by int32 without loss.',
    )
    expect(() => cells(aq.table({ date: [0], delay: [null] }), Flight)).toThrow(
      'column "delay", row 0: the value is absent',
    )
    const schema = declaredSchema(Flight)
    expect(
      toBatch(aq.table({ date: [0], delay: [null] }), { node: 'clean', schema, nulls: 'leave' }).columns[1]?.nullCount,
    ).toBe(1)
  })

  it('takes milliseconds from typed and plain columns alike', () => {
    const schema = z.object({ at: z.date() })
    expect(cells(aq.table({ at: Float64Array.of(5) } as never), schema)).toEqual({ at: [5] })
    expect(cells(toTable(toBatch(aq.table({ at: [5] }), { node: 'x' })), schema)).toEqual({ at: [5] })
  })

  it('is found wrong on an empty table already', () => {
    const text = toTable(toBatch(aq.table({ at: ['a'] }), { node: 'x' })).filter(() => false)
    expect(() => cells(text, z.object({ at: z.date() }))).toThrow(expect.objectContaining({ code: 'SCHEMA_MISMATCH' }))
  })
})
