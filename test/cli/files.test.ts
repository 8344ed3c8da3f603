import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { callAll, type Ended, project, records, tidegate } from './projects.ts'

const files = {
  'data/orders.csv': 'id,city,amount\n1,Rome,1.5\n2,Oslo,x\n3,,2\n',
  'data/good.csv': 'id;city;amount;born\n1;Rome;1,5;31.12.1999\n2;"a;b";-4;01.02.2003\n3;;2,25;\n',
  'data/parts/a.ndjson': '{"id":1,"tags":["a"]}\n{"id":2,"tags":[]}\n',
  'data/parts/b.ndjson': '{"id":3,"tags":["b","c"]}\n',
  'data/nothing.csv': '',
  'order.yaml': 'id: int32\ncity: string?\namount: number?\n',
  'order.ts': `import { z } from 'zod'\nexport const Order = z.object({ id: z.int32(), city: z.string().nullable(), amount: z.string() })\nexport default 5\n`,
  'checks.yaml': '- notNull: city\n- between: [amount, 0, 1.8]\n  atLeast: 0.1\n- unique: id\n',
  'checks.ts': `import { notNull, rowCount } from 'tidegate'\nexport default [notNull('city', { verdict: 'warn' }), rowCount(1, 2)]\nexport const none = []\n`,
  'misspelt.yaml': '- notNul: city\n- between: [amount, 0]\n  atLeast: 7\n',
} as const

const calls = {
  head: 'head data/orders.csv --rows 2',
  headBad: 'head data/orders.csv --schema order.yaml --json',
  headModule: 'head data/orders.csv --schema order.ts#Order --json',
  headOptions: 'head data/good.csv --option delimiter=; --option decimal=, --option dateFormat=DD.MM.YYYY --json',
  headFault: 'head data/good.csv --option delimiter=ab --option delimeter=; --json',
  headGlob: 'head data/parts/*.ndjson --json',
  headNone: 'head data/gone.csv',
  headUnknown: 'head order.yaml',
  schema: 'schema data/orders.csv --schema order.yaml',
  zod: 'schema data/parts --zod',
  schemaJson: 'schema data/parts --json',
  count: 'count data/parts --json',
  countText: 'count data/orders.csv',
  sniff: 'sniff data/good.csv',
  sniffJson: 'sniff data/good.csv --json',
  sniffNothing: 'sniff data/nothing.csv',
  check: 'check data/orders.csv --checks checks.yaml --schema order.yaml --json',
  checkShown: 'check data/orders.csv --checks checks.yaml --schema order.yaml',
  checkModule: 'check data/orders.csv --checks checks.ts --json',
  checkFault: 'check data/orders.csv --checks misspelt.yaml --json',
  checkNone: 'check data/orders.csv --checks checks.ts#none --json',
  checkMissing: 'check data/orders.csv',
  halt: 'convert data/orders.csv out/halt.parquet --schema order.yaml --json',
  quarantine: 'convert data/orders.csv out/kept.parquet --schema order.yaml --bad quarantine --json',
  quarantineWord: 'convert data/orders.csv out/word.parquet --bad ignore',
  packed: 'convert data/parts out/parts.json.gz --json',
  refused: 'convert data/parts out/parts.csv --json',
  options: 'convert data/good.csv out/good.tsv --option delimiter=; --to-option nulls=NA --json',
  pickle: 'head data/two.pkl --json',
  toExcel: 'convert data/two.pkl out/two.xlsx --json',
  toAvro: 'convert data/parts out/parts.avro --json',
  noName: 'convert data/good.csv out/folder',
  exists: 'convert data/good.csv data/orders.csv',
} as const

/** Python: pickle.dumps([{'id': 1, 'city': 'Rome'}, {'id': 2, 'city': 'Oslo'}], protocol=2) */
const pickled = 'gAJdcQAofXEBKFgCAAAAaWRxAksBWAQAAABjaXR5cQNYBAAAAFJvbWVxBHV9cQUoaAJLAmgDWAQAAABPc2xvcQZ1ZS4='

let folder = ''
let results: Readonly<Record<keyof typeof calls, Ended>>
const record = (name: keyof typeof calls) => {
  const [first] = records(results[name].stdout)
  if (first === undefined) throw new Error(`${name} printed nothing: ${results[name].stderr}`)
  return first
}

beforeAll(async () => {
  folder = project(files)
  writeFileSync(join(folder, 'data/two.pkl'), Buffer.from(pickled, 'base64'))
  results = await callAll(folder, calls)
}, 600_000)

describe('tidegate head', () => {
  it('shows the first rows as a table', () => {
    expect(results.head).toMatchObject({ code: 0, stdout: 'id  city  amount\n 1  Rome  1.5\n 2  Oslo  x\n' })
  })

  it('tells rows that do not fit the schema, and ends with 1', () => {
    expect(results.headBad.code).toBe(1)
    expect(record('headBad')).toMatchObject({
      format: 'csv',
      schema: [{ name: 'id', type: 'int32', nullable: false }, { name: 'city' }, { name: 'amount', type: 'float64' }],
      rows: [
        { id: 1, city: 'Rome', amount: 1.5 },
        { id: 3, city: null, amount: 2 },
      ],
      rejected: { rows: 1, first: [{ file: 'data/orders.csv', line: 3, column: 3, raw: '2,Oslo,x' }] },
    })
    expect(results.headModule.code).toBe(0)
    expect(record('headModule')['rows'][1]).toEqual({ id: 2, city: 'Oslo', amount: 'x' })
  })

  it('takes options of the format, and finds fault with them as a config does', () => {
    expect(record('headOptions')['rows']).toEqual([
      { id: 1, city: 'Rome', amount: 1.5, born: '1999-12-31' },
      { id: 2, city: 'a;b', amount: -4, born: '2003-02-01' },
      { id: 3, city: null, amount: 2.25, born: null },
    ])
    expect(results.headFault.code).toBe(2)
    const { error } = record('headFault')
    expect(error.code).toBe('CONFIG_INVALID')
    expect(error.message).toContain('The command line has 2 faults:')
    expect(error.message).toContain('--option.delimiter: delimiter must be one ASCII character')
    expect(error.message).toContain('--option.delimeter: unknown option "delimeter" (Did you mean "delimiter"?)')
  })

  it('reads globs and folders in the order of their paths', () => {
    expect(record('headGlob')['rows']).toEqual([
      { id: 1, tags: ['a'] },
      { id: 2, tags: [] },
      { id: 3, tags: ['b', 'c'] },
    ])
  })

  it('names a file that is not there, and one whose format it does not know', () => {
    expect(results.headNone).toMatchObject({ code: 1, stderr: expect.stringContaining('SOURCE_NOT_FOUND') })
    expect(results.headUnknown.code).toBe(2)
    expect(results.headUnknown.stderr).toContain('"order.yaml" has the extension ".yaml", which no format is known by')
  })
})

describe('tidegate schema and count', () => {
  it('say where types are known from', () => {
    expect(results.schema.stdout).toMatch(/3 columns, declared by --schema/)
    expect(record('schemaJson')).toMatchObject({ from: 'inferred', parts: 2 })
  })

  it('print a zod schema that reads the file', () => {
    expect(results.zod.stdout).toContain(
      "import { z } from 'zod'\n\nexport default z.object({\n  id: z.int().nullable(),\n",
    )
    expect(results.zod.stdout).toContain('tags: z.array(z.string())')
  })

  it('count rows of all files', () => {
    expect(record('count')).toMatchObject({ rows: 3, files: 2, rejected: { rows: 0 } })
    expect(results.countText).toMatchObject({ code: 0, stdout: '3 rows\n' })
  })
})

describe('tidegate sniff', () => {
  it('tells dialect, confidence and what to paste', () => {
    expect(results.sniff.code).toBe(0)
    expect(results.sniff.stdout).toMatch(/^data\/good\.csv {2}csv, \d+ % certain/)
    expect(results.sniff.stdout).toContain("delimiter: ';'")
    const [table] = record('sniffJson')['tables']
    expect(table.options).toMatchObject({ delimiter: ';', decimal: ',' })
    expect(results.sniffNothing.code).toBe(1)
  })
})

describe('tidegate check', () => {
  it('counts failing rows of each check, with samples and what could not be read', () => {
    expect(results.check.code).toBe(1)
    expect(record('check')).toMatchObject({
      rows: 3,
      checks: [
        { check: 'notNull(city)', failed: 1, verdict: 'violated', samples: [{ id: 3, city: null }] },
        { check: 'between(amount, 0, 1.8)', failed: 1, atLeast: 0.1, verdict: 'passes' },
        { check: 'unique(id)', failed: 0, verdict: 'passes', samples: [] },
      ],
      unread: { rows: 1, samples: [{ _raw: '2,Oslo,x' }] },
    })
    expect(results.checkShown.stdout).toMatch(/notNull\(city\) +1 +50 % {2}violated/)
    expect(results.checkShown.stdout).toMatch(/unique\(id\) +0 +0 % {2}passes/)
  })

  it('judges datasets as well, and a check that only warns violates nothing', () => {
    expect(results.checkModule.code).toBe(1)
    expect(record('checkModule')['checks']).toMatchObject([
      { check: 'notNull(city)', failed: 1, verdict: 'warns' },
      { check: 'rowCount(1, 2)', scope: 'dataset', verdict: 'violated' },
    ])
  })

  it('ends with 2 where the checks are misspelt or none', () => {
    expect(results.checkFault.code).toBe(2)
    expect(record('checkFault')['error'].message).toContain('unknown check "notNul"')
    expect(results.checkNone.code).toBe(2)
    expect(results.checkMissing).toMatchObject({ code: 2, stderr: expect.stringContaining('--checks') })
  })
})

describe('tidegate convert', () => {
  it('writes nothing where a row cannot be read, and says which', () => {
    expect(results.halt.code).toBe(1)
    expect(record('halt')['error']).toMatchObject({
      code: 'ROW_MALFORMED',
      message: expect.stringContaining('data/orders.csv, line 3, column 3, byte 33'),
    })
    expect(existsSync(join(folder, 'out/halt.parquet'))).toBe(false)
  })

  it('sets such rows aside with --bad quarantine', () => {
    expect(record('quarantine')).toMatchObject({ rows: 2, verified: { rows: 2 }, rejected: { rows: 1 } })
    expect(records(readFileSync(join(folder, 'out/kept.parquet.rejected.ndjson'), 'utf8'))).toEqual([
      {
        file: 'data/orders.csv',
        row: 1,
        line: 3,
        column: 3,
        byte: 33,
        reason: 'amount: "x" is not a number (float64)',
        raw: '2,Oslo,x',
      },
    ])
    expect(results.quarantineWord.code).toBe(2)
  })

  it('goes from any format to any other, packed too, and leaves nothing beside its output', () => {
    expect(record('packed')).toMatchObject({
      formats: ['ndjson', 'json'],
      rows: 3,
      verified: { way: 'streamed', without: [] },
    })
    expect(JSON.parse(gunzipSync(readFileSync(join(folder, 'out/parts.json.gz'))).toString())).toEqual([
      { id: 1, tags: ['a'] },
      { id: 2, tags: [] },
      { id: 3, tags: ['b', 'c'] },
    ])
    expect(readdirSync(join(folder, 'out')).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('reads and writes the formats of other packages, which it finds by the extension', async () => {
    expect(record('pickle')['rows']).toEqual([
      { id: 1, city: 'Rome' },
      { id: 2, city: 'Oslo' },
    ])
    expect(record('toExcel')).toMatchObject({ formats: ['pickle', 'excel'], rows: 2, verified: { rows: 2 } })
    expect(record('toAvro')).toMatchObject({ formats: ['ndjson', 'avro'], rows: 3, verified: { rows: 3 } })
    const read = await callAll(folder, { excel: 'schema out/two.xlsx --json', avro: 'count out/parts.avro --json' })
    expect(records(read.excel.stdout)[0]).toMatchObject({ parts: 1, from: 'inferred' })
    expect(records(read.avro.stdout)[0]).toMatchObject({ rows: 3 })
  }, 60_000)

  it('names the columns that a format cannot carry', () => {
    expect(results.refused.code).toBe(1)
    expect(record('refused')['error'].message).toBe('csv cannot carry column "tags" (list<string>)')
  })

  it('takes options of both formats', () => {
    expect(results.options.code, results.options.stderr).toBe(0)
    expect(readFileSync(join(folder, 'out/good.tsv'), 'utf8')).toContain('3\tNA\t')
  })

  it('refuses outputs that are no file or exist', () => {
    expect(results.noName).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the output of convert is one file'),
    })
    expect(results.exists).toMatchObject({ code: 2, stderr: expect.stringContaining('"data/orders.csv" exists') })
  })
})

it('where the package is not installed, the command says what to type', () => {
  const alone = project({})
  rmSync(join(alone, 'node_modules'))
  const own = tidegate(alone, ['count', 'x.csv'])
  // Beside Tidegate it is found all the same: the file is what is missing.
  expect(own).toMatchObject({ code: 1, stderr: expect.stringContaining('SOURCE_NOT_FOUND') })
  const excel = tidegate(alone, ['count', 'x.dat', '--format', 'unheard-of'])
  expect(excel).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"unheard-of" is no format of files that is known'),
  })
}, 60_000)
