import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createCsvSource } from '../src/csv.ts'
import { dialectOf, dialectShape } from '../src/csv-dialect.ts'
import { csvOptions } from '../src/csv-options.ts'
import { readCsv } from '../src/csv-read.ts'
import { collect, createFolder, csvText, discover, schema, signal } from './reading.ts'

const pair = schema({ a: types.string, b: types.string })
const splits = [{ chunk: 1, window: 1 }, { chunk: 7, window: 3 }, {}]

/** The same content however the bytes come. */
async function read(text: string | Uint8Array, columns = pair, options: Parameters<typeof csvText>[2] = {}) {
  const [first, ...others] = await Promise.all(splits.map((split) => csvText(text, columns, { ...options, ...split })))
  for (const other of others) {
    expect(other.rows).toEqual(first!.rows)
    expect(other.rejected).toEqual(first!.rejected)
  }
  return first!
}

const told = ({ rejected }: Awaited<ReturnType<typeof read>>) =>
  rejected.map(({ line, byte, reason, raw }) => [line, byte, reason, raw])

describe('hostile CSV: each has a rule', () => {
  it('a quote in the middle of a cell is an ordinary character; one that opens a cell and is not closed before text is malformed', async () => {
    const content = await read('a,b\n5" disk,x\n"5" disk,x\ny,z\n')
    expect(content.rows).toEqual([
      ['5" disk', 'x'],
      ['y', 'z'],
    ])
    expect(told(content)).toEqual([[3, 14, 'text follows the closing quote', '"5" disk,x']])
  })

  it('line ends may be mixed', async () => {
    expect((await read('a,b\r\n1,2\n3,4\r5,6\r\n\r\n\n\r7,8')).rows).toEqual([
      ['1', '2'],
      ['3', '4'],
      ['5', '6'],
      ['7', '8'],
    ])
  })

  it('lines of a file that knows only CR are counted as well', async () => {
    const content = await read('a,b\r1\r2,3\r')
    expect(told(content)).toEqual([[2, 4, '1 cell instead of 2', '1']])
    expect(content.rows).toEqual([['2', '3']])
  })

  it('NUL bytes are kept in text and are no number', async () => {
    expect((await read('a,b\nx\0y,\0\n')).rows).toEqual([['x\0y', '\0']])
    expect(told(await read('a,b\n1\0,x\n', schema({ a: types.int32, b: types.string })))).toMatchObject([
      [2, 4, 'a: "1\\u0000" is not an integer (int32)', '1\0,x'],
    ])
  })

  it('a last line that is cut off is a record of its own: too few cells, or an open quote', async () => {
    expect(told(await read('a,b\n1,2\n3'))).toEqual([[3, 8, '1 cell instead of 2', '3']])
    expect(told(await read('a,b\n1,2\n3,"x'))).toEqual([
      [3, 8, 'the quote that opens this cell is never closed', '3,"x'],
    ])
  })

  it('a byte order mark and quotes in the header do not belong to the names', async () => {
    expect((await read('\ufeff"a","b"\n1,2\n')).rows).toEqual([['1', '2']])
    expect((await read('"a ""x""",b\n1,2\n', schema({ 'a "x"': types.string, b: types.string }))).rows).toEqual([
      ['1', '2'],
    ])
  })

  it('a header alone holds no rows; an empty file is an error, also one of blank lines or a byte order mark', async () => {
    expect(await read('a,b')).toMatchObject({ rows: [], rejected: [] })
    for (const text of ['', '\n\n', '\ufeff', '\r'])
      await expect(csvText(text, pair)).rejects.toMatchObject({ code: 'SOURCE_CORRUPT' })
  })

  it('a header that is never closed is an error that says so', async () => {
    await expect(csvText('a,"b\n1,2\n', pair)).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: '"a.csv" has a header that cannot be read: the quote that opens this cell is never closed (cell 2)',
    })
  })

  it('a cell of a megabyte is a cell, with and without quotes', async () => {
    const long = 'é,'.repeat(1 << 18)
    const { rows } = await csvText(`a,b\n"${long}",x\n${'y'.repeat(1 << 20)},z\n`, pair, { chunk: 65_536 })
    expect(rows.map(([a, b]) => [(a as string).length, b])).toEqual([
      [1 << 19, 'x'],
      [1 << 20, 'z'],
    ])
  })

  it('ten thousand columns are columns', async () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `c${i}`)
    const { rows } = await csvText(
      `${names.join()}\n${names.map((_, i) => i).join()}\n`,
      schema({ c9999: types.int32 }),
    )
    expect(rows).toEqual([[9999]])
  })

  it('bytes that are no UTF-8 set their record aside, wherever they stand, and no other', async () => {
    const content = await read(Buffer.concat([Buffer.from('a,b\n1,\xe9\n', 'latin1'), Buffer.from('2,é\n')]))
    expect(content.rows).toEqual([['2', 'é']])
    expect(told(content)).toEqual([[2, 6, 'is not valid UTF-8', 'base64:MSzp']])
  })

  it('a quote that is never closed ends with the longest record allowed, and reading goes on behind it', async () => {
    const text = `a,b\n1,"x\n${'y,z\n'.repeat(50)}`
    const content = await csvText(text, pair, { maxRecordBytes: 40, chunk: 8, window: 8 })
    expect(content.rejected[0]).toMatchObject({ line: 2, byte: 4 })
    expect(content.rejected.length).toBe(1)
    expect(content.rows.length).toBeGreaterThan(30)
  })
})

describe('a line of 100 MB', () => {
  it('is set aside in bounded memory, and the lines behind it are read', async () => {
    const megabyte = Buffer.alloc(1 << 20, 'x')
    async function* chunks() {
      yield Buffer.from('a,b\n1,2\n')
      for (let i = 0; i < 100; i++) yield megabyte
      yield Buffer.from(',y\n3,4\n')
    }
    const reading = {
      dialect: dialectOf(z.object(dialectShape).parse({})),
      header: true,
      decimal: '.',
      dateFormat: undefined,
      maxRecordBytes: 1 << 20,
      bytePositions: true,
    } as const
    const before = process.memoryUsage().arrayBuffers
    let peak = 0
    const watched = (async function* () {
      for await (const chunk of chunks()) {
        peak = Math.max(peak, process.memoryUsage().arrayBuffers)
        yield chunk
      }
    })()
    const { rows, rejected } = await collect(readCsv(watched, 'a.csv', reading, { schema: pair, batchRows: 10 }))
    expect(rows).toEqual([
      ['1', '2'],
      ['3', '4'],
    ])
    expect(rejected).toMatchObject([{ row: 1, line: 3, byte: 8 }])
    expect(rejected[0]!.raw.length).toBe(65_536)
    expect(peak - before).toBeLessThan(32 << 20)
  })
})

describe('names without a schema', () => {
  it('that are missing or equal are made up by a rule, and the same when the file is read', async () => {
    const folder = createFolder()
    writeFileSync(join(folder, 'a.csv'), 'x,x,,y\n1,a,2.5,\n')
    const source = createCsvSource(z.strictObject(csvOptions).parse({ path: 'a.csv' }), { folder })
    const [part] = await discover(source)
    const found = await source.describe(part!, { signal })
    expect(found.fields.map(({ name, type }) => [name, type.kind])).toEqual([
      ['x_1', 'int'],
      ['x_2', 'string'],
      ['column_3', 'float'],
      ['y', 'string'],
    ])
    const { rows } = await collect(source.open(part!, { schema: found, batchRows: 10, random: () => 0, signal }))
    expect(rows).toEqual([[1, 'a', 2.5, null]])
  })
})
