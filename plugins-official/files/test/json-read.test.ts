import fc from 'fast-check'
import { types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { jsonText, schema } from './reading.ts'

const cities = schema({ id: types.int32, 'city?': types.string })

describe('an array of objects', () => {
  it('is read by key, whatever the order of keys; other keys are left out, missing ones are null', async () => {
    const { rows, rejected } = await jsonText(
      '[{"city":"Rome","id":1,"x":[{"y":"}"}]},\n {"id":2},{"id":3,"city":null}]',
      cities,
      { at: [] },
    )
    expect(rejected).toEqual([])
    expect(rows).toEqual([
      [1, 'Rome'],
      [2, null],
      [3, null],
    ])
  })

  it('may be empty, and may stand inside', async () => {
    expect((await jsonText(' [ ] ', cities, { at: [] })).rows).toEqual([])
    const nested = '{"meta":{"data":[1]},"data":{"count":2,"items":[{"id":1},{"id":2}],"next":null}}'
    expect((await jsonText(nested, cities, { at: ['data', 'items'], chunk: 3, window: 1 })).rows).toEqual([
      [1, null],
      [2, null],
    ])
  })

  it('decodes escapes and surrogate pairs, and takes the last of equal keys', async () => {
    const { rows } = await jsonText(
      '[{"i\\u0064":1,"city":"Z\\u00fcrich \\"\\ud83d\\ude00\\n"},{"id":2,"id":3,"city":"é"}]',
      cities,
      { at: [], chunk: 5, window: 1 },
    )
    expect(rows).toEqual([
      [1, 'Zürich "😀\n'],
      [3, 'é'],
    ])
  })

  it('keeps 64-bit integers and decimals exact, in quotes or not', async () => {
    const exact = {
      fields: [
        { name: 'i', type: types.int64, nullable: false, sees: 'bigint' as const },
        { name: 'd', type: types.decimal(20, 2), nullable: false },
      ],
    }
    const { rows } = await jsonText(
      '[{"i":9007199254740993,"d":0.29},{"i":"-9223372036854775808","d":"4.56"}]',
      exact,
      { at: [] },
    )
    expect(rows).toEqual([
      [9007199254740993n, 0.29],
      [-9223372036854775808n, 4.56],
    ])
  })

  it('reads lists and structs, with dates as milliseconds', async () => {
    const columns = schema({
      tags: types.list(types.string),
      at: types.struct(schema({ 'when?': types.date, n: types.int8 }).fields),
    })
    const { rows, rejected } = await jsonText(
      '[{"tags":["a",null],"at":{"when":"1970-01-02","n":1,"x":0}},{"tags":[],"at":{"n":300}},{"tags":[1],"at":{"n":1}}]',
      columns,
      { at: [] },
    )
    expect(rows).toEqual([[['a', null], { when: 86_400_000, n: 1 }]])
    expect(rejected.map(({ reason }) => reason)).toEqual([
      'at: "{\\"n\\":300}" does not fit: $.n: 300 where int8 is expected',
      'tags: "[1]" does not fit: $[0]: 1 where string is expected',
    ])
  })

  it.each([
    [
      '{"id":1}',
      [],
      '"a.json" has no array at its top',
      'Name the place of the array with at: "key.key", or use ndjson for one object a line.',
    ],
    ['{"a":{"b":1}}', ['a', 'c'], '"a.json" has no key "c" in "a"', 'Check the option "at".'],
    ['{"a":{"b":1}}', ['a', 'b'], '"a.json" has no array at "a.b"', 'Check the option "at".'],
    [
      '',
      [],
      '"a.json" ends before its array begins',
      'Name the place of the array with at: "key.key", or use ndjson for one object a line.',
    ],
  ])('%s has none at %j', async (text, at, message, hint) => {
    await expect(jsonText(text, cities, { at })).rejects.toMatchObject({ code: 'SOURCE_CORRUPT', message, hint })
  })
})

describe('one object a line', () => {
  it('is read line by line; empty lines are no records', async () => {
    const { rows, rejected } = await jsonText('{"id":1,"city":"Rome"}\r\n\n{"id":2}', cities, { chunk: 4, window: 1 })
    expect(rejected).toEqual([])
    expect(rows).toEqual([
      [1, 'Rome'],
      [2, null],
    ])
  })

  it('sets a broken line aside and reads the next', async () => {
    const { rows, rejected } = await jsonText(
      '{"id":1}\n{"id":2,}\n{"id":"3"}\n[4]\n{"id":null}\n{"id":6}x\n{"id":7}\n{"id":0',
      cities,
    )
    expect(rows).toEqual([
      [1, null],
      [7, null],
    ])
    expect(rejected.map(({ row, line, reason }) => [row, line, reason])).toEqual([
      [1, 2, 'is not JSON: a key in quotes is missing at byte 8 of the record'],
      [2, 3, 'id: "\\"3\\"" where int32 is expected'],
      [3, 4, 'is not an object'],
      [4, 5, 'id: null or missing, but not nullable'],
      [5, 6, 'is not JSON: text follows the object at byte 8 of the record'],
      [7, 8, 'is not JSON: "," or "}" is missing at byte 7 of the record'],
    ])
    expect(rejected[0]).toMatchObject({ byte: 9, raw: '{"id":2,}' })
  })

  it('goes on behind a line that is too long', async () => {
    const text = `{"id":1}\n{"id":2,"city":"${'x'.repeat(300)}"}\n{"id":3}\n`
    for (const chunk of [1, 50, 1000]) {
      const { rows, rejected } = await jsonText(text, cities, { maxRecordBytes: 32, chunk, window: 8 })
      expect(rows).toEqual([
        [1, null],
        [3, null],
      ])
      expect(rejected).toMatchObject([{ row: 1, line: 2 }])
    }
  })
})

describe('a broken array', () => {
  it('spoils no other element', async () => {
    const { rows, rejected } = await jsonText('[{"id":1},{"id":2 "x":3},,{"id":4}]', cities, { at: [] })
    expect(rows).toEqual([
      [1, null],
      [4, null],
    ])
    expect(rejected.map(({ row, reason }) => [row, reason])).toEqual([
      [1, 'is not JSON: "," or "}" is missing at byte 8 of the record'],
      [2, 'an element is missing between commas'],
    ])
  })

  it('that ends early says so, inside or between elements', async () => {
    expect((await jsonText('[{"id":1},{"id":2', cities, { at: [] })).rejected).toMatchObject([
      { row: 1, reason: 'the file ends inside this element', raw: '{"id":2' },
    ])
    expect((await jsonText('[{"id":1},', cities, { at: [] })).rejected).toMatchObject([
      { row: 1, reason: 'the file ends before its array is closed' },
    ])
    expect((await jsonText('[{"id":1}] x', cities, { at: [] })).rejected).toMatchObject([
      { row: 1, reason: 'text follows the end of the array' },
    ])
  })

  it('goes on behind an element that is too long', async () => {
    const text = `[{"id":1},{"id":2,"city":"],\\"${'x'.repeat(300)}"},{"id":3}]`
    for (const chunk of [1, 50, 1000]) {
      const { rows, rejected } = await jsonText(text, cities, { at: [], maxRecordBytes: 32, chunk, window: 8 })
      expect(rows).toEqual([
        [1, null],
        [3, null],
      ])
      expect(rejected).toMatchObject([{ row: 1 }])
    }
  })
})

it('accepts and refuses exactly what JSON.parse does, for every text that resembles an object', async () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '1',
    '-',
    '0.5',
    'e',
    'true',
    'null',
    '"a"',
    '"id":1',
    ' ',
    '\\',
    '\\u00e9',
    '\t',
    '\u0001',
  )
  const text = fc.oneof(
    fc.json().map((json) => `{"a":${json}}`),
    fc.array(piece, { maxLength: 12 }).map((pieces) => `{${pieces.join('')}}`),
    fc.tuple(fc.json(), fc.nat(), piece).map(([json, at, extra]) => {
      const whole = `{"a":${json}}`
      return whole.slice(0, at % whole.length) + extra + whole.slice(at % whole.length)
    }),
  )
  const anything = schema({ 'zz?': types.string })
  await fc.assert(
    fc.asyncProperty(
      text.filter((line) => !line.includes('\n')),
      async (line) => {
        let valid = true
        try {
          const value: unknown = JSON.parse(line)
          valid = typeof value === 'object' && value !== null && !Array.isArray(value)
        } catch {
          valid = false
        }
        const { rows, rejected } = await jsonText(`${line}\n`, anything)
        expect([rows.length, rejected.length]).toEqual(valid ? [1, 0] : [0, 1])
      },
    ),
    { numRuns: 600 },
  )
})
