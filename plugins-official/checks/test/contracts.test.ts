import { between, decimal, matches, oneOf, timestamp } from 'tidegate'
import { checkContract } from 'tidegate/testing'
import { describe, test } from 'vitest'
import { z } from 'zod'
import {
  all,
  any,
  compare,
  completeness,
  correlationBetween,
  decreasing,
  distinctBetween,
  distinctValues,
  distributedLike,
  increasing,
  isNull,
  isType,
  key,
  length,
  lengthBetween,
  max,
  maxBetween,
  meanBetween,
  meanLike,
  medianBetween,
  min,
  minBetween,
  mostCommon,
  noOutliers,
  not,
  notMatches,
  notOneOf,
  parsesAs,
  quantileBetween,
  satisfiesRow,
  stdevBetween,
  sumBetween,
  when,
} from '../src/index.ts'

type Subject = Parameters<typeof checkContract>[0]

const schema = z.object({
  id: z.int64(),
  n: z.number(),
  m: z.number(),
  price: decimal(18, 2),
  name: z.string(),
  at: timestamp({ unit: 'ns' }),
  tags: z.array(z.string()),
})
const row = (id: bigint, n: number, name: string, more = {}) => ({
  id,
  n,
  m: n + 1,
  price: '1.50',
  name,
  at: Number(id % 1000n) * 1000,
  tags: [name],
  ...more,
})
const good = [row(1n, 1, 'a'), row(2n, 2, '10'), row(3n, 3, '😀b')]
const bad = [
  row(2n ** 53n + 1n, 7, 'long text', { m: 0, price: '9.99', tags: [] }),
  row(-1n, Number.NaN, '', { tags: [] }),
]
const rows = { schema, passing: good, failing: bad, scope: 'row' } satisfies Partial<Subject>
const whole = { schema, passing: good, scope: 'dataset' } satisfies Partial<Subject>
const condemning = { schema, passing: good, scope: 'condemning' } satisfies Partial<Subject>
const each = (failing: readonly object[]) => failing.map((own, i) => ({ ...row(BigInt(i), i, 'a'), ...own }))

const subjects: Readonly<Record<string, Subject>> = {
  isNull: { ...rows, make: () => isNull('name'), passing: each([{ name: null }]), failing: good },
  notOneOf: { ...rows, make: () => notOneOf('name', ['long text', '']) },
  'notOneOf numbers': { ...rows, make: () => notOneOf('n', [7, Number.NaN]) },
  notMatches: { ...rows, make: () => notMatches('name', /^$|text/) },
  min: {
    ...rows,
    make: () => min('n', 4),
    passing: each([{ n: 4 }, { n: 5 }]),
    failing: each([{ n: 3 }, { n: Number.NaN }]),
  },
  'min, strict, of decimals': {
    ...rows,
    make: () => min('price', 0.1, { strict: true }),
    failing: each([{ price: '0.10' }, { price: '-3.00' }]),
  },
  'max of 64-bit integers': { ...rows, make: () => max('id', 2n ** 53n), failing: each([{ id: 2n ** 53n + 1n }]) },
  'max of times': { ...rows, make: () => max('at', 3000), failing: each([{ at: 3001 }]) },
  length: { ...rows, make: () => length('name', { min: 1, max: 2 }) },
  'length of lists': { ...rows, make: () => length('tags', { min: 1 }) },
  isType: { ...rows, make: () => isType('n', 'integer'), failing: each([{ n: 1.5 }, { n: Number.NaN }]) },
  'isType of entries': { ...rows, make: () => isType('tags', 'number', { at: '[]' }), passing: bad, failing: good },
  'parsesAs integer': {
    ...rows,
    make: () => parsesAs('name', 'integer'),
    passing: each([{ name: '-10' }]),
    failing: bad,
  },
  'parsesAs date': {
    ...rows,
    make: () => parsesAs('name', 'date', { format: 'DD.MM.YYYY' }),
    passing: each([{ name: '29.02.2024' }]),
    failing: each([{ name: '29.02.2023' }, { name: '2024-02-29' }]),
  },
  compare: { ...rows, make: () => compare('n', '<=', 'm') },
  'compare across types': {
    ...rows,
    make: () => compare('id', '>=', 'price'),
    passing: each([{ id: 2n }, { id: 3n }]),
    failing: each([{ id: 1n }]),
  },
  not: { ...rows, make: () => not(oneOf('name', ['long text', ''])) },
  all: { ...rows, make: () => all([between('n', 0, 5), length('name', { max: 3 })]) },
  any: { ...rows, make: () => any([max('n', 5), matches('name', /^x/)]) },
  when: {
    ...rows,
    make: () => when(matches('name', /^a/), min('n', 2)),
    passing: [row(1n, 2, 'a'), row(1n, 0, 'b')],
    failing: [row(1n, 1, 'ab')],
  },
  satisfiesRow: {
    ...rows,
    make: () => satisfiesRow('short', ['name', 'n'], (d: { name: string; n: number }) => d.name.length < 5 && d.n < 5),
  },
  increasing: { ...condemning, make: () => increasing('n', { strict: true }), failing: [...good, ...good] },
  'increasing text': { ...condemning, make: () => increasing('name'), passing: each([{}, {}]), failing: good },
  'increasing 64-bit integers': {
    ...condemning,
    make: () => increasing('id', { strict: true }),
    failing: each([{ id: 2n ** 53n + 1n }, { id: 2n ** 53n }]),
  },
  decreasing: { ...condemning, make: () => decreasing('price'), failing: each([{ price: '1.00' }, { price: '1.01' }]) },
  key: { ...condemning, make: () => key(['id', 'name']), failing: [...good, ...good] },
  'key with a null': {
    ...condemning,
    make: () => key(['id', 'name'], { lose: 'later' }),
    failing: each([{ name: null }]),
  },
  'noOutliers by z': {
    ...condemning,
    make: () => noOutliers('n', { beyond: 1.5 }),
    failing: each([{ n: 1 }, { n: 1 }, { n: 2 }, { n: 2 }, { n: 900 }]),
  },
  'noOutliers by iqr': {
    ...condemning,
    make: () => noOutliers('n', { method: 'iqr' }),
    failing: each([{ n: 1 }, { n: 2 }, { n: -1 }, { n: 2 }, { n: 900 }]),
  },
  minBetween: { ...whole, make: () => minBetween('n', { min: 1 }), failing: [row(1n, 0, 'a')] },
  maxBetween: { ...whole, make: () => maxBetween('id', { max: 2n ** 53n }), failing: bad },
  meanBetween: { ...whole, make: () => meanBetween('n', { min: 2, max: 2 }), failing: bad },
  medianBetween: { ...whole, make: () => medianBetween('n', { min: 2, max: 2 }), failing: bad },
  quantileBetween: { ...whole, make: () => quantileBetween('n', 1, { max: 3 }), failing: bad },
  sumBetween: { ...whole, make: () => sumBetween('price', { max: 5 }), failing: bad },
  stdevBetween: { ...whole, make: () => stdevBetween('n', { max: 1 }), failing: bad },
  distinctBetween: { ...whole, make: () => distinctBetween('name', { min: 3 }), failing: bad },
  completeness: { ...whole, make: () => completeness('name', { min: 0.9 }), failing: each([{ name: null }]) },
  distinctValues: { ...whole, make: () => distinctValues('name', 'equal', ['a', '10', '😀b']), failing: bad },
  'distinctValues of numbers': { ...whole, make: () => distinctValues('id', 'within', [1, 2, 3]), failing: bad },
  mostCommon: { ...whole, make: () => mostCommon('name', ['a'], { min: 0.2 }), failing: bad },
  lengthBetween: { ...whole, make: () => lengthBetween('name', 'max', { max: 2 }), failing: bad },
  correlationBetween: {
    ...whole,
    make: () => correlationBetween('n', 'm', { min: 0.5 }),
    failing: each([{ m: 2 }, { m: 1 }]),
  },
  meanLike: { ...whole, make: () => meanLike('n', { mean: 2, stdev: 1, count: 100 }), failing: [row(1n, 3, 'a')] },
  'distributedLike by ks': {
    ...whole,
    make: () => distributedLike('n', { values: [1, 2, 3] }, { test: 'ks', max: 0.4 }),
    failing: bad,
  },
  'distributedLike by psi': {
    ...whole,
    make: () => distributedLike('n', { edges: [0, 2, 4], counts: [1, 2] }, { test: 'psi', max: 0.1 }),
    failing: bad,
  },
  'distributedLike by chi-square': {
    ...whole,
    make: () => distributedLike('name', { categories: { a: 1, 10: 1, '😀b': 1 } }, { test: 'chiSquare' }),
    failing: bad,
  },
}

for (const [title, subject] of Object.entries(subjects)) {
  describe(`the check ${title}`, () => {
    for (const { name, run } of checkContract(subject)) test(name, run)
  })
}
