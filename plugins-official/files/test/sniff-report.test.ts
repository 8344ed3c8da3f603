import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as tidegate from 'tidegate'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { csv, csvFormat, inferSchema, json, ndjson, sniffBytes, sniffFile } from '../src/index.ts'
import { createFolder } from './reading.ts'

const folder = createFolder()
const sniff = (text: string | Uint8Array, whole = true) =>
  sniffBytes(typeof text === 'string' ? Buffer.from(text) : text, { path: 'data/a.csv', whole })
const rows = (count: number, row: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => `${row(i)}\n`).join('')

describe('the report on a CSV file', () => {
  const text = `Sales report\n\nid;when;amount\n${rows(10, (i) => `${i};${i + 5}.2.2024;${i},5`)}Total;;45\n`

  it('tells format, encoding, line ends, the lines of the table and what stands around it', async () => {
    const report = await sniff(text)
    expect(report).toMatchObject({
      path: 'data/a.csv',
      format: 'csv',
      packed: null,
      sample: { bytes: text.length, whole: true },
      encoding: { name: 'utf8', confidence: 1, evidence: 'only ASCII' },
      lineEnds: { lf: 14, crlf: 0, cr: 0 },
    })
    expect(report.tables).toMatchObject([
      { lines: { from: 3, to: 13 }, rows: 10, rejected: 0, preamble: [1], footer: [14] },
    ])
    expect(report.tables[0]!.evidence).toEqual([
      expect.stringMatching(/^";" gives 3 cells in 12 of 13 rows, \d+ % of the cells look like a value/),
      expect.stringMatching(/^next best: /),
      'header: "id" stands above values of another kind',
      'numbers: "0,5" is a number with decimal ","',
      'lines before the table: 1',
      'lines behind the table: 14',
    ])
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })

  it('gives the source to paste, which reads what was found', async () => {
    const [table] = (await sniff(text)).tables
    expect(table!.typescript).toBe(
      "csv({ path: 'data/a.csv', delimiter: ';', lines: { from: 3, to: 13 }, decimal: ',', dateFormat: 'D.M.YYYY', schema: z.object({\n" +
        '    id: z.int().nullable(),\n    when: z.iso.date().nullable(),\n    amount: z.number().nullable(),\n  }) })',
    )
    expect(table!.yaml).toBe(
      'kind: csv\npath: "data/a.csv"\ndelimiter: ";"\nlines: {"from":3,"to":13}\ndecimal: ","\ndateFormat: "D.M.YYYY"\nschema:\n  id: "int?"\n  when: "day?"\n  amount: "number?"',
    )
    mkdirSync(join(folder, 'data'))
    writeFileSync(join(folder, 'data/a.csv'), text)
    // What is pasted is code: it is run as such, beside the names that a config imports.
    const paste = new Function('csv', 'z', 'timestamp', `return ${table!.typescript}`) as (
      ...given: unknown[]
    ) => tidegate.Node
    const pasted = paste(csv, z, tidegate.timestamp)
    const before = process.cwd()
    process.chdir(folder)
    try {
      const { sales } = await tidegate.run(
        tidegate.defineConfig(() => ({ pipelines: { p: tidegate.pipeline({ sales: pasted }) } })),
        'p',
      )
      expect((await sales.table()).objects().slice(0, 2)).toEqual([
        { id: 0, when: Date.UTC(2024, 1, 5), amount: 0.5 },
        { id: 1, when: Date.UTC(2024, 1, 6), amount: 1.5 },
      ])
    } finally {
      process.chdir(before)
    }
  })

  it('quotes names and marks so that they stay what they are', async () => {
    const [table] = (await sniff(`it's "a"\tno-name\n${rows(5, (i) => `${i}\t'x\ty'`)}`)).tables
    expect(table!.typescript).toContain("delimiter: '\\t'")
    expect(table!.typescript).toContain("'it\\'s \"a\"': z.int().nullable()")
    expect(table!.yaml).toContain('"it\'s \\"a\\"": "int?"')
  })

  it('says so where days and months, or groups and fractions, cannot be told apart', async () => {
    const [days] = (await sniff(`id,day\n${rows(8, (i) => `${i},0${i + 1}/02/2024`)}`)).tables
    expect(days!.columns[1]).toMatchObject({
      type: 'string',
      note: expect.stringContaining("Give dateFormat: 'D/M/YYYY'"),
    })
    expect(days!.options['dateFormat']).toBeUndefined()
    const [groups] = (await sniff(`id;n\n${rows(8, (i) => `${i};${i + 1},500`)}`)).tables
    expect(groups!.confidence).toBeLessThanOrEqual(0.5)
    expect(groups!.evidence).toContainEqual(expect.stringContaining('or the other way round'))
  })

  it('of a sample does not judge what the sample cuts off', async () => {
    const { tables, sample } = await sniff(`id,name\n${rows(20, (i) => `${i},x`)}99,"cut o`, false)
    expect(sample.whole).toBe(false)
    expect(tables).toMatchObject([
      { rows: 20, rejected: 0, lines: { from: 1, to: null }, options: { path: 'data/a.csv' } },
    ])
  })

  it('of rows that cannot be read with the best dialect counts them and names the first', async () => {
    const [table] = (await sniff(`a,b,c\n${rows(9, (i) => `${i},2,3`)}1,2\n${rows(9, (i) => `${i},2,3`)}`)).tables
    expect(table).toMatchObject({ rows: 18, rejected: 1 })
    expect(table!.evidence.at(-1)).toBe('1 rows have another width than 3, the first in line 11: see the option ragged')
  })

  it('of nothing is empty', async () => {
    for (const text of ['', '\n\n', '\ufeff', '  \n'])
      expect(await sniff(text)).toMatchObject({ format: 'empty', confidence: 0, tables: [] })
  })
})

describe('the encoding', () => {
  it.each([
    ['ASCII', Buffer.from('a,b\n1,2\n'), 'utf8', false],
    ['UTF-8', Buffer.from('a,é\n1,2\n'), 'utf8', false],
    ['a mark of UTF-8', Buffer.from('\ufeffa,b\n1,2\n'), 'utf8', true],
    ['marks of UTF-16', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), 'utf16le', true],
    ['windows-1252', Buffer.from('a,b\n\x80,\x93x\x94\n', 'latin1'), 'windows1252', false],
    ['bytes that windows-1252 does not know', Buffer.from('a,b\n\x81\xe9,2\n', 'latin1'), 'latin1', false],
  ])('is found by %s', async (_, bytes, name, marked) => {
    expect((await sniff(bytes)).encoding).toMatchObject({ name, marked })
  })

  it('of a sample is not misjudged by a character that is cut', async () => {
    const bytes = Buffer.from('a,b\n1,é')
    expect((await sniff(bytes.subarray(0, bytes.length - 1), false)).encoding.name).toBe('utf8')
    expect((await sniff(bytes.subarray(0, bytes.length - 1), true)).encoding).toMatchObject({
      name: 'windows1252',
      evidence: 'no valid UTF-8: 1 bytes beyond ASCII, the first (0xc3) in line 2',
    })
  })
})

describe('the report on JSON', () => {
  it.each([
    ['an array', '[{"a":1},{"a":2}]', 'json', { path: 'data/a.csv' }, 2],
    ['an array over lines', '[\n{"a":1},\n{"a":2}\n]\n', 'json', { path: 'data/a.csv' }, 2],
    ['one object a line', '{"a":1}\n{"a":2}\n', 'ndjson', { path: 'data/a.csv' }, 2],
    [
      'a nested array',
      '{"n":2,"data":{"x":[1],"items":[{"a":1},{"a":2}]}}',
      'json',
      { path: 'data/a.csv', at: 'data.items' },
      2,
    ],
    [
      'a nested array over lines',
      '{\n "meta": {"v": 1},\n "items": [\n {"a": 1}\n ]\n}\n',
      'json',
      { path: 'data/a.csv', at: 'items' },
      1,
    ],
    ['a single object', '{"a":1}\n', 'ndjson', { path: 'data/a.csv' }, 1],
  ])('finds %s', async (_, text, format, options, count) => {
    const report = await sniff(text)
    expect(report).toMatchObject({ format, confidence: 1, tables: [{ options, rows: count, rejected: 0 }] })
    expect(report.tables[0]!.columns[0]).toMatchObject({ name: 'a', type: 'int64' })
  })

  it('finds it in a sample that is cut, and counts nothing twice', async () => {
    const whole = JSON.stringify({ data: { items: Array.from({ length: 50 }, (_, a) => ({ a, t: 'x' })) } })
    expect(await sniff(whole.slice(0, 400), false)).toMatchObject({
      format: 'json',
      confidence: 1,
      tables: [{ options: { at: 'data.items' }, rejected: 0, lines: { to: null } }],
    })
    expect(await sniff('{"a":1}\n{"a":2}\n{"a"', false)).toMatchObject({
      format: 'ndjson',
      tables: [{ rows: 2, rejected: 0 }],
    })
  })

  it('says that JSON without an array of objects holds no table', async () => {
    for (const text of ['{\n"width":2,\n"values":[1,2,3]}', '[1,2,3]', '{\n "a": [[1, 2], [3, 4]]\n}\n', '[]'])
      expect(await sniff(text)).toMatchObject({ format: 'json', confidence: 0, tables: [] })
    expect(await sniff('{"values":[1,2,3,4,5,6,7,8,9,10,11,12', false)).toMatchObject({ format: 'json', tables: [] })
    expect(await sniff('[x],b\n[y],c\n')).toMatchObject({ format: 'csv' })
  })

  it('pastes no schema where a key holds values of several kinds', async () => {
    const [table] = (await sniff('{"a":1,"b":1}\n{"a":"x"}\n')).tables
    expect(table!.typescript).toBe("ndjson({ path: 'data/a.csv' })")
  })
})

describe('sniffFile and inferSchema', () => {
  it('read a stated sample of a large file, also a packed one', async () => {
    const text = `id;x\n${rows(200_000, (i) => `${i};${i}.5`)}`
    writeFileSync(join(folder, 'big.csv.gz'), gzipSync(text))
    const report = await sniffFile(join(folder, 'big.csv.gz'), { sample: 10_000, path: 'big.csv.gz' })
    expect(report).toMatchObject({
      path: 'big.csv.gz',
      packed: 'gzip',
      sample: { bytes: 10_000, whole: false },
      tables: [{ options: { path: 'big.csv.gz', delimiter: ';' } }],
    })
    const whole = await sniffFile(join(folder, 'big.csv.gz'), { sample: 'whole' })
    expect(whole.tables[0]).toMatchObject({ rows: 200_000, lines: { from: 1, to: 200_001 } })
  })

  it('take an encoding as it is stated', async () => {
    writeFileSync(join(folder, 'latin.csv'), Buffer.from('a,b\n1,\xe9\n', 'latin1'))
    const { encoding, tables } = await sniffFile(join(folder, 'latin.csv'), { encoding: 'latin1' })
    expect(encoding).toMatchObject({ name: 'latin1', evidence: 'as stated' })
    expect(tables[0]!.options['encoding']).toBe('latin1')
  })

  it('refuse a file that is not there', async () => {
    await expect(sniffFile(join(folder, 'none.csv'))).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
  })

  it('give the types of whole files with the evidence', async () => {
    writeFileSync(join(folder, 't1.ndjson'), '{"a":1}\n{"a":2}\nbad\n')
    expect(await inferSchema('ndjson', { path: 't1.ndjson' }, folder)).toMatchObject({
      schema: { fields: [{ name: 'a', type: { kind: 'int' } }] },
      columns: [{ name: 'a', type: 'int64', rows: 2 }],
      rows: 2,
      rejected: 1,
    })
    writeFileSync(join(folder, 't1.json'), '[{"a":true}]')
    expect((await inferSchema('json', { path: 't1.json' }, folder)).columns[0]!.type).toBe('boolean')
    writeFileSync(join(folder, 't1.csv'), 'a\n1\nx\n')
    const csvTypes = await inferSchema('csv', { path: 't1.csv', infer: { rows: 1 } }, folder)
    expect(csvTypes).toMatchObject({ columns: [{ type: 'int64' }], rows: 1 })
  })

  it('stand beside factories that take a schema or none', () => {
    expect([csv({ path: 'a' }), json({ path: 'a' }), ndjson({ path: 'a' })].map(({ kind }) => kind)).toEqual([
      'csv',
      'json',
      'ndjson',
    ])
    expect(csvFormat.extensions).toContain('csv')
  })
})
