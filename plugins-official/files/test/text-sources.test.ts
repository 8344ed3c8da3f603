import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getuid } from 'node:process'
import { gzipSync } from 'node:zlib'
import { types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createCsvSource, csv } from '../src/csv.ts'
import { csvOptions } from '../src/csv-options.ts'
import { createJsonSource, json, ndjson } from '../src/json.ts'
import { collect, createFolder, discover, readAll, schema, signal } from './reading.ts'

const folder = createFolder()
const columns = schema({ id: types.int32, city: types.string })
const source = (path: string | string[], more: object = {}) =>
  createCsvSource(z.strictObject(csvOptions).parse({ path, ...more }), { folder })
const file = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, content)
  return path
}
const jsonSource = (path: string, at?: readonly string[]) =>
  createJsonSource(
    {
      path,
      at,
      columns: ['id', 'city'],
      compression: 'auto',
      encoding: 'auto',
      maxRecordBytes: 1 << 20,
      extensions: ['json'],
    },
    { folder },
  )

describe('the parts of a source of files', () => {
  it('are one for each file, named by the path from the config, in the order of code points', async () => {
    for (const name of ['\u{1f600}', '\uffee', 'b', 'a', 'B']) file(`order/${name}.csv`, 'id,city\n')
    const ids = ['B', 'a', 'b', '\uffee', '\u{1f600}'].map((name) => `order/${name}.csv`)
    expect((await discover(source('order/*.csv'))).map(({ id }) => id)).toEqual(ids)
    expect((await discover(source('order'))).map(({ id }) => id)).toEqual(ids)
    expect((await discover(source(['order/b.csv', 'order/a.csv', 'order/[ab].csv']))).map(({ id }) => id)).toEqual([
      'order/a.csv',
      'order/b.csv',
    ])
  })

  it('leave out names with a dot or underscore in front, in folders, and other extensions', async () => {
    for (const name of ['_tmp.csv', '.x.csv', 'readme.md', 'deep/b.CSV.gz', '_old/c.csv'])
      file(`mixed/${name}`, 'id,city\n')
    expect((await discover(source('mixed'))).map(({ id }) => id)).toEqual(['mixed/deep/b.CSV.gz'])
  })

  it('have the same fingerprint as long as the content is the same, and are not read again while size and time stay', async () => {
    const path = file('f.csv', 'id,city\n1,Rome\n')
    const [first] = await discover(source('f.csv'))
    utimesSync(path, 1000, 1000)
    const [touched] = await discover(source('f.csv'), [first!])
    expect(touched!.fingerprint).toBe(first!.fingerprint)
    expect(touched!.mark).not.toBe(first!.mark)
    // Same size and time: what is known is believed.
    const [believed] = await discover(source('f.csv'), [{ ...touched!, fingerprint: 'known' }])
    expect(believed!.fingerprint).toBe('known')
    writeFileSync(path, 'id,city\n2,Rome\n')
    expect((await discover(source('f.csv'), [touched!]))[0]!.fingerprint).not.toBe(first!.fingerprint)
  })

  it('are an error where nothing is found, quoting the glob, the nearest name, or the folder', async () => {
    file('data/airports.csv', 'id,city\n')
    await expect(discover(source('data/*.tsv'))).rejects.toMatchObject({
      code: 'SOURCE_EMPTY',
      message: `The glob "data/*.tsv" matches no file in "${folder}"`,
    })
    await expect(discover(source('data/airport.csv'))).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      message: 'There is no file "data/airport.csv"',
      hint: 'Did you mean "airports.csv"?',
    })
    await expect(discover(source('dat/airports.csv'))).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      hint: 'Its folder "dat" does not exist or cannot be listed.',
    })
    mkdirSync(join(folder, 'empty'))
    await expect(discover(source('empty'))).rejects.toMatchObject({
      code: 'SOURCE_EMPTY',
      message: expect.stringContaining('The folder "empty" holds no file that ends in .csv'),
    })
  })

  it('are an error where a file cannot be read: a folder that took its place, a pipe, no permission', async () => {
    const path = file('gone.csv', 'id,city\n')
    const [part] = await discover(source('gone.csv'))
    execFileSync('rm', [path])
    mkdirSync(path)
    const open = () =>
      collect(source('gone.csv').open(part!, { schema: columns, batchRows: 10, random: () => 0, signal }))
    await expect(open()).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: '"gone.csv" is a folder, not a file',
    })
    execFileSync('mkfifo', [join(folder, 'pipe.csv')])
    await expect(discover(source('pipe.csv'))).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringContaining('neither a file nor a folder'),
    })
    file('plain/a.csv', 'id,city\n')
    await expect(discover(source('plain/a.csv/b.csv'))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    await expect(discover(source(`${'x'.repeat(300)}.csv`))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    if (getuid?.() === 0) return // root reads everything
    chmodSync(file('closed.csv', 'id,city\n'), 0)
    await expect(discover(source('closed.csv'))).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: '"closed.csv" cannot be read: no permission',
    })
  })
})

describe('a file', () => {
  it('that is packed is recognised by its first bytes, also in several members', async () => {
    file('p.csv.gz', Buffer.concat([gzipSync('id,city\n1,Rome\n'), gzipSync('2,Oslo\n')]))
    file('odd.csv', gzipSync('id,city\n3,Bern\n'))
    expect((await readAll(source(['p.csv.gz', 'odd.csv']), columns)).rows).toEqual([
      [3, 'Bern'],
      [1, 'Rome'],
      [2, 'Oslo'],
    ])
  })

  it('that is packed and truncated, damaged or not packed at all is an error, never a shorter table', async () => {
    const lines = Array.from({ length: 50_000 }, (_, i) => `${i},${(i * 7919) % 1000}\n`)
    const packed = gzipSync(`id,city\n${lines.join('')}`)
    file('cut.csv.gz', packed.subarray(0, packed.length >> 1))
    await expect(readAll(source('cut.csv.gz'), columns)).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: '"cut.csv.gz" is truncated: its gzip data ends early',
    })
    file(
      'bad.csv.gz',
      packed.map((byte, i) => (i > packed.length / 2 ? byte ^ 0x5a : byte)),
    )
    await expect(readAll(source('bad.csv.gz'), columns)).rejects.toMatchObject({ code: 'SOURCE_CORRUPT' })
    file('plain.csv', 'id,city\n')
    await expect(readAll(source('plain.csv', { compression: 'gzip' }), columns)).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: '"plain.csv" is not a gzip file, or is followed by something else',
    })
  })

  it('that changes after discovery or while it is read is an error', async () => {
    const path = file('c.csv', 'id,city\n1,Rome\n')
    const [part] = await discover(source('c.csv'))
    writeFileSync(path, 'id,city\n1,Rome\n2,Oslo\n')
    const open = (known: typeof part) =>
      source('c.csv').open(known!, { schema: columns, batchRows: 1, random: () => 0, signal })
    await expect(collect(open(part))).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
      message: '"c.csv" changed while it was being read',
    })
    const [now] = await discover(source('c.csv'))
    const chunks = open(now)[Symbol.asyncIterator]()
    await chunks.next()
    writeFileSync(path, 'id,city\n9,Bonn\n')
    await expect(async () => {
      while ((await chunks.next()).done !== true);
    }).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
  })

  it('in latin1 is read as text', async () => {
    file('l.csv', Buffer.from('id,city\n1,Zürich\n2,São Paulo\n', 'latin1'))
    expect((await readAll(source('l.csv', { encoding: 'latin1' }), columns)).rows).toEqual([
      [1, 'Zürich'],
      [2, 'São Paulo'],
    ])
  })

  it('can be left half read', async () => {
    file('half.csv', `id,city\n${'1,x\n'.repeat(500_000)}`)
    const [part] = await discover(source('half.csv'))
    for await (const chunk of source('half.csv').open(part!, {
      schema: columns,
      batchRows: 100,
      random: () => 0,
      signal,
    })) {
      expect(chunk).toMatchObject({ length: 100 })
      break
    }
  })

  it('stops being read when the run is aborted', async () => {
    file('abort.csv', `id,city\n${'1,x\n'.repeat(500_000)}`)
    const [part] = await discover(source('abort.csv'))
    const abort = new AbortController()
    const read = async () => {
      for await (const _ of source('abort.csv').open(part!, {
        schema: columns,
        batchRows: 100,
        random: () => 0,
        signal: abort.signal,
      }))
        abort.abort()
    }
    await expect(read()).rejects.toThrow(/abort/i)
  })

  it('describes its columns by its header, of any type', async () => {
    file('d.csv', 'id,city\n1,Rome\n')
    const [part] = await discover(source('d.csv'))
    expect(await source('d.csv').describe(part!, { signal, declared: true })).toEqual({
      fields: ['id', 'city'].map((name) => ({ name, type: types.null, nullable: true })),
    })
  })
})

describe('JSON files', () => {
  it('are read as an array, as an array inside, and line by line', async () => {
    file('a.json', '[{"id":1,"city":"Rome"}]')
    file('b.json', '{"data":{"items":[{"id":2,"city":"Oslo"}]}}')
    file('c.ndjson', gzipSync('{"id":3,"city":"Bern"}\n{"id":4}\n'))
    expect((await readAll(jsonSource('a.json', []), columns)).rows).toEqual([[1, 'Rome']])
    expect((await readAll(jsonSource('b.json', ['data', 'items']), columns)).rows).toEqual([[2, 'Oslo']])
    const { rows, rejected } = await readAll(jsonSource('c.ndjson'), columns)
    expect(rows).toEqual([[3, 'Bern']])
    expect(rejected).toMatchObject([
      { row: 1, line: 2, reason: 'city: null or missing, but not nullable', raw: '{"id":4}' },
    ])
  })
})

describe('the factories', () => {
  const City = z.object({ id: z.int32(), city: z.string() })

  it('make nodes that know their columns', () => {
    expect(csv({ path: 'a.csv', schema: City, delimiter: ';', otherwise: 'quarantine' }).kind).toBe('csv')
    expect(json({ path: 'a.json', schema: City, at: 'data.items' }).kind).toBe('json')
    expect(ndjson({ path: ['a.ndjson', 'b/*.ndjson'], schema: City }).kind).toBe('ndjson')
    expect(csv({ path: 'a.csv' }).kind).toBe('csv')
    // @ts-expect-error a schema is a zod object
    expect(csv({ path: 'a.csv', schema: 'id' }).kind).toBe('csv')
    // @ts-expect-error there is no such option
    expect(csv({ path: 'a.csv', schema: City, delimeter: ';' }).kind).toBe('csv')
  })

  it('refuse wrong options by name', () => {
    const faults = (given: object) =>
      z
        .strictObject(csvOptions)
        .safeParse({ path: 'a.csv', ...given })
        .error?.issues.map(({ path, message }) => [path.join('.'), message])
    expect(faults({ delimiter: '||' })).toEqual([
      ['delimiter', 'delimiter must be one ASCII character and no line break'],
    ])
    expect(faults({ dateFormat: 'DD.MM.' })).toEqual([
      [
        'dateFormat',
        'dateFormat needs YYYY, MM (or M) and DD (or D), then HH (or H), mm, ss, S, A if you like, each once',
      ],
    ])
    expect(faults({ path: '' })).toHaveLength(1)
    expect(faults({})).toBeUndefined()
  })
})

it('reads the 3,376 airports of vega-datasets, 12 of them without a city', async () => {
  const airports = createCsvSource(
    z.strictObject(csvOptions).parse({ path: 'node_modules/vega-datasets/data/airports.csv', nulls: ['', 'NA'] }),
    { folder: join(import.meta.dirname, '../../..') },
  )
  const { rows, rejected } = await readAll(
    airports,
    schema({ iata: types.string, 'city?': types.string, latitude: types.float64 }),
  )
  expect(rejected).toEqual([])
  expect(rows).toHaveLength(3376)
  expect(rows.filter(([, city]) => city === null)).toHaveLength(12)
  const text = readFileSync(join(import.meta.dirname, '../../../node_modules/vega-datasets/data/airports.csv'), 'utf8')
  expect(rows[0]).toEqual(['00M', 'Bay Springs', Number(text.split('\n')[1]?.split(',')[5])])
})
