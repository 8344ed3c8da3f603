import { escape as asIs } from 'arquero'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Batch } from '../../../../src/kernel/columns/batch.ts'
import { type LogicalType, type TableSchema, types } from '../../../../src/kernel/types.ts'
import type { Check, RowRule } from '../../../../src/plugins/check.ts'
import { between } from '../../../../src/plugins/defaults/checks/between.ts'
import { expression } from '../../../../src/plugins/defaults/checks/expression.ts'
import { matches } from '../../../../src/plugins/defaults/checks/matches.ts'
import { notNull } from '../../../../src/plugins/defaults/checks/not-null.ts'
import { oneOf } from '../../../../src/plugins/defaults/checks/one-of.ts'
import { satisfies, schemaOfCheck } from '../../../../src/plugins/defaults/checks/satisfies.ts'
import { batchesOf, batchOf, type Cell, column, cuts, hows, tables } from '../../../kernel/hash/columns.ts'

/** Which rows fail, batch after batch. */
function failing(check: Check, batches: readonly Batch[]): boolean[] {
  const run = (check.rule as RowRule).compile(batches[0]!.schema)
  return batches.flatMap((batch) => {
    const bits = new Uint8Array((batch.length + 7) >> 3)
    run(batch, bits)
    if ((batch.length & 7) !== 0) expect(bits.at(-1)! >> (batch.length & 7)).toBe(0)
    return Array.from({ length: batch.length }, (_, row) => ((bits[row >> 3]! >> (row & 7)) & 1) === 1)
  })
}

const schemaOf = (type: LogicalType): TableSchema => ({ fields: [{ name: 'c0', type, nullable: true }] })
const of = (type: LogicalType, cells: readonly Cell[]): Batch[] => [
  { schema: schemaOf(type), length: cells.length, columns: [column(type, cells)] },
]

/** For every column of these types, encoding and split, the check fails exactly the rows that `fails` says of the cell as a step sees it. */
function agrees(names: readonly string[], check: Check, fails: (cell: any) => boolean): void {
  fc.assert(
    fc.property(tables({ names, max: 1, rows: 70 }), cuts, hows, (table, at, how) => {
      const whole = batchOf(table, 0, table[0]!.cells.length).columns[0]!
      expect(failing(check, batchesOf(table, at, how))).toEqual([...whole].map(fails))
    }),
  )
}

const numbers = ['int8', 'int32', 'uint32', 'int64', 'float64', 'float32', 'decimal', 'date', 'timestamp']

describe('row checks against one cell at a time', () => {
  it('notNull fails what is absent', () => {
    agrees([...numbers, 'boolean', 'string'], notNull('c0'), (cell) => cell === null)
  })
  it.each([
    [-2, 3],
    [0, 0],
    [Number.NEGATIVE_INFINITY, 2.5],
    [-1e12, 1e15],
    [0.5, 0.6],
    [4e9, 5e9],
  ] as const)('between(%d, %d) fails what lies outside and NaN', (min, max) => {
    agrees(numbers, between('c0', min, max), (cell) => cell !== null && !(cell >= min && cell <= max))
  })
  it('between with bigints is exact', () => {
    const max = 2n ** 62n + 1n
    agrees(['int64', 'int8'], between('c0', -3n, max), (cell) => cell !== null && !(cell >= -3n && cell <= max))
    expect(failing(between('c0', 0n, max), of(types.int64, [max, max + 1n, -1n, null]))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
  it('oneOf fails what is not listed', () => {
    agrees(['string'], oneOf('c0', ['', 'b', '😀']), (cell) => cell !== null && !['', 'b', '😀'].includes(cell))
    agrees(
      ['int8', 'int32', 'int64', 'float64', 'float32'],
      oneOf('c0', [0, 2, 1.5]),
      (cell) => cell !== null && ![0, 2, 1.5].includes(Number(cell)),
    )
    agrees(['boolean'], oneOf('c0', [true]), (cell) => cell === false)
    expect(failing(oneOf('c0', [2n ** 62n]), of(types.int64, [2n ** 62n, 2n ** 62n + 1n, null]))).toEqual([
      false,
      true,
      false,
    ])
  })
  it('matches fails text without a match, whatever the flags', () => {
    agrees(['string'], matches('c0', /^[a-z]+$/gy), (cell) => cell !== null && !/^[a-z]+$/.test(cell))
    agrees(['string'], matches('c0', /ü/), (cell) => cell !== null && !cell.includes('ü'))
    const pattern = /a/g
    pattern.lastIndex = 1
    expect(failing(matches('c0', pattern), of(types.string, ['a', 'a', 'ba', 'b']))).toEqual([
      false,
      false,
      false,
      true,
    ])
    expect(failing(matches('c0', /a/y), of(types.string, ['a', 'ab', 'ba']))).toEqual([false, false, true])
    expect(pattern.lastIndex).toBe(1)
  })
  it.each([
    ['int32', z.int32().min(-3).lt(4).nullable()],
    ['int32', z.number().gt(0)],
    ['float64', z.number().max(1.5).nullable()],
    ['float64', z.int().optional()],
    ['float32', z.number().multipleOf(0.5).nullable()],
    ['int64', z.int64().min(-2n).nullable()],
    [
      'string',
      z
        .string()
        .min(1)
        .regex(/^[a-z]/)
        .nullable(),
    ],
    ['string', z.enum(['a', 'b'])],
    [
      'string',
      z
        .string()
        .refine((text) => text.length < 3)
        .nullable(),
    ],
    ['boolean', z.literal(true).nullable()],
  ] as const)('satisfies fails what zod refuses: %s', (name, schema) => {
    const parses = (cell: unknown) =>
      schema.safeParse(cell).success || (cell === null && schema.safeParse(undefined).success)
    agrees([name], satisfies(z.object({ c0: schema })), (cell) => !parses(cell))
    agrees([name], satisfies(z.object({ c0: schema }).refine(() => true)), (cell) => !parses(cell))
  })
  it('satisfies gives dates to z.date() and rows to refinements of the object', () => {
    const after = z.object({ c0: z.date().min(new Date(86_400_000)) })
    expect(failing(satisfies(after), of(types.date, [0, 1, 2]))).toEqual([true, false, false])
    const schema = { fields: ['a', 'b'].map((name) => ({ name, type: types.int32, nullable: false })) }
    const batch = { schema, length: 3, columns: [column(types.int32, [1, 2, 3]), column(types.int32, [2, 2, 2])] }
    const ordered = satisfies(
      z.object({ a: z.int(), b: z.int() }).refine(({ a, b }) => a <= b, { path: ['b'], message: 'before a' }),
    )
    expect(failing(ordered, [batch])).toEqual([false, false, true])
    expect((ordered.rule as RowRule).explain?.(schema)(batch, 2)).toBe('satisfies(a, b): b: before a')
    expect((ordered.rule as RowRule).code).toHaveLength(1)
  })
  it('expression fails where Arquero says false, and passes what is unknown', () => {
    agrees(
      ['int32', 'float64'],
      expression('small', (d: any) => d.c0 < 3),
      (cell) => !((cell as number) < 3),
    ) // in Arquero null < 3 is true
    agrees(
      ['int32'],
      expression('unknown', (d: any) => (d.c0 == null ? null : d.c0 > 0)),
      (cell) => cell !== null && cell <= 0,
    )
    agrees(
      ['string'],
      expression('named', (d: any) => d.c0 !== 'b'),
      (cell) => cell === 'b',
    )
  })
})

describe('what checks say of themselves', () => {
  it('is named after the call', () => {
    expect(
      [
        notNull('origin'),
        between('delay', -120, 1440),
        between('id', 0n, 5n),
        oneOf('state', ['CA', 'NY']),
        matches('iata', /^[A-Z]{3}$/),
        expression('far', (d: any) => d.distance > d.delay),
      ].map(({ name, columns }) => [name, columns]),
    ).toEqual([
      ['notNull(origin)', ['origin']],
      ['between(delay, -120, 1440)', ['delay']],
      ['between(id, 0n, 5n)', ['id']],
      ["oneOf(state, 'CA' | 'NY')", ['state']],
      ['matches(iata, /^[A-Z]{3}$/)', ['iata']],
      ['far', ['distance', 'delay']],
    ])
  })
  it('carries verdict and thresholds', () => {
    expect(between('delay', 0, 1, { verdict: 'drop', atLeast: 0.99, atMost: 5 })).toMatchObject({
      verdict: 'drop',
      atLeast: 0.99,
      atMost: 5,
    })
    expect('verdict' in notNull('a')).toBe(false)
  })
  it('keeps the schema that satisfies was made of, apart from its parameters', () => {
    const schema = z.object({ c0: z.int() })
    expect(schemaOfCheck(satisfies(schema))).toBe(schema)
    expect(schemaOfCheck(notNull('c0'))).toBeUndefined()
  })
  it('has parameters that are JSON and tell schemas apart', () => {
    const [a, b] = [z.object({ c0: z.date().min(new Date(1)) }), z.object({ c0: z.date().min(new Date(2)) })].map(
      (schema) => satisfies(schema).parameters,
    )
    expect(a).not.toEqual(b)
    const parameters = between('id', 0n, Number.POSITIVE_INFINITY as unknown as bigint).parameters
    expect(JSON.parse(JSON.stringify(parameters))).toEqual(parameters)
  })
})

describe('checks that cannot work', () => {
  const delay = schemaOf(types.int32)
  const compile = (check: Check, schema = delay) => (check.rule as RowRule).compile(schema)
  it.each([
    ['COLUMN_MISSING', 'notNull(c1): there is no column "c1".', () => compile(notNull('c1'))],
    [
      'SCHEMA_MISMATCH',
      'matches(c0, /a/): the column "c0" is int32, but text is needed.',
      () => compile(matches('c0', /a/)),
    ],
    [
      'SCHEMA_MISMATCH',
      'between(c0, 0, 1): the column "c0" is string, but a number, date or time is needed.',
      () => compile(between('c0', 0, 1), schemaOf(types.string)),
    ],
    [
      'SCHEMA_MISMATCH',
      'oneOf(c0, \'a\'): the column "c0" is int32, but text is needed.',
      () => compile(oneOf('c0', ['a'])),
    ],
    ['CONFIG_INVALID', 'between(c0, 5, 1): no value lies between 5 and 1.', () => between('c0', 5, 1)],
    ['CONFIG_INVALID', 'oneOf(c0): the list of values is empty, so no row could pass.', () => oneOf('c0', [])],
    [
      'CONFIG_INVALID',
      'notNull(c0): atLeast is 99, but a share of the rows lies between 0 and 1.',
      () => notNull('c0', { atLeast: 99 }),
    ],
    [
      'CONFIG_INVALID',
      'notNull(c0): atMost is 0.5, but a number of rows is a whole number from 0 on.',
      () => notNull('c0', { atMost: 0.5 }),
    ],
    ['CONFIG_INVALID', 'notNull(c0): unknown option "atLest".', () => notNull('c0', { atLest: 0.9 } as never)],
    [
      'COLUMN_MISSING',
      'far: there is no column "distance".',
      () => compile(expression('far', (d: any) => d.distance > 5)),
    ],
    [
      'COLUMN_MISSING',
      'satisfies(c5): there is no column "c5".',
      () => compile(satisfies(z.object({ c5: z.string() }))),
    ],
  ] as const)('%s: %s', (code, message, make) => {
    expect(make).toThrow(expect.objectContaining({ code, message }))
  })
  it('an expression over several rows is refused', () => {
    const op = { mean: (_: unknown) => 0 }
    expect(() => compile(expression('far', (d: any) => d.c0 > op.mean(d.c0)))).toThrow(
      expect.objectContaining({ code: 'STEP_NOT_ROW_WISE' }),
    )
  })
  it('an expression that throws is named, and so is one that Arquero cannot read', () => {
    const op = { parse_json: (text: string) => JSON.parse(text) }
    const parsed = expression('json', (d: any) => op.parse_json(d.c0) != null)
    expect(() => failing(parsed, of(types.string, ['{}', '{']))).toThrow(
      expect.objectContaining({ code: 'CHECK_FAILED', message: expect.stringContaining('"json" threw: ') }),
    )
    const thrown = expression(
      'odd',
      asIs(() => {
        throw 'seven'
      }) as never,
    )
    expect(() => failing(thrown, of(types.int32, [1]))).toThrow('The expression "odd" threw: seven')
    const limit = 5
    const closed = expression('closed', (d: any) => d.c0 > limit)
    expect(closed.columns).toEqual([])
    expect(() => compile(closed)).toThrow(expect.objectContaining({ code: 'STEP_EXPRESSION' }))
  })
  it('a refinement that throws or waits is named', () => {
    const broken = satisfies(
      z.object({
        c0: z.number().refine(() => {
          throw new Error('no network')
        }),
      }),
    )
    expect(() => failing(broken, of(types.float64, [1]))).toThrow(
      expect.objectContaining({ code: 'CHECK_FAILED', message: 'satisfies(c0): parsing a row threw: no network' }),
    )
    const waiting = satisfies(z.object({ c0: z.number().refine(async () => true) }))
    expect(() => failing(waiting, of(types.float64, [1]))).toThrow(expect.objectContaining({ code: 'CHECK_FAILED' }))
  })
})
