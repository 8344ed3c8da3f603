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
  hasColumns,
  isNull,
  isType,
  key,
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
  references,
  rowCountEquals,
  sameRows,
  satisfiesRow,
  stdevBetween,
  sumBetween,
  when,
} from '@tidegate/checks'
import fc from 'fast-check'
import {
  type Check,
  expression,
  fromTable,
  notNull,
  type RowVerdict,
  rowCount,
  satisfies,
  table,
  validate,
} from 'tidegate'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { formsOf } from './forms.ts'
import { type Cells, cells, chosenOf, each, known, naively, repeated, type Told } from './naive.ts'

const list = fromTable(table({ k: ['a', 'b', 'é'] })) as never
const ledger = fromTable(table({ n: [0, 1, 2, 3, 4], id: [0, 1, 0, 1, 0] })) as never
const outside =
  (low: number) =>
  ({ v }: Cells) =>
    v !== null && !(v >= low)
const row = (make: Told['make'], fails: (row: Cells) => boolean, concerns?: (row: Cells) => boolean): Told => ({
  make,
  scope: 'row',
  fails: each(fails),
  ...(concerns === undefined ? {} : { concerns }),
})
const condemning = (make: Told['make'], fails: Told['fails'], holds?: NonNullable<Told['holds']>): Told => ({
  make,
  scope: 'condemning',
  fails,
  ...(holds === undefined ? {} : { holds }),
})
const of = (check: unknown) => check as Check

function outliers(rows: readonly Cells[]): boolean[] {
  const ids = rows.flatMap(({ id }) => id ?? []).sort((a, b) => a - b)
  const at = (share: number) => {
    const place = (ids.length - 1) * share
    const [low, high] = [ids[Math.floor(place)]!, ids[Math.ceil(place)]!]
    return low + (high - low) * (place - Math.floor(place))
  }
  const [first, third] = [at(0.25), at(0.75)]
  const reach = 1.5 * (third - first)
  return rows.map(({ id }) => id !== null && (id < first - reach || id > third + reach))
}

function falling(rows: readonly Cells[]): boolean[] {
  let last = Number.POSITIVE_INFINITY
  return rows.map(({ id }) => {
    if (id === null) return false
    const fails = id >= last
    last = id
    return fails
  })
}

/** Every rule that names rows, beyond those of `naive.ts`. */
const rules: readonly Told[] = [
  row(
    (o) => of(isNull('v', o)),
    ({ v }) => v !== null,
  ),
  row((o) => of(min('v', 0, o)), outside(0)),
  row(
    (o) => of(max('v', 1, { strict: true, ...o })),
    ({ v }) => v !== null && !(v < 1),
  ),
  row(
    (o) => of(notOneOf('k', ['', 'é'], o)),
    ({ k }) => k === '' || k === 'é',
  ),
  row(
    (o) => of(notMatches('k', /a/, o)),
    ({ k }) => k?.includes('a') === true,
  ),
  row(
    (o) => of(isType('v', 'integer', o)),
    ({ v }) => v !== null && !Number.isInteger(v),
  ),
  row(
    (o) => of(parsesAs('k', 'number', o)),
    ({ k }) => k !== null,
  ),
  row(
    (o) => of(compare('id', '<=', 'v', o)),
    ({ id, v }) => id !== null && v !== null && !(id <= v),
  ),
  row(
    (o) => of(satisfies(z.object({ v: z.number().max(1).nullable() }), o)),
    ({ v }) => v !== null && !(Number.isFinite(v) && v <= 1),
  ),
  row(
    (o) => of(satisfiesRow('small', ['id', 'v'], (d: { id: number; v: number }) => d.id + d.v < 3, o)),
    ({ id, v }) => id !== null && v !== null && !(id + v < 3),
  ),
  row(
    (o) => of(expression('no three', (d: { id: number }) => d.id !== 3, o)),
    ({ id }) => id === 3,
  ),
  row(
    (o) => of(not(of(min('v', 0)), o)),
    ({ v }) => v !== null && v >= 0,
  ),
  row(
    (o) => of(all([of(min('v', 0)), of(notOneOf('k', ['']))], o)),
    (own) => outside(0)(own) || own.k === '',
  ),
  row(
    (o) => of(any([of(min('v', 0)), of(isNull('k'))], o)),
    (own) => outside(0)(own) && own.k !== null,
  ),
  row(
    (o) => of(when(of(isNull('k')), of(min('v', 0)), o)),
    (own) => own.k === null && outside(0)(own),
    ({ k }) => k === null,
  ),
  condemning(
    (o) => of(key('id', o)),
    (rows) => {
      const twice = repeated(({ id }) => known(id), false)(rows)
      return rows.map(({ id }, i) => id === null || twice[i]!)
    },
  ),
  condemning((o) => of(decreasing('id', { strict: true, ...o })), falling),
  condemning((o) => of(noOutliers('id', { method: 'iqr', ...o })), outliers),
  condemning(
    (o) => of(references('id', 'n' as never, o as never)),
    (rows) => rows.map(({ id }) => id !== null && !rows.some(({ n }) => n === id)),
  ),
  condemning(
    (o) => of(references('k', list, 'k' as never, o)),
    each(({ k }) => k !== null && !['a', 'b', 'é'].includes(k)),
  ),
  condemning(
    (o) => of(sameRows(ledger, { key: 'n', columns: ['id'], ...o } as never)),
    each(({ n, id }) => n > 4 || id !== n % 2),
    (rows) => [0, 1, 2, 3, 4].every((own) => rows.some(({ n }) => n === own)),
  ),
]

it('every rule that names rows agrees with looking at them one by one, for all rows, verdicts, thresholds, forms and splits', async () => {
  const verdicts = fc.constantFrom<RowVerdict>('halt', 'quarantine', 'drop', 'warn')
  const cuts = fc.array(fc.nat({ max: 30 }), { maxLength: 3 })
  const seen = new Set<Told>()
  await fc.assert(
    fc.asyncProperty(cells, chosenOf(rules), verdicts, cuts, async (rows, chosen, otherwise, at) => {
      const expected = naively(rows, chosen, otherwise)
      for (const { told } of chosen) seen.add(told)
      for (const [form, data] of Object.entries(formsOf(rows, at))) {
        const checks = chosen.map(({ told, options }) => told.make(options))
        const found = await validate(data, checks, { otherwise, split: true })
        const outcomes = found.outcomes.map(({ failed, pass }) => ({ failed, pass }))
        const aside = [...found.failed.array('n')].sort((a, b) => a - b)
        expect({ form, counts: found.counts, outcomes, passed: [...found.passed.array('n')], aside }).toEqual({
          form,
          counts: expected.counts,
          outcomes: expected.outcomes,
          passed: expected.passed,
          aside: expected.failed.map(({ n }) => n),
        })
      }
    }),
    { numRuns: 120 },
  )
  expect(seen.size).toBe(rules.length)
})

const ids = (rows: readonly Cells[]) => rows.flatMap(({ id }) => id ?? [])
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b)
const quantile = (values: readonly number[], p: number) => {
  const place = (values.length - 1) * p
  const [low, high] = [sorted(values)[Math.floor(place)]!, sorted(values)[Math.ceil(place)]!]
  return low + (high - low) * (place - Math.floor(place))
}
const stdev = (values: readonly number[]) =>
  Math.sqrt(values.reduce((sum, one) => sum + (one - mean(values)) ** 2, 0) / (values.length - 1))
/** Passes where there is no value, else as the value says. */
const where = (fits: (values: readonly number[]) => boolean) => (rows: readonly Cells[]) =>
  ids(rows).length === 0 || fits(ids(rows))
const texts = (rows: readonly Cells[]) => rows.flatMap(({ k }) => k ?? [])

/** Rules over the whole dataset, and what they say of the rows that reach them. Bounds lie between the values that can occur. */
const wholes: readonly (readonly [unknown, (rows: readonly Cells[]) => boolean])[] = [
  [rowCount(3, 20), (rows) => rows.length >= 3 && rows.length <= 20],
  [rowCountEquals(ledger, { tolerance: 3 }), (rows) => Math.abs(rows.length - 5) <= 3],
  [completeness('k', { min: 0.8 }), (rows) => rows.length === 0 || texts(rows).length / rows.length >= 0.8],
  [minBetween('id', { min: -1 }), where((own) => Math.min(...own) >= -1)],
  [maxBetween('id', { max: 6 }), where((own) => Math.max(...own) <= 6)],
  [sumBetween('id', { min: 5.5 }), (rows) => ids(rows).reduce((a, b) => a + b, 0) >= 5.5],
  [meanBetween('id', { min: 1.0001, max: 4.0001 }), where((own) => mean(own) >= 1.0001 && mean(own) <= 4.0001)],
  [medianBetween('id', { max: 3.2 }), where((own) => quantile(own, 0.5) <= 3.2)],
  [quantileBetween('id', 0.25, { min: 0.3 }), where((own) => quantile(own, 0.25) >= 0.3)],
  [stdevBetween('id', { max: 2.70001 }), where((own) => own.length < 2 || stdev(own) <= 2.70001)],
  [distinctBetween('id', { min: 4 }), (rows) => new Set(ids(rows)).size >= 4],
  [distinctValues('k', 'containing', ['a', 'é']), (rows) => ['a', 'é'].every((own) => texts(rows).includes(own))],
  [
    mostCommon('id', [1, 2, 3]),
    (rows) => {
      const count = (id: number) => ids(rows).filter((own) => own === id).length
      const most = Math.max(...ids(rows).map(count))
      return ids(rows).length === 0 || [1, 2, 3].some((own) => count(own) === most)
    },
  ],
  [lengthBetween('k', 'max', { max: 5 }), (rows) => texts(rows).every((own) => [...own].length <= 5)],
  [
    correlationBetween('n', 'id', { min: -0.90001 }),
    (rows) => {
      const pairs = rows.flatMap(({ n, id }) => (id === null ? [] : [[n, id] as const]))
      const [x, y] = [mean(pairs.map(([n]) => n)), mean(pairs.map(([, id]) => id))]
      const moment = (f: (n: number, id: number) => number) => pairs.reduce((sum, [n, id]) => sum + f(n, id), 0)
      const r =
        moment((n, id) => (n - x) * (id - y)) /
        Math.sqrt(moment((n) => (n - x) ** 2) * moment((_, id) => (id - y) ** 2))
      return Number.isNaN(r) || r >= -0.90001
    },
  ],
  [hasColumns(['n', 'id', 'k', 'v'], { ordered: true }), () => true],
  [hasColumns(['n', 'k']), () => false],
]

it('every rule over the whole dataset agrees with its formula, over the rows that pass the others', async () => {
  const cuts = fc.array(fc.nat({ max: 30 }), { maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(cells, fc.boolean(), cuts, async (rows, filtered, at) => {
      const checks = [...(filtered ? [notNull('v', { verdict: 'drop' })] : []), ...wholes.map(([check]) => of(check))]
      const reach = filtered ? rows.filter(({ v }) => v !== null) : rows
      const expected = wholes.map(([check, says]) => [of(check).name, says(reach)])
      for (const [form, data] of Object.entries(formsOf(rows, at))) {
        const { outcomes } = await validate(data, checks)
        const said = outcomes.slice(filtered ? 1 : 0).map(({ name, pass }) => [name, pass])
        expect({ form, said }).toEqual({ form, said: expected })
      }
    }),
    { numRuns: 80 },
  )
})

it('a distribution is held against its reference in every form', async () => {
  const rows = Array.from({ length: 40 }, (_, n): Cells => ({ n, id: n % 8, k: n % 2 === 0 ? 'a' : 'b', v: n }))
  const values = rows.map(({ n }) => n)
  const wanted: readonly (readonly [unknown, boolean])[] = [
    [meanLike('v', { mean: 19.5, stdev: 11, count: 40 }), true],
    [meanLike('v', { mean: 9.5, stdev: 11, count: 40 }), false],
    [distributedLike('v', { values }, { test: 'ks' }), true],
    [distributedLike('v', { values: values.map((n) => n + 30) }, { test: 'ks' }), false],
    [distributedLike('k', { categories: { a: 1, b: 1 } }, { test: 'chiSquare' }), true],
    [distributedLike('k', { categories: { a: 9, b: 1 } }, { test: 'chiSquare' }), false],
    [distributedLike('id', { edges: [0, 4, 8], counts: [1, 1] }, { test: 'psi', max: 0.1 }), true],
    [distributedLike('id', { edges: [0, 4, 8], counts: [9, 1] }, { test: 'psi', max: 0.1 }), false],
  ]
  for (const [check, pass] of wanted)
    for (const [form, data] of Object.entries(formsOf(rows, [7, 19])))
      expect([form, of(check).name, (await validate(data, [of(check)])).pass]).toEqual([form, of(check).name, pass])
})
