import fc from 'fast-check'
import { type Batch, buildColumn, type Field, type LogicalType, types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { dialectShape } from '../src/csv-dialect.ts'
import { createCsvWriter } from '../src/csv-write.ts'
import { createJsonWriter } from '../src/json-write.ts'
import { type Content, csvText, jsonText } from './reading.ts'

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc
    .array(
      fc.constantFrom(
        '"',
        "'",
        ',',
        ';',
        '\n',
        '\r',
        '\t',
        ' ',
        '#',
        '\\',
        'NA',
        '=1+1',
        'é',
        '😀',
        '\0',
        '\ufeff',
        'x',
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join('')),
)
const day = 86_400_000
const kinds: readonly {
  readonly type: LogicalType
  readonly value: fc.Arbitrary<unknown>
  readonly finite?: fc.Arbitrary<unknown>
}[] = [
  { type: types.string, value: text },
  { type: types.boolean, value: fc.boolean() },
  { type: types.int8, value: fc.integer({ min: -128, max: 127 }) },
  { type: types.uint32, value: fc.integer({ min: 0, max: 2 ** 32 - 1 }) },
  { type: types.int64, value: fc.maxSafeInteger() },
  { type: types.float64, value: fc.double(), finite: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { type: types.float32, value: fc.float(), finite: fc.float({ noNaN: true, noDefaultInfinity: true }) },
  { type: types.date, value: fc.integer({ min: -900_000, max: 5_000_000 }).map((days) => days * day) },
  { type: types.timestamp('ms', 'UTC'), value: fc.integer({ min: -(8 ** 15), max: 8 ** 15 }) },
  { type: types.timestamp('us'), value: fc.integer({ min: -(8 ** 13), max: 8 ** 13 }) },
  { type: types.time('ms'), value: fc.integer({ min: 0, max: day - 1 }) },
  { type: types.decimal(12, 3), value: fc.integer({ min: -(10 ** 9), max: 10 ** 9 }).map((units) => units / 1000) },
]

interface Table {
  readonly batch: Batch
  readonly rows: readonly (readonly unknown[])[]
}

function table(json: boolean): fc.Arbitrary<Table> {
  const column = fc.record({
    kind: fc.constantFrom(...kinds),
    nullable: fc.boolean(),
    name: text.filter((name) => name !== '' && !name.includes('\ufeff')),
  })
  return fc.uniqueArray(column, { minLength: 1, maxLength: 5, selector: ({ name }) => name }).chain((columns) => {
    const cell = columns.map(({ kind, nullable }) => {
      const value = json ? (kind.finite ?? kind.value) : kind.value
      return nullable ? fc.option(value, { nil: null }) : value
    })
    return fc.array(fc.tuple(...cell), { maxLength: 20 }).map((rows) => {
      const fields = columns.map(({ name, nullable, kind }): Field => ({ name, type: kind.type, nullable }))
      const built = fields.map((field, i) =>
        buildColumn(
          field.type,
          rows.map((row) => row[i]),
          { column: field.name },
        ),
      )
      return {
        batch: { schema: { fields }, length: rows.length, columns: built },
        rows: rows.map((_, row) => built.map((own) => own.at(row))),
      }
    })
  })
}

const dialect = fc
  .record({
    delimiter: fc.constantFrom(',', ';', '\t', '|', ':'),
    quote: fc.constantFrom('"', "'"),
    escape: fc.constantFrom(undefined, '\\'),
    comment: fc.constantFrom(undefined, '#', '-'),
    nulls: fc.constantFrom<string[]>([''], ['NA', ''], ['\\N'], ['null', 'NA']),
    decimal: fc.constantFrom('.' as const, ',' as const),
    header: fc.boolean(),
    trim: fc.boolean(),
  })
  .map(({ escape: escaper, comment, ...rest }) => ({
    ...rest,
    ...(escaper === undefined ? {} : { escape: escaper }),
    ...(comment === undefined ? {} : { comment }),
  }))

const split = fc.record({
  chunk: fc.integer({ min: 1, max: 60 }),
  window: fc.integer({ min: 1, max: 60 }),
  batchRows: fc.integer({ min: 1, max: 7 }),
})

describe('what is written reads back equal, for any split of the bytes', () => {
  it('as CSV in any dialect', async () => {
    await fc.assert(
      fc.asyncProperty(table(false), dialect, split, async ({ batch, rows }, { header, trim, ...given }, how) => {
        const writer = createCsvWriter(batch.schema, { ...z.object(dialectShape).parse(given), header })
        const names = batch.schema.fields.map(({ name }) => name)
        const content = await csvText(writer.header + writer.rows(batch), batch.schema, {
          ...given,
          trim,
          header: header || names,
          ...how,
        })
        expect(content.rejected).toEqual([])
        expect(content.rows).toEqual(rows)
      }),
      { numRuns: 400 },
    )
  })

  it('as JSON, an array or one object a line', async () => {
    await fc.assert(
      fc.asyncProperty(table(true), fc.boolean(), split, async ({ batch, rows }, lines, how) => {
        const objects = createJsonWriter(batch.schema)(batch)
        const written = lines ? objects.map((object) => `${object}\n`).join('') : `[${objects.join(',\n')}]`
        const content = await jsonText(written, batch.schema, { at: lines ? undefined : [], ...how })
        expect(content.rejected).toEqual([])
        expect(content.rows).toEqual(rows)
      }),
      { numRuns: 300 },
    )
  })
})

describe('damage', () => {
  const damage = fc.array(
    fc.record({
      at: fc.nat(),
      byte: fc.oneof(fc.constantFrom(...Buffer.from('",\n\r\\{}[]:0 ')), fc.integer({ min: 0, max: 255 })),
      how: fc.constantFrom('replace', 'insert', 'cut'),
    }),
    { minLength: 1, maxLength: 5 },
  )
  const damaged = (
    text: string,
    faults: readonly { readonly at: number; readonly byte: number; readonly how: string }[],
  ): Uint8Array => {
    let bytes = Buffer.from(text)
    for (const { at, byte, how } of faults) {
      const p = at % (bytes.length + 1)
      bytes = Buffer.concat([
        bytes.subarray(0, p),
        ...(how === 'cut' ? [] : [Buffer.from([byte])]),
        bytes.subarray(how === 'insert' ? p : p + 1),
      ])
    }
    return bytes
  }
  /** Every record has a number of its own, and none is missing. */
  const complete = ({ rows, rejected }: Content) => {
    const numbers = rejected.map(({ row }) => row)
    expect(new Set(numbers).size).toBe(numbers.length)
    for (const number of numbers) expect(number).toBeLessThan(rows.length + rejected.length)
    return { rows, rejected: rejected.map(({ row, line, reason, raw }) => ({ row, line, reason, raw })) }
  }

  it('of a CSV file loses no record, throws no foreign error, and looks the same for any split', async () => {
    await fc.assert(
      fc.asyncProperty(
        table(false),
        damage,
        split,
        fc.constantFrom(24, 1 << 20),
        async ({ batch }, faults, how, maxRecordBytes) => {
          const options = { header: batch.schema.fields.map(({ name }) => name), maxRecordBytes }
          const bytes = damaged(
            createCsvWriter(batch.schema, { ...z.object(dialectShape).parse({}), header: false }).rows(batch),
            faults,
          )
          if (bytes[1] === 0xfe || bytes[1] === 0xff) return
          const whole = complete(await csvText(bytes, batch.schema, options))
          expect(complete(await csvText(bytes, batch.schema, { ...options, ...how }))).toEqual(whole)
          // As many records as there are with no types at all.
          const plain = {
            fields: batch.schema.fields.map(({ name }): Field => ({ name, type: types.string, nullable: true })),
          }
          const untyped = await csvText(bytes, plain, options)
          expect(untyped.rows.length + untyped.rejected.length).toBe(whole.rows.length + whole.rejected.length)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('of JSON loses no record, throws no foreign error, and looks the same for any split', async () => {
    await fc.assert(
      fc.asyncProperty(
        table(true),
        damage,
        split,
        fc.boolean(),
        fc.constantFrom(40, 1 << 20),
        async ({ batch }, faults, how, lines, maxRecordBytes) => {
          const objects = createJsonWriter(batch.schema)(batch)
          const inner = damaged(objects.join(lines ? '\n' : ',\n'), faults)
          const bytes = lines ? inner : Buffer.concat([Buffer.from('['), inner, Buffer.from(']')])
          if (bytes[1] === 0xfe || bytes[1] === 0xff) return
          const options = { at: lines ? undefined : [], maxRecordBytes }
          const whole = complete(await jsonText(bytes, batch.schema, options))
          expect(complete(await jsonText(bytes, batch.schema, { ...options, ...how }))).toEqual(whole)
        },
      ),
      { numRuns: 400 },
    )
  })
})
