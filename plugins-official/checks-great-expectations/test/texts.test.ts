import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildColumn, types } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { open } from '../src/condition/expression.ts'
import { parsePandas } from '../src/condition/pandas.ts'
import { parseDate } from '../src/text/date-parse.ts'
import { jsonSchema } from '../src/text/json-schema.ts'
import { likeRegex, pythonRegex } from '../src/text/python-regex.ts'
import { floatText, pythonText } from '../src/text/python-text.ts'
import { strptime } from '../src/text/strptime.ts'
import { dates } from './golden-data.ts'

type Asked<T> = readonly (readonly [T, readonly boolean[]])[]
const told = JSON.parse(readFileSync(join(import.meta.dirname, 'golden/texts.json'), 'utf8')) as {
  strptime: Asked<string>
  stamps: string[]
  regex: Asked<string>
  texts: string[]
  floats: [number | string, string][]
  schemas: Asked<unknown>
  values: unknown[]
  queries: [string, number[]][]
  frame: Record<string, string | number | boolean | null>[]
}

/** What holds of each subject, as Python says it. */
const holding = <T>(subjects: readonly T[], holds: readonly boolean[]) => subjects.filter((_, i) => holds[i])

describe('what Python says', () => {
  test('dateutil reads a date exactly where it does, and as the same time', () => {
    const ours = Object.fromEntries(Object.keys(dates).map((text) => [text, parseDate(text) ?? null]))
    expect(ours).toEqual(dates)
  })

  test.each(told.strptime)('strptime with %s', (format, holds) => {
    expect(told.stamps.filter(strptime(format))).toEqual(holding(told.stamps, holds))
  })

  test.each(told.regex)('the regular expression %s', (pattern, holds) => {
    const regex = pythonRegex(pattern)
    expect(told.texts.filter((text) => regex.test(text))).toEqual(holding(told.texts, holds))
  })

  test.each(told.floats)('the float %s is written %s', (value, text) => {
    expect(floatText(typeof value === 'string' ? (value === 'inf' ? Infinity : -Infinity) : value)).toBe(text)
  })

  test.each(told.schemas)('the schema %j', (schema, holds) => {
    expect(told.values.filter(jsonSchema(schema))).toEqual(holding(told.values, holds))
  })

  test.each(told.queries)('the rows where %s', (query, rows) => {
    const kinds = { a: types.float64, b: types.int64, s: types.string, t: types.boolean, 'odd name': types.int64 }
    const fields = Object.entries(kinds).map(([name, type]) => ({ name, type, nullable: true }))
    const columns = fields.map(({ name, type }) => {
      const cells = told.frame.map((row) => row[name] ?? null)
      return buildColumn(type, type.kind === 'int' ? cells.map((cell) => BigInt(cell as number)) : cells, {
        column: name,
      })
    })
    const schema = { fields }
    const read = open(parsePandas(query, 'pandas'), schema, 'query')
    const batch = { schema, length: told.frame.length, columns }
    expect(told.frame.map((_, row) => row).filter((row) => read(batch, row) === true)).toEqual(rows)
  })
})

describe('what is not understood', () => {
  test.each(['(?x) a', '(?L)a', '(?>a)', 'a++', '(?(1)a|b)', '\\g<1>', '[\\W]', '\\'])(
    'the regular expression %s is refused',
    (pattern) => {
      expect(() => pythonRegex(pattern)).toThrow()
    },
  )
  test.each(['%U', '%Q', '%', '%d %d', '%G'])('the format %s is refused', (format) => {
    expect(() => strptime(format)).toThrow('directive')
  })
  test.each([
    [{ $ref: 'other.json' }],
    [{ $ref: '#/nowhere' }],
    [{ unevaluatedItems: false }],
    [{ items: 3 }],
    [{ pattern: '(?x)' }],
  ])('the schema %j is refused', (schema) => {
    expect(() => jsonSchema(schema)).toThrow()
  })
  test.each([
    'a >',
    'a = 1',
    'a ** 2 > 1',
    '@x > 1',
    'a.str.len() > 1',
    'a.max() > 1',
    'f(a)',
    '1',
    '[1]',
    'a in b',
    'a > 1 b',
    '"x',
    'a // 2 == 1',
    'a in [b]',
    '',
  ])('the condition %s is refused', (query) => {
    expect(() => parsePandas(query, 'pandas')).toThrow()
  })
  test('the words of pandas are refused of python, where & binds tighter', () => {
    expect(() => parsePandas('a > 1 and b > 2', 'python')).toThrow()
    expect(parsePandas('(a > 1) & ~(b > 2)', 'python')).toMatchObject({ op: 'and', of: [{ op: '>' }, { op: 'not' }] })
    expect(parsePandas('a & b == c', 'python')).toMatchObject({ op: '==', of: [{ op: 'and' }, { op: 'column' }] })
  })
})

test('LIKE knows %, _ and an escape, and tells upper from lower case', () => {
  const hits = (pattern: string, escaping?: string) =>
    ['abc', 'ABC', 'a%c', 'a.c', '😀c', 'ab\nc', ''].filter((text) => likeRegex(pattern, escaping).test(text))
  expect(hits('a%c')).toEqual(['abc', 'a%c', 'a.c', 'ab\nc'])
  expect(hits('a_c')).toEqual(['abc', 'a%c', 'a.c'])
  expect(hits('a!%c', '!')).toEqual(['a%c'])
  expect(hits('_c')).toEqual(['😀c'])
  expect(hits('%')).toHaveLength(7)
})

test('cells are written as Python writes them', () => {
  const text = (cell: number | bigint | boolean | string, type: Parameters<typeof pythonText>[1]['type']) =>
    pythonText(cell, { name: 'x', type, nullable: true })
  expect(text(5, types.int32)).toBe('5')
  expect(text(5n, types.int64)).toBe('5')
  expect(text(5, types.float64)).toBe('5.0')
  expect(text(true, types.boolean)).toBe('True')
  expect(text(1.5, types.decimal(9, 2))).toBe('1.50')
  expect(text(86_400_000, types.date)).toBe('1970-01-02')
  expect(text(1500.25, types.timestamp('us'))).toBe('1970-01-01 00:00:01.500250')
  expect(text(3_600_000, types.time('ms'))).toBe('01:00:00')
})
