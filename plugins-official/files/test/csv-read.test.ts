import { type Batch, types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { csvText, schema } from './reading.ts'

const cities = schema({ id: types.int32, city: types.string })
const texts = schema({ a: types.string, b: types.string })
const reasons = (content: Awaited<ReturnType<typeof csvText>>) =>
  content.rejected.map(({ row, line, column, reason }) => [row, line, column, reason])

describe('the text of a CSV file', () => {
  it('maps cells to columns by the header, whatever their order, and ignores columns that the schema does not name', async () => {
    const { rows } = await csvText('city,extra,id\nRome,x,1\nOslo,y,2\n', cities)
    expect(rows).toEqual([
      [1, 'Rome'],
      [2, 'Oslo'],
    ])
  })

  it('reads LF, CRLF and CR line ends, a byte order mark, and a last line without an end', async () => {
    const { rows, rejected } = await csvText('\ufeffid,city\r\n1,Rome\n2,Oslo\r3,Bern\r\n4,Bonn', cities, {
      chunk: 1,
      window: 1,
    })
    expect(rows).toEqual([
      [1, 'Rome'],
      [2, 'Oslo'],
      [3, 'Bern'],
      [4, 'Bonn'],
    ])
    expect(rejected).toEqual([])
  })

  it('reads quoted delimiters, line breaks and doubled quotes, and takes a quote inside a bare cell literally', async () => {
    const { rows } = await csvText('a,b\n"x,y","line 1\nline 2"\n"say ""hi""",5" disk\n', texts)
    expect(rows).toEqual([
      ['x,y', 'line 1\nline 2'],
      ['say "hi"', '5" disk'],
    ])
  })

  it('reads another dialect: delimiter, quote, escape, decimal comma, comments, trimmed cells, spellings of null', async () => {
    const columns = schema({ 'x?': types.float64, t: types.string })
    const text = "# made by hand\nx; t\n 1,5 ; 'it\\'s' \n# half way\n NA; plain \n"
    const { rows, rejected } = await csvText(text, columns, {
      delimiter: ';',
      quote: "'",
      escape: '\\',
      decimal: ',',
      comment: '#',
      trim: true,
      nulls: ['NA'],
    })
    expect(rejected).toEqual([])
    expect(rows).toEqual([
      [1.5, "it's"],
      [null, 'plain'],
    ])
  })

  it('takes the names from the options where the file has no header', async () => {
    const { rows } = await csvText('1,Rome\n2,Oslo\n', cities, { header: ['id', 'city'] })
    expect(rows).toEqual([
      [1, 'Rome'],
      [2, 'Oslo'],
    ])
  })

  it('skips empty lines, except where a record has one cell', async () => {
    expect((await csvText('id,city\n\n1,Rome\n\r\n2,Oslo\n\n', cities)).rows).toEqual([
      [1, 'Rome'],
      [2, 'Oslo'],
    ])
    expect((await csvText('a\nx\n\ny\n', schema({ 'a?': types.string }))).rows).toEqual([['x'], [null], ['y']])
  })

  it('reads an empty cell as absent where the column is nullable, as empty text where it is text, and rejects it elsewhere', async () => {
    const columns = schema({ 'n?': types.int32, 't?': types.string, s: types.string, i: types.int32 })
    const content = await csvText('n,t,s,i\n,,,1\n,"",,2\n1,a,b,\n', columns)
    expect(content.rows).toEqual([
      [null, null, '', 1],
      [null, '', '', 2],
    ])
    expect(reasons(content)).toEqual([[2, 4, 4, 'i: empty, but not nullable']])
  })

  it('keeps NUL bytes in text', async () => {
    expect((await csvText('a,b\nx\0y,z\n', texts)).rows).toEqual([['x\0y', 'z']])
  })

  it('reads only the columns asked for', async () => {
    const { batches, rows } = await csvText('id,city\nbad,Rome\n', cities, { columns: ['city'] })
    expect(batches[0]?.schema.fields.map(({ name }) => name)).toEqual(['city'])
    expect(rows).toEqual([['Rome']])
  })

  it('reads a missing nullable column as missing and names the nearest for one that must be there', async () => {
    expect((await csvText('id\n1\n', schema({ id: types.int32, 'city?': types.string }))).rows).toEqual([[1]])
    await expect(csvText('id,citty\n1,Rome\n', cities)).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
      message: '"a.csv" has no column "city"; it has "id", "citty"',
      hint: 'Did you mean "citty"?',
    })
  })

  it('refuses a header that names a column twice, unless nobody asks for it', async () => {
    await expect(csvText('id,city,city\n1,a,b\n', cities)).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: '"a.csv" has several columns named "city" (numbers 2, 3)',
    })
    expect((await csvText('id,x,x,,\n1,a,b,,\n', schema({ id: types.int32 }))).rows).toEqual([[1]])
  })

  it('refuses an empty file, UTF-16 and types that text cannot carry', async () => {
    await expect(csvText('', cities)).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: '"a.csv" is empty: its first line should name the columns',
    })
    await expect(csvText(Buffer.from('\ufeffid,city\n', 'utf16le'), cities)).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
      hint: "Set encoding: 'auto', or save it as UTF-8.",
    })
    await expect(csvText('l\n', schema({ l: types.list(types.int32) }))).rejects.toMatchObject({
      code: 'TYPE_UNSUPPORTED',
      message: 'CSV cannot carry column "l" of type list<int32>',
    })
  })

  it('cuts batches by number of records', async () => {
    const { batches } = await csvText('id,city\n1,a\n2,b\n3,c\n4,d\n5,e\n', cities, { batchRows: 2 })
    expect(batches.map(({ length }) => length)).toEqual([2, 2, 1])
  })

  it('keeps recurring text as codes and other text as bytes, with the same cells', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `key-${i},${['x', 'y'][i % 2]}`)
    const { batches, rows } = await csvText(`a,b\n${lines.join('\n')}\n`, texts, { batchRows: 8192 })
    const kinds = batches.map(({ columns }: Batch) => columns.map((column) => column.constructor.name))
    expect(kinds).toEqual([
      ['BytesColumn', 'DictionaryColumn'],
      ['BytesColumn', 'DictionaryColumn'],
      ['BytesColumn', 'DictionaryColumn'],
    ])
    expect(rows.map(([a, b]) => `${a},${b}`)).toEqual(lines)
  })
})

describe('a record that cannot be read', () => {
  it('is set aside with its number, line, cell, byte, reason and raw text, and the others are read', async () => {
    const { rows, rejected } = await csvText('id,city\n1,Rome\n\nx2,"Os\nlo"\n3,Bern\n', cities)
    expect(rows).toEqual([
      [1, 'Rome'],
      [3, 'Bern'],
    ])
    expect(rejected).toEqual([
      { row: 1, line: 4, column: 1, byte: 16, reason: 'id: "x2" is not an integer (int32)', raw: 'x2,"Os\nlo"' },
    ])
  })

  it('has too many or too few cells', async () => {
    const content = await csvText('id,city\n1\n2,Rome,x\n3,Bern\n4,', cities)
    expect(content.rows).toEqual([
      [3, 'Bern'],
      [4, ''],
    ])
    expect(reasons(content)).toEqual([
      [0, 2, 2, '1 cell instead of 2'],
      [1, 3, 3, '3 cells instead of 2'],
    ])
  })

  it('has text behind a closing quote; the next line is read again', async () => {
    const content = await csvText('id,city\n1,"Ro"me\n2,Oslo\n', cities)
    expect(content.rows).toEqual([[2, 'Oslo']])
    expect(reasons(content)).toEqual([[0, 2, 2, 'text follows the closing quote']])
  })

  it('opens a quote that is never closed: all the rest is one record, its raw text bounded', async () => {
    const rest = `2,"Oslo\n${'x'.repeat(100_000)}\n`
    const { rows, rejected } = await csvText(`id,city\n1,Rome\n${rest}`, cities, { chunk: 1000, window: 100 })
    expect(rows).toEqual([[1, 'Rome']])
    expect(rejected).toMatchObject([
      {
        row: 1,
        line: 3,
        column: 2,
        reason: 'the quote that opens this cell is never closed (raw text cut to 64 KiB of 100008 bytes)',
      },
    ])
    expect(rejected[0]?.raw).toBe(rest.slice(0, 65_536))
  })

  it('is not valid UTF-8', async () => {
    const text = Buffer.concat([
      Buffer.from('id,city\n1,Rome\n2,'),
      Buffer.from([0xff, 0xfe, 0x4f]),
      Buffer.from('\n3,Zürich\n'),
    ])
    const content = await csvText(text, cities)
    expect(content.rows).toEqual([
      [1, 'Rome'],
      [3, 'Zürich'],
    ])
    expect(reasons(content)).toEqual([[1, 3, 2, 'is not valid UTF-8']])
    expect(content.rejected[0]?.raw).toBe('base64:Miz//k8=')
  })

  it('is longer than allowed: reading goes on at the next line, whether or not its end was in sight', async () => {
    const text = `id,city\n1,Rome\n2,${'x'.repeat(500)}\n3,Bern\n`
    for (const chunk of [1, 7, 100, 10_000]) {
      const { rows, rejected } = await csvText(text, cities, { maxRecordBytes: 64, chunk, window: 16 })
      expect(rows).toEqual([
        [1, 'Rome'],
        [3, 'Bern'],
      ])
      expect(rejected).toMatchObject([{ row: 1, line: 3, raw: `2,${'x'.repeat(62)}` }])
      expect(rejected[0]?.reason).toContain('longer than 64 bytes')
    }
  })

  it('comes before the batch it would stand in, and the first bad cell is named', async () => {
    const content = await csvText('a,b\nx,y\n', schema({ a: types.int32, b: types.int32 }))
    expect(reasons(content)).toEqual([[0, 2, 1, 'a: "x" is not an integer (int32)']])
    expect(content.batches).toEqual([])
  })
})
