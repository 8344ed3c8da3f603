import {
  clamp,
  compare,
  deduplicate,
  defaultTo,
  largest,
  nullify,
  replace,
  trim,
  upperCase,
  when,
} from '@tidegate/checks'
import fc from 'fast-check'
import {
  between,
  type Check,
  type CheckOptions,
  each,
  matches,
  notNull,
  oneOf,
  type RowVerdict,
  type Severity,
  type Threshold,
  unique,
} from 'tidegate'
import { expect, test } from 'vitest'
import { type Line, linesOf, type Ran, rowsOf, runIn, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'

type Row = { readonly id: number; readonly k: string | null; readonly v: number | null }

interface Mend {
  readonly make: () => unknown
  readonly column: 'k' | 'v'
  readonly on: (row: Row, came: Row) => Row['k'] | Row['v']
}
const text =
  (of: (value: string) => string) =>
  ({ k }: Row) =>
    k === null ? null : of(k)
const mends = {
  trim: { make: () => trim({ columns: 'k' }), column: 'k', on: text((k) => k.trim()) },
  upper: { make: () => upperCase({ columns: 'k' }), column: 'k', on: text((k) => k.toUpperCase()) },
  clamp: {
    make: () => clamp(0, 5, { columns: 'v' }),
    column: 'v',
    on: ({ v }) => (v === null ? null : v < 0 ? 0 : v > 5 ? 5 : v),
  },
  clampMore: {
    make: () => clamp(0, 9, { columns: 'v' }),
    column: 'v',
    on: ({ v }) => (v === null ? null : v < 0 ? 0 : v > 9 ? 9 : v),
  },
  nullify: { make: () => nullify({ columns: 'v' }), column: 'v', on: () => null },
  default: { make: () => defaultTo(3, { columns: 'v' }), column: 'v', on: ({ v }) => v ?? 3 },
  replace: { make: () => replace({ b: 'A' }, { columns: 'k' }), column: 'k', on: text((k) => (k === 'b' ? 'A' : k)) },
} satisfies Record<string, Mend>
type MendName = keyof typeof mends

interface Rule {
  readonly make: (options: CheckOptions) => Check<never>
  readonly name: string
  readonly scope: 'row' | 'condemning'
  readonly fails?: (row: Row) => boolean
  readonly speaks?: (row: Row) => boolean
  readonly condemns?: (rows: readonly Row[]) => readonly boolean[]
}
const repeated = (rows: readonly Row[]) => rows.map((row) => rows.filter(({ k }) => k === row.k).length > 1)
const written = (cell: string | number | null) => (cell === null ? null : Object.is(cell, -0) ? '-0' : String(cell))
const off = (v: number | null, low: number, high: number) => v !== null && !(v >= low && v <= high)
const rules: readonly Rule[] = [
  {
    make: (o) => between('v', 0, 5, o) as never,
    name: 'between(v, 0, 5)',
    scope: 'row',
    fails: ({ v }) => off(v, 0, 5),
  },
  { make: (o) => notNull('v', o) as never, name: 'notNull(v)', scope: 'row', fails: ({ v }) => v === null },
  {
    make: (o) => matches('k', /^[A-Z]+$/, o) as never,
    name: 'matches(k, /^[A-Z]+$/)',
    scope: 'row',
    fails: ({ k }) => k !== null && !/^[A-Z]+$/.test(k),
  },
  {
    make: (o) => compare('id', '<=', 'v', o) as never,
    name: 'compare',
    scope: 'row',
    fails: ({ id, v }) => v !== null && !(id <= v),
  },
  {
    make: (o) => when(oneOf('k', ['A', 'b']) as never, between('v', 1, 9) as never, o) as never,
    name: 'when row',
    scope: 'row',
    fails: ({ k, v }) => (k === 'A' || k === 'b') && off(v, 1, 9),
    speaks: ({ k }) => k === 'A' || k === 'b',
  },
  { make: (o) => unique('k', o) as never, name: 'unique', scope: 'condemning', condemns: repeated },
  {
    make: (o) => when(between('v', 0, 5) as never, unique('k') as never, o) as never,
    name: 'when unique',
    scope: 'condemning',
    speaks: ({ v }) => v !== null && !off(v, 0, 5),
    condemns: repeated,
  },
  {
    make: (o) => deduplicate('k', { keep: largest('v'), verdict: 'drop', ...o } as never) as never,
    name: 'deduplicate',
    scope: 'condemning',
    condemns: (rows) => {
      const best = new Map<string | null, number>()
      for (const [i, row] of rows.entries()) {
        const held = best.get(row.k)
        const v = (n: number) => rows[n]?.v ?? Number.NaN
        if (held === undefined || (!Number.isNaN(v(i)) && (Number.isNaN(v(held)) || v(i) > v(held)))) best.set(row.k, i)
      }
      return rows.map((row, i) => best.get(row.k) !== i)
    },
  },
  {
    make: (o) => deduplicate('k', { keep: 'last', verdict: 'drop', ...o } as never) as never,
    name: 'deduplicate last',
    scope: 'condemning',
    condemns: (rows) => rows.map((row, i) => rows.slice(i + 1).some(({ k }) => k === row.k)),
  },
]

interface Chosen {
  readonly rule: number
  readonly verdict: RowVerdict | undefined
  readonly mends: readonly MendName[]
  readonly severity: Severity | undefined
  readonly atLeast: Threshold | undefined
  readonly atMost: Threshold | undefined
}
interface Gate {
  readonly chosen: readonly Chosen[]
  readonly otherwise: RowVerdict | undefined
  readonly atLeast: Threshold | undefined
}
type Parts = Readonly<Record<string, readonly Line[]>>

const set = <T extends object>(given: T) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>

function checkOf({ rule, verdict, mends: list, severity, atLeast, atMost }: Chosen): Check<never> {
  const made = list.map((name) => mends[name].make())
  const own = made.length === 0 ? verdict : { repair: made as never, ...set({ otherwise: verdict }) }
  return (rules[rule] as Rule).make(set({ verdict: own, severity, atLeast, atMost }) as CheckOptions)
}

const order = ['halt', 'quarantine', 'drop', 'warn'] as const
function resolved(gate: Gate, one: Chosen): RowVerdict {
  const plain = one.severity === undefined || one.severity === 'error'
  if (one.mends.length > 0) return one.verdict ?? (plain ? 'quarantine' : 'warn')
  if (one.verdict !== undefined) return one.verdict
  if ((rules[one.rule] as Rule).name.startsWith('deduplicate')) return 'drop'
  return plain ? (gate.otherwise ?? 'halt') : 'warn'
}

/** Row by row, and then over all rows: without parts, records or batches. */
function naive(gate: Gate, parts: Parts) {
  const { chosen } = gate
  const names = new Map(chosen.map((one) => [one, checkOf(one).name]))
  const byName = [...chosen].sort((a, b) => ((names.get(a) as string) < (names.get(b) as string) ? -1 : 1))
  const rowRules = chosen.filter(({ rule }) => rules[rule]?.scope === 'row')
  const failing = (row: Row) => rowRules.filter(({ rule }) => rules[rule]?.fails?.(row))
  const aside: unknown[] = []
  const repairs: unknown[] = []
  const counts = { rowsIn: 0, rowsOut: 0, quarantined: 0, dropped: 0, warned: 0, repaired: 0 }
  const failed = new Map<Chosen, number>()
  const repaired = new Map<Chosen, number>()
  const of = new Map<Chosen, number>()
  const add = (map: Map<Chosen, number>, one: Chosen) => map.set(one, (map.get(one) ?? 0) + 1)
  const strongest = (list: readonly Chosen[]) =>
    order.find((verdict) => list.some((one) => resolved(gate, one) === verdict))
  let through: { part: string; at: number; row: Row; came: Row }[] = []
  for (const [part, lines] of Object.entries(parts)) {
    for (const [at, came] of lines.entries()) {
      counts.rowsIn++
      const first = failing(came)
      let row: Row = came
      const edits: unknown[] = []
      if (first.some((one) => one.mends.length > 0)) {
        for (const one of byName) {
          if (!first.includes(one)) continue
          for (const name of one.mends) {
            const { column, on } = mends[name] as Mend
            const value = on(row, came)
            if (Object.is(value, row[column])) continue
            edits.push([part, at, column, names.get(one), written(row[column]), written(value)])
            row = { ...row, [column]: value }
          }
        }
      }
      const still = failing(row)
      for (const one of first) if (!still.includes(one) && edits.length > 0) add(repaired, one)
      for (const one of still) add(failed, one)
      for (const one of rowRules) if (rules[one.rule]?.speaks?.(row) ?? true) add(of, one)
      const verdict = strongest(still)
      if (verdict === 'halt' || verdict === 'quarantine') {
        counts.quarantined++
        aside.push([part, at, came.k, came.v])
        continue
      }
      if (verdict === 'drop') {
        counts.dropped++
        continue
      }
      if (verdict === 'warn') counts.warned++
      if (edits.length > 0) {
        counts.repaired++
        repairs.push(...edits)
      }
      through.push({ part, at, row, came })
    }
  }
  const condemned = new Map<number, Chosen[]>()
  for (const one of chosen) {
    const rule = rules[one.rule] as Rule
    if (rule.scope !== 'condemning') continue
    const places = through.flatMap(({ row }, i) => ((rule.speaks?.(row) ?? true) ? [i] : []))
    of.set(one, rule.speaks === undefined ? counts.rowsIn : places.length)
    const bits = rule.condemns?.(places.map((i) => (through[i] as (typeof through)[number]).row)) ?? []
    for (const [at, i] of places.entries()) {
      if (!bits[at]) continue
      add(failed, one)
      condemned.set(i, [...(condemned.get(i) ?? []), one])
    }
  }
  through = through.filter(({ part, at, row }, i) => {
    const verdict = strongest(condemned.get(i) ?? [])
    if (verdict === 'halt' || verdict === 'quarantine') {
      counts.quarantined++
      aside.push([part, at, row.k, row.v])
    }
    if (verdict === 'drop') counts.dropped++
    return verdict === undefined || verdict === 'warn'
  })
  counts.rowsOut = through.length
  const outcomes = chosen.map((one) => ({
    name: names.get(one),
    failed: failed.get(one) ?? 0,
    repaired: repaired.get(one),
    verdict: resolved(gate, one),
    of: of.get(one) ?? 0,
    pass: passes(gate, one, failed.get(one) ?? 0, of.get(one) ?? 0),
  }))
  const gone = counts.quarantined + counts.dropped
  const together = gate.atLeast === undefined || !misses(gate.atLeast, undefined, gone, counts.rowsIn)
  const halted =
    !together || chosen.some((one, i) => !outcomes[i]?.pass && (one.severity === undefined || one.severity === 'error'))
  return {
    rows: through.map(({ row }) => [row.id, row.k, row.v]),
    aside: aside.map(String).sort(),
    repairs: repairs.map(String),
    counts,
    outcomes,
    halted,
    speaks: rowRules.every(({ rule }) => rules[rule]?.speaks === undefined),
  }
}

function misses(least: Threshold | undefined, most: Threshold | undefined, failed: number, of: number): boolean {
  const low = typeof least === 'number' ? { share: least } : (least as { share?: number; rows?: number } | undefined)
  const high = typeof most === 'number' ? { rows: most } : (most as { share?: number; rows?: number } | undefined)
  return (
    (low?.share !== undefined && of > 0 && (of - failed) / of < low.share) ||
    (low?.rows !== undefined && of - failed < low.rows) ||
    (high?.share !== undefined && of > 0 && failed / of > high.share) ||
    (high?.rows !== undefined && failed > high.rows)
  )
}

function passes(gate: Gate, one: Chosen, failed: number, of: number): boolean {
  if (misses(one.atLeast, one.atMost, failed, of)) return false
  if (one.atLeast !== undefined || one.atMost !== undefined) return true
  const halts = resolved(gate, one) === 'halt'
  if (gate.atLeast !== undefined && !(one.verdict === 'halt' && one.mends.length === 0)) return true
  return failed === 0 || !halts
}

const threshold: fc.Arbitrary<Threshold | undefined> = fc.option(
  fc.constantFrom<Threshold>(0, 0.5, 1, { rows: 2 }, { share: 0.7 }),
  { nil: undefined, freq: 2 },
)
const most: fc.Arbitrary<Threshold | undefined> = fc.option(fc.constantFrom<Threshold>(0, 1, 3, { share: 0.3 }), {
  nil: undefined,
  freq: 2,
})
const chosen = fc
  .record({
    rule: fc.nat(rules.length - 1),
    verdict: fc.option(fc.constantFrom(...order), { nil: undefined }),
    mends: fc.oneof(
      fc.constant([]),
      fc.array(fc.constantFrom(...(Object.keys(mends) as MendName[])), { maxLength: 2 }),
    ),
    severity: fc.option(fc.constantFrom('error' as const, 'warn' as const, 'info' as const), { nil: undefined }),
    atLeast: threshold,
    atMost: most,
  })
  .map((one): Chosen => (rules[one.rule]?.scope === 'row' ? one : { ...one, mends: [] }))
  .map(
    (one): Chosen =>
      rules[one.rule]?.scope === 'condemning' && rules[one.rule]?.speaks !== undefined
        ? { ...one, atLeast: undefined, atMost: undefined }
        : one,
  )
  .map((one): Chosen => (one.verdict === 'halt' ? { ...one, severity: undefined } : one))
const gate: fc.Arbitrary<Gate> = fc.record({
  chosen: fc.uniqueArray(chosen, { selector: ({ rule }) => rule, minLength: 1, maxLength: 4 }),
  otherwise: fc.option(fc.constantFrom(...order), { nil: undefined }),
  atLeast: fc.option(fc.constantFrom<Threshold>(0, 0.5, 1), { nil: undefined, freq: 1 }),
})
const line = fc.record({
  id: fc.nat(6),
  k: fc.constantFrom('A', 'b', ' c ', 'D', ''),
  v: fc.constantFrom(null, -3, -0, 0, 2, 5, 7.5, 20, Number.NaN),
})
const someParts = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.array(line, { maxLength: 6 }), { maxKeys: 3 })

async function seen(ran: Ran) {
  const state = ran.outcome.states.get('own')
  const section = state?.section
  if (section === undefined) throw ran.error ?? new Error('nothing came of it')
  const halted = state?.phase === 'withheld'
  const repaired = await rowsOf(ran.outcome, 'own', 'repairs' as never)
  const rows = halted ? [] : await ran.rows('own')
  const aside = await ran.rows('own', 'quarantine')
  return { section, halted, rows, aside, repaired }
}

const step = fc.record({
  gate: fc.option(gate, { nil: undefined }),
  parts: fc.option(someParts, { nil: undefined }),
  reverse: fc.boolean(),
  batchRows: fc.integer({ min: 1, max: 8 }),
})

test('a gate gives what a naive reading gives, whatever was computed before with other verdicts, thresholds and repairs', async () => {
  await fc.assert(
    fc.asyncProperty(gate, someParts, fc.array(step, { minLength: 1, maxLength: 4 }), async (first, parts, steps) => {
      const place = await folder()
      const own = world(parts)
      let now = first
      for (const next of steps) {
        now = next.gate ?? now
        if (next.reverse) now = { ...now, chosen: [...now.chosen].reverse() }
        own.parts = next.parts ?? own.parts
        const src = linesOf(own, { allowVanishing: true })
        const options = set({ otherwise: now.otherwise, atLeast: now.atLeast })
        const step = { from: src, run: (t: never) => t, expect: now.chosen.map(checkOf), ...options }
        const nodes = { src, own: each(step as never) }
        const told = await seen(await runIn(place, nodes as never, {}, { batchRows: next.batchRows } as never))
        const want = naive(now, own.parts)
        expect(told.halted).toBe(want.halted)
        const { counts } = told.section
        expect(counts.rowsIn).toBe(counts.rowsOut + counts.quarantined + counts.dropped)
        expect({ repaired: 0, ...counts }).toMatchObject({ ...want.counts, warned: counts.warned })
        if (!want.halted) expect(told.rows.map(({ id, k, v }) => [id, k, v])).toEqual(want.rows)
        expect(told.aside.map(({ _part, _row, k, v }) => String([_part, _row, k, v])).sort()).toEqual(want.aside)
        const cells = told.repaired.filter(({ repair }) => !String(repair).startsWith('deduplicate'))
        expect(
          cells.map(({ part, row, column, rule, before, after }) => String([part, row, column, rule, before, after])),
        ).toEqual(want.repairs)
        for (const outcome of want.outcomes) {
          const found = told.section.checks.find(({ name }) => name === outcome.name)
          expect({ repaired: undefined, ...found }).toMatchObject(outcome)
        }
      }
    }),
    { numRuns: 25 },
  )
}, 120_000)
