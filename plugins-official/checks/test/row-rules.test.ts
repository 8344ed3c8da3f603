import fc from 'fast-check'
import { type Check, matches, oneOf } from 'tidegate'
import { describe, expect, it } from 'vitest'
import {
  all,
  any,
  compare,
  isNull,
  isType,
  length,
  max,
  min,
  not,
  notMatches,
  notOneOf,
  parsesAs,
  satisfiesRow,
  when,
} from '../src/index.ts'
import { type Cell, data, edge, failing, type Kind, side } from './columns.ts'

/** For all columns of these kinds, encodings, absences and splits, the check fails exactly the rows of which `fails` says so. */
function agrees(
  check: Check,
  kinds: readonly (readonly Kind[])[],
  fails: (...row: any[]) => boolean,
  runs = 150,
): void {
  fc.assert(
    fc.property(data(...kinds), (given) => {
      expect(failing(check, given)).toEqual(given.rows.map((row) => fails(...row)))
    }),
    { numRuns: runs },
  )
}

const numbers: readonly Kind[] = ['int8', 'int32', 'int64', 'float64', 'float32', 'decimal']
const times: readonly Kind[] = ['date', 'timestamp', 'nanoseconds']
const every: readonly Kind[] = [...numbers, ...times, 'string', 'boolean']
const isNaNCell = (cell: Cell) => typeof cell === 'number' && Number.isNaN(cell)

describe('row rules against one row at a time', () => {
  it('isNull fails what is present, NaN too', () => agrees(isNull('c0'), [every], (cell) => cell !== null))

  it.each([0, 0.1, -1.5, edge, 2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const)(
    'min, max with the bound %d',
    (bound) => {
      for (const strict of [false, true]) {
        const below = (cell: Cell) =>
          cell !== null && (isNaNCell(cell) || !(strict ? side(cell, bound) > 0 : side(cell, bound) >= 0))
        const above = (cell: Cell) =>
          cell !== null && (isNaNCell(cell) || !(strict ? side(cell, bound) < 0 : side(cell, bound) <= 0))
        agrees(min('c0', bound, { strict }), [[...numbers, ...times]], below)
        agrees(max('c0', bound, { strict }), [[...numbers, ...times]], above)
      }
    },
  )
  it.each([BigInt(edge) + 1n, -3n])('min with the bigint %s is exact', (bound) => {
    agrees(
      min('c0', bound, { strict: true }),
      [numbers],
      (cell) => cell !== null && (isNaNCell(cell) || side(cell, bound) <= 0),
    )
  })
  it('notOneOf fails what is listed', () => {
    agrees(notOneOf('c0', ['', 'b', '😀']), [['string']], (cell) => ['', 'b', '😀'].includes(cell))
    agrees(
      notOneOf('c0', [0, 2, 0.1]),
      [['int8', 'int32', 'int64', 'float64', 'float32']],
      (cell) => cell !== null && [0, 2, 0.1].includes(Number(cell)),
    )
    agrees(notOneOf('c0', [true]), [['boolean']], (cell) => cell === true)
  })
  it('notMatches fails what contains a match', () =>
    agrees(notMatches('c0', /^[a-z]*$/), [['string']], (cell) => cell !== null && /^[a-z]*$/.test(cell)))
  it('length counts code points', () =>
    agrees(
      length('c0', { min: 1, max: 4 }),
      [['string']],
      (cell) => cell !== null && ([...cell].length < 1 || [...cell].length > 4),
    ))
  it('isType asks what a step sees', () => {
    agrees(
      isType('c0', 'integer'),
      [['int8', 'int64', 'float64', 'decimal', 'string']],
      (cell) =>
        cell !== null &&
        !(
          typeof cell === 'bigint' ||
          Number.isInteger(cell) ||
          (/^-?\d+\.00$/.test(String(cell)) && typeof cell === 'string' && cell.length < 99)
        ),
    )
    agrees(
      isType('c0', 'finite'),
      [['float64', 'int64', 'boolean']],
      (cell) => cell !== null && !(typeof cell === 'bigint' || Number.isFinite(cell)),
    )
    agrees(isType('c0', 'text'), [['string', 'int8', 'boolean']], (cell) => cell !== null && typeof cell !== 'string')
  })
  it('satisfiesRow asks for rows without absent cells', () =>
    agrees(
      satisfiesRow('longer', ['c0', 'c1'], (d: { c0: string; c1: number }) => d.c0.length > d.c1),
      [['string'], ['int8']],
      (text, n) => text !== null && n !== null && text.length <= n,
    ))
})

const judge = {
  '<': (n: number) => n < 0,
  '<=': (n: number) => n <= 0,
  '==': (n: number) => n === 0,
  '!=': (n: number) => n !== 0,
  '>=': (n: number) => n >= 0,
  '>': (n: number) => n > 0,
}

describe.each(Object.keys(judge) as (keyof typeof judge)[])('compare %s', (operator) => {
  const fails = (a: Cell, b: Cell, text = false) => a !== null && b !== null && !judge[operator](side(a, b, text))
  it('is exact across types of numbers', () => {
    agrees(
      compare('c0', operator, 'c1'),
      [numbers, numbers],
      (a, b) => {
        if (isNaNCell(a) || isNaNCell(b)) return a !== null && b !== null && operator !== '!='
        return fails(a, b)
      },
      400,
    )
  })
  it('compares moments, text and booleans', () => {
    agrees(compare('c0', operator, 'c1'), [times, times], (a, b) => fails(a, b))
    agrees(compare('c0', operator, 'c1'), [['string'], ['string']], (a, b) => fails(a, b, true))
    agrees(compare('c0', operator, 'c1'), [['boolean'], ['boolean']], (a, b) => fails(a, b))
  })
  it('takes nulls as values where it is told to', () => {
    agrees(compare('c0', operator, 'c1', { nulls: 'value' }), [['int8'], ['int64']], (a, b) =>
      a === null && b === null ? !judge[operator](0) : a === null || b === null ? operator !== '!=' : fails(a, b),
    )
  })
})

it('compare has a tolerance', () => {
  agrees(
    compare('c0', '==', 'c1', { tolerance: 1 }),
    [['int8', 'float32'], ['int32']],
    (a, b) => a !== null && b !== null && !(Math.abs(a - b) <= 1),
  )
  agrees(
    compare('c0', '<=', 'c1', { tolerance: 2 }),
    [['int8', 'float32'], ['int32']],
    (a, b) => a !== null && b !== null && !(a - b <= 2),
  )
})

describe('combinators against Kleene logic', () => {
  type Truth = boolean | null
  type Tree = readonly [Check<any>, (row: readonly Cell[]) => Truth]
  const leaf = (n: 0 | 1): Tree =>
    n === 0
      ? [min('c0', 1), ([a]) => (a === null ? null : (a as number) >= 1)]
      : [matches('c1', /a|1/), ([, b]) => (b === null ? null : /a|1/.test(b as string))]
  const negate = (t: Truth): Truth => (t === null ? null : !t)
  const both = (all: readonly Truth[]): Truth => (all.includes(false) ? false : all.includes(null) ? null : true)
  const either = (all: readonly Truth[]): Truth => (all.includes(true) ? true : all.includes(null) ? null : false)
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<Tree>(leaf(0), leaf(1)),
      fc.constant([isNull('c0'), ([a]: readonly Cell[]) => a === null] as Tree),
      (tie('tree') as fc.Arbitrary<Tree>).map(([c, t]) => [not(c), (row: readonly Cell[]) => negate(t(row))] as Tree),
      fc
        .array(tie('tree') as fc.Arbitrary<Tree>, { minLength: 1, maxLength: 3 })
        .map((of) => [all(of.map(([c]) => c)), (row: readonly Cell[]) => both(of.map(([, t]) => t(row)))] as Tree),
      fc
        .array(tie('tree') as fc.Arbitrary<Tree>, { minLength: 1, maxLength: 3 })
        .map((of) => [any(of.map(([c]) => c)), (row: readonly Cell[]) => either(of.map(([, t]) => t(row)))] as Tree),
      fc
        .tuple(tie('tree') as fc.Arbitrary<Tree>, tie('tree') as fc.Arbitrary<Tree>)
        .map(([[c, t], [d, u]]) => [when(c, d), (row: readonly Cell[]) => either([negate(t(row)), u(row)])] as Tree),
    ),
  }))
  it('agree for all trees of rules', () => {
    fc.assert(
      fc.property(tree, data(['int8'], ['string']), ([check, truth], given) => {
        expect(failing(check as Check, given)).toEqual(given.rows.map((row) => truth(row) === false))
      }),
      { numRuns: 400 },
    )
  })
  it('refuse what would have no effect', () => {
    expect(() => not(oneOf('a', [1], { verdict: 'drop' }))).toThrow(
      'not: oneOf(a, 1) has verdict, which would have no effect.',
    )
    expect(() => all([])).toThrow('there is no rule to combine')
  })
})

describe('parsesAs', () => {
  const said = (form: Parameters<typeof parsesAs>[1], texts: readonly string[], format?: string) => {
    const check = parsesAs('c0', form, format === undefined ? {} : { format })
    const given = { rows: [...texts.map((text) => [text]), [null]], cuts: [], types: [{ kind: 'string' as const }] }
    const answers = (['bytes', 'strings', 'dictionary', 'values', 'cut out'] as const).map((one) =>
      failing(check, { ...given, forms: [one] }),
    )
    for (const answer of answers) expect(answer).toEqual(answers[0])
    return texts.filter((_, i) => !answers[0]![i])
  }
  it.each([
    ['integer', ['0', '-12', '+7', '9007199254740993'], ['', '1.0', ' 1', '1e3', '１']],
    ['number', ['0', '-1.5', '.5', '5.', '1e-9'], ['', '.', 'NaN', 'Infinity', '1,5', '0x1']],
    ['json', ['{}', '[1, null]', '"😀"', ' 1 '], ['', "{'a': 1}", 'undefined', '[1,]']],
    [
      'uuid',
      ['123e4567-e89b-12d3-a456-426614174000', '123E4567-E89B-12D3-A456-426614174000'],
      ['', '123e4567e89b12d3a456426614174000', '{123e4567-e89b-12d3-a456-426614174000}'],
    ],
    [
      'email',
      ['a@b', 'first.last+tag@example.co.uk', "o'neil@x-y.org"],
      ['', 'a', '@b', 'a@', 'a b@c', 'a@b..c', 'a@-b', `a@${'x'.repeat(64)}`],
    ],
    ['url', ['https://example.org/a?b#c', 'mailto:a@b', 'http://[::1]:80'], ['', 'example.org', '/a', 'http://']],
    ['ip', ['127.0.0.1', '::1', 'fe80::1'], ['', '256.0.0.1', '1.2.3', '::g']],
    ['ipv4', ['127.0.0.1'], ['::1']],
    ['ipv6', ['::1'], ['127.0.0.1']],
    [
      'date',
      ['2024-02-29', '0001-01-01'],
      ['', '2023-02-29', '2024-13-01', '2024-00-10', '2024-1-1', '2024-01-01T00:00', '1900-02-29'],
    ],
  ] as const)('%s', (form, good, bad) => {
    expect(said(form, [...good, ...bad])).toEqual(good)
  })
  it('dates have a format', () => {
    expect(
      said('date', ['29.02.2024 23:59', '31.04.2024 00:00', '01.01.2024 24:00', '2024-01-01'], 'DD.MM.YYYY HH:mm'),
    ).toEqual(['29.02.2024 23:59'])
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9999 }), fc.nat({ max: 13 }), fc.nat({ max: 32 }), (y, m, d) => {
        const text = `${String(y).padStart(4, '0')}/${String(m).padStart(2, '0')}/${String(d).padStart(2, '0')}`
        const moment = Date.parse(`${text.replaceAll('/', '-')}T00:00:00Z`)
        const exists = !Number.isNaN(moment) && new Date(moment).toISOString().startsWith(text.replaceAll('/', '-'))
        expect(said('date', [text], 'YYYY/MM/DD')).toEqual(exists ? [text] : [])
      }),
    )
  })
  it('refuses formats that are none', () => {
    expect(() => parsesAs('a', 'date', { format: 'MM/YYYY' })).toThrow('does not have a year, a month and a day')
    expect(() => parsesAs('a', 'uuid', { format: 'x' })).toThrow('only dates have a format')
    expect(() => parsesAs('a', 'iban' as never)).toThrow('there is no such form')
  })
})
