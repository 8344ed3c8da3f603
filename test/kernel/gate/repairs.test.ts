import { clamp, defaultTo, lowerCase, nullify, replace, round, setTo, trim, upperCase } from '@tidegate/checks'
import fc from 'fast-check'
import {
  type Batch,
  BytesColumn,
  between,
  buildColumn,
  type Check,
  type CheckOptions,
  type Column,
  DictionaryColumn,
  defineRepair,
  each,
  expression,
  matches,
  type Node,
  notNull,
  oneOf,
  type Repair,
  type RepairVerdict,
  sliceBatch,
  type TableSchema,
  types,
  ValuesColumn,
} from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { planGate } from '../../../src/kernel/gate/gate-plan.ts'
import { createRowGate } from '../../../src/kernel/gate/row-gate.ts'
import { buildGraph } from '../../../src/kernel/graph/graph.ts'
import { linesOf, world } from '../../failure/lab.ts'

const schema: TableSchema = {
  fields: [
    { name: 'k', type: types.string, nullable: true },
    { name: 'v', type: types.float64, nullable: true },
    { name: 'n', type: types.int32, nullable: true },
  ],
}
type Cells = readonly [k: string | null, v: number | null, n: number | null]

function columnsOf(rows: readonly Cells[], encoding: 'dictionary' | 'bytes' | 'values'): readonly Column[] {
  const texts = rows.map(([k]) => k)
  const where = (column: string) => ({ column })
  const plain = buildColumn(types.string, texts, where('k'))
  const distinct = [...new Set(texts.filter((text) => text !== null)), 'unused']
  const text =
    encoding === 'values'
      ? new ValuesColumn(types.string, texts, plain.validity)
      : encoding === 'bytes'
        ? BytesColumn.ofStrings(
            texts.map((one) => one ?? ''),
            plain.validity,
          )
        : new DictionaryColumn(
            Uint8Array.from(texts, (one) => (one === null ? 200 : distinct.indexOf(one))),
            distinct,
            plain.validity,
          )
  const column = (type: typeof types.float64 | typeof types.int32, name: string, at: 1 | 2) =>
    buildColumn(
      type,
      rows.map((row) => row[at]),
      where(name),
    )
  return [text, column(types.float64, 'v', 1), column(types.int32, 'n', 2)]
}

function batchOf(rows: readonly Cells[], encoding: 'dictionary' | 'bytes' | 'values' = 'bytes'): Batch {
  return { schema, length: rows.length, columns: columnsOf(rows, encoding) }
}

const cellsOf = (batch: Batch): unknown[][] =>
  Array.from({ length: batch.length }, (_, row) => batch.columns.map((column) => column.at(row)))
const rowsOf = (batch: Batch): Record<string, unknown>[] =>
  cellsOf(batch).map((cells) => Object.fromEntries(cells.map((cell, i) => [batch.schema.fields[i]?.name, cell])))

function gateOf(checks: readonly Check<never>[], node = 'n') {
  const source = linesOf(world({}))
  const own = each({ from: source, run: (t) => t, expect: checks as never }) as Node
  const plan = planGate(buildGraph('p', { source, own }).byName.get('own') as never, false)
  return createRowGate({ node, part: 'a', plan, answers: () => undefined })
}

/** All that comes of batches, as plain values. */
function judged(checks: readonly Check<never>[], batches: readonly Batch[]) {
  const gate = gateOf(checks)
  const passed: unknown[][] = []
  const aside: Record<string, unknown>[] = []
  const repairs: Record<string, unknown>[] = []
  for (const batch of batches) {
    const gated = gate.apply(gate.judge(batch))
    passed.push(...cellsOf(gated.passed))
    if (gated.quarantined !== undefined) aside.push(...rowsOf(gated.quarantined))
    if (gated.repairs !== undefined) repairs.push(...rowsOf(gated.repairs))
  }
  return { passed, aside, repairs, counts: gate.counts(), checks: { ...gate.checks }, repaired: { ...gate.repaired } }
}

const shout = /^[A-Z]+$/

describe('a repair', () => {
  test('mends the failing rows alone, tells every cell, and hands on the columns it did not touch', () => {
    const batch = batchOf([
      ['OK', 1, 1],
      [' mend me', 2, 2],
      ['fine ', 3, 3],
    ])
    const gate = gateOf([matches('k', /^\S.*\S$/, { verdict: { repair: trim() } })])
    const { passed, quarantined, repairs } = gate.apply(gate.judge(batch))
    expect(cellsOf(passed).map(([k]) => k)).toEqual(['OK', 'mend me', 'fine'])
    expect(passed.columns[1]).toBe(batch.columns[1])
    expect(passed.schema).toBe(batch.schema)
    expect(quarantined).toBeUndefined()
    const key = expect.stringMatching(/^[0-9a-f]{32}$/)
    const rule = 'matches(k, /^\\S.*\\S$/)'
    expect(rowsOf(repairs as Batch)).toEqual([
      { key, part: 'a', row: 1, column: 'k', before: ' mend me', after: 'mend me', rule, repair: 'trim()' },
      { key, part: 'a', row: 2, column: 'k', before: 'fine ', after: 'fine', rule, repair: 'trim()' },
    ])
    expect(gate.counts()).toEqual({ rowsIn: 3, rowsOut: 3, quarantined: 0, dropped: 0, warned: 0, repaired: 2 })
    expect(gate.checks).toEqual({ [rule]: { failed: 0, verdict: 'quarantine' } })
    expect(gate.repaired).toEqual({ [rule]: 2 })
  })

  test('costs nothing where no row fails: the batch goes on as it is', () => {
    const batch = batchOf([['OK', 1, 1]])
    const gate = gateOf([matches('k', shout, { verdict: { repair: upperCase() } })])
    const one = gate.judge(batch)
    expect(one.passed).toBe(batch)
    expect(one).not.toHaveProperty('repaired')
  })

  test('that does not help ends in quarantine with the original values and all reasons', () => {
    const found = judged(
      [matches('k', shout, { verdict: { repair: [trim(), upperCase()] } }), between('v', 0, 5, { verdict: 'drop' })],
      [
        batchOf([
          [' ab1 ', 9, 1],
          [' ab ', 1, 2],
        ]),
      ],
    )
    expect(found.passed).toEqual([['AB', 1, 2]])
    expect(found.aside).toMatchObject([
      { k: ' ab1 ', v: 9, _row: 0, _reasons: 'matches(k, /^[A-Z]+$/); between(v, 0, 5); tried trim(), upperCase()' },
    ])
    expect(found.repairs.map(({ row, before, after, repair }) => [row, before, after, repair])).toEqual([
      [1, ' ab ', 'ab', 'trim()'],
      [1, 'ab', 'AB', 'upperCase()'],
    ])
    expect(found.counts).toEqual({ rowsIn: 2, rowsOut: 1, quarantined: 1, dropped: 0, warned: 0, repaired: 1 })
  })

  test('gives what `otherwise` says where it does not help', () => {
    const of = (otherwise: RepairVerdict['otherwise'] | undefined, more: CheckOptions = {}) => {
      const { passed, aside, counts } = judged(
        [
          matches('k', shout, {
            ...more,
            verdict: { repair: upperCase(), ...(otherwise === undefined ? {} : { otherwise }) },
          }),
        ],
        [batchOf([['a1', 1, 1]])],
      )
      return [passed.length, aside.length, counts.dropped, counts.warned, passed[0]?.[0]]
    }
    expect(of(undefined)).toEqual([0, 1, 0, 0, undefined])
    expect(of('halt')).toEqual([0, 1, 0, 0, undefined])
    expect(of('drop')).toEqual([0, 0, 1, 0, undefined])
    // What goes on is what was judged last.
    expect(of('warn')).toEqual([1, 0, 0, 1, 'A1'])
    expect(of(undefined, { severity: 'info' })).toEqual([1, 0, 0, 1, 'A1'])
  })

  test('that breaks another rule is a violation of that rule, with its verdict', () => {
    const found = judged(
      [
        between('v', 0, 5, { verdict: { repair: clamp(0, 5) } }),
        expression('not five', (d: { v: number }) => d.v !== 5, { verdict: 'drop' }),
        notNull('k', { verdict: { repair: defaultTo('x') } }),
        notNull('v', { verdict: 'quarantine' }),
      ],
      [
        batchOf([
          ['a', 9, 1],
          [null, 1, 2],
          ['b', -1, 3],
        ]),
      ],
    )
    expect(found.passed).toEqual([
      ['x', 1, 2],
      ['b', 0, 3],
    ])
    expect(found.counts).toMatchObject({ rowsIn: 3, rowsOut: 2, dropped: 1, repaired: 2 })
    expect(found.checks['not five']).toEqual({ failed: 1, verdict: 'drop' })
    // The rule itself was mended in both rows; the dropped one is told nowhere.
    expect(found.repaired).toEqual({ 'between(v, 0, 5)': 2, 'notNull(k)': 1 })
    expect(found.repairs.map(({ row }) => row)).toEqual([1, 2])
  })

  test('may mend what another rule would have condemned', () => {
    const found = judged(
      [notNull('k', { verdict: 'drop' }), oneOf('v', [1], { verdict: { repair: defaultTo('?', { columns: 'k' }) } })],
      [
        batchOf([
          [null, 1, 1],
          [null, 2, 2],
        ]),
      ],
    )
    expect(found.aside).toMatchObject([{ k: null, v: 2, _reasons: "oneOf(v, 1); tried defaultTo('?')" }])
    expect(found.counts).toMatchObject({ dropped: 1, quarantined: 1 })
    expect(found.repaired).toEqual({ 'notNull(k)': 1 })
  })

  test('composes with others of the same cell by the names of their checks; other cells are seen as they came', () => {
    const checks = [
      expression('b', (d: { k: string }) => d.k === '', { verdict: { repair: named('b', 'k', (v) => `${v}b`) } }),
      expression('a', (d: { k: string }) => d.k === '', { verdict: { repair: named('a', 'k', (v) => `${v}a`) } }),
      expression('c', (d: { k: string }) => d.k.length > 1, {
        verdict: {
          repair: defineRepair({
            name: 'seen',
            cells: z.number(),
            cell: (value, _, row) => value + String(row['k']).length,
          })({ columns: 'v' }),
          otherwise: 'warn',
        },
      }),
    ]
    const found = judged(
      checks.map((check) => ({ ...check, ...(check.name === 'c' ? {} : { severity: 'info' as const }) })),
      [batchOf([['x', 1, 1]])],
    )
    expect(found.passed).toEqual([['xab', 2, 1]])
  })

  test('sees absent cells where its code wants to, and may look at the row', () => {
    const fill = (value: string | null, row: { n: number }) => value ?? `no ${row.n}`
    const found = judged([notNull('k', { verdict: { repair: fill } })], [batchOf([[null, 1, 7]])])
    expect(found.passed).toEqual([['no 7', 1, 7]])
    expect(found.repairs).toMatchObject([{ before: null, after: 'no 7', repair: 'fill' }])
  })

  test('makes a column nullable where it takes a value away', () => {
    const strict = { fields: schema.fields.map((field) => ({ ...field, nullable: false })) }
    const gate = gateOf([between('v', 0, 5, { verdict: { repair: nullify() } })])
    const of = (...values: number[]) =>
      gate.judge({ ...batchOf(values.map((v) => ['a', v, 1] as const)), schema: strict }).passed.schema
    expect(of(1, 9).fields.map(({ nullable }) => nullable)).toEqual([false, true, false])
    expect(of(1, 9)).toBe(of(8))
    expect(of(1)).toBe(strict)
  })

  test('gives a column of nothing but absent cells its first type', () => {
    const nothing = { fields: [{ name: 'k', type: types.null, nullable: true }] }
    const column = new ValuesColumn(types.null, [null, null], new Uint8Array(1))
    const gate = gateOf([notNull('k', { verdict: { repair: defaultTo('x') } })])
    const { passed } = gate.judge({ schema: nothing, length: 2, columns: [column] })
    expect([passed.schema.fields[0]?.type, cellsOf(passed)]).toEqual([types.string, [['x'], ['x']]])
  })

  test('keeps the type of its column, and says who does not', () => {
    const fails = (repair: RepairVerdict['repair'], column: 'k' | 'v' | 'n' = 'k') => {
      const gate = gateOf([notNull(column, { verdict: { repair } })])
      try {
        gate.judge(batchOf([[null, null, null]]))
      } catch (error) {
        return error
      }
      return undefined
    }
    const badly = (repair: Partial<Repair>): Repair => ({
      point: 'repair',
      name: 'odd()',
      version: 1,
      parameters: null,
      reads: 'cell',
      compile: () => () => [],
      ...repair,
    })
    expect(fails(() => 5)).toMatchObject({
      code: 'REPAIR_FAILED',
      message: 'Node "n", check notNull(k): the repair function of "k": Column "k", row 0: 5 (number) is no string.',
      data: { node: 'n', check: 'notNull(k)', repair: 'function', column: 'k', row: 0 },
    })
    expect(fails(() => 1.5, 'n')).toMatchObject({
      code: 'REPAIR_FAILED',
      message: expect.stringMatching(/without loss/),
    })
    expect(
      fails(function oops() {
        throw new Error('I cannot')
      }),
    ).toMatchObject({
      message: 'Node "n", check notNull(k): the repair oops of "k": I cannot',
      hint: expect.any(String),
    })
    expect(fails(badly({}))).toMatchObject({ message: expect.stringMatching(/odd\(\) gave 0 cells for 1$/) })
    expect(fails(badly({ compile: () => () => buildColumn(types.float64, [1], { column: 'k' }) }))).toMatchObject({
      message: expect.stringMatching(/gave float64, but "k" is string, and a column keeps its type/),
    })
    expect(fails(badly({ columns: ['q'] }))).toMatchObject({
      code: 'COLUMN_MISSING',
      hint: expect.stringMatching(/k, v, n/),
    })
    expect(fails(trim(), 'v')).toMatchObject({ code: 'SCHEMA_MISMATCH', message: expect.stringMatching(/mends text/) })
  })

  test('hides the cells of tagged columns in its errors', () => {
    const tagged = { fields: schema.fields.map((field) => ({ ...field, meta: { tags: ['pii'] } })) }
    const gate = gateOf([
      notNull('k', {
        verdict: {
          repair: (_: string | null, row: { v: number }) => {
            throw new Error(`it was ${row.v}`)
          },
        },
      }),
    ])
    const act = () => gate.judge({ ...batchOf([[null, 42, 1]]), schema: tagged })
    expect(act).toThrow(/threw \(hidden: pii\)/)
    expect(act).toThrow(expect.not.objectContaining({ cause: expect.anything() }))
  })
})

function named(name: string, column: string, mend: (value: string) => string): Repair {
  return defineRepair({ name, cells: z.string(), cell: mend })({ columns: column })
}

// ---- the same, row by row and without the engine

type Row = Record<'k' | 'v' | 'n', string | number | null>
interface Rule {
  readonly name: string
  readonly check: (options: CheckOptions) => Check<never>
  readonly fails: (row: Row) => boolean
  readonly column: 'k' | 'v' | 'n'
}
const rules: readonly Rule[] = [
  { name: 'notNull(k)', column: 'k', check: (o) => notNull('k', o), fails: ({ k }) => k === null },
  {
    name: 'matches(k, /^[A-Z]+$/)',
    column: 'k',
    check: (o) => matches('k', shout, o) as never,
    fails: ({ k }) => k !== null && !shout.test(k as string),
  },
  {
    name: "oneOf(k, 'A' | 'AB')",
    column: 'k',
    check: (o) => oneOf('k', ['A', 'AB'], o) as never,
    fails: ({ k }) => k !== null && k !== 'A' && k !== 'AB',
  },
  {
    name: 'between(v, 0, 5)',
    column: 'v',
    check: (o) => between('v', 0, 5, o) as never,
    fails: ({ v }) => v !== null && !((v as number) >= 0 && (v as number) <= 5),
  },
  { name: 'notNull(v)', column: 'v', check: (o) => notNull('v', o), fails: ({ v }) => v === null },
  {
    name: 'between(n, 0, 3)',
    column: 'n',
    check: (o) => between('n', 0, 3, o) as never,
    fails: ({ n }) => n !== null && !((n as number) >= 0 && (n as number) <= 3),
  },
]

interface Mend {
  readonly repair: Repair | ((value: never, row: never) => unknown)
  readonly label: string
  readonly on: (value: string | number | null, row: Row) => string | number | null
}
const text =
  (mend: (value: string) => string | null): Mend['on'] =>
  (value) =>
    value === null ? null : mend(value as string)
const texts: readonly Mend[] = [
  { repair: trim(), label: 'trim()', on: text((value) => value.trim()) },
  { repair: upperCase(), label: 'upperCase()', on: text((value) => value.toUpperCase()) },
  { repair: lowerCase(), label: 'lowerCase()', on: text((value) => value.toLowerCase()) },
  { repair: defaultTo('A'), label: "defaultTo('A')", on: (value) => value ?? 'A' },
  { repair: setTo('AB'), label: "setTo('AB')", on: () => 'AB' },
  {
    repair: replace({ 'a b': 'AB', B: null }),
    label: 'replace({"B":null,"a b":"AB"})',
    on: text((value) => (value === 'a b' ? 'AB' : value === 'B' ? null : value)),
  },
  {
    repair: function byRow(value: string | null, row: { n: number | null }) {
      return row.n === null ? value : `${value ?? ''}A`
    } as never,
    label: 'byRow',
    on: (value, row) => (row.n === null ? value : `${value ?? ''}A`),
  },
]
const numbers: readonly Mend[] = [
  {
    repair: clamp(0, 5),
    label: 'clamp(0, 5)',
    on: (v) => (v === null ? null : Number.isNaN(v) ? v : Math.min(5, Math.max(0, v as number))),
  },
  { repair: nullify(), label: 'nullify()', on: () => null },
  { repair: defaultTo(1), label: 'defaultTo(1)', on: (v) => v ?? 1 },
  { repair: replace([[9, 2]]), label: 'replace([[9,2]])', on: (v) => (v === 9 ? 2 : v) },
  { repair: round(), label: 'round()', on: (v) => (typeof v === 'number' && Math.abs(v) === 0.5 ? Math.sign(v) : v) },
]

const written = (cell: string | number | null) => (cell === null ? null : Object.is(cell, -0) ? '-0' : String(cell))

interface Chosen {
  readonly rule: Rule
  readonly verdict: 'quarantine' | 'drop' | 'warn'
  readonly mends: readonly Mend[]
}

function naive(chosen: readonly Chosen[], rows: readonly Cells[]) {
  const byName = [...chosen].sort((a, b) => (a.rule.name < b.rule.name ? -1 : 1))
  const passed: unknown[][] = []
  const aside: { row: number; cells: unknown[]; reasons: string[]; tried: string[] }[] = []
  const repairs: unknown[][] = []
  const counts = { rowsIn: rows.length, rowsOut: 0, quarantined: 0, dropped: 0, warned: 0, repaired: 0 }
  const failedOf: Record<string, number> = {}
  const repairedOf: Record<string, number> = {}
  rows.forEach(([k, v, n], index) => {
    const came: Row = { k, v, n }
    const now: Row = { ...came }
    const first = chosen.filter(({ rule }) => rule.fails(came))
    const told: unknown[][] = []
    const tried: string[] = []
    for (const { rule, mends } of byName.filter((one) => first.includes(one))) {
      for (const { label, on } of mends) {
        const before = now[rule.column]
        const after = on(before, came)
        tried.push(label)
        if (!Object.is(before, after))
          told.push([index, rule.column, written(before), written(after), rule.name, label])
        now[rule.column] = after
      }
    }
    const failed = tried.length === 0 ? first : chosen.filter(({ rule }) => rule.fails(now))
    for (const { rule } of failed) failedOf[rule.name] = (failedOf[rule.name] ?? 0) + 1
    for (const { rule } of first)
      if (tried.length > 0 && !rule.fails(now)) repairedOf[rule.name] = (repairedOf[rule.name] ?? 0) + 1
    if (failed.some(({ verdict }) => verdict === 'quarantine')) {
      counts.quarantined++
      aside.push({ row: index, cells: [k, v, n], reasons: failed.map(({ rule }) => rule.name).sort(), tried })
    } else if (failed.some(({ verdict }) => verdict === 'drop')) counts.dropped++
    else {
      counts.rowsOut++
      if (failed.length > 0) counts.warned++
      if (told.length > 0) counts.repaired++
      repairs.push(...told)
      passed.push([now.k, now.v, now.n])
    }
  })
  return { passed, aside, repairs, counts, failedOf, repairedOf }
}

const rowsArbitrary = fc.array(
  fc.tuple(
    fc.constantFrom(null, 'A', 'AB', ' AB', 'a b', 'B', '', 'ß', '😀'),
    fc.constantFrom(null, 0, -0, 1, 5, 9, 0.5, -0.5, Number.NaN),
    fc.constantFrom(null, 0, 3, 9, -2),
  ),
  { maxLength: 12 },
)
const chosenArbitrary = fc.shuffledSubarray([...rules]).chain((some) =>
  fc.tuple(
    ...some.map((rule) =>
      fc.record({
        rule: fc.constant(rule),
        verdict: fc.constantFrom('quarantine' as const, 'drop' as const, 'warn' as const),
        mends: fc.oneof(
          fc.constant([]),
          fc.shuffledSubarray(rule.column === 'k' ? [...texts] : [...numbers], { maxLength: 3 }),
        ),
      }),
    ),
  ),
)

const checksOf = (chosen: readonly Chosen[]) =>
  chosen.map(({ rule, verdict, mends }) =>
    rule.check({
      verdict: mends.length === 0 ? verdict : { repair: mends.map(({ repair }) => repair), otherwise: verdict },
    }),
  )

describe('for all rules, verdicts and rows', () => {
  test('the gate does what a naive reading row by row does, however rows are cut into batches and encoded', () => {
    fc.assert(
      fc.property(
        chosenArbitrary,
        rowsArbitrary,
        fc.constantFrom('dictionary' as const, 'bytes' as const, 'values' as const),
        fc.integer({ min: 1, max: 13 }),
        (chosen, rows, encoding, size) => {
          const whole = batchOf(rows, encoding)
          const batches = Array.from({ length: Math.ceil(rows.length / size) }, (_, i) =>
            sliceBatch(whole, i * size, Math.min(rows.length, (i + 1) * size)),
          )
          const found = judged(checksOf(chosen), batches)
          const expected = naive(chosen, rows)
          expect(found.passed).toEqual(expected.passed)
          expect(
            found.repairs.map(({ row, column, before, after, rule, repair }) => [
              row,
              column,
              before,
              after,
              rule,
              repair,
            ]),
          ).toEqual(expected.repairs)
          expect({ repaired: 0, ...found.counts }).toEqual(expected.counts)
          expect(found.repaired).toEqual(expected.repairedOf)
          expect(
            Object.fromEntries(
              Object.entries(found.checks)
                .filter(([, { failed }]) => failed > 0)
                .map(([name, { failed }]) => [name, failed]),
            ),
          ).toEqual(expected.failedOf)
          expect(
            found.aside.map(({ k, v, n, _row, _reasons }) => {
              const [, reasons = '', tried = ''] = /^(.*?)(?:; tried (.*))?$/s.exec(String(_reasons)) ?? []
              return {
                row: _row,
                cells: [k, v, n],
                reasons: reasons.split('; ').sort(),
                tried: tried === '' ? [] : tried.split(/, (?=\w+(?:\(|$|,))/),
              }
            }),
          ).toEqual(expected.aside)
        },
      ),
      { numRuns: 400 },
    )
  })

  test('the order of rules changes nothing', () => {
    fc.assert(
      fc.property(
        chosenArbitrary.chain((chosen) =>
          fc.tuple(fc.constant(chosen), fc.shuffledSubarray([...chosen], { minLength: chosen.length })),
        ),
        rowsArbitrary,
        ([chosen, other], rows) => {
          const of = (some: readonly Chosen[]) => {
            const { aside, ...rest } = judged(checksOf(some), [batchOf(rows)])
            return {
              ...rest,
              aside: aside.map((row) => ({ ...row, _reasons: String(row['_reasons']).split('; ').sort() })),
            }
          }
          expect(of(other)).toEqual(of(chosen))
        },
      ),
    )
  })
})
