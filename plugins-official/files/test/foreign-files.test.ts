import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { types, type Workspace } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { createArrowSource } from '../src/arrow.ts'
import { createCsvSource, csvSourceOptions } from '../src/csv.ts'
import { createParquetSource } from '../src/parquet.ts'
import { sniffBytes } from '../src/sniff.ts'
import { createFolder, csvText, discover, readAll, schema, signal } from './reading.ts'

const folder = createFolder()
const sniff = async (text: string) => {
  const { tables } = await sniffBytes(Buffer.from(text), { path: 'a.csv', whole: true })
  const { path: _, ...options } = tables[0]!.options
  return { ...tables[0]!, options }
}

/** Written by Polars 2.1, whose schema at the beginning stands without mark and length: a = [1, 2], s = ['x', 'yy']. */
const polars =
  'QVJST1cxAAAEAAAA8v///xQAAAAEAAEAAAAKAAsACAAKAAQA+P///wwAAAAIAAgAAAAEAAIAAAAwAAAABAAAAMT///8cAAAAEAAAAAgAAAABGAAAAAAAAPz///8EAAQAAQAAAHMAAADs////OAAAACAAAAAYAAAAAQIAABAAEgAEABAAEQAIAAAADAAAAAAA9P///0AAAAABAAAACAAJAAQACAABAAAAYQAAAAAAAAD/////yAAAAAQAAADs////gAAAAAAAAAAUAAAABAADAAwAEwAQABIADAAEAOb///8CAAAAAAAAAHQAAAAoAAAAFAAAAAAADgAYAAQADAAQAAAAFAABAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAIAAAAAAAAAAAAAAAAgAAAAIAAAAAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAACAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAB4AAAAAAAAAAAAAAACAAAAeXkAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD/////AAAAAAQAAADs////QAAAADgAAAAUAAAABAAAAAwAEgAQAAQACAAMAAEAAACwAAAAAAAAANAAAAAAAAAAgAAAAAAAAAAAAAAAAAAAAPj///8MAAAACAAIAAAABAACAAAAMAAAAAQAAADE////HAAAABAAAAAIAAAAARgAAAAAAAD8////BAAEAAEAAABzAAAA7P///zgAAAAgAAAAGAAAAAECAAAQABIABAAQABEACAAAAAwAAAAAAPT///9AAAAAAQAAAAgACQAEAAgAAQAAAGEAzgAAAEFSUk9XMQ=='

describe('files of other programs', () => {
  it('Arrow files of Polars are read; one whose footer leaves out a batch is not', async () => {
    const bytes = Buffer.from(polars, 'base64')
    writeFileSync(join(folder, 'polars.arrow'), bytes)
    const source = createArrowSource({ path: 'polars.arrow' }, { folder })
    const [part] = await discover(source)
    const described = await source.describe(part!, { signal })
    expect(described.fields.map(({ type }) => type)).toEqual([types.int64, types.string])
    expect((await readAll(source, described)).rows).toEqual([
      [1, 'x'],
      [2, 'yy'],
    ])
    // The block of the only batch: offset, length of metadata, length of body. The footer then lists none.
    const footer = bytes.length - 10 - bytes.readInt32LE(bytes.length - 10)
    const first = bytes.indexOf(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xc8]))
    const block = bytes.indexOf(Buffer.from(BigUint64Array.of(BigInt(first)).buffer), footer)
    expect(bytes.readInt32LE(block - 4)).toBe(1)
    bytes.writeInt32LE(0, block - 4)
    writeFileSync(join(folder, 'polars.arrow'), bytes)
    await expect(readAll(source, described)).rejects.toMatchObject({ code: 'SOURCE_CORRUPT' })
  })

  it('tables of R, whose header lacks the name of the row names, are sniffed and read by header rowNames', async () => {
    const text = '"mpg" "cyl"\n"Mazda RX4" 21 6\n"Datsun" 22.8 4\n'
    const { options, columns, preamble } = await sniff(text)
    expect(options).toEqual({ delimiter: ' ', header: 'rowNames' })
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual(['column_1 string', 'mpg float64', 'cyl int64'])
    expect(preamble).toEqual([])
    const read = await csvText(text, schema({ column_1: types.string, cyl: types.int32 }), {
      delimiter: ' ',
      header: 'rowNames',
    })
    expect(read.rows).toEqual([
      ['Mazda RX4', 6],
      ['Datsun', 4],
    ])
  })

  it('a header that is not short is read with header rowNames as what it is: every row is set aside', async () => {
    const { rows, rejected } = await csvText('id,mpg\na,1\nb,2\n', schema({ mpg: types.int32 }), { header: 'rowNames' })
    expect(rows).toEqual([])
    expect(rejected.map(({ reason }) => reason)).toEqual(['2 cells instead of 3', '2 cells instead of 3'])
  })

  it('rows with a delimiter too many at their ends keep their names', async () => {
    const { options, columns } = await sniff('a,b\n1,2,\n3,4,\n')
    expect(options).toEqual({ ragged: 'trim' })
    expect(columns.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  it('a title that is one cell shorter than a table with a header stays a title', async () => {
    const { options } = await sniff('Sales,Europe\nid,name,v\n1,a,2\n2,b,3\n')
    expect(options).toEqual({ skip: 1 })
  })

  it('the line sep=; of spreadsheets is no row', async () => {
    const { options, rows, preamble, lines } = await sniff('sep=;\r\na;b\r\n1;2\r\n3;4\r\n')
    expect(options).toEqual({ delimiter: ';', skip: 1 })
    expect({ rows, preamble, lines }).toEqual({ rows: 2, preamble: [1], lines: { from: 2, to: 4 } })
  })

  it.each([' ', '\u00a0', '\u202f'])('numbers may be grouped by a space of any width (%j)', async (space) => {
    const text = `id;v\n1;1${space}234,5\n2;1${space}000${space}000\n3;7,25\n`
    const { options, columns } = await sniff(text)
    expect(options).toEqual({ delimiter: ';', decimal: ',', thousands: ' ' })
    expect(columns[1]!.type).toBe('float64')
    const read = await csvText(text, schema({ v: types.float64 }), { delimiter: ';', decimal: ',', thousands: ' ' })
    expect(read.rows.flat()).toEqual([1234.5, 1_000_000, 7.25])
    const odd = await csvText(`v;w\n12${space}34;\n`, schema({ v: types.float64 }), { delimiter: ';', thousands: ' ' })
    expect(odd.rejected).toHaveLength(1)
  })

  it('1.000 alone beside semicolons may be a thousand: the confidence says so, unless another number has a point elsewhere', async () => {
    const doubtful = await sniff('r;v\na;1.000\nb;2.500\n')
    expect(doubtful.confidence).toBeLessThan(0.6)
    expect(doubtful.evidence).toContain(
      'numbers: "1.000" is a number with decimal ".", or with thousands "." and decimal ","',
    )
    expect((await sniff('r;v\na;1.000\nb;2.5\n')).confidence).toBeGreaterThan(0.9)
  })

  it('lines that are taken as comments are counted in the evidence', async () => {
    const { options, evidence } = await sniff('id,tag\n#1,x\n2,y\n#3,z\n4,w\n5,q\n')
    expect(options).toEqual({ comment: '#' })
    expect(evidence).toContain('2 lines begin with "#" and are taken as comments, not as records')
  })
})

describe('sniffing in bounded time', () => {
  it('describes the first 50 of what look like tables, and says how many follow', async () => {
    const { tables } = await sniffBytes(Buffer.from('a,b\n1,2\n\n'.repeat(2000)), { path: 'a.csv', whole: true })
    expect(tables).toHaveLength(50)
    expect(tables.at(-1)!.evidence.at(-1)).toBe('1950 more tables follow: they are not described')
  }, 20_000)
  it('takes hundreds of thousands of rows of one cell', async () => {
    const { tables } = await sniffBytes(Buffer.from('a\n\n'.repeat(200_000)), { path: 'a.csv', whole: true })
    expect(tables).toHaveLength(1)
  }, 20_000)
})

describe('the type that came nearest', () => {
  const nearest = async (text: string) => (await sniff(text)).columns[0]!.nearest
  it('of a text is the last one ruled out, with the number of values that had fitted', async () => {
    expect(await nearest('x,y\n0,\n12,\n,\n7,\nn/k,\n')).toEqual({
      type: 'int64',
      line: 6,
      value: '"n/k"',
      file: 'a.csv',
      after: 3,
    })
  })
  it('of a float is int64, of an int and of a text that never was anything else none', async () => {
    expect(await nearest('x,y\n1,a\n2.5,b\n')).toMatchObject({ type: 'int64', value: '"2.5"', line: 3 })
    expect(await nearest('x,y\n0,a\n1,b\n2,c\n')).toBeUndefined()
    expect(await nearest('x,y\nBARKSDALE,1\nTYNDALL,2\n')).toBeUndefined()
  })
  it('of a date is the other order of day and month', async () => {
    expect(await nearest('x,y\n1/2/2024,1\n13/2/2024,2\n')).toMatchObject({
      type: 'date M-D-YYYY',
      value: '"13/2/2024"',
    })
  })
})

describe('a workspace that fails half way', () => {
  const bytes = Buffer.from(`id\n${'1\n'.repeat(3 << 20)}`)
  const failing = (after: number): Workspace => ({
    location: 'memory://failing',
    put: async () => undefined,
    putIfAbsent: async () => false,
    delete: async () => undefined,
    async get(_, range) {
      if (range !== undefined && range.offset >= after) throw new Error('connection lost')
      return range === undefined ? bytes : bytes.subarray(range.offset, range.offset + range.length)
    },
    async *list() {
      yield { path: 'a.csv', size: bytes.length, modified: 1 }
    },
  })
  const part = { id: 'a.csv', fingerprint: 'f', mark: 'm', bytes: bytes.length }
  const request = { schema: schema({ id: types.int32 }), batchRows: 65_536, random: () => 0, signal }

  it('ends in SOURCE_UNREADABLE, never in fewer rows', async () => {
    const given = csvSourceOptions.parse({ path: 'a.csv' })
    const workspace = failing(4 << 20)
    const source = createCsvSource({ ...given, in: workspace }, { folder })
    await expect(discover(source)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    const drain = async (chunks: AsyncIterable<unknown>) => {
      for await (const _ of chunks);
    }
    await expect(drain(source.open(part, request))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    const parquet = createParquetSource('a.csv', undefined, { folder, memory: 64 << 20, threads: 1 }, workspace)
    await expect(drain(parquet.open(part, request))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    await expect(
      drain(createArrowSource({ path: 'a', in: failing(0) }, { folder }).open(part, request)),
    ).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
  })
})

describe('the manifest of a folder', () => {
  it.each(['../secret.csv', '/etc/passwd', '', 5, 'a/../../b.csv'])('that names %j is SOURCE_CORRUPT', async (file) => {
    mkdirSync(join(folder, 'published'), { recursive: true })
    writeFileSync(join(folder, 'secret.csv'), 'id\n1\n')
    writeFileSync(join(folder, 'published', '_manifest.json'), JSON.stringify({ files: [{ file }] }))
    const source = createCsvSource(csvSourceOptions.parse({ path: 'published' }), { folder })
    await expect(discover(source)).rejects.toMatchObject({ code: 'SOURCE_CORRUPT' })
  })
})
