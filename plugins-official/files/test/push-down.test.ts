// Long because: tables of types, values and rules stand beside the properties that draw from them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  all,
  any,
  compare,
  completeness,
  decreasing,
  distinctBetween,
  increasing,
  isNull,
  key,
  length,
  max,
  maxBetween,
  meanBetween,
  min,
  minBetween,
  not,
  notMatches,
  notOneOf,
  stdevBetween,
  sumBetween,
  when,
} from '@tidegate/checks'
import { type Duck, openDuckDB } from '@tidegate/duckdb'
import { checkFile, type FileCheck } from '@tidegate/files'
import fc from 'fast-check'
import {
  type Batch,
  between,
  buildColumn,
  type Check,
  type LogicalType,
  matches,
  notNull,
  oneOf,
  rowCount,
  types,
  unique,
} from 'tidegate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

const folder = mkdtempSync(join(tmpdir(), 'tidegate-push-'))
let duck: Duck
beforeAll(async () => {
  duck = await openDuckDB({ threads: 1 })
})
afterAll(() => {
  duck.close()
  rmSync(folder, { recursive: true, force: true })
})

type Cell = number | bigint | string | boolean | null
const edge = 2 ** 53
const day = 86_400_000
const small = fc.integer({ min: -4, max: 4 })
const doubles = fc.oneof(
  fc.constantFrom(0, -0, Number.NaN, 0.1, 0.5, edge, edge + 2, -edge, 1e308, Infinity, -Infinity),
  small,
  fc.double(),
)
const wide = fc.oneof(
  fc.bigInt({ min: -4n, max: 4n }),
  fc.bigInt({ min: BigInt(edge) - 2n, max: BigInt(edge) + 2n }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
)
const words = [
  '',
  'a',
  'b',
  'A',
  '10',
  'a b',
  'line\nend',
  '😀',
  '😀a',
  '～',
  'zürich',
  "it's",
  'K',
  'ſ',
  '\u2028',
  'x'.repeat(40),
  'a@b.cc',
]
const texts = fc.oneof(
  fc.constantFrom(...words),
  fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => !text.includes('\0')),
)
const cents = fc
  .oneof(fc.integer({ min: -300, max: 300 }), fc.constantFrom(10, 30, 110))
  .map((n) => decimal(BigInt(n), 2))
const huge = fc.bigInt({ min: BigInt(edge) * 100n - 3n, max: BigInt(edge) * 100n + 3n }).map((n) => decimal(n, 2))
const moments = fc.integer({ min: -5, max: 5 }).map((n) => n * 1000 + 0.5)

function decimal(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

interface Kind {
  readonly type: LogicalType
  readonly cells: fc.Arbitrary<Exclude<Cell, null>>
  /** Constants to hold against it. */
  readonly bounds: fc.Arbitrary<number | bigint>
}
const kinds: Readonly<Record<string, Kind>> = {
  int8: { type: types.int8, cells: small, bounds: fc.oneof(small, fc.constantFrom(-0.5, 300, -Infinity, 2n)) },
  uint32: { type: types.uint32, cells: fc.nat({ max: 5 }), bounds: fc.oneof(small, fc.constantFrom(2 ** 32, -1, 1.5)) },
  int64: {
    type: types.int64,
    cells: wide,
    bounds: fc.oneof(wide, small, fc.constantFrom(edge, edge + 2, 0.5, Infinity)),
  },
  float64: { type: types.float64, cells: doubles, bounds: doubles.filter((value) => !Number.isNaN(value)) },
  float32: {
    type: types.float32,
    cells: fc.constantFrom(0, -0, 1.5, -2.25, Number.NaN, 0.10000000149011612),
    bounds: fc.constantFrom(0, 0.1, 1.5, Infinity),
  },
  decimal: { type: types.decimal(18, 2), cells: cents, bounds: fc.constantFrom(0, 0.1, 0.3, 1.1, -3, 1.005, 2n) },
  wideDecimal: {
    type: types.decimal(38, 2),
    cells: fc.oneof(cents, huge),
    bounds: fc.constantFrom(0, 1.1, edge, edge + 2, -Infinity, BigInt(edge) + 1n),
  },
  date: {
    type: types.date,
    cells: fc.integer({ min: -3, max: 3 }).map((n) => n * day),
    bounds: fc.oneof(
      small.map((n) => n * day),
      fc.constantFrom(0.5, day + 1, -Infinity),
    ),
  },
  timestamp: {
    type: types.timestamp('us'),
    cells: moments,
    bounds: fc.constantFrom(0, 500.5, 1000.5, 1000.4999999, -1999.5, Infinity),
  },
  nanoseconds: { type: types.timestamp('ns'), cells: moments, bounds: fc.constantFrom(0, 1000.5, 1000.500001, 2000) },
  instant: { type: types.timestamp('us', 'UTC'), cells: moments, bounds: fc.constantFrom(0, 1000.5, -1999.5) },
  string: { type: types.string, cells: texts, bounds: fc.constant(0) },
  boolean: { type: types.boolean, cells: fc.boolean(), bounds: fc.constant(0) },
}
const numeric = ['int8', 'uint32', 'int64', 'float64', 'float32', 'decimal', 'wideDecimal']
const patterns = [
  /^a/,
  /b$/,
  /^[a-z]+$/,
  /[^a]/u,
  /^.*$/,
  /^[^@\s]+@[^@\s]+\.[a-z]{2,}$/,
  /^\d+$/,
  /a|😀|ü/,
  /^(?:a|b)*$/i,
  /k/i,
  /\s/,
  /^.$/u,
  /^.$/,
  /\bx/,
  /^[^\n]+$/s,
  /s$/i,
]

/** Two columns and rules about them; a rule of an unfit type is left out. */
interface Case {
  readonly kinds: readonly [string, string]
  readonly rows: readonly (readonly [Cell, Cell])[]
  readonly rules: readonly Check[]
}

function rowRules(name: string, column: string): fc.Arbitrary<Check> {
  const { bounds, cells } = kinds[name] as Kind
  const c = column as never
  const nulls = [fc.constant(notNull(c)), fc.constant(isNull(c))]
  if (name === 'string') {
    const listed = fc.array(texts, { minLength: 1, maxLength: 3 })
    const pattern = fc.constantFrom(...patterns)
    return fc.oneof(
      ...nulls,
      listed.map((values) => oneOf(c, values as never)),
      listed.map((values) => notOneOf(c, values as never)),
      pattern.map((given) => matches(c, given)),
      pattern.map((given) => notMatches(c, given)),
      fc
        .tuple(fc.nat({ max: 2 }), fc.nat({ max: 4 }))
        .map(([low, more]) => length(c, { min: low, max: low + more + 0.5 })),
    ) as fc.Arbitrary<Check>
  }
  if (name === 'boolean')
    return fc.oneof(
      ...nulls,
      fc.boolean().map((value) => oneOf(c, [value] as never)),
    ) as fc.Arbitrary<Check>
  const values = fc.array(fc.oneof(bounds, ...(name.endsWith('ecimal') ? [] : [cells as fc.Arbitrary<number>])), {
    minLength: 1,
    maxLength: 3,
  })
  return fc.oneof(
    ...nulls,
    fc
      .tuple(bounds, bounds)
      .map(([a, b]) => (a <= b ? between(c, a as never, b as never) : between(c, b as never, a as never))),
    fc.tuple(bounds, fc.boolean()).map(([bound, strict]) => min(c, bound as never, { strict })),
    fc.tuple(bounds, fc.boolean()).map(([bound, strict]) => max(c, bound as never, { strict })),
    values.map((list) => oneOf(c, list as never)),
    values.map((list) => notOneOf(c, list as never)),
  ) as fc.Arbitrary<Check>
}

const operators = ['<', '<=', '==', '!=', '>=', '>'] as const
function rulesOf(left: string, right: string): fc.Arbitrary<readonly Check[]> {
  const plain = fc.oneof(rowRules(left, 'a'), rowRules(right, 'B "q'))
  const pair = fc
    .tuple(fc.constantFrom(...operators), fc.constantFrom('unknown' as const, 'value' as const))
    .map(([operator, nulls]) => compare('a' as never, operator, 'c' as never, { nulls }) as Check)
  const single = fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: pair })
  const combined = fc.oneof(
    single.map((rule) => not(rule) as Check),
    fc.tuple(single, single).map(([a, b]) => all([a, b]) as Check),
    fc.tuple(single, single).map(([a, b]) => any([not(a), b]) as Check),
    fc.tuple(single, single).map(([a, b]) => when(a, b) as Check),
  )
  const column = fc.constantFrom('a', 'B "q') as fc.Arbitrary<never>
  const ordered =
    left === 'boolean'
      ? []
      : [
          fc.boolean().map((strict) => increasing('a' as never, { strict })),
          fc.boolean().map((strict) => decreasing('a' as never, { strict })),
        ]
  const across = fc.oneof(
    fc.tuple(column, fc.constantFrom('all' as const, 'later' as const)).map(([name, lose]) => unique(name, { lose })),
    fc.constantFrom('all' as const, 'later' as const).map((lose) => key(['a', 'B "q'] as never, { lose })),
    ...ordered,
  ) as fc.Arbitrary<Check>
  const range = fc
    .tuple((kinds[left] as Kind).bounds, (kinds[left] as Kind).bounds)
    .map(([a, b]) => (a <= b ? { min: a, max: b } : { min: b, max: a }))
  const totals = !numeric.includes(left)
    ? []
    : [
        range.map((bounds) => meanBetween('a' as never, bounds as never)),
        range.map((bounds) => stdevBetween('a' as never, bounds as never)),
        ...(left === 'int64' || left === 'wideDecimal'
          ? []
          : [range.map((bounds) => sumBetween('a' as never, bounds as never))]),
      ]
  const extremes =
    left === 'string' || left === 'boolean'
      ? []
      : [
          range.map((bounds) => minBetween('a' as never, bounds as never)),
          range.map((bounds) => maxBetween('a' as never, bounds as never)),
        ]
  const sets = fc.oneof(
    fc.nat({ max: 30 }).map((least) => rowCount(least, least + 10)),
    fc.double({ min: 0, max: 1, noNaN: true }).map((share) => completeness('a' as never, { min: share })),
    fc.nat({ max: 6 }).map((least) => distinctBetween('a' as never, { min: least, max: least + 3 })),
    ...totals,
    ...extremes,
  ) as fc.Arbitrary<Check>
  return fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: single },
        { weight: 2, arbitrary: combined },
        { weight: 2, arbitrary: across },
        { weight: 2, arbitrary: sets },
      ),
      { minLength: 1, maxLength: 8 },
    )
    .map((rules) => rules.filter((rule, i) => rules.findIndex(({ name }) => name === rule.name) === i))
}

const cases: fc.Arbitrary<Case> = fc
  .tuple(fc.constantFrom(...Object.keys(kinds)), fc.constantFrom(...Object.keys(kinds)))
  .chain(([left, right]) => {
    const cell = (name: string) => fc.option((kinds[name] as Kind).cells as fc.Arbitrary<Cell>, { freq: 5 })
    return fc.record({
      kinds: fc.constant([left, right] as const),
      rows: fc.array(fc.tuple(cell(left), cell(right)), { maxLength: 30, size: 'max' }),
      rules: rulesOf(left, right),
    })
  })

/** Column `c` is column `a` turned round. */
async function write({ kinds: [left, right], rows }: Case, file: string): Promise<void> {
  const names = ['a', 'B "q', 'c']
  const own = [kinds[left] as Kind, kinds[right] as Kind, kinds[left] as Kind]
  const sees = (type: LogicalType) => (type.kind === 'int' && type.bits === 64 ? ('bigint' as const) : undefined)
  const cells = [rows.map(([a]) => a), rows.map(([, b]) => b), rows.map(([a]) => a).reverse()]
  const columns = own.map(({ type }, i) =>
    buildColumn(type, cells[i] as Cell[], { column: names[i] as string }, sees(type)),
  )
  const fields = own.map(({ type }, i) => ({
    name: names[i] as string,
    type,
    nullable: true,
    ...(sees(type) === undefined ? {} : { sees: 'bigint' as const }),
  }))
  const batch: Batch = { schema: { fields }, length: rows.length, columns }
  await duck.registerBatches('t', batch.schema, [batch])
  await duck.run(`COPY t TO '${file}' (FORMAT parquet)`)
}

/** Without it, integers beyond 2^53 are an error. */
const zods: Readonly<Record<string, z.ZodType>> = { int64: z.int64(), string: z.string(), boolean: z.boolean() }
function declared({ kinds: [left, right] }: Case): z.ZodObject | undefined {
  const [a, b] = [zods[left], zods[right]]
  if (a === undefined || b === undefined) return undefined
  return z.object({ a: a.nullable(), 'B "q': b.nullable(), c: a.nullable() })
}

/** Without the way, for comparing. */
function told({ rows, outcomes, unread, pass }: FileCheck): unknown {
  const batch = (given: Batch | undefined) =>
    given && { names: given.schema.fields.map(({ name }) => name), rows: given.columns.map((column) => [...column]) }
  return {
    rows,
    pass,
    unread: unread.rows,
    checks: outcomes.map(({ check, failed, of, passes, verdict, samples }) => ({
      check: check.name,
      failed,
      of,
      passes,
      verdict,
      samples: batch(samples),
    })),
  }
}

async function bothWays(file: string, rules: readonly Check[], more: { schema?: z.ZodObject } = {}) {
  const ask = (pushDown: boolean) =>
    checkFile(file, rules, { samples: 3, threads: 2, pushDown, ...more }).then(
      (result) => ({ result, told: told(result) }),
      (error: Error) => ({ result: undefined, told: `${(error as { code?: string }).code}: ${error.message}` }),
    )
  const [pushed, inProcess] = [await ask(true), await ask(false)]
  expect(pushed.told).toEqual(inProcess.told)
  return pushed.result
}

describe('rules that are pushed down', () => {
  it('say of every Parquet file what they say in process', { timeout: 600_000 }, async () => {
    const file = join(folder, 'some.parquet')
    const ways = { pushed: 0, left: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(cases, async (given) => {
        await write(given, file)
        const schema = declared(given)
        const result = await bothWays(file, given.rules, schema === undefined ? {} : { schema })
        if (result === undefined) ways.refused++
        for (const { way } of result?.outcomes ?? []) ways[way === 'pushed' ? 'pushed' : 'left']++
      }),
      { numRuns: Number(process.env['PUSH_RUNS'] ?? 40) },
    )
    expect(ways.pushed).toBeGreaterThan(ways.left)
  })

  it('say of every CSV file what they say in process', { timeout: 300_000 }, async () => {
    const file = join(folder, 'some.csv')
    const names = ['int8', 'float64', 'string', 'boolean', 'date']
    const plain = cases.filter(({ kinds: [left, right] }) => names.includes(left) && names.includes(right))
    await fc.assert(
      fc.asyncProperty(plain, async (given) => {
        await write(given, join(folder, 'for-csv.parquet'))
        await duck.run(`COPY t TO '${file}' (FORMAT csv, HEADER)`)
        await bothWays(file, given.rules)
      }),
      { numRuns: Math.ceil(Number(process.env['PUSH_RUNS'] ?? 30) / 2) },
    )
  })

  it('number rows over many row groups and threads as they lie', async () => {
    const file = join(folder, 'long.parquet')
    await duck.run(
      `COPY (SELECT CASE WHEN i = 150000 THEN 7 ELSE i END AS id, 'v' || (i % 99991) AS name, (i % 1000) / 4 AS x, i % 3 = 0 AS flag FROM range(200000) t(i))
       TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 4096)`,
    )
    const result = await bothWays(file, [
      increasing('id' as never),
      unique('id'),
      unique('name', { lose: 'later' }),
      between('id' as never, 0, 199_990 as never),
      meanBetween('x' as never, { min: 0, max: 200 } as never),
      matches('name' as never, /^v\d+$/),
    ])
    expect(result?.outcomes.map(({ way, failed }) => [way, failed])).toEqual([
      ['pushed', 1],
      ['pushed', 2],
      ['pushed', 100_009],
      ['pushed', 9],
      ['pushed', 0],
      ['pushed', 0],
    ])
  })

  it('are left to the code where DuckDB could not be exact, each with its reason', async () => {
    const file = join(folder, 'left.parquet')
    await duck.run(
      `COPY (SELECT i AS id, i::DOUBLE AS x, 'a' || i AS name, uuid() AS u FROM range(4) t(i)) TO '${file}' (FORMAT parquet)`,
    )
    const result = await bothWays(file, [
      meanBetween('x' as never, { min: 1.5 } as never),
      matches('name' as never, /^(?=a)/),
      length('u' as never, { min: 1 }),
      rowCount(4, 4),
    ])
    expect(result?.outcomes.map(({ why }) => why)).toEqual([
      'the order of rows may decide it',
      'its pattern may mean something else to DuckDB',
      'u is UUID in the file',
      undefined,
    ])
  })

  it('decide nothing about integers that a number cannot hold, so that the error stays', async () => {
    const file = join(folder, 'wide.parquet')
    await duck.run(`COPY (SELECT 9007199254740993 AS id) TO '${file}' (FORMAT parquet)`)
    await expect(checkFile(file, [notNull('id' as never)])).rejects.toMatchObject({ code: 'TYPE_PRECISION' })
  })

  it('decide nothing about a CSV file that two readers may read differently', async () => {
    const file = join(folder, 'doubt.csv')
    writeFileSync(file, 'id,name\n1,"two\nlines"\n2,b\nx,c\n')
    const schema = z.object({ id: z.int().nullable(), name: z.string().nullable() })
    const result = await bothWays(file, [notNull('id' as never)], { schema })
    expect(result).toMatchObject({ rows: 3, unread: { rows: 1 }, pass: false })
    expect(result?.outcomes[0]).toMatchObject({ way: 'in process', failed: 0 })
  })

  it('fail with the same error where a rule does not fit the columns', async () => {
    const file = join(folder, 'misfit.parquet')
    await duck.run(`COPY (SELECT 'a' AS name) TO '${file}' (FORMAT parquet)`)
    await expect(checkFile(file, [between('name' as never, 0, 1 as never)])).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
    })
    await expect(checkFile(file, [notNull('nmae' as never)])).rejects.toMatchObject({ code: 'COLUMN_MISSING' })
  })
})
