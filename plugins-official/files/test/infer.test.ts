import { types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { dialectOf, dialectShape } from '../src/csv-dialect.ts'
import type { CsvReading } from '../src/csv-read.ts'
import { type ColumnStates, inferColumns, observeCsv } from '../src/infer-csv.ts'
import { createJsonStates, observeJson } from '../src/infer-json.ts'
import { inferJsonColumns } from '../src/infer-json-type.ts'
import type { InferredColumn } from '../src/infer-type.ts'
import { chunksOf, csvText, jsonText } from './reading.ts'

interface Options extends Partial<CsvReading> {
  readonly nulls?: string[]
  readonly delimiter?: string
  readonly rows?: number
}

async function infer(texts: string | readonly string[], options: Options = {}): Promise<readonly InferredColumn[]> {
  const { nulls = [''], delimiter = ',', rows, ...more } = options
  const states: ColumnStates = new Map()
  const dialect = dialectOf(z.object(dialectShape).parse({ nulls, delimiter }))
  const reading: CsvReading = {
    dialect,
    header: true,
    decimal: '.',
    dateFormat: undefined,
    maxRecordBytes: 1 << 20,
    bytePositions: true,
    ...more,
  }
  for (const [i, text] of (typeof texts === 'string' ? [texts] : texts).entries())
    await observeCsv(chunksOf(text, 7), `${i + 1}.csv`, reading, states, rows)
  return inferColumns(states, reading.dateFormat)
}

/** Type (and pattern) of one column of these cells. */
async function typeOf(cells: readonly string[], options: Options = {}): Promise<string> {
  const [column] = await infer(`x;y\n${cells.map((cell) => `${cell};\n`).join('')}`, { delimiter: ';', ...options })
  const { type, format } = column!.evidence
  return format === undefined || format === 'plain' || format === 'ISO' ? type : `${type} ${format}`
}

describe('the type of a column', () => {
  it.each([
    ['true and false in any case are booleans', ['true', 'FALSE', 'True'], 'boolean'],
    ['0 and 1 beside a word are booleans', ['true', '0', '1'], 'boolean'],
    ['0 and 1 alone are integers', ['0', '1'], 'int64'],
    ['yes and no stay text', ['yes', 'no'], 'string'],
    ['whole numbers are int64', ['1', '-20', '', '0'], 'int64'],
    ['the limits of 64 bits are int64', ['9223372036854775807', '-9223372036854775808'], 'int64'],
    ['whole numbers beyond 64 bits stay text', ['1', '9223372036854775808'], 'string'],
    ['leading zeros stay text', ['1', '007'], 'string'],
    ['leading zeros before a decimal mark stay text', ['1.5', '01.5'], 'string'],
    ['a plus sign stays text', ['+4912345', '1'], 'string'],
    ['minus zero is a float', ['-0', '1'], 'float64'],
    ['numbers with a decimal mark are float64', ['1', '2.5', '.5', '7.'], 'float64'],
    ['an exponent is float64', ['1e5', '2E-3'], 'float64'],
    ['an exponent beyond what a float holds stays text', ['1e999'], 'string'],
    ['NaN and infinities beside numbers are float64', ['NaN', '1', 'inf', '-Infinity', '+inf'], 'float64'],
    ['NaN alone stays text', ['NaN', 'NaN'], 'string'],
    ['a thousands mark nobody told of stays text', ['1,234', '5'], 'string'],
    ['ISO dates are dates', ['2024-02-29', '0001-01-01'], 'date'],
    ['a day that does not exist makes text', ['2024-02-29', '2023-02-29'], 'string'],
    [
      'ISO dates and times are timestamps',
      ['2024-01-01', '2024-01-01 10:00', '2024-01-01T10:00:00.5'],
      'timestamp(ms)',
    ],
    ['microseconds', ['2024-01-01T10:00:00.123456'], 'timestamp(us)'],
    ['nanoseconds', ['2024-01-01T10:00:00.123456789'], 'timestamp(ns)'],
    ['offsets', ['2024-01-01T10:00:00Z', '2024-01-01T10:00:00+02:00'], 'timestamp(ms, UTC)'],
    ['some with an offset and some without stay text', ['2024-01-01T10:00Z', '2024-01-01T10:00'], 'string'],
    ['days among instants stay text', ['2024-01-01T10:00Z', '2024-01-01'], 'string'],
    ['times of day', ['10:00', '23:59:59.5'], 'time(ms)'],
    ["25 o'clock stays text", ['10:00', '25:00'], 'string'],
    ['a day above 12 tells the order', ['01/02/2024', '13/02/2024'], 'date D/M/YYYY'],
    ['in the other place as well', ['01/02/2024', '02/13/2024'], 'date M/D/YYYY'],
    ['both orders stay text', ['13/02/2024', '02/13/2024'], 'string'],
    ['no day above 12 stays text', ['01/02/2024', '03/04/2024'], 'string'],
    ['points', ['1.2.2024', '31.12.2023'], 'date D.M.YYYY'],
    ['dashes', ['31-12-2023', '01-01-2024'], 'date D-M-YYYY'],
    ['year first', ['2024/1/2', '2023/12/31'], 'date YYYY/M/D'],
    ['mixed separators stay text', ['31/12/2023', '31.12.2023'], 'string'],
    ['minutes', ['31.12.2023 23:59', '1.1.2024 0:00'], 'timestamp(ms) D.M.YYYY H:mm'],
    ['seconds', ['12/31/2023 1:02:03', '1/1/2024 12:00:00'], 'timestamp(ms) M/D/YYYY H:mm:ss'],
    ['noon', ['12/31/2023 1:02 PM', '1/1/2024 12:00 am'], 'timestamp(ms) M/D/YYYY H:mm A'],
    ['with and without a time stay text', ['31.12.2023 23:59', '1.1.2024'], 'string'],
    ['YYYYMMDD is a whole number', ['20240131', '20240201'], 'int64'],
    ['two digits of a year stay text', ['31.12.23'], 'string'],
    ['nothing at all is text', ['', ''], 'string'],
    ['words', ['a', '1'], 'string'],
  ])('%s', async (_, cells, type) => {
    expect(await typeOf(cells)).toBe(type)
    expect(await typeOf([...cells].reverse())).toBe(type)
  })

  it('follows the options for decimal mark, thousands mark, spellings of nothing and dates', async () => {
    expect(await typeOf(['1,5', '2'], { decimal: ',' })).toBe('float64')
    expect(await typeOf(['1.5', '2'], { decimal: ',' })).toBe('string')
    expect(await typeOf(['1,234', '5', '-1,234,567'], { thousands: ',' })).toBe('int64')
    expect(await typeOf(['1.234,5', '5'], { thousands: '.', decimal: ',' })).toBe('float64')
    expect(await typeOf(['1,23,4', '5'], { thousands: ',' })).toBe('string')
    expect(await typeOf(['NA', '5', '"NA"'], { nulls: ['', 'NA'] })).toBe('int64')
    expect(await typeOf(['01/02/2024', '03/04/2024'], { dateFormat: 'MM/DD/YYYY' })).toBe('date MM/DD/YYYY')
    expect(await typeOf(['20240131', '20240201'], { dateFormat: { x: 'YYYYMMDD' } })).toBe('date YYYYMMDD')
    expect(await typeOf(['20240131', '20249901'], { dateFormat: { x: 'YYYYMMDD' } })).toBe('int64')
  })

  it('does not look at quotes, except that an empty text in quotes is no number either', async () => {
    expect(await typeOf(['"1"', '2', '""'])).toBe('int64')
  })

  it('is bigint for whole numbers beyond 2^53, which the evidence names', async () => {
    const [column] = await infer('id\n1\n9007199254740993\n')
    expect(column!.field).toEqual({ name: 'id', type: types.int64, nullable: true, sees: 'bigint', format: 'plain' })
    expect(column!.evidence.note).toBe('seen as bigint: "9007199254740993" in line 3 is beyond 2^53')
  })

  it('comes with the rows looked at, what fits, and the first value that rules a narrower type out', async () => {
    const [column] = await infer('x,y\n1,\n,\n2.5,\n3,\n')
    expect(column!.evidence).toEqual({
      name: 'x',
      type: 'float64',
      format: 'plain',
      rows: 4,
      absent: 1,
      fits: ['float64', 'string'],
      ruledOut: [
        { type: 'boolean', line: 4, value: '"2.5"', file: '1.csv' },
        { type: 'int64', line: 4, value: '"2.5"', file: '1.csv' },
        ...['ISO date or timestamp', 'time', 'date D-M-YYYY', 'date M-D-YYYY', 'date YYYY-M-D'].map((type) => ({
          type,
          line: 2,
          value: '"1"',
          file: '1.csv',
        })),
      ],
      nearest: { type: 'int64', line: 4, value: '"2.5"', file: '1.csv', after: 1 },
    })
  })

  it('that stays text because days and months look alike says so, with the option that decides', async () => {
    const [column] = await infer('d\n01/02/2024\n')
    expect(column!.evidence.note).toBe(
      "every value fits D/M/YYYY and M/D/YYYY: nothing tells day from month, so it stays text. Give dateFormat: 'D/M/YYYY' or 'M/D/YYYY'",
    )
  })

  it('is one for several files: a day above 12 in the second decides for the first', async () => {
    const columns = await infer(['d,n\n01/02/2024,1\n', 'n,d,e\n2.5,25/12/2024,x\n'])
    expect(columns.map(({ field }) => [field.name, field.type.kind, field.format])).toEqual([
      ['d', 'date', 'D/M/YYYY'],
      ['n', 'float', 'plain'],
      ['e', 'string', undefined],
    ])
    expect(columns[1]!.evidence.ruledOut.find(({ type }) => type === 'int64')).toEqual({
      type: 'int64',
      line: 2,
      value: '"2.5"',
      file: '2.csv',
    })
  })

  it('is inferred from the first rows alone where that is asked for', async () => {
    expect((await infer('x\n1\n2\nx\n', { rows: 2 }))[0]!.evidence).toMatchObject({ type: 'int64', rows: 2 })
  })

  it('does not count rows that cannot be read', async () => {
    expect((await infer('x,y\n1,2\nwrong\n3,4\n'))[0]!.evidence).toMatchObject({ type: 'int64', rows: 2 })
  })
})

describe('what was inferred reads every row that it was inferred from', () => {
  it.each([
    ['x;y\n1;2024-01-01\n2.5;2024-01-02\n', ';'],
    ['x,y\n31.12.2023 23:59,12/31/2023 1:02 PM\n1.1.2024 0:00,1/1/2024 12:00 am\n', ','],
    ['x,y\nNaN,true\n1e5,0\n-0,FALSE\n', ','],
    ['x,y\n9007199254740993,10:00\n,23:59:59.123456\n', ','],
    ['x,y\n2024-01-01T10:00:00Z,+012024-01-01\n2024-01-01T10:00:00+02:00,2024-01-01\n', ','],
  ])('%j', async (text, delimiter) => {
    const columns = await infer(text, { delimiter })
    const content = await csvText(text, { fields: columns.map(({ field }) => field) }, { delimiter })
    expect(content.rejected).toEqual([])
    expect(content.rows.length).toBe(text.trimEnd().split('\n').length - 1)
    expect(columns.map(({ field }) => field.type.kind)).not.toContain('string')
  })

  it('refuses later what it would not have been inferred from', async () => {
    const columns = await infer('n,f,t,z\n1,1.5,2024-01-01T10:00,2024-01-01T10:00Z\n')
    const fields = columns.map(({ field }) => field)
    const rows = [
      '01,1,2024-01-01,2024-01-01T10:00Z',
      '+1,1,,',
      ',01.5,,',
      ',+1.5,,',
      ',,2024-01-01T10:00Z,',
      ',,,2024-01-01T10:00',
    ]
    const { rejected, rows: good } = await csvText(`n,f,t,z\n${rows.join('\n')}\n`, { fields })
    expect(good).toEqual([])
    expect(rejected.map(({ column }) => column)).toEqual([1, 1, 2, 2, 3, 4])
  })
})

describe('the keys of JSON', () => {
  async function inferJson(text: string, at?: readonly string[]) {
    const states = createJsonStates()
    const looked = await observeJson(chunksOf(text, 5), 'a.json', { at, maxRecordBytes: 1 << 20 }, states, undefined)
    return { looked, columns: inferJsonColumns(states) }
  }

  it.each([
    ['whole numbers', ['1', '-2'], 'int64'],
    ['other numbers', ['1', '2.5', '1e3'], 'float64'],
    ['booleans', ['true', 'false', 'null'], 'boolean'],
    ['texts', ['"a"', '"1"'], 'string'],
    ['numbers in quotes are text', ['"1"'], 'string'],
    ['dates', ['"2024-01-01"'], 'date'],
    ['instants', ['"2024-01-01T10:00:00Z"'], 'timestamp(ms, UTC)'],
    ['dates that are not ISO 8601 are text', ['"31.12.2024"'], 'string'],
    ['lists', ['[1,2]', '[]', '[null]'], 'list<int64>'],
    ['lists that are always empty', ['[]'], 'list<string>'],
    ['objects', ['{"a":1}', '{"b":[true]}'], 'struct<a: int64, b: list<boolean>>'],
    ['values of several kinds', ['1', '"a"'], 'string json'],
    ['lists of several kinds', ['[1,"a"]'], 'string json'],
    ['whole numbers beyond 64 bits', ['12345678901234567890123'], 'string json'],
    ['nested numbers beyond 2^53', ['[9007199254740993]'], 'string json'],
    ['nothing', ['null'], 'string'],
  ])('%s', async (_, values, type) => {
    const text = values.map((value) => `{"x":${value}}\n`).join('')
    const { columns } = await inferJson(text)
    const { type: found, format } = columns[0]!.evidence
    expect(format === 'json' ? `${found} json` : found).toBe(type)
    const { rejected, rows } = await jsonText(text, { fields: columns.map(({ field }) => field) })
    expect(rejected).toEqual([])
    expect(rows.length).toBe(values.length)
  })

  it('keep values of several kinds as their JSON text, with the evidence', async () => {
    const text = '[{"x":1,"y":1},{"x":"a"},{"x":{"b":[1]}}]'
    const { columns, looked } = await inferJson(text, [])
    expect(looked).toEqual({ rows: 3, rejected: 0 })
    expect(columns[0]!.evidence.note).toBe(
      'values are of several kinds: number (line 1), text (line 1), object (line 1); they are kept as their JSON text',
    )
    expect(columns[1]!.evidence).toMatchObject({ type: 'int64', rows: 3, absent: 2 })
    const { rows } = await jsonText(text, { fields: columns.map(({ field }) => field) }, { at: [] })
    expect(rows).toEqual([
      ['1', 1],
      ['a', null],
      ['{"b":[1]}', null],
    ])
  })

  it('are not more than ten thousand', async () => {
    const text = Array.from({ length: 10_001 }, (_, i) => `{"k${i}":1}\n`).join('')
    await expect(inferJson(text)).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' })
  })
})
