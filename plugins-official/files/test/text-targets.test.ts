import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Batch, buildColumn, type Json, type LogicalType, type Target, types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createCsvSource, csv } from '../src/csv.ts'
import { dialectShape } from '../src/csv-dialect.ts'
import { csvOptions } from '../src/csv-options.ts'
import { createCsvTarget, toCsv } from '../src/to-csv.ts'
import { createJsonTarget, createNdjsonTarget, toJson, toNdjson } from '../src/to-json.ts'
import { createFolder, publication, readAll, schema } from './reading.ts'

const folder = createFolder()
const columns = schema({ id: types.int32, 'city?': types.string })
const writing = { ...z.object(dialectShape).parse({}), header: true }
const csvTarget = (path: string, more: object = {}) => createCsvTarget(path, { ...writing, ...more }, { folder })
const read = (path: string) => readFileSync(join(folder, path), 'utf8')

function batch(...rows: readonly (readonly [number, string | null])[]): Batch {
  const built = columns.fields.map((field, i) =>
    buildColumn(
      field.type,
      rows.map((row) => row[i]),
      { column: field.name },
    ),
  )
  return { schema: columns, length: rows.length, columns: built }
}

const rome = batch([1, 'Rome'], [2, null])
const oslo = batch([3, 'say "hi", Oslo'], [4, '=1+1'], [5, ''])
const text = 'id,city\n1,Rome\n2,\n3,"say ""hi"", Oslo"\n4,=1+1\n5,""\n'

describe('one file', () => {
  it('holds the whole dataset and is replaced at once, text that looks like a formula untouched', async () => {
    mkdirSync(join(folder, 'one'))
    writeFileSync(join(folder, 'one/a.csv'), 'old')
    const made = await csvTarget('one/a.csv').commit(publication(columns, { p: [rome, oslo] }))
    expect(read('one/a.csv')).toBe(text)
    expect(made).toMatchObject({ rows: 5, bytes: Buffer.byteLength(text), files: ['one/a.csv'] })
    expect(readdirSync(join(folder, 'one'))).toEqual(['a.csv'])
  })

  it('keeps what was there when writing fails, and leaves nothing beside it', async () => {
    mkdirSync(join(folder, 'fail'))
    writeFileSync(join(folder, 'fail/a.csv'), 'old')
    const broken = async function* () {
      yield rome
      throw new Error('the disk is gone')
    }
    const given = { ...publication(columns, { p: [rome] }), batches: broken }
    await expect(csvTarget('fail/a.csv').commit(given)).rejects.toMatchObject({
      code: 'TARGET_FAILED',
      message: '"fail/a.csv" could not be published: the disk is gone',
    })
    expect(read('fail/a.csv')).toBe('old')
    expect(readdirSync(join(folder, 'fail'))).toEqual(['a.csv'])
  })

  it('stays as it was when the commit is given up while it writes', async () => {
    mkdirSync(join(folder, 'late'))
    writeFileSync(join(folder, 'late/a.csv'), 'old')
    const stop = new AbortController()
    const slow = async function* () {
      yield rome
      stop.abort(new Error('too late'))
    }
    const given = { ...publication(columns, { p: [rome] }), batches: slow, signal: stop.signal }
    await expect(csvTarget('late/a.csv').commit(given)).rejects.toThrow()
    expect(read('late/a.csv')).toBe('old')
    expect(readdirSync(join(folder, 'late'))).toEqual(['a.csv'])
  })

  it('is intact until another file takes its place, even one of the same size', async () => {
    const target = csvTarget('mark/a.csv')
    const made = await target.commit(publication(columns, { p: [rome] }, { snapshot: 's' }))
    expect(await target.intact?.('s', made.state)).toBe(true)
    expect(await target.intact?.('t', made.state)).toBe(false)
    const other = read('mark/a.csv').replace('Rome', 'Oslo')
    writeFileSync(join(folder, 'mark/b.csv'), other)
    renameSync(join(folder, 'mark/b.csv'), join(folder, 'mark/a.csv'))
    expect(await target.intact?.('s', made.state)).toBe(false)
    const again = await target.commit(publication(columns, { p: [rome] }, { snapshot: 's' }))
    expect(await target.intact?.('s', again.state)).toBe(true)
    rmSync(join(folder, 'mark/a.csv'))
    expect(await target.intact?.('s', again.state)).toBe(false)
  })

  it('is packed when its name ends in .gz', async () => {
    await csvTarget('packed.csv.gz').commit(publication(columns, { p: [rome, oslo] }))
    expect(gunzipSync(readFileSync(join(folder, 'packed.csv.gz'))).toString()).toBe(text)
  })

  it('has only a header when there are no rows', async () => {
    await csvTarget('none.csv').commit(publication(columns, {}))
    expect(read('none.csv')).toBe('id,city\n')
    await createJsonTarget('none.json', { folder }).commit(publication(columns, {}))
    expect(JSON.parse(read('none.json'))).toEqual([])
  })

  it('as JSON is an array or one object a line', async () => {
    const objects = [
      { id: 1, city: 'Rome' },
      { id: 2, city: null },
      { id: 3, city: 'say "hi", Oslo' },
      { id: 4, city: '=1+1' },
      { id: 5, city: '' },
    ]
    await createJsonTarget('a.json', { folder }).commit(publication(columns, { p: [rome], q: [oslo] }))
    expect(JSON.parse(read('a.json'))).toEqual(objects)
    await createNdjsonTarget('a.ndjson', { folder }).commit(publication(columns, { p: [rome], q: [oslo] }))
    expect(read('a.ndjson')).toBe(objects.map((object) => `${JSON.stringify(object)}\n`).join(''))
  })

  it('in another dialect reads back in it', async () => {
    const dialect = { delimiter: ';', quote: "'", nulls: ['NA'], encoding: 'latin1', header: true } as const
    const umlaut = batch([1, 'Zürich; NA'], [2, 'NA'], [3, null], [4, ''])
    await csvTarget('d.csv', dialect).commit(publication(columns, { p: [umlaut] }))
    const source = createCsvSource(z.strictObject(csvOptions).parse({ path: 'd.csv', ...dialect }), { folder })
    expect((await readAll(source, columns)).rows).toEqual([
      [1, 'Zürich; NA'],
      [2, 'NA'],
      [3, null],
      [4, ''],
    ])
  })
})

describe('a folder', () => {
  const manifest = () =>
    JSON.parse(read('many/_manifest.json')) as {
      readonly snapshot: string
      readonly rows: number
      readonly files: readonly { readonly file: string; readonly rows: number }[]
    }
  const target = () => csvTarget('many')
  const commit = (parts: Readonly<Record<string, readonly Batch[]>>, snapshot: string, previous?: Json) =>
    target().commit(publication(columns, parts, { snapshot, ...(previous === undefined ? {} : { previous }) }))

  it('holds one file a part and a manifest; files of unchanged parts stay, superseded ones go one snapshot later', async () => {
    const first = await commit({ 'in/a.csv': [rome], 'in/b.csv': [oslo] }, 's1')
    expect(manifest()).toMatchObject({ snapshot: 's1', rows: 5, files: [{ rows: 2 }, { rows: 3 }] })
    const [a, b] = manifest().files.map(({ file }) => file) as [string, string]
    expect(a).toMatch(/^a-[0-9a-f]{16}\.csv$/)
    expect(first.files).toEqual([`many/${a}`, `many/${b}`])
    const before = statSync(join(folder, 'many', a)).mtimeMs

    await commit({ 'in/a.csv': [rome], 'in/b.csv': [rome] }, 's2', first.state)
    const [again, other] = manifest().files.map(({ file }) => file) as [string, string]
    expect([again === a, other === b]).toEqual([true, false])
    expect(statSync(join(folder, 'many', a)).mtimeMs).toBe(before)
    expect(readdirSync(join(folder, 'many'))).toContain(b)

    await commit({ 'in/a.csv': [rome] }, 's3')
    expect(readdirSync(join(folder, 'many')).sort()).toEqual(['_manifest.json', a, other].sort())
  })

  it('is read through its manifest', async () => {
    await commit({ 'in/a.csv': [rome] }, 's4')
    writeFileSync(join(folder, 'many/stray.csv'), 'not,of,it\n')
    const source = createCsvSource(z.strictObject(csvOptions).parse({ path: 'many' }), { folder })
    expect((await readAll(source, columns)).rows).toEqual([
      [1, 'Rome'],
      [2, null],
    ])
  })

  it('published again as the same snapshot changes nothing, and is intact until someone touches it', async () => {
    const made = await commit({ 'in/a.csv': [rome], 'in/b.csv': [oslo] }, 's5')
    const listing = () => readdirSync(join(folder, 'many')).map((name) => [name, read(`many/${name}`)])
    const before = listing()
    await commit({ 'in/a.csv': [rome], 'in/b.csv': [oslo] }, 's5')
    expect(listing()).toEqual(before)
    const intact = async (target: Target, snapshot: string) => target.intact?.(snapshot, made.state)
    expect(await intact(target(), 's5')).toBe(true)
    expect(await intact(target(), 's6')).toBe(false)
    writeFileSync(join(folder, made.files[0] as string), 'cut')
    expect(await intact(target(), 's5')).toBe(false)
  })
})

describe('a column that the format cannot carry', () => {
  const one = (type: LogicalType, value: unknown) => {
    const own = schema({ 'x?': type })
    return publication(own, { p: [{ schema: own, length: 1, columns: [buildColumn(type, [value], { column: 'x' })] }] })
  }

  it.each([
    [
      'a list in CSV',
      csvTarget('x.csv'),
      one(types.list(types.int32), [1]),
      'CSV cannot carry column "x" of type list<int32>',
    ],
    [
      'binary in CSV',
      csvTarget('x.csv'),
      one(types.binary, new Uint8Array(1)),
      'CSV cannot carry column "x" of type binary',
    ],
    [
      'binary in JSON',
      createJsonTarget('x.json', { folder }),
      one(types.binary, new Uint8Array(1)),
      'JSON cannot carry column "x" of type binary',
    ],
    [
      'NaN in JSON',
      createJsonTarget('x.json', { folder }),
      one(types.float64, Number.NaN),
      'JSON has no NaN, which column "x" holds',
    ],
    [
      'text beyond latin1',
      csvTarget('x.csv', { encoding: 'latin1' }),
      one(types.string, 'a€'),
      'CSV: column "x" holds "a€", and latin1 cannot spell "€"',
    ],
    [
      'an absent value without spelling',
      csvTarget('x.csv', { nulls: [] }),
      one(types.string, null),
      'CSV: column "x" holds an absent value, and "nulls" names no spelling for it',
    ],
    [
      'a number that spells null',
      csvTarget('x.csv', { nulls: ['-999'] }),
      one(types.int32, -999),
      'CSV: column "x" holds -999, which "nulls" makes the spelling of an absent value',
    ],
    [
      'text that needs quotes',
      csvTarget('x.csv', { quote: null }),
      one(types.string, 'a,b'),
      'CSV: column "x" holds "a,b", which needs quotes, and "quote" is null',
    ],
  ])('%s is named, and nothing is published', async (_, target, given, message) => {
    await expect(target.commit(given)).rejects.toMatchObject({ code: 'TYPE_UNSUPPORTED', message })
    expect(readdirSync(folder).filter((name) => name.includes('x.'))).toEqual([])
  })
})

it('the factories make nodes of the rows they publish', () => {
  const cities = csv({ path: 'a.csv', schema: z.object({ id: z.int32(), city: z.string() }) })
  expect([
    toCsv({ from: cities, path: 'out/a.csv', delimiter: ';' }).kind,
    toJson({ from: cities, path: 'out/a.json' }).kind,
    toNdjson({ from: cities, path: 'out/a' }).kind,
  ]).toEqual(['toCsv', 'toJson', 'toNdjson'])
})
