import { increasing, length } from '@tidegate/checks'
import fc from 'fast-check'
import { between, type Check, matches, notNull, oneOf, type RowVerdict, unique } from 'tidegate'

/** One row; `n` is its number. */
export interface Cells {
  readonly n: number
  readonly id: number | null
  readonly k: string | null
  readonly v: number | null
}

/** A rule, and what it says written down row by row. */
export interface Told {
  readonly make: (options: object) => Check
  readonly scope: 'row' | 'condemning'
  /** The failing ones among these rows. */
  readonly fails: (rows: readonly Cells[]) => readonly boolean[]
  /** Of which rows it speaks; absent: of all. */
  readonly concerns?: (row: Cells) => boolean
  /** What it says of the dataset besides. */
  readonly holds?: (rows: readonly Cells[]) => boolean
}

export const each = (fails: (row: Cells) => boolean) => (rows: readonly Cells[]) => rows.map(fails)
export const repeated = (keyOf: (row: Cells) => string | undefined, later: boolean) => (rows: readonly Cells[]) => {
  const keys = rows.map(keyOf)
  return keys.map(
    (key, i) => key !== undefined && (later ? keys.indexOf(key) < i : keys.indexOf(key) !== keys.lastIndexOf(key)),
  )
}
export const known = (...values: readonly unknown[]) =>
  values.includes(null) ? undefined : JSON.stringify(values.map(String))

export const rules: readonly Told[] = [
  { make: (o) => notNull('v', o), scope: 'row', fails: each(({ v }) => v === null) },
  { make: (o) => between('v', -1, 1, o), scope: 'row', fails: each(({ v }) => v !== null && !(v >= -1 && v <= 1)) },
  { make: (o) => between('id', 0, 5, o), scope: 'row', fails: each(({ id }) => id !== null && (id < 0 || id > 5)) },
  {
    make: (o) => oneOf('k', ['', 'a', '😀'], o),
    scope: 'row',
    fails: each(({ k }) => k !== null && !['', 'a', '😀'].includes(k)),
  },
  {
    make: (o) => matches('k', /^[a-c]*$|é/, o),
    scope: 'row',
    fails: each(({ k }) => k !== null && !/^[a-c]*$|é/.test(k)),
  },
  { make: (o) => length('k', { max: 2, ...o }), scope: 'row', fails: each(({ k }) => k !== null && [...k].length > 2) },
  { make: (o) => unique('id', o), scope: 'condemning', fails: repeated(({ id }) => known(id), false) },
  {
    make: (o) => unique('k', { lose: 'later', ...o }),
    scope: 'condemning',
    fails: repeated(({ k }) => known(k), true),
  },
  { make: (o) => unique(['id', 'k'], o), scope: 'condemning', fails: repeated(({ id, k }) => known(id, k), false) },
  { make: (o) => unique('v', o), scope: 'condemning', fails: repeated(({ v }) => known(v === 0 ? 0 : v), false) },
  {
    make: (o) => increasing('id', o),
    scope: 'condemning',
    fails: (rows) => {
      let last = Number.NEGATIVE_INFINITY
      return rows.map(({ id }) => {
        if (id === null) return false
        const fails = id < last
        last = id
        return fails
      })
    },
  },
]

export interface Chosen {
  readonly told: Told
  readonly options: { readonly verdict?: RowVerdict; readonly atLeast?: number; readonly atMost?: number }
}

export const cells = fc
  .array(
    fc.record({
      id: fc.option(fc.integer({ min: -2, max: 8 }), { freq: 5 }),
      k: fc.option(fc.constantFrom('', 'a', 'b', 'abc', 'abcd', 'é', '😀', '😀😀😀', 'x'.repeat(300)), { freq: 5 }),
      v: fc.option(fc.constantFrom(0, -0, 1, -1, 0.5, 2, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53), { freq: 4 }),
    }),
    { maxLength: 30, size: 'max' },
  )
  .map((rows) => rows.map((row, n): Cells => ({ n, ...row })))

export const chosenOf = (rules: readonly Told[]) =>
  fc.uniqueArray(
    fc.record({
      told: fc.constantFrom(...rules),
      options: fc.record(
        {
          verdict: fc.constantFrom<RowVerdict>('halt', 'quarantine', 'drop', 'warn'),
          atLeast: fc.constantFrom(0, 0.5, 0.9, 1),
          atMost: fc.constantFrom(0, 1, 5),
        },
        { requiredKeys: [] },
      ),
    }),
    { selector: ({ told }) => told, minLength: 1, maxLength: 6 },
  )

export const chosen = chosenOf(rules)

const strength: readonly RowVerdict[] = ['halt', 'quarantine', 'drop', 'warn']

/** What a gate makes of rows, row by row. */
export function naively(rows: readonly Cells[], checks: readonly Chosen[], otherwise: RowVerdict) {
  const verdictOf = ({ options }: Chosen) => options.verdict ?? otherwise
  const counts = { rowsIn: rows.length, rowsOut: 0, quarantined: 0, dropped: 0, warned: 0 }
  const failed = new Map<Chosen, number>(checks.map((check) => [check, 0]))
  const aside: { readonly n: number; readonly reasons: string }[] = []
  const stage = (scope: Told['scope'], before: readonly Cells[]): readonly Cells[] => {
    const own = checks.filter(({ told }) => told.scope === scope)
    const said = own.map(({ told }) => told.fails(before))
    return before.filter((row, i) => {
      const broken = own.filter((_, c) => said[c]?.[i])
      for (const check of broken) failed.set(check, (failed.get(check) ?? 0) + 1)
      if (broken.length === 0) return true
      const strongest = strength.find((verdict) => broken.some((check) => verdictOf(check) === verdict))
      if (strongest === 'warn') {
        counts.warned++
        return true
      }
      if (strongest === 'drop') counts.dropped++
      else {
        counts.quarantined++
        aside.push({ n: row.n, reasons: broken.map(({ told }) => told.make({}).name).join('; ') })
      }
      return false
    })
  }
  const afterRows = stage('row', rows)
  const passed = stage('condemning', afterRows)
  counts.rowsOut = passed.length
  const outcomes = checks.map((check) => {
    const { atLeast, atMost } = check.options
    const count = failed.get(check) ?? 0
    const { concerns, holds } = check.told
    const of = concerns === undefined ? rows.length : rows.filter(concerns).length
    const share = of === 0 ? 1 : (of - count) / of
    const missed = (atLeast !== undefined && share < atLeast) || (atMost !== undefined && count > atMost)
    const tolerated = atLeast !== undefined || atMost !== undefined
    const held = holds === undefined || holds(afterRows)
    return { failed: count, pass: held && !missed && (tolerated || count === 0 || verdictOf(check) !== 'halt') }
  })
  return { counts, outcomes, passed: passed.map(({ n }) => n), failed: aside.sort((a, b) => a.n - b.n) }
}
