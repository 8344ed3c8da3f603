import type { ColumnTable } from 'arquero'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kinds, outcome, pairs } from './typed-tables.ts'

const column = fc.constantFrom(...Object.keys(kinds), 'any').map((name) => `d.${name}`)
const constant = fc.constantFrom(
  '0',
  '1',
  '2.5',
  '-1',
  'null',
  'undefined',
  'NaN',
  'true',
  '"a"',
  '"1"',
  '"😀z"',
  '$.limit',
  '$.word',
  '"\\ufffd"',
)
const binary = fc.constantFrom(
  '+',
  '-',
  '*',
  '/',
  '%',
  '**',
  '<',
  '<=',
  '>',
  '>=',
  '==',
  '!=',
  '===',
  '!==',
  '&',
  '|',
  '<<',
  '>>>',
  '&&',
  '||',
  '??',
)
const unary = fc.constantFrom('-', '+', '!', '~')
const calls = fc.constantFrom(
  (a: string) => `op.lower(${a})`,
  (a: string) => `op.upper(${a})`,
  (a: string) => `op.trim(${a})`,
  (a: string) => `op.length(${a})`,
  (a: string) => `op.startswith(${a}, 'a')`,
  (a: string) => `op.startswith(${a}, $.word, 1)`,
  (a: string) => `op.endswith(${a}, '😀')`,
  (a: string) => `op.endswith(${a}, 'z')`,
  (a: string) => `op.includes(${a}, 'b')`,
  (a: string) => `op.includes($.list, ${a})`,
  (a: string) => `op.includes(${a}, '')`,
  (a: string) => `op.includes(['a', 'A b', 1, null], ${a})`,
  (a: string) => `op.indexof(${a}, 'b')`,
  (a: string) => `op.match(${a}, /[a-c]+/)`,
  (a: string) => `op.match(${a}, /b/g)`,
  (a: string) => `op.match(${a}, /a/y)`,
  (a: string) => `op.match(${a}, $.sticky)`,
  (a: string) => `op.match(${a}, $.global, 0)`,
  (a: string) => `op.match(${a}, /(?<x>a)/i, 'x')`,
  (a: string) => `op.substring(${a}, 0, 1)`,
  (a: string) => `op.slice(${a}, 1)`,
  (a: string) => `op.replace(${a}, /a/g, 'ä')`,
  (a: string) => `op.replace(${a}, 'a', 'A')`,
  (a: string) => `op.padstart(${a}, 4, '_')`,
  (a: string) => `op.split(${a}, 'b')`,
  (a: string) => `op.reverse(${a})`,
  (a: string) => `op.equal(${a}, 'a')`,
  (a: string) => `op.abs(${a})`,
  (a: string) => `op.round(${a})`,
  (a: string) => `op.sqrt(${a})`,
  (a: string) => `op.floor(${a})`,
  (a: string) => `op.greatest(${a}, 1)`,
  (a: string) => `op.is_nan(${a})`,
  (a: string) => `op.is_finite(${a})`,
  (a: string) => `op.utcyear(${a})`,
  (a: string) => `op.utchours(${a})`,
  (a: string) => `op.format_utcdate(${a})`,
  (a: string) => `op.parse_float(${a})`,
  (a: string) => `op.bin(${a}, 0, 10, 2)`,
  (a: string) => `\`<\${${a}}>\``,
)

const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 3, arbitrary: column },
    { weight: 1, arbitrary: constant },
    {
      weight: 4,
      arbitrary: fc.tuple(tie('expression'), binary, tie('expression')).map(([a, o, b]) => `((${a}) ${o} (${b}))`),
    },
    { weight: 1, arbitrary: fc.tuple(unary, tie('expression')).map(([o, a]) => `(${o}(${a}))`) },
    { weight: 4, arbitrary: fc.tuple(calls, tie('expression')).map(([call, a]) => call(a)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('expression'), tie('expression'), tie('expression'))
        .map(([a, b, c]) => `((${a}) ? (${b}) : (${c}))`),
    },
  ),
}))

/** Verbs before the one that is looked at. */
const before = fc.constantFrom<(t: ColumnTable) => ColumnTable>(
  (t) => t,
  (t) => t,
  (t) => t.filter('d => d.i8 >= 0'),
  (t) => t.orderby('f64'),
  (t) => t.groupby('flag'),
)

function prepared(table: ColumnTable, verb: (t: ColumnTable) => ColumnTable): ColumnTable {
  const params = { limit: 1.5, word: 'A', list: ['a', 'null'], sticky: /a/y, global: /[a-z]/g }
  return verb(table.params(params) as ColumnTable)
}

describe('expressions over typed columns', () => {
  it('derive what plain Arquero derives, for all expressions, column types and tables', () => {
    fc.assert(
      fc.property(pairs(6), expression, expression, before, ({ plain, observed }, one, two, verb) => {
        const run = (table: ColumnTable) => () =>
          prepared(table, verb)
            .derive({ one: `d => ${one}`, i8: `d => ${two}` })
            .select('one', 'i8')
        expect(outcome(run(observed))).toStrictEqual(outcome(run(plain)))
      }),
      { numRuns: 1000 },
    )
  })

  it('filter what plain Arquero filters, for all expressions, column types and tables', () => {
    fc.assert(
      fc.property(pairs(40), expression, before, ({ plain, observed }, one, verb) => {
        const run = (table: ColumnTable) => () =>
          prepared(table, verb).filter(`d => ${one}`).select('i8', 'text', 'dict')
        expect(outcome(run(observed))).toStrictEqual(outcome(run(plain)))
      }),
      { numRuns: 600 },
    )
  })
})
