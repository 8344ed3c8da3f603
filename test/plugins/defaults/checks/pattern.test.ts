import fc from 'fast-check'
import { BytesColumn, type Check, DictionaryColumn, matches, type RowRule, types, ValuesColumn } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { automatonOf } from '../../../../src/plugins/defaults/checks/pattern-automaton.ts'

const fields = [{ name: 'k', type: types.string, nullable: true }]

/** Which rows fail, for the texts as bytes that begin somewhere, as strings, as codes and as values. */
function failing(pattern: RegExp, texts: readonly string[]): readonly boolean[][] {
  const check = matches('k', pattern) as Check
  const run = (check.rule as RowRule).compile({ fields })
  const strings = BytesColumn.ofStrings(['äx', ...texts])
  const entries = [...new Set(texts)]
  const columns = [
    new BytesColumn(types.string, strings.offsets, strings.bytes).slice(1, texts.length + 1),
    BytesColumn.ofStrings(texts),
    new DictionaryColumn(
      Uint16Array.from(texts, (text) => entries.indexOf(text)),
      entries,
    ),
    new ValuesColumn(types.string, texts),
  ]
  return columns.map((column) => {
    const bits = new Uint8Array((texts.length + 7) >> 3)
    run({ schema: { fields }, length: texts.length, columns: [column] }, bits)
    return texts.map((_, row) => ((bits[row >> 3]! >> (row & 7)) & 1) === 1)
  })
}

function agrees(pattern: RegExp, texts: readonly string[]): void {
  const expected = texts.map((text) => !new RegExp(pattern.source, pattern.flags.replace('g', '')).test(text))
  for (const found of failing(pattern, texts)) expect([String(pattern), found]).toEqual([String(pattern), expected])
}

const atom = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'A', '0', '_', '-', '@', ' ') },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '.',
      '\\d',
      '\\D',
      '\\w',
      '\\W',
      '\\s',
      '\\S',
      '\\.',
      '\\x61',
      '\\u0062',
      '\\n',
      '\\0',
      '\\/',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '[ab]',
      '[^ab]',
      '[a-c0-9]',
      '[\\w-]',
      '[^\\s@]',
      '[]',
      '[^]',
      '[\\-a]',
      '[\\b]',
      '[A-Z_]',
    ),
  },
  { weight: 2, arbitrary: fc.constantFrom('^', '$') },
  { weight: 1, arbitrary: fc.constantFrom('\\b', '(?=a)', '(?<!b)', 'é', '\\cA', '(?<n>a)', '{', ']') },
)
const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,}', '{0,2}', '*?', '+?', '{0}')
const endless = /[*+]|,\}/
/** Not endlessly often what is repeated endlessly already: the engine would try all ways to share a text between the two. */
const grouped = (open: string, inner: string, times: string) =>
  `${open}${inner})${endless.test(inner) && endless.test(times) ? '' : times}`
const source: fc.Arbitrary<string> = fc.letrec<{ whole: string; part: string }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'p' },
    {
      weight: 4,
      arbitrary: fc
        .tuple(atom, quantifier)
        .map(([one, times]) => (/^[\^$]$|^\\b$|^\(\?[=<!]/.test(one) ? one : one + times)),
    },
    { weight: 1, arbitrary: fc.tuple(tie('whole'), quantifier).map(([inner, times]) => grouped('(', inner, times)) },
    { weight: 1, arbitrary: fc.tuple(tie('whole'), quantifier).map(([inner, times]) => grouped('(?:', inner, times)) },
  ),
  whole: fc
    .array(fc.array(tie('part'), { maxLength: 4 }), { minLength: 1, maxLength: 3 })
    .map((choices) => choices.map((parts) => parts.join('')).join('|')),
})).whole

const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', 'b', 'A', 'c', '0', '7', '_', '-', '@', ' ', '.', '\n', '\r', '\0'),
    maxLength: 12,
  }),
  fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀', 'ſ', 'K', '\u00a0', '\u2028', '0'), maxLength: 8 }),
)

/** What the compiler refuses as a literal. */
const written = (source: string, flags = '') => new RegExp(source, flags)

describe('a pattern', () => {
  it('finds what the engine finds, in every encoding of the text', () => {
    let read = 0
    fc.assert(
      fc.property(
        source,
        fc.constantFrom('', 'i', 's', 'y', 'g', 'u', 'm', 'iu', 'is'),
        fc.array(text, { maxLength: 9 }),
        (own, flags, texts) => {
          let pattern: RegExp
          try {
            pattern = new RegExp(own, flags)
          } catch {
            return
          }
          if (automatonOf(pattern) !== undefined) read++
          agrees(pattern, ['', ...texts])
        },
      ),
      { numRuns: 1500 },
    )
    expect(read).toBeGreaterThan(300)
  })

  it.each([
    /^[a-z0-9._]+@[a-z0-9-]+\.[a-z]{2,}$/,
    /^(\d{3}-){2}\d{4}$/,
    /^$/,
    /$^/,
    /(?:)/,
    /a$|^b/,
    /^a|b$/y,
    /x*$/,
    /^[^\d\s]{2,3}?(ab|ba)*$/i,
    /\w\W/i,
    /[^k]/i,
  ])('%s is read by an automaton', (pattern) => {
    expect(automatonOf(pattern)).toBeDefined()
    const texts = [
      '',
      'a',
      'ab',
      'ba@x.de',
      'user.1@mail.com',
      '123-456-7890',
      'b\n',
      'AB',
      'abab',
      'xyxx',
      'K',
      'ä@b.de',
      'a'.repeat(5000),
    ]
    agrees(pattern, texts)
    agrees(
      pattern,
      texts.map((own) => own.repeat(3)),
    )
  })

  it.each([
    /a(?=b)/,
    /(?<!a)b/,
    /\bword/,
    /(a)\1/,
    /a/m,
    written('a', 'v'),
    /a/iu,
    /é/,
    /\p{L}/u,
    /\u{61}/u,
    /a{,2}/,
    /[\d-x]/,
    /[a-\d]/,
    written('\\08'),
    /\c/,
    /(?<a>x)\k<a>/,
    /(a|b)*a(a|b){12}/,
    /(a{99}){99}/,
    /((a{40}){40}b){40}/,
    /]/,
    /a{/,
  ])('%s is left to the engine', (pattern) => {
    expect(automatonOf(pattern)).toBeUndefined()
    agrees(pattern, ['', 'a', 'ab', 'aa', 'word', 'x}', 'a{,2}', 'é', 'ab'.repeat(20), ']'])
  })

  it('leaves what is nested deeper than the stack to the engine', () => {
    for (const depth of [10, 1000, 3000]) {
      const nested = new RegExp(`${'(?:'.repeat(depth)}a${')'.repeat(depth)}`)
      agrees(nested, ['', 'a', 'ba', 'b'])
    }
  })

  it('reads very long texts, and many of them', () => {
    const texts = Array.from(
      { length: 1003 },
      (_, i) => 'ab'.repeat(i) + (i % 7 === 0 ? '!' : '') + (i % 50 === 0 ? 'é' : ''),
    )
    agrees(/^[a-z]*$/, texts)
  })
})
