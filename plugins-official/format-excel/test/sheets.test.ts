import { join } from 'node:path'
import { type TableSchema, types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { createExcelSource } from '../src/excel.ts'
import { excelOptions } from '../src/options.ts'
import { dateStyleOf } from '../src/styles.ts'
import { createFolder, discover, readAll, schema, signal } from './reading.ts'
import { type Parts, writeWorkbook } from './workbook.ts'

const folder = createFolder()
const source = (more: object = {}) => createExcelSource(excelOptions.parse({ path: 'a.xlsx', ...more }), { folder })

async function read(parts: Parts, columns: TableSchema | undefined, more: object = {}) {
  await writeWorkbook(join(folder, 'a.xlsx'), parts)
  return readAll(source(more), columns)
}

async function described(parts: Parts, more: object = {}) {
  await writeWorkbook(join(folder, 'a.xlsx'), parts)
  const [part] = await discover(source(more))
  const { fields } = await source(more).describe(part as never, { signal })
  return fields.map(({ name, type }) => [name, type] as const)
}

const text = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`
const head = (...names: readonly string[]) => `<row r="1">${names.map(text).join('')}</row>`
const styles =
  '<numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="164"/><xf numFmtId="20"/></cellXfs>'

describe('cells', () => {
  it('of formulas whose value was never stored set their row aside, also where an empty value stands', async () => {
    const rows = `${head('a', 'b')}<row><c><v>1</v></c><c><f>A2*2</f><v></v></c></row><row><c><v>2</v></c><c><f>A3*2</f><v/></c></row><row><c><v>3</v></c><c t="str"><f>""</f><v></v></c></row>`
    const { rows: kept, rejected } = await read({ rows }, schema({ a: types.int32, 'b?': types.string }))
    expect(kept).toEqual([[3, '']])
    expect(rejected.map(({ reason }) => reason.slice(0, 60))).toEqual([
      'b: cell B2 is a formula whose value was never stored: open t',
      'b: cell B3 is a formula whose value was never stored: open t',
    ])
  })

  it('that show more hours than a day has are durations: text, and no moment of the year 1900', async () => {
    const elapsed =
      '<numFmts><numFmt numFmtId="164" formatCode="[h]:mm:ss"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="46"/></cellXfs>'
    const rows = `${head('d', 't')}<row><c s="1"><v>1.5</v></c><c s="1"><v>0.5</v></c></row><row><c s="2"><v>-0.25</v></c><c s="2"><v>0.25</v></c></row>`
    expect(await described({ rows, styles: elapsed })).toEqual([
      ['d', types.string],
      ['t', types.time('ms')],
    ])
    expect((await read({ rows, styles: elapsed }, schema({ d: types.string, t: types.time('ms') }))).rows).toEqual([
      ['36:00:00', 43_200_000],
      ['-06:00:00', 21_600_000],
    ])
  })

  it('hold shared, rich, inline and formula text, without phonetic hints, escapes resolved', async () => {
    const shared =
      '<si><t>plain</t></si><si><r><t>ri</t></r><r><rPr/><t xml:space="preserve">ch </t></r><rPh><t>no</t></rPh></si>'
    const rows = `${head('a')}<row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row><row><c t="str"><f>A1&amp;"x"</f><v>sum</v></c></row><row>${text('_x0041_ _x000D_ &lt;')}</row>`
    expect((await read({ rows, shared }, schema({ a: types.string }))).rows).toEqual([
      ['plain'],
      ['rich '],
      ['sum'],
      ['A \r <'],
    ])
  })

  it('are found by their reference, in rows and columns with gaps', async () => {
    const rows = `<row r="1"><c r="B1" t="str"><v>b</v></c><c r="D1" t="str"><v>d</v></c></row><row r="5"><c r="D5"><v>2</v></c></row>`
    expect((await read({ rows }, schema({ 'b?': types.int32, d: types.int32 }))).rows).toEqual([[null, 2]])
  })

  it('show dates by their style, in the 1900 system with the day that never was', async () => {
    const cell = (serial: number | string, s: number) => `<row><c s="${s}"><v>${serial}</v></c></row>`
    const rows = head('d') + [1, 59, 61, 45000].map((serial) => cell(serial, 1)).join('')
    const day = (iso: string) => Date.parse(iso)
    expect((await read({ rows, styles }, schema({ d: types.date }))).rows.flat()).toEqual(
      ['1900-01-01', '1900-02-28', '1900-03-01', '2023-03-15'].map(day),
    )
    const odd = await read(
      { rows: head('d') + cell(60, 1) + cell(45000.5, 3) + cell(45000, 0) + cell(0, 1), styles },
      schema({ d: types.date }),
    )
    expect(odd.rejected.map(({ reason }) => reason)).toEqual([
      'd: cell A2 is no day of the calendar',
      'd: cell A3 has a time of day, which a date cannot hold',
      'd: cell A4 "45000" is a number, not date',
      'd: cell A5 is no day of the calendar',
    ])
  })

  it('count days from 1904 where the workbook says so', async () => {
    const book = `<workbook xmlns:r="x"><workbookPr date1904="1"/><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`
    const rows = `${head('d', 't')}<row><c s="1"><v>0</v></c><c s="2"><v>43538.75</v></c></row>`
    const { rows: got } = await read(
      { rows, styles, files: { 'xl/workbook.xml': book } },
      schema({ d: types.date, t: types.timestamp('s') }),
    )
    expect(got).toEqual([[Date.parse('1904-01-01'), Date.parse('2023-03-15T18:00:00Z')]])
  })

  it('hold times, and moments rounded to the millisecond that was meant', async () => {
    const rows = `${head('t', 'm')}<row><c s="4"><v>0.41666666666666669</v></c><c s="2"><v>45000.041666666664</v></c></row>`
    expect((await read({ rows, styles }, schema({ t: types.time('s'), m: types.timestamp('ms') }))).rows).toEqual([
      [36_000_000, Date.parse('2023-03-15T01:00:00Z')],
    ])
  })

  it('give decimals as they are shown, and refuse more places', async () => {
    const rows = `${head('p')}<row><c><v>4.5599999999999996</v></c></row><row><c><v>1E-2</v></c></row><row><c><v>0.125</v></c></row>`
    const { batches, rejected } = await read({ rows }, schema({ p: types.decimal(9, 2) }))
    expect(batches.flatMap((batch) => [...(batch.columns[0] ?? [])])).toEqual([4.56, 0.01])
    expect(rejected[0]?.reason).toBe('p: cell A4 "0.125" has more places than decimal(9,2)')
  })

  it('that do not fit set their row aside with address, reason and raw text', async () => {
    const rows = `${head('id', 'ok', 'note')}
      <row r="2"><c r="A2"><v>1</v></c><c r="B2" t="b"><v>1</v></c></row>
      <row r="3"><c r="A3" t="e"><v>#N/A</v></c><c r="B3" t="b"><v>0</v></c>${text('x')}</row>
      <row r="4"><c r="A4" t="str"><v>12</v></c><c r="B4" t="b"><v>0</v></c></row>
      <row r="5"><c r="A5"><v>1.5</v></c><c r="B5" t="b"><v>0</v></c></row>
      <row r="6"><c r="A6"><v>6</v></c><c r="B6"><v>1</v></c></row>
      <row r="7"><c r="A7"><f>1+1</f></c><c r="B7" t="b"><v>0</v></c></row>
      <row r="8"><c r="A8"><f>1+1</f><v>2</v></c><c r="B8" t="b"><v>0</v></c></row>
      <row r="9"><c r="B9" t="b"><v>0</v></c></row>`
    const got = await read({ rows }, schema({ id: types.int32, ok: types.boolean, 'note?': types.string }))
    expect(got.rows).toEqual([
      [1, true, null],
      [2, false, null],
    ])
    expect(got.rejected).toEqual([
      { row: 1, line: 3, column: 1, reason: 'id: cell A3 is the error #N/A', raw: '#N/A\tFALSE\tx' },
      { row: 2, line: 4, column: 1, reason: 'id: cell A4 "12" is text, not int32', raw: '12\tFALSE' },
      { row: 3, line: 5, column: 1, reason: 'id: cell A5 "1.5" is not an integer (int32)', raw: '1.5\tFALSE' },
      { row: 4, line: 6, column: 2, reason: 'ok: cell B6 "1" is a number, not boolean', raw: '6\t1' },
      expect.objectContaining({
        row: 5,
        reason: expect.stringContaining('A7 is a formula whose value was never stored'),
      }),
      { row: 7, line: 9, column: 1, reason: 'id: cell A9 is empty, but not nullable', raw: 'FALSE' },
    ])
  })

  it('read as text in plain digits and ISO dates', async () => {
    const rows = `${head('a')}<row><c><v>12345678901234567890</v></c></row><row><c><v>1.50</v></c></row><row><c t="b"><v>1</v></c></row><row><c s="1"><v>45000</v></c></row><row><c s="2"><v>45000.5</v></c></row><row><c s="4"><v>0.5</v></c></row>`
    expect((await read({ rows, styles }, schema({ a: types.string }))).rows.flat()).toEqual([
      '12345678901234567890',
      '1.5',
      'TRUE',
      '2023-03-15',
      '2023-03-15T12:00:00',
      '12:00:00',
    ])
  })
})

describe('number formats', () => {
  it.each([
    ['General', undefined],
    ['0.00 "days"', undefined],
    ['[Red]0.00', undefined],
    ['#,##0\\d', undefined],
    ['yyyy-mm-dd', 'date'],
    ['[$-409]d\\-mmm', 'date'],
    ['mmm', 'date'],
    ['h:mm AM/PM', 'time'],
    ['[h]:mm', 'elapsed'],
    ['mm:ss.0', 'time'],
    ['d/m/yy h:mm', 'date'],
  ])('%s shows %s', (code, style) => {
    expect(dateStyleOf(code)).toBe(style)
  })
})

describe('sheets', () => {
  const sheet = (value: number) =>
    `<worksheet><sheetData>${head('n')}<row><c><v>${value}</v></c></row></sheetData></worksheet>`
  const files = {
    'xl/workbook.xml': `<x:workbook xmlns:x="m" xmlns:r="r"><x:sheets><x:sheet name="Secret" r:id="rId1" state="hidden"/><x:sheet name="Sales" r:id="rId5"/></x:sheets></x:workbook>`,
    'xl/_rels/workbook.xml.rels':
      '<Relationships><Relationship Id="rId1" Type="o/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId5" Type="o/worksheet" Target="/xl/worksheets/two.xml"/></Relationships>',
    'xl/worksheets/sheet1.xml': sheet(1),
    'xl/worksheets/two.xml': sheet(2),
  }
  const columns = schema({ n: types.int32 })
  it('are chosen by name or number, and the first that is not hidden without', async () => {
    expect((await read({ files }, columns)).rows).toEqual([[2]])
    expect((await read({ files }, columns, { sheet: 'Secret' })).rows).toEqual([[1]])
    expect((await read({ files }, columns, { sheet: 2 })).rows).toEqual([[2]])
    await expect(read({ files }, columns, { sheet: 'Sale' })).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      message: '"a.xlsx" has no sheet "Sale"',
      hint: expect.stringContaining('Sales'),
    })
  })
})

describe('tables', () => {
  const rows = `<row r="2">${text('Report')}</row><row r="4"><c r="B4" t="str"><v>id</v></c><c r="C4" t="str"><v>n</v></c></row><row r="5"><c r="B5"><v>1</v></c><c r="C5"><v>2</v></c></row><row r="6"><c r="B6" s="1"/></row><row r="7"><c r="B7"><v>3</v></c><c r="C7"><v>4</v></c></row><row r="8"/><row r="9"><c r="B9"><v>99</v></c></row>`
  const columns = schema({ 'id?': types.int32, 'n?': types.int32 })
  it('stand in a range, without empty rows unless they are kept', async () => {
    expect((await read({ rows }, columns, { range: 'B4:C8' })).rows).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect((await read({ rows }, columns, { range: 'B4:C8', emptyRows: 'keep' })).rows).toEqual([
      [1, 2],
      [null, null],
      [3, 4],
      [null, null],
    ])
    expect((await read({ rows }, columns, { range: 'B4' })).rows).toEqual([
      [1, 2],
      [3, 4],
      [99, null],
    ])
  })
  it('are named by their header, by a list, or by letters', async () => {
    expect((await read({ rows }, columns, { range: 'B5:C7', header: ['id', 'n'] })).rows).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(
      (await read({ rows }, schema({ B: types.int32, C: types.int32 }), { range: 'B5:C7', header: false })).rows,
    ).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(() => excelOptions.parse({ path: 'a', range: 'C3:B2' })).toThrow('range must look like')
  })
  it('name a column that is missing or there twice', async () => {
    await expect(read({ rows: head('a', 'b') }, schema({ c: types.int32 }))).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
      hint: 'Its columns are a, b.',
    })
    await expect(read({ rows: head('a', 'a') }, schema({ a: types.int32 }))).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
    })
    await expect(read({}, columns)).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: '"a.xlsx" has no header: the sheet is empty',
    })
  })
  it('get types from all of their cells where none are declared', async () => {
    const cells = (i: number, mixed: string) =>
      `<row><c><v>${i}</v></c><c><v>${i}.5</v></c><c s="1"><v>${45000 + i}</v></c><c s="2"><v>45000.${i}</v></c><c s="4"><v>0.${i}</v></c><c t="b"><v>1</v></c>${mixed}<c t="e"><v>#N/A</v></c></row>`
    const all = `${head('whole', 'real', 'day', 'at', 'time', 'flag', 'mixed', 'none')}${cells(1, '<c><v>1</v></c>')}${cells(2, text('x'))}`
    expect(await described({ rows: all, styles })).toEqual([
      ['whole', types.int64],
      ['real', types.float64],
      ['day', types.date],
      ['at', types.timestamp('ms')],
      ['time', types.time('ms')],
      ['flag', types.boolean],
      ['mixed', types.string],
      ['none', types.null],
    ])
  })
})
