import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Batch, buildColumn, type StepContext, type StepInput, type TableSchema, typeName, types } from 'tidegate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSqlStep } from '../src/sql.ts'

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tidegate-test-'))
})
afterAll(() => rm(scratch, { recursive: true }))

const context = (more: Partial<StepContext> = {}): StepContext => ({
  pipeline: 'p',
  node: 'totals',
  memory: 256 << 20,
  threads: 2,
  scratch: async () => scratch,
  saveFile: () => {
    throw new Error('sql saves no files')
  },
  now: new Date(0),
  random: () => 0.5,
  signal: new AbortController().signal,
  runId: 'r',
  ...more,
})

const flights: TableSchema = {
  fields: [
    { name: 'origin', type: types.string, nullable: false },
    { name: 'delay', type: types.int32, nullable: true },
    { name: 'unused', type: types.string, nullable: true },
  ],
}
const airports: TableSchema = {
  fields: [
    { name: 'iata', type: types.string, nullable: false },
    { name: 'city', type: types.string, nullable: true },
  ],
}
const given = {
  flights: [
    ['ATL', 5, 'x'],
    ['ORD', null, 'x'],
    ['ATL', 7, 'x'],
    ['JFK', -1, 'x'],
  ],
  airports: [
    ['ATL', 'Atlanta'],
    ['ORD', 'Chicago'],
  ],
}

function input(schema: TableSchema, rows: readonly (readonly unknown[])[], asked: string[] = []): StepInput {
  return {
    schema,
    rows: rows.length,
    async *batches({ columns } = {}) {
      asked.push(...(columns ?? ['all']))
      yield {
        schema,
        length: rows.length,
        columns: schema.fields.map((field, i) =>
          buildColumn(
            field.type,
            rows.map((row) => row[i]),
            { column: field.name },
          ),
        ),
      }
    },
    table: () => Promise.reject(new Error('sql never makes a table in JavaScript')),
  }
}

async function rowsOf(
  query: string,
  options = {},
  inputs: Readonly<Record<string, StepInput>> = {
    flights: input(flights, given.flights),
    airports: input(airports, given.airports),
  },
): Promise<unknown[][]> {
  const step = createSqlStep({ query, ...options })
  const rows: unknown[][] = []
  for await (const chunk of (await step.compute(inputs, context())) as AsyncIterable<Batch>)
    for (let row = 0; row < chunk.length; row++) rows.push(chunk.columns.map((column) => column.at(row)))
  return rows
}

async function described(query: string) {
  return createSqlStep({ query }).describe?.({ flights, airports }, context())
}

describe('sql', () => {
  it('queries its inputs by the names in `from`', async () => {
    expect(
      await rowsOf(
        'SELECT origin, city, count(*) AS n, sum(delay) AS total FROM flights LEFT JOIN airports ON iata = origin GROUP BY ALL',
        { orderBy: ['origin'] },
      ),
    ).toEqual([
      ['ATL', 'Atlanta', 2, 12],
      ['JFK', null, 1, -1],
      ['ORD', 'Chicago', 1, null],
    ])
    expect(await rowsOf('SELECT delay FROM flights; -- the end', { orderBy: [{ desc: 'delay' }] })).toEqual([
      [7],
      [5],
      [-1],
      [null],
    ])
  })
  it('reads only the columns that the query mentions', async () => {
    for (const [query, columns] of [
      ['SELECT sum(delay) AS s FROM flights', ['delay']],
      ['SELECT count(*) AS n FROM flights', ['origin']],
      ['SELECT f.origin FROM flights f WHERE "DELAY" > 1', ['origin', 'delay']],
      ['FROM flights', ['origin', 'delay', 'unused']],
      ['SELECT f FROM flights f', ['origin', 'delay', 'unused']],
      [
        'WITH late AS (SELECT * FROM flights WHERE delay > 0) SELECT count(*) AS n FROM late',
        ['origin', 'delay', 'unused'],
      ],
    ] as const) {
      const asked: string[] = []
      await rowsOf(query, {}, { flights: input(flights, given.flights, asked) })
      expect([query, asked]).toEqual([query, columns])
    }
  })
  it('knows its schema without any data', async () => {
    const { schema } =
      (await described(
        'SELECT origin, avg(delay) AS mean, max(delay) AS worst, count(*) AS n FROM flights GROUP BY origin',
      )) ?? {}
    expect(schema?.fields.map(({ name, type }) => `${name} ${typeName(type)}`)).toEqual([
      'origin string',
      'mean float64',
      'worst int32',
      'n int64',
    ])
  })
  it.each([
    [
      'an unknown column',
      'SELECT orgin\nFROM flights',
      'Referenced column "orgin" not found',
      'LINE 1: SELECT orgin\n               ^',
    ],
    ['an unknown table', 'SELECT 1 AS x FROM fligths', 'fligths', 'LINE 1: SELECT 1 AS x FROM fligths'],
    [
      'types that do not go together',
      'SELECT origin + delay AS x FROM flights',
      'No function matches',
      'LINE 1: SELECT origin + delay AS x',
    ],
    ['bad syntax', 'SELEC origin', 'syntax error', 'LINE 1: SELEC origin'],
    ['no SELECT', 'DELETE FROM flights', 'syntax error', 'DELETE'],
    ['two statements', 'SELECT 1 AS a; SELECT 2 AS b', 'multiple statements', 'SELECT 1 AS a; SELECT 2 AS b'],
    ['a file', `SELECT * FROM 'secret.parquet'`, 'disabled by configuration', 'secret.parquet'],
    ['a clock', 'SELECT origin, now() AS at FROM flights', 'calls now', 'SELECT origin, now() AS at FROM flights'],
    ['a dice', 'SELECT origin FROM flights WHERE random() < 0.5', 'calls random', 'random() < 0.5'],
    ['a type without a counterpart', 'SELECT INTERVAL 1 DAY AS x', 'INTERVAL', 'SELECT INTERVAL 1 DAY AS x'],
  ])('refuses %s before any data is read, with the query quoted', async (_, query, what, quoted) => {
    const fault = await described(query).then(
      () => undefined,
      (error: unknown) => error as Error & { code: string },
    )
    expect(fault?.code).toBe('STEP_EXPRESSION')
    expect(fault?.message).toContain('The query of "totals"')
    expect(fault?.message).toContain(what)
    expect(fault?.message).toContain(quoted)
    expect(fault?.message).not.toContain('Candidate functions')
  })
  it('gives the lineage of columns from the parse tree', async () => {
    const { lineage } =
      (await described(
        'SELECT f.origin AS place, city, delay * 2 AS twice, twice + 1 AS more, 1 AS one FROM flights f JOIN airports a ON f.origin = a.iata',
      )) ?? {}
    expect(lineage).toEqual([
      { column: 'place', how: 'identity', sources: [{ input: 'flights', column: 'origin' }] },
      { column: 'city', how: 'identity', sources: [{ input: 'airports', column: 'city' }] },
      { column: 'twice', how: 'derived', sources: [{ input: 'flights', column: 'delay' }] },
      { column: 'more', how: 'derived', sources: [{ input: 'flights', column: 'delay' }] },
      { column: 'one', how: 'derived', sources: [] },
    ])
    const star = await described('SELECT a.*, f.delay FROM flights f, airports a')
    expect(
      star?.lineage?.map(
        ({ how, sources }) => `${how} ${sources.map(({ input, column }) => `${input}.${column}`).join()}`,
      ),
    ).toEqual(['identity airports.iata', 'identity airports.city', 'identity flights.delay'])
  })
  it('is opaque about what it cannot resolve: all columns that the query mentions', async () => {
    const { lineage } =
      (await described('WITH late AS (SELECT origin FROM flights WHERE delay > 0) SELECT origin FROM late')) ?? {}
    expect(lineage).toEqual([
      {
        column: 'origin',
        how: 'opaque',
        sources: [
          { input: 'flights', column: 'origin' },
          { input: 'flights', column: 'delay' },
        ],
      },
    ])
  })
  it("keeps DuckDB's meaning of null and NaN", async () => {
    const numbers: TableSchema = { fields: [{ name: 'x', type: types.float64, nullable: true }] }
    expect(
      await rowsOf('SELECT x FROM n WHERE x > 5', {}, { n: input(numbers, [[Number.NaN], [null], [1], [6]]) }),
    ).toEqual([[Number.NaN], [6]])
  })
  it('gives the same float sums and groups every time when deterministic', async () => {
    const many: TableSchema = { fields: [{ name: 'x', type: types.float64, nullable: false }] }
    const rows = Array.from({ length: 200_000 }, (_, i) => [Math.sin(i) * 10 ** (i % 12)])
    const once = () =>
      rowsOf(
        'SELECT floor(x) % 5 AS g, sum(x) AS s FROM n GROUP BY g',
        { deterministic: true },
        { n: input(many, rows) },
      )
    const first = await once()
    for (let i = 0; i < 3; i++) expect(await once()).toEqual(first)
  })
  it('works out of core: an input larger than its memory is spilled and the folder left empty', async () => {
    const wide: TableSchema = {
      fields: Array.from({ length: 8 }, (_, i) => ({ name: `c${i}`, type: types.float64, nullable: false })),
    }
    const length = 65_536
    const columns = wide.fields.map((field, c) =>
      buildColumn(
        field.type,
        Float64Array.from({ length }, (_, i) => Math.sin(i * (c + 1))),
        { column: field.name },
      ),
    )
    const big: StepInput = {
      ...input(wide, []),
      async *batches() {
        for (let i = 0; i < 25; i++) yield { schema: wide, length, columns }
      },
    }
    const step = createSqlStep({
      query: 'SELECT count(*) AS n, max(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7) AS m FROM big',
    })
    const rows: unknown[] = []
    // 105 MB of values in 64 MB.
    for await (const batch of (await step.compute({ big }, context({ memory: 64 << 20 }))) as AsyncIterable<Batch>)
      rows.push(batch.columns[0]?.at(0))
    expect([rows, await readdir(scratch)]).toEqual([[25 * length], []])
  })
  it('is cancelled by the signal', async () => {
    const abort = new AbortController()
    const step = createSqlStep({ query: 'SELECT count(*) AS n FROM range(10000000) a, range(10000000) b, flights' })
    const reading = (async () => {
      for await (const _ of (await step.compute(
        { flights: input(flights, given.flights) },
        context({ signal: abort.signal }),
      )) as AsyncIterable<Batch>)
        throw new Error('no rows were expected')
    })()
    setTimeout(() => abort.abort(), 100)
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
  })
})
