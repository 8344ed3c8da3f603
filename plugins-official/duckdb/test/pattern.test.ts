import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Duck, openDuckDB } from '../src/duck.ts'
import { quoteText } from '../src/quote.ts'
import { re2Of } from '../src/rules/pattern.ts'

let duck: Duck
beforeAll(async () => {
  duck = await openDuckDB({ threads: 1 })
})
afterAll(() => duck.close())

const atoms = [
  'a',
  'K',
  's',
  'ü',
  '😀',
  '.',
  '[^a]',
  '[a-k]',
  '[^\\s@]',
  '\\d',
  '\\D',
  '\\w',
  '\\W',
  '\\s',
  '\\S',
  '\\.',
  '[\\w-]',
  '(?:a|.*)',
  '(b|)',
  '\\u212a',
  '-',
]
const signs = ['', '', '*', '+', '?', '{2}', '{1,2}', '+?', '*?']
const patterns = fc
  .tuple(
    fc.constantFrom('', '^'),
    fc.array(fc.tuple(fc.constantFrom(...atoms), fc.constantFrom(...signs)), { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', '$'),
    fc.constantFrom('', 'i', 'u', 's', 'g'),
  )
  .map(([start, pieces, end, flags]) => [`${start}${pieces.flat().join('')}${end}`, flags] as const)
const texts = fc.string({
  unit: fc.constantFrom(
    'a',
    'A',
    'k',
    'K',
    '\u212a',
    's',
    'ſ',
    'ü',
    'Ü',
    '😀',
    '～',
    ' ',
    '\n',
    '\u2028',
    '\ufeff',
    '1',
    '١',
    '@',
    '.',
    '-',
    '_',
  ),
  maxLength: 6,
})

describe('regular expressions as RE2 writes them', () => {
  it('match the very texts that JavaScript matches', async () => {
    let translated = 0
    await fc.assert(
      fc.asyncProperty(patterns, fc.array(texts, { minLength: 1, maxLength: 30 }), async ([source, flags], list) => {
        const re2 = re2Of(source, flags.replace('g', ''))
        if (re2 === undefined) return
        translated++
        const own = new RegExp(source, flags.replace('g', ''))
        const values = list.map((text) => quoteText(text)).join(', ')
        const rows = await duck.rows(
          `SELECT list_transform([${values}], lambda x: regexp_matches(x, ${quoteText(re2)})) AS found`,
        )
        expect((rows[0]?.['found'] as { items?: boolean[] } | boolean[]) ?? []).toEqual(
          list.map((text) => own.test(text)),
        )
      }),
      { numRuns: 400 },
    )
    expect(translated).toBeGreaterThan(80)
  })

  it.each([
    ['(?=a)', ''],
    ['(a)\\1', ''],
    ['\\bx', ''],
    ['^.$', ''],
    ['.+.+', ''],
    ['[\\u0001-\\uffff]', ''],
    ['ü', 'i'],
    ['^a', 'm'],
    ['a{200}', ''],
    ['\\p{L}', 'u'],
  ])('refuse what may differ: /%s/%s', (source, flags) => {
    expect(re2Of(source, flags)).toBeUndefined()
  })
})
