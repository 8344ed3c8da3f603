import fc from 'fast-check'
import { buildColumn, type Field, types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { dialectOf, dialectShape } from '../src/csv-dialect.ts'
import type { CsvReading } from '../src/csv-read.ts'
import { createCsvWriter } from '../src/csv-write.ts'
import { type ColumnStates, inferColumns, observeCsv } from '../src/infer-csv.ts'
import { createJsonStates, observeJson } from '../src/infer-json.ts'
import { inferJsonColumns } from '../src/infer-json-type.ts'
import { sniffBytes } from '../src/sniff.ts'
import { chunksOf, csvText, jsonText } from './reading.ts'

const cell = fc.oneof(
  fc.constantFrom(
    '',
    '',
    '0',
    '1',
    '-0',
    '007',
    '+1',
    'true',
    'FALSE',
    'yes',
    'NaN',
    'inf',
    '1e5',
    '1e999',
    '.5',
    '5.',
    '1,5',
    '"q"',
    '""',
  ),
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc.double().map(String),
  fc.date({ min: new Date(-1e14), max: new Date(1e14), noInvalidDate: true }).map((day) => day.toISOString()),
  fc.date({ min: new Date(0), max: new Date(2e12), noInvalidDate: true }).map((day) => day.toISOString().slice(0, 10)),
  fc
    .tuple(
      fc.nat(32),
      fc.nat(13),
      fc.constantFrom('/', '.', '-'),
      fc.constantFrom('', ' 1:05', ' 13:05:09', ' 1:05 PM'),
    )
    .map(([d, m, mark, clock]) => `${d}${mark}${m}${mark}2024${clock}`),
  fc.string({ unit: 'grapheme-ascii', maxLength: 6 }).map((text) => text.replace(/[;"\r\n]/g, '')),
)
const column = fc.oneof(
  fc.array(cell, { minLength: 1, maxLength: 12 }),
  cell.chain((one) => fc.array(fc.oneof(fc.constant(one), fc.constant('')), { minLength: 1, maxLength: 8 })),
)
const plain = z.object(dialectShape).parse({ delimiter: ';' })
const reading: CsvReading = {
  dialect: dialectOf(plain),
  header: true,
  decimal: '.',
  dateFormat: undefined,
  maxRecordBytes: 1 << 20,
  bytePositions: true,
}

async function infer(texts: readonly string[], chunk?: number) {
  const states: ColumnStates = new Map()
  for (const text of texts) await observeCsv(chunksOf(text, chunk), 'a.csv', reading, states, undefined)
  return inferColumns(states)
}

describe('inference, for all cells', () => {
  it('gives a type that reads every cell it was inferred from, whatever the order, the split and the files', async () => {
    await fc.assert(
      fc.asyncProperty(column, fc.integer({ min: 1, max: 40 }), fc.nat(12), async (cells, chunk, at) => {
        const text = (list: readonly string[]) => `x;y\n${list.map((own) => `${own};\n`).join('')}`
        const [found] = await infer([text(cells)])
        const { rejected, rows } = await csvText(text(cells), { fields: [found!.field] }, { delimiter: ';' })
        expect(rejected).toEqual([])
        expect(rows.length).toBe(cells.length)
        const same = { field: found!.field, type: found!.evidence.type, fits: found!.evidence.fits }
        for (const texts of [[text([...cells].reverse())], [text(cells.slice(0, at)), text(cells.slice(at))]]) {
          const [other] = await infer(texts, chunk)
          expect({ field: other!.field, type: other!.evidence.type, fits: other!.evidence.fits }).toEqual(same)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('of JSON gives types that read every value, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.dictionary(
            fc.constantFrom('a', 'b', 'c é'),
            fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.integer(), fc.constantFrom('2024-01-01', '10:00')),
            { maxKeys: 3 },
          ),
          { minLength: 1, maxLength: 8 },
        ),
        fc.integer({ min: 1, max: 40 }),
        async (records, chunk) => {
          const text = records.map((record) => `${JSON.stringify(record)}\n`).join('')
          const states = createJsonStates()
          await observeJson(chunksOf(text, chunk), 'a', { at: undefined, maxRecordBytes: 1 << 20 }, states, undefined)
          const fields = inferJsonColumns(states).map(({ field }) => field)
          const { rejected } = await jsonText(text, { fields })
          expect(rejected).toEqual([])
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('sniffing, for all tables that are written', () => {
  it('finds delimiter, header and rows of a table in a usual dialect', async () => {
    const words = fc.constantFrom(
      'alpha',
      'beta gamma',
      'Rome',
      'São Paulo',
      'x-1',
      'semi;colon',
      'com,ma',
      'say "hi"',
      'two\nlines',
      'pipe|d',
    )
    const row = fc.record({
      id: fc.nat(1e6),
      amount: fc.integer({ min: -1e6, max: 1e6 }).map((n) => n / 100),
      name: words,
      note: words,
      day: fc.integer({ min: 0, max: 20_000 }),
    })
    const fields: Field[] = [
      { name: 'id', type: types.int64, nullable: false },
      { name: 'amount', type: types.float64, nullable: false },
      { name: 'name', type: types.string, nullable: false },
      { name: 'note', type: types.string, nullable: false },
      { name: 'day', type: types.date, nullable: false },
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 4, maxLength: 30 }),
        fc.constantFrom(',', ';', '\t', '|'),
        fc.boolean(),
        async (rows, delimiter, header) => {
          const columns = fields.map(({ name, type }) =>
            buildColumn(
              type,
              rows.map((own) => (name === 'day' ? own.day * 86_400_000 : own[name as 'id'])),
              { column: name },
            ),
          )
          const writer = createCsvWriter({ fields }, { ...z.object(dialectShape).parse({ delimiter }), header })
          const text = writer.header + writer.rows({ schema: { fields }, length: rows.length, columns })
          const report = await sniffBytes(Buffer.from(text), { path: 'a.csv', whole: true })
          expect(report.tables.map(({ options }) => [options['delimiter'] ?? ',', options['header'] ?? true])).toEqual([
            [delimiter, header],
          ])
          expect(report.tables[0]).toMatchObject({ rows: rows.length, rejected: 0 })
        },
      ),
      { numRuns: 200 },
    )
  })

  it('never fails on any bytes, and ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 6 }),
            fc.constantFrom(
              ...['a,b\n', '"', '\n\n', '1;2\n', '[', '{"a":', '}', '# x\n', '\r', '\t|'].map((text) =>
                Uint8Array.from(Buffer.from(text)),
              ),
            ),
          ),
          { maxLength: 20 },
        ),
        fc.boolean(),
        async (parts, whole) => {
          const report = await sniffBytes(Buffer.concat(parts), { path: 'a.csv', whole })
          expect(JSON.parse(JSON.stringify(report))).toEqual(JSON.parse(JSON.stringify(report)))
          expect(report.confidence).toBeGreaterThanOrEqual(0)
          expect(report.confidence).toBeLessThanOrEqual(1)
        },
      ),
      { numRuns: 500 },
    )
  })
})
