import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { readChecks, types } from 'tidegate'
import { afterAll, describe, expect, it } from 'vitest'
import { profile, type Suggestion, suggest, suggestChecks, writeTypeScript, writeYaml } from '../src/index.ts'
import { checkOf } from '../src/suggest/checks.ts'
import { roundOutward } from '../src/suggest/round.ts'
import { batchOf, dice, pieces } from './rows.ts'

const folder = mkdtempSync(join(tmpdir(), 'tidegate-suggest-'))
afterAll(() => rmSync(folder, { recursive: true }))

const random = dice(9)
const rows = 1000
const of = <V>(make: (row: number) => V) => Array.from({ length: rows }, (_, row) => make(row))
const orders = batchOf({
  id: [types.int32, of((row) => row + 1)],
  city: [types.string, of((row) => ['Oslo', 'Rome', "L'Aquila"][row % 3])],
  amount: [types.float64, of(() => 3.2 + random() * 980)],
  code: [types.string, of((row) => `AB-${String(row % 500).padStart(3, '0')}`)],
  mail: [types.string, of((row) => `user${row}@example.com`)],
  note: [types.string, of((row) => (row % 50 === 0 ? null : `some words about row ${row}`))],
  half: [types.float64, of((row) => (row % 2 === 0 ? null : row / 7))],
})
const calls = ({ suggestions }: { readonly suggestions: readonly Suggestion[] }) =>
  suggestions.map(({ rule }) => checkOf(rule).name)

describe('suggested rules', () => {
  it('are those that a person would write', async () => {
    const found = await suggestChecks(() => pieces(orders, [300]))
    expect(calls(found)).toEqual([
      'notNull(id)',
      'notNull(city)',
      checkOf({ check: 'oneOf', column: 'city', values: ["L'Aquila", 'Oslo', 'Rome'] }).name,
      'notNull(amount)',
      'between(amount, 0, 1000)',
      'notNull(code)',
      'matches(code, /^[A-Z]{2}-\\d{3}$/)',
      'notNull(mail)',
      'matches(mail, /^[^\\s@]+@[^\\s@.]+(?:\\.[^\\s@.]+)+$/)',
      'notNull(note)',
      'unique(id)',
      'unique(mail)',
      'rowCount(400)',
    ])
    expect(found.heldOut).toBeGreaterThan(150)
    expect(found.heldOut).toBeLessThan(250)
    for (const { confidence, evidence } of found.suggestions) {
      expect(confidence).toBeGreaterThan(0)
      expect(confidence).toBeLessThan(1)
      expect(evidence).not.toBe('')
    }
  })

  it('do not depend on where batches end', async () => {
    expect(await suggestChecks(() => pieces(orders, [7, 64]))).toEqual(await suggestChecks(() => orders))
  })

  it('are not drawn from tiny evidence', async () => {
    expect(suggest(await profile(pieces(orders, [99]).slice(0, 1)))).toEqual([])
    expect(suggest(await profile([]))).toEqual([])
  })

  it('are dropped where held-out rows break them', async () => {
    const values = of((row) => (row % 997) % 100)
    const plain = batchOf({ x: [types.int32, values] })
    const before = await suggestChecks(() => plain)
    expect(calls(before)).toContain('between(x, 0, 100)')
    // Each row in turn is an outlier: where it is held out the rule goes, where it is not the rule grows.
    let went = 0
    for (const outlier of [3, 50, 111, 222, 333, 444, 555, 666, 777, 888, 901, 999]) {
      const found = await suggestChecks(() => batchOf({ x: [types.int32, values.with(outlier, 5000)] }))
      const dropped = found.dropped.filter(({ suggestion }) => suggestion.rule.check === 'between')
      if (dropped.length > 0) {
        went++
        expect(dropped[0]?.why).toMatch(/^1 of \d+ held-out rows fail$/)
        expect(calls(found).some((name) => name.startsWith('between'))).toBe(false)
      } else expect(calls(found)).toContain('between(x, 0, 5000)')
    }
    expect(went).toBeGreaterThan(0)
  })

  it('allow for a few nulls, and hold for every row', async () => {
    const sparse = batchOf({ x: [types.int32, of((row) => (row % 40 === 0 ? null : row % 90))] })
    const { suggestions } = await suggestChecks(() => sparse)
    const [first] = suggestions
    expect(first?.rule).toMatchObject({ check: 'notNull', column: 'x' })
    expect(first?.rule).toHaveProperty('atLeast', first?.confidence)
    expect(first?.confidence).toBeGreaterThan(0.9)
    expect(first?.confidence).toBeLessThan(0.975)
  })

  it('show no value of a masked column', async () => {
    const given = { meta: { tags: ['pii'] } }
    const made = batchOf({
      age: [types.int32, of((row) => row % 77), given],
      city: [types.string, of((row) => ['Oslo', 'Rome'][row % 2]), given],
    })
    expect(calls(await suggestChecks(() => made))).toEqual(['notNull(age)', 'notNull(city)', 'rowCount(400)'])
  })

  it('leave out what is less sure than asked for', async () => {
    const found = await suggestChecks(() => orders, { confidence: 0.9 })
    expect(calls(found)).not.toContain('rowCount(400)')
    expect(calls(found)).toContain('unique(id)')
  })

  it('tell keys only where they were tried', async () => {
    const found = await suggestChecks(() => orders, { keyRows: 10 })
    expect(found.dropped.map(({ why }) => why)).toContain('more than 10 rows: uniqueness was not tried')
    expect(calls(found).some((name) => name.startsWith('unique'))).toBe(false)
  })
})

describe('bounds', () => {
  it('are rounded outward to what a person writes', () => {
    expect(roundOutward(0.13, 998.7)).toEqual({ min: 0, max: 1000 })
    expect(roundOutward(17, 93)).toEqual({ min: 10, max: 100 })
    expect(roundOutward(-0.34, 0.29)).toEqual({ min: -0.4, max: 0.3 })
    expect(roundOutward(1990, 2024)).toEqual({ min: 1990, max: 2030 })
  })
  it('always hold the range', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, min: -1e12, max: 1e12 }),
        fc.double({ noNaN: true, min: 0, max: 1e12 }),
        (low, span) => {
          const { min, max } = roundOutward(low, low + span)
          expect(min <= low && low + span <= max).toBe(true)
        },
      ),
    )
  })
})

describe('written rules', () => {
  const name = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.constantFrom(
      "a'b",
      'a"b',
      'a\nb',
      'a\\',
      '*/ x',
      '# x',
      'true',
      '- x',
      'a: b',
      '\u2028',
      '1',
      'null',
      '{x}',
      '&x',
    ),
  )
  const rule = fc.oneof(
    fc.record({ check: fc.constant('notNull' as const), column: name }),
    fc.record({
      check: fc.constant('between' as const),
      column: name,
      min: fc.constantFrom(-1_000_000, -0.5, 0),
      max: fc.constantFrom(0.25, 123_456),
    }),
    fc.record({
      check: fc.constant('oneOf' as const),
      column: name,
      values: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
    }),
    fc.record({
      check: fc.constant('matches' as const),
      column: name,
      pattern: fc.constantFrom(/^[A-Z]+\/\d$/, /^"x'\\$/i),
    }),
    fc.record({ check: fc.constant('unique' as const), columns: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }) }),
    fc.record({ check: fc.constant('rowCount' as const), min: fc.nat() }),
  )
  const suggestion = fc.record({ rule, confidence: fc.constant(0.9987), evidence: name })

  it('come back as the same checks, whatever columns and values are named', async () => {
    let n = 0
    await fc.assert(
      fc.asyncProperty(fc.array(suggestion, { minLength: 1, maxLength: 5 }), async (suggestions) => {
        const wanted = suggestions.map(({ rule: of }) => checkOf(of))
        const facts = (checks: readonly unknown[]) => JSON.stringify(checks)
        const yaml = join(folder, `${++n}.yaml`)
        writeFileSync(yaml, writeYaml(suggestions))
        expect(facts(await readChecks(yaml, folder))).toBe(facts(wanted))
        // The module without its import: names are given to it instead, since the folder lies outside of every project.
        const code = writeTypeScript(suggestions)
          .replace(/^import .*\n\n/, '')
          .replace('export default', 'return')
        const core = await import('tidegate')
        const words = ['between', 'matches', 'notNull', 'oneOf', 'rowCount', 'unique'] as const
        const made = new Function(...words, code)(...words.map((word) => core[word])) as unknown[]
        expect(facts(made)).toBe(facts(wanted))
      }),
      { numRuns: 60 },
    )
  })

  it('leave out of YAML what YAML takes for code', () => {
    const odd: Suggestion = {
      rule: { check: 'oneOf', column: 'x', values: ['./a.ts#b'] },
      confidence: 0.9,
      evidence: 'e',
    }
    expect(writeYaml([odd])).toBe('# oneOf: write this rule in TypeScript, where a name is no reference to code\n[]\n')
  })
})
