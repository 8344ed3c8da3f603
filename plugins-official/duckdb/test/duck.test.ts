import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Batch, buildColumn, types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { logicalType, openDuckDB, quoteName, quoteText, shareDuckDB } from '../src/index.ts'

describe('a shared DuckDB', () => {
  it('stays open until its last holder closes it, however often the others do', async () => {
    const [one, two] = await Promise.all([shareDuckDB({ threads: 1 }), shareDuckDB({ threads: 1 })])
    await one.run('CREATE TABLE shared AS SELECT 1 AS x')
    one.close()
    one.close()
    expect(await two.rows('FROM shared')).toEqual([{ x: 1 }])
    two.close()
    const three = await shareDuckDB({ threads: 1 })
    await expect(three.rows('FROM shared')).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
    three.close()
  })
})

describe('what DuckDB refuses', () => {
  it('is an error with its words and the statement', async () => {
    const duck = await openDuckDB()
    await expect(duck.run('SELECT\n  nope')).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringMatching(
        /^DuckDB refused: Binder Error: Referenced column "nope" [\s\S]*\n {2}in: SELECT nope$/,
      ),
      data: { engine: 'duckdb', statement: 'SELECT\n  nope' },
    })
    duck.close()
  })
  it('for want of memory has a hint', async () => {
    const duck = await openDuckDB({ memory: 20 << 20, threads: 1 })
    const sorting = duck.rows(
      'SELECT max(a) AS m FROM (SELECT hash(i) AS a, hash(i + 1) AS b FROM range(5000000) t(i) ORDER BY b)',
    )
    await expect(sorting).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      hint: 'Raise the memory setting, or give DuckDB a folder to spill to.',
    })
    duck.close()
  })
  it('when it opens is a file that is no database', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidegate-test-'))
    await writeFile(join(folder, 'a.db'), 'no database'.repeat(1000))
    await expect(openDuckDB({ path: join(folder, 'a.db') })).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('a.db'),
    })
    await rm(folder, { recursive: true })
  })
  it('outside of memory is everything without external access', async () => {
    const duck = await openDuckDB({ externalAccess: false })
    await expect(duck.rows(`FROM read_csv('/etc/hosts')`)).rejects.toThrow('disabled by configuration')
    await expect(duck.run(`SET enable_external_access = true`)).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
    duck.close()
  })
})

describe('filling a table', () => {
  const schema = { fields: [{ name: 'x', type: types.int32, nullable: true }] }
  const batch = (of: Batch['schema'], values: unknown[]): Batch => ({
    schema: of,
    length: values.length,
    columns: of.fields.map((field) => buildColumn(field.type, values, { column: field.name })),
  })
  it('appends, and refuses a batch without the column or with another type', async () => {
    const duck = await openDuckDB()
    expect(await duck.registerBatches('t', schema, [batch(schema, [1, null])])).toBe(2)
    expect(await duck.insertBatches('t', schema, [batch(schema, [3])])).toBe(1)
    expect(await duck.rows('FROM t')).toEqual([{ x: 1 }, { x: null }, { x: 3 }])
    const other = { fields: [{ name: 'y', type: types.int32, nullable: true }] }
    await expect(duck.insertBatches('t', schema, [batch(other, [1])])).rejects.toMatchObject({ code: 'COLUMN_MISSING' })
    const text = { fields: [{ name: 'x', type: types.float64, nullable: true }] }
    await expect(duck.insertBatches('t', schema, [batch(text, [1])])).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: `column 'x' is float64 in a batch, but the schema says int32`,
    })
    duck.close()
  })
})

describe('names and texts in SQL', () => {
  it('are quoted', async () => {
    const duck = await openDuckDB()
    const name = `a "b" 'c'`
    expect(await duck.rows(`SELECT ${quoteText(name)} AS ${quoteName(name)}`)).toEqual([{ [name]: name }])
    duck.close()
  })
  it('of types are parsed with quotes, commas and brackets inside', () => {
    expect(logicalType(`STRUCT("a, (b" DECIMAL(9,2)[], c ENUM('x,y', 'z)'))[3]`)).toEqual(
      types.list(
        types.struct([
          { name: 'a, (b', type: types.list(types.decimal(9, 2)), nullable: true },
          { name: 'c', type: types.string, nullable: true },
        ]),
      ),
    )
    expect(() => logicalType('INTERVAL')).toThrow(`Tidegate has no type for DuckDB's INTERVAL`)
  })
})
