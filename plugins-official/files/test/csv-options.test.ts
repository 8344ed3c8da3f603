import { types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { uniqueNames } from '../src/csv-names.ts'
import { csvText, schema } from './reading.ts'

const pair = schema({ a: types.int32, 'b?': types.string })
const reasons = (content: Awaited<ReturnType<typeof csvText>>) =>
  content.rejected.map(({ row, line, reason }) => [row, line, reason])

describe('skip and lines', () => {
  const file = 'Report\nof "today\n\na,b\n1,x\n2,y\nTotal,\n\nc,d\n7,z\n'

  it('leave out lines in front of the header, whatever stands in them', async () => {
    for (const chunk of [1, 3, 1000])
      for (const end of ['\n', '\r\n', '\r']) {
        const content = await csvText(file.replaceAll('\n', end), pair, {
          skip: 3,
          lines: { from: 1, to: 6 },
          chunk,
          window: 5,
        })
        expect(content.rows).toEqual([
          [1, 'x'],
          [2, 'y'],
        ])
        expect(content.rejected).toEqual([])
      }
  })

  it('keep the numbers of lines and bytes those of the file', async () => {
    const { rejected } = await csvText(file, pair, { skip: 3, lines: { from: 1, to: 7 } })
    expect(rejected).toMatchObject([{ line: 7, byte: 30, raw: 'Total,' }])
  })

  it('read one of several tables', async () => {
    const table = schema({ c: types.int32, d: types.string })
    expect((await csvText(file, table, { lines: { from: 9 } })).rows).toEqual([[7, 'z']])
    expect((await csvText(file, table, { lines: { from: 8 }, skip: 1 })).rows).toEqual([[7, 'z']])
  })

  it('behind the end of the file find no header, and say from which line on', async () => {
    await expect(csvText('a,b\n1,x\n', pair, { skip: 9 })).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: '"a.csv" has no header: nothing stands from line 3 on',
    })
  })
})

describe('a header', () => {
  it('of several rows joins the names of a column', async () => {
    const columns = schema({ 'time s': types.int32, 'speed m/s': types.float64, note: types.string })
    const content = await csvText('time,speed,note\ns,m/s\n1,2.5,x\n', columns, { headerRows: 2, chunk: 2 })
    expect(content.rows).toEqual([[1, 2.5, 'x']])
  })

  it('that is not there gives numbered columns', async () => {
    const columns = schema({ column_1: types.int32, column_2: types.string })
    expect((await csvText('1,x\n2,y\n', columns, { header: false })).rows).toEqual([
      [1, 'x'],
      [2, 'y'],
    ])
  })

  it.each([
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [
      ['a', 'a'],
      ['a_1', 'a_2'],
    ],
    [
      ['a', '', ''],
      ['a', 'column_2', 'column_3'],
    ],
    [
      ['a', 'a_2', 'a'],
      ['a_1', 'a_2', 'a_3'],
    ],
    [
      ['', 'column_1', ''],
      ['column_2', 'column_1', 'column_3'],
    ],
    [
      ['x', 'x', 'x_1', 'x'],
      ['x_2', 'x_3', 'x_1', 'x_4'],
    ],
  ])('%j gives the names %j', (raw, names) => {
    expect(uniqueNames(raw)).toEqual(names)
    expect(new Set(names).size).toBe(names.length)
  })

  it('with equal names is read by the numbered ones, and one that is meant by both is an error that names them', async () => {
    expect((await csvText('a,a,\n1,2,3\n', schema({ a_2: types.int32, column_3: types.int32 }))).rows).toEqual([[2, 3]])
    await expect(csvText('a,a\n1,2\n', schema({ a: types.int32 }))).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      hint: 'Ask for "a_1" or "a_2", or name the columns with header: [...].',
    })
  })
})

describe('records of another width', () => {
  const file = 'a,b\n1\n2,x\n3,y,z\n"4"\n5,"p"q,r,s\n'
  it.each([
    ['reject', [[2, 'x']], [0, 2, 3, 4]],
    [
      'pad',
      [
        [1, null],
        [2, 'x'],
        [4, null],
      ],
      [2, 4],
    ],
    [
      'trim',
      [
        [2, 'x'],
        [3, 'y'],
      ],
      [0, 3, 4],
    ],
    [
      'fit',
      [
        [1, null],
        [2, 'x'],
        [3, 'y'],
        [4, null],
      ],
      [4],
    ],
  ] as const)('%s', async (ragged, rows, rejected) => {
    for (const chunk of [1, 1000]) {
      const content = await csvText(file, pair, { ragged, chunk, window: 4 })
      expect(content.rows).toEqual(rows)
      expect(content.rejected.map(({ row }) => row)).toEqual(rejected)
    }
  })

  it('still are set aside where a missing cell may not be absent', async () => {
    expect(
      reasons(await csvText('a,b\n,x\n\n1\n', schema({ a: types.int32, b: types.int32 }), { ragged: 'pad' })),
    ).toEqual([
      [0, 2, 'a: empty, but not nullable'],
      [1, 4, 'b: empty, but not nullable'],
    ])
  })
})

describe('a thousands mark', () => {
  const numbers = schema({ 'i?': types.int32, 'l?': types.int64, 'f?': types.float64, 'd?': types.decimal(12, 2) })
  it('groups digits by three, in every kind of number', async () => {
    const content = await csvText('i;l;f;d\n1,234;-1,234,567;1,234.5;1,234.50\n1234;12;.5;\n', numbers, {
      delimiter: ';',
      thousands: ',',
    })
    expect(content.rejected).toEqual([])
    expect(content.rows).toEqual([
      [1234, -1234567, 1234.5, 1234.5],
      [1234, 12, 0.5, null],
    ])
  })

  it.each(['12,34', '1,2345', ',123', '1,,234', '1234,567', '1,234,', '1,234.5,6'])('%s is no number', async (text) => {
    const { rejected } = await csvText(`i;l;f;d\n;;${text};\n`, numbers, { delimiter: ';', thousands: ',' })
    expect(rejected).toMatchObject([{ column: 3, reason: `f: "${text}" is not a number (float64)` }])
  })
})

describe('patterns of dates', () => {
  const dates = schema({ 'a?': types.date, 'b?': types.timestamp('ms') })
  it('may differ from column to column, and take one digit or two', async () => {
    const { rows } = await csvText('a,b\n1.2.2024,12/31/2023 1:05 PM\n01.12.2024,1/1/2024 12:00 AM\n', dates, {
      dateFormat: { a: 'D.M.YYYY', b: 'M/D/YYYY H:mm A' },
    })
    expect(rows).toEqual([
      [Date.UTC(2024, 1, 1), Date.UTC(2023, 11, 31, 13, 5)],
      [Date.UTC(2024, 11, 1), Date.UTC(2024, 0, 1)],
    ])
  })

  it.each(['31.2.2024', '001.2.2024', '1.13.2024', '1.2.24'])('%s is no date', async (text) => {
    const { rejected } = await csvText(`a,b\n${text},\n`, dates, { dateFormat: { a: 'D.M.YYYY' } })
    expect(rejected.map(({ reason }) => reason)).toEqual([`a: "${text}" is not a date (D.M.YYYY)`])
  })

  it.each(['0:05 PM', '13:05 PM', '1:05 XM', '1:05'])('%s is no time of half a day', async (text) => {
    const { rejected } = await csvText(`a,b\n,1/1/2024 ${text}\n`, dates, { dateFormat: { b: 'M/D/YYYY H:mm A' } })
    expect(rejected.length).toBe(1)
  })
})
