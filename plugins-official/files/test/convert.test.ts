import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  type Batch,
  conform,
  createContentHash,
  type Field,
  type RejectedRow,
  type Source,
  type TableSchema,
  types,
} from 'tidegate'
import { describe, expect, it } from 'vitest'
import { assertCarried, assertSame, type Writing } from '../src/convert.ts'
import { convertInside, type FastRequest, guessOf } from '../src/convert-fast.ts'
import { createCsvSource, csvSourceOptions } from '../src/csv.ts'
import { csvFormat } from '../src/csv-format.ts'
import { accepts, csvLanguage } from '../src/csv-language.ts'
import { createWalk } from '../src/csv-walk.ts'
import { parquetFormat } from '../src/parquet-format.ts'
import { createFolder, signal } from './reading.ts'

const folder = createFolder()
const place = {
  folder,
  memory: 256e6,
  threads: 2,
  log: { debug() {}, info() {}, warn() {}, error() {} },
  random: () => 0.5,
  now: new Date(0),
  runId: 'convert',
}

const schema: TableSchema = {
  fields: [
    field('id', types.int64),
    field('small', types.int8, true),
    field('big', types.uint32, true),
    field('text', types.string, true),
    field('must', types.string),
    field('price', types.float64, true),
    field('cents', types.decimal(9, 2), true),
    field('yes', types.boolean, true),
    field('day', types.date, true),
    field('at', types.timestamp('ms'), true),
    field('instant', types.timestamp('us', 'UTC'), true),
    field('moment', types.timestamp('ms', 'UTC'), true),
    field('nano', types.timestamp('ns'), true),
  ],
}

function field(name: string, type: Field['type'], nullable = false): Field {
  return { name, type, nullable }
}

const digits = fc.stringMatching(/^-?[0-9]{1,18}$/)
const odd = fc.constantFrom(
  '',
  ' 1',
  '1 ',
  '+5',
  '1_000',
  '0x1F',
  '1e3',
  '1.5e2',
  '1.',
  '.5',
  '-',
  '--1',
  '007',
  '-0',
  '0',
  'NaN',
  'inf',
  'nan',
  '1,5',
  "'",
  '""',
  '"x"',
  '"a,b"',
  '"say ""hi"""',
  '"a',
  'a"b',
  'tab\tbed',
  'ü',
  '\\N',
  'NULL',
  'null',
  '#x',
  'true',
  'TRUE',
  'T',
  'yes',
  'false',
)
const dates = fc.constantFrom(
  '2026-01-31',
  '2026-02-30',
  '2026-1-3',
  '0000-01-01',
  '0001-01-01',
  '9999-12-31',
  '12026-01-01',
  '2026-01-31T',
  '2026-01-31T23:59:58',
  '2026-01-31 23:59:58.1',
  '2026-01-31T23:59:58.123',
  '2026-01-31T23:59:58.123Z',
  '2026-01-31T23:59:58.123456Z',
  '2026-01-31T23:59:58.123456789',
  '2026-01-31T24:00:00',
  '2026-01-31T23:59:60',
  '2026-01-31T23:59',
  '2026-01-31T23:59:58+02:00',
  '2300-01-01T00:00:00',
  '1600-01-01T00:00:00',
  'epoch',
  'infinity',
)
const numbers = fc.oneof(digits, fc.stringMatching(/^-?[0-9]{1,5}\.[0-9]{1,20}$/), fc.stringMatching(/^[0-9]{25,40}$/))
const cellOf = ({ type }: Field, strangeIn: number): fc.Arbitrary<string> => {
  const good =
    type.kind === 'int'
      ? fc.integer({ min: type.signed ? -128 : 0, max: 127 }).map(String)
      : type.kind === 'float' || type.kind === 'decimal'
        ? fc.tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: 0, max: 99 })).map(([a, b]) => `${a}.${b}`)
        : type.kind === 'boolean'
          ? fc.constantFrom('true', 'false')
          : type.kind === 'date'
            ? fc.constantFrom('2026-01-31', '1969-12-31', '9999-12-31')
            : type.kind === 'timestamp'
              ? fc.constantFrom(
                  '2026-01-31T23:59:58Z',
                  '2026-01-31 00:00:00',
                  '1969-12-31T23:59:59',
                  `2026-01-31T23:59:58.${'123456789'.slice(0, { s: 1, ms: 3, us: 6, ns: 9 }[type.unit])}`,
                )
              : fc.constantFrom('Rome', 'a b', 'ü', '"a,b"', '"say ""hi"""', '-1', 'null')
  const strange = fc.oneof(odd, dates, numbers)
  return fc.oneof({ weight: strangeIn, arbitrary: good }, { weight: 1, arbitrary: strange })
}
/** Most files hold nothing strange, and some a cell or two. */
const records = fc.oneof(
  ...[1_000_000, 1_000_000, 100].map((strangeIn) =>
    fc.array(fc.tuple(...schema.fields.map((each) => cellOf(each, strangeIn))), { minLength: 1, maxLength: 12 }),
  ),
)

interface Whole {
  readonly rows: number
  readonly rejected: number
  readonly hash: string
}

const sourceOf = (path: string) => csvFormat.reader?.create(csvFormat.reader.options.parse({ path }), place) as Source
const parquetOf = (path: string) => parquetFormat.reader?.create({ path }, place) as Source

async function rejectedLines(path: string): Promise<ReadonlySet<number>> {
  const lines = new Set<number>()
  const source = sourceOf(path)
  for await (const chunk of source.open(
    { id: path, fingerprint: '' },
    { schema, batchRows: 1024, random: () => 0, signal },
  ))
    if ('rejected' in chunk) for (const { line } of chunk.rejected as readonly RejectedRow[]) lines.add(Number(line))
  return lines
}

async function whole(source: Source, path: string): Promise<Whole> {
  const hash = createContentHash()
  let [rows, rejected] = [0, 0]
  for await (const chunk of source.open(
    { id: path, fingerprint: '' },
    { schema, batchRows: 1024, random: () => 0, signal },
  )) {
    if ('rejected' in chunk) rejected += (chunk.rejected as readonly unknown[]).length
    else {
      const batch = conform(chunk as Batch, schema)
      rows += batch.length
      hash.add(batch)
    }
  }
  await source.close?.()
  return { rows, rejected, hash: hash.digest() }
}

const request = (csv: string, parquet: string, more: Partial<FastRequest> = {}): FastRequest => ({
  csv: join(folder, csv),
  parquet: join(folder, parquet),
  schema,
  delimiter: ',',
  compression: 'zstd',
  rowGroupRows: 122_880,
  memory: 256e6,
  threads: 2,
  signal,
  ...more,
})

const header = schema.fields.map(({ name }) => name).join(',')
const taken = { '\n': 0, '\r\n': 0 }

describe('the way through DuckDB', () => {
  it('gives what our own reader gives, or is not taken', async () => {
    await fc.assert(
      fc.asyncProperty(records, fc.constantFrom('\n', '\r\n'), fc.boolean(), async (rows, end, last) => {
        writeFileSync(
          join(folder, 'p.csv'),
          [header, ...rows.map((cells) => cells.join(','))].join(end) + (last ? end : ''),
        )
        const fast = await convertInside(request('p.csv', 'p.parquet'))
        if (fast === undefined) return
        taken[end]++
        const own = await whole(
          csvFormat.reader?.create(csvFormat.reader.options.parse({ path: 'p.csv' }), place) as Source,
          'p.csv',
        )
        const back = await whole(parquetFormat.reader?.create({ path: 'p.parquet' }, place) as Source, 'p.parquet')
        expect(own.rejected).toBe(0)
        expect(back).toEqual(own)
        expect(fast).toMatchObject({ rows: own.rows, rowsWritten: own.rows, read: fast.written })
      }),
      { numRuns: 160 },
    )
    expect(Math.min(...Object.values(taken))).toBeGreaterThan(20)
  }, 120_000)

  it('agrees on every odd spelling alone, whatever the type', async () => {
    const spellings = [...new Set([...fc.sample(odd, 300), ...fc.sample(dates, 300), ...fc.sample(numbers, 60)])]
    const usual = [
      '7',
      '1',
      '1',
      'Rome',
      'x',
      '1.5',
      '1.25',
      'true',
      '2026-01-31',
      '2026-01-31T23:59:58',
      '2026-01-31 23:59:58Z',
      '2026-01-31T23:59:58.123Z',
      '2026-01-31T23:59:58',
    ]
    for (const [i, { name, type }] of schema.fields.entries()) {
      const language = csvLanguage({ delimiter: 44, columns: schema.fields })
      const lines = spellings.map((text) => usual.map((cell, at) => (at === i ? text : cell)).join(','))
      const likely = lines.filter((line) => {
        const bytes = Buffer.from(`${line}\n`)
        return language !== undefined && accepts(language, bytes, 0, bytes.length)
      })
      expect(likely.length, name).toBeGreaterThan(0)
      // What our own reader takes, DuckDB must take as the same value; what it refuses, DuckDB must refuse.
      writeFileSync(join(folder, 'o.csv'), `${header}\n${likely.join('\n')}\n`)
      const bad = await rejectedLines('o.csv')
      const good = likely.filter((_, at) => !bad.has(at + 2))
      writeFileSync(join(folder, 'o.csv'), `${header}\n${good.join('\n')}\n`)
      const fast = await convertInside(request('o.csv', 'o.parquet'))
      const own = await whole(sourceOf('o.csv'), 'o.csv')
      expect(own, name).toMatchObject({ rows: good.length, rejected: 0 })
      expect(fast?.rows, `${name} (${type.kind})`).toBe(good.length)
      expect(await whole(parquetOf('o.parquet'), 'o.parquet'), name).toEqual(own)
      for (const at of bad) {
        writeFileSync(join(folder, 'o.csv'), `${header}\n${likely[at - 2]}\n`)
        expect(await convertInside(request('o.csv', 'o.parquet')), `${name}: ${likely[at - 2]}`).toBeUndefined()
      }
    }
  }, 120_000)

  it.each(['\n', '\r\n'])(
    'keeps the order of rows over many row groups and threads, and leaves columns out: %j',
    async (end) => {
      const two = { fields: [field('id', types.int64), field('city', types.string)] }
      const lines = Array.from(
        { length: 300_000 },
        (_, i) => `${i},x,${i % 11 === 0 ? `"say ""${i}"""` : `city ${i % 7}`}`,
      )
      writeFileSync(join(folder, 'many.csv'), `id,unused,city${end}${lines.join(end)}${end}`)
      const fast = await convertInside(request('many.csv', 'many.parquet', { schema: two, rowGroupRows: 30_720 }))
      expect(fast?.rows).toBe(300_000)
      let next = 0
      const source = parquetFormat.reader?.create({ path: 'many.parquet' }, place) as Source
      for await (const chunk of source.open(
        { id: 'many.parquet', fingerprint: '' },
        { schema: two, batchRows: 65_536, random: () => 0, signal },
      )) {
        const [id, city] = (chunk as Batch).columns
        for (let row = 0; row < (chunk as Batch).length; row++, next++) {
          const wanted = next % 11 === 0 ? `say "${next}"` : `city ${next % 7}`
          if (Number(id?.at(row)) !== next || city?.at(row) !== wanted)
            throw new Error(`row ${next} is ${id?.at(row)}, ${city?.at(row)}`)
        }
      }
      await source.close?.()
      expect(next).toBe(300_000)
    },
  )

  it('is not taken for a header or types that leave anything open', async () => {
    const cases: readonly (readonly [string, TableSchema])[] = [
      ['a,a\n1,2\n', { fields: [field('a', types.int32)] }],
      ['a,\n1,2\n', { fields: [field('a', types.int32)] }],
      ['"a",b\n1,2\n', { fields: [field('a', types.int32)] }],
      ['a\n1\n', { fields: [field('a', types.int32)] }],
      ['a,b\n1,2\n', { fields: [field('c', types.int32)] }],
      ['a,b\n1,2\n', { fields: [field('a', types.float32)] }],
      ['a,b\n1,2\n', { fields: [{ ...field('a', types.int32), fallback: 5 }] }],
      ['a,b\n1,2\n\n3,4\n', { fields: [field('a', types.int32)] }],
      ['a,b\n1,"x\ny"\n', { fields: [field('a', types.int32)] }],
      ['', { fields: [field('a', types.int32)] }],
    ]
    for (const [text, given] of cases) {
      writeFileSync(join(folder, 'h.csv'), text)
      expect(await convertInside(request('h.csv', 'h.parquet', { schema: given })), text).toBeUndefined()
    }
  })
})

describe('a language of CSV', () => {
  it('is the same walked in four chains or one', () => {
    const language = csvLanguage({
      delimiter: 44,

      columns: [field('a', types.int32), field('b', types.string)],
    })
    if (language === undefined) throw new Error('no language')
    const line = fc.oneof(
      {
        weight: 20,
        arbitrary: fc
          .tuple(fc.integer({ min: -999, max: 999 }), fc.constantFrom('x', 'a b', '"q, ""r"""', 'ü'))
          .map(([a, b]) => `${a},${b}`),
      },
      { weight: 1, arbitrary: fc.constantFrom('', 'x,y', '1', '1,2,3', '1, x', '1,"') },
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''))
        let state = language.start
        for (const byte of bytes) state = language.table[state | byte] as number
        expect(accepts(language, bytes, 0, bytes.length)).toBe(state === language.start)
      }),
    )
  })

  it('is the same walked by WebAssembly', () => {
    const language = csvLanguage({ delimiter: 44, columns: [field('a', types.int32), field('b', types.string)] })
    if (language === undefined) throw new Error('no language')
    const walk = createWalk(language, 1 << 21)
    const line = fc.oneof(
      { weight: 4000, arbitrary: fc.constantFrom('1,x', '-22,a b', '333,"q, ""r"""', '4,ü') },
      { weight: 1, arbitrary: fc.constantFrom('', 'x,y', '1', '1,2,3', '1, x', '1,"', `5,${'long '.repeat(9000)}end`) },
    )
    let [yes, no] = [0, 0]
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 300, size: 'max' }), (lines) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''))
        walk.bytes.fill(10)
        walk.bytes.set(bytes)
        const accepted = accepts(language, bytes, 0, bytes.length)
        expect(walk.records(bytes.length)).toBe(accepted ? lines.length : -1)
        if (accepted) yes++
        else no++
      }),
      { numRuns: 300 },
    )
    expect(Math.min(yes, no)).toBeGreaterThan(3)
  })

  it('holds records that end in a carriage return and a line feed, all of them or none', () => {
    const columns = [field('a', types.int32), field('b', types.string)]
    const plain = csvLanguage({ delimiter: 44, columns })
    const returned = csvLanguage({ delimiter: 44, lineEnd: '\r\n', columns })
    if (plain === undefined || returned === undefined) throw new Error('no language')
    const ends = fc.array(fc.constantFrom('\n', '\r\n', '\r', '\r\r\n', '\n\r'), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(ends, fc.constantFrom('x', '"q, r"'), (given, cell) => {
        const bytes = Buffer.from(given.map((end) => `1,${cell}${end}`).join(''))
        expect(accepts(plain, bytes, 0, bytes.length)).toBe(given.every((end) => end === '\n'))
        expect(accepts(returned, bytes, 0, bytes.length)).toBe(given.every((end) => end === '\r\n'))
      }),
    )
  })

  it('of guessed types accepts only files from which all values together give these types', async () => {
    const cells = fc.constantFrom(
      '',
      '0',
      '1',
      '-0',
      '-7',
      '007',
      '12',
      '3.5',
      '0.5',
      '00.5',
      '1e3',
      '12345678901234567',
    )
    const words = fc.constantFrom('', 'true', 'false', '1', 'Rome', 'x y', '2026-01-31', '2026-02-30', '31/01/2026')
    const times = fc.constantFrom(
      '2026-01-31',
      '2026-01-31T01:02:03',
      '2026-01-31T01:02:03Z',
      '2026-01-31T01:02:03.123Z',
    )
    const few = (cell: fc.Arbitrary<string>) => fc.uniqueArray(cell, { minLength: 1, maxLength: 2 })
    const kinds = fc.tuple(few(cells), few(words), few(fc.oneof(times, words, cells)))
    const rows = fc.array(fc.nat(5), { minLength: 12, maxLength: 12 })
    let agreed = 0
    await fc.assert(
      fc.asyncProperty(kinds, rows, fc.option(fc.tuple(cells, words, times)), async (kind, choices, strange) => {
        const lines = choices.map((n) => kind.map((values, i) => values[(n >> i) % values.length]).join(','))
        if (strange !== null) lines.push(strange.join(','))
        writeFileSync(join(folder, 'g.csv'), `a,b,c\n${lines.join('\n')}\n`)
        const look = (infer: object) =>
          createCsvSource(csvSourceOptions.parse({ path: 'g.csv', ...infer }), place).infer(
            [{ id: 'g.csv', fingerprint: '' }],
            signal,
          )
        const guess = guessOf(await look({ infer: { rows: 4 } }))
        if (guess === undefined) return
        const { schema: given, empty } = guess
        if ((await convertInside(request('g.csv', 'g.parquet', { schema: given, guessed: { empty } }))) === undefined)
          return
        agreed++
        expect(given).toEqual((await look({})).schema)
      }),
      { numRuns: 200 },
    )
    expect(agreed).toBeGreaterThan(20)
  }, 120_000)
})

describe('a conversion', () => {
  it('is refused by column where the format cannot carry a type', () => {
    const listed = {
      fields: [field('tags', types.list(types.string)), field('id', types.int32), field('raw', types.binary)],
    }
    expect(() => assertCarried(listed, { format: csvFormat as Writing['format'] })).toThrow(
      'csv cannot carry columns "tags" (list<string>), "raw" (binary)',
    )
  })

  it('removes an output that does not read back as it was written', async () => {
    mkdirSync(join(folder, 'out'), { recursive: true })
    const file = join(folder, 'out', 'bad.csv')
    writeFileSync(file, 'x')
    await expect(assertSame({ rows: 2, hash: 'a' }, { rows: 1, hash: 'b' }, file, 'out/bad.csv')).rejects.toMatchObject(
      {
        code: 'OUTPUT_DIFFERS',
        message: '"out/bad.csv" does not read back as it was written: 2 rows were written, 1 came back',
      },
    )
    expect(() => readFileSync(file)).toThrow('ENOENT')
    writeFileSync(file, 'x')
    await expect(assertSame({ rows: 2, hash: 'a' }, { rows: 2, hash: 'b' }, file, 'out/bad.csv')).rejects.toThrow(
      'their content differs',
    )
  })
})
