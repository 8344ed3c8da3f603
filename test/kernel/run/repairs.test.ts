import { clamp, defaultTo, trim, upperCase } from '@tidegate/checks'
import {
  between,
  type Check,
  count,
  each,
  isTidegateError,
  matches,
  type Node,
  notNull,
  type RepairVerdict,
  rollup,
  rowCount,
  step,
  table,
  unique,
  validate,
} from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openOutput } from '../../../src/kernel/run/dataset.ts'
import { gcIn, Line, lines, linesOf, type Ran, runIn, thrown, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'

const shout = /^[A-Z]+$/

function pipelineOf(
  own: ReturnType<typeof world>,
  verdict: RepairVerdict = { repair: [trim(), upperCase()] },
  more: Record<string, unknown> = {},
) {
  const src = linesOf(own)
  const clean = each({ from: src, run: (t) => t, expect: [matches('k', shout, { verdict })], ...more })
  const told = each({ from: clean.repairs, run: (t) => t.select('part', 'row', 'before', 'after', 'repair') })
  return { src, clean, told } as Record<string, Node> & { src: Node; clean: Node; told: Node }
}

async function cellsOf({ outcome }: Ran, node = 'clean') {
  const section = outcome.states.get(node)?.section
  const found: unknown[] = []
  if (section === undefined) return found
  for await (const batch of openOutput(outcome.engine.store, section, 'repairs').batches())
    for (let row = 0; row < batch.length; row++) found.push(batch.columns.map((column) => column.at(row)))
  return found
}

describe('a node whose checks repair', () => {
  test('keeps every repaired cell with its part, row, rule and repair, as an output that further nodes read', async () => {
    const own = world({ a: lines([1, 'A', 1], [2, ' b ', 2]), b: lines([3, 'c1', 3], [4, 'd', 4]) })
    const ran = await runIn(await folder(), pipelineOf(own))
    expect(ran.error).toBeUndefined()
    expect((await ran.rows('clean')).map(({ k }) => k)).toEqual(['A', 'B', 'D'])
    expect(await ran.rows('clean', 'quarantine')).toMatchObject([
      { k: 'c1', _part: 'b', _row: 0, _reasons: 'matches(k, /^[A-Z]+$/); tried trim(), upperCase()' },
    ])
    const told = [
      { part: 'a', row: 1, before: ' b ', after: 'b', repair: 'trim()' },
      { part: 'a', row: 1, before: 'b', after: 'B', repair: 'upperCase()' },
      { part: 'b', row: 1, before: 'd', after: 'D', repair: 'upperCase()' },
    ]
    expect(await ran.rows('told')).toEqual(told)
    expect(await cellsOf(ran)).toHaveLength(3)
    const section = ran.outcome.states.get('clean')?.section
    expect(section?.counts).toEqual({ rowsIn: 4, rowsOut: 3, quarantined: 1, dropped: 0, warned: 0, repaired: 2 })
    expect(section?.checks).toMatchObject([
      { failed: 1, repaired: 2, of: 4, pass: true, observed: '1 of 4 rows failed, 2 repaired' },
    ])
    expect(ran.events.find((event) => event.type === 'node.finished' && event.node === 'clean')).toMatchObject({
      repaired: 2,
    })
  })

  test('repairs a part once: its record names the run that did, and garbage collection keeps what it tells', async () => {
    const own = world({ a: lines([1, 'a', 1]) })
    const place = await folder()
    const runs = ({ outcome }: Ran) =>
      outcome.states.get('clean')?.section?.parts.map(({ record }) => record.repairs?.runId)
    const first = await runIn(place, pipelineOf(own))
    own.parts['b'] = lines([2, 'b', 1], [3, 'C', 1])
    const second = await runIn(place, pipelineOf(own))
    expect(runs(second)).toEqual([runs(first)?.[0], second.outcome.engine.settings.runId])
    expect(second.events.find((event) => event.type === 'node.finished' && event.node === 'told')).toMatchObject({
      status: 'committed',
    })
    await gcIn(place, pipelineOf(own), { entries: 1 })
    const third = await runIn(place, pipelineOf(own))
    expect(third.status('clean')).toBe('up to date')
    expect(await cellsOf(third)).toHaveLength(2)
  })

  test('is computed again when a repair has other parameters, and only then', async () => {
    const own = world({ a: lines([1, 'A', 9]) })
    const place = await folder()
    const of = (max: number, otherwise?: 'drop') => {
      const verdict = { repair: clamp(0, max), ...(otherwise === undefined ? {} : { otherwise }) }
      const src = linesOf(own)
      return { src, clean: each({ from: src, run: (t) => t, expect: [between('v', 0, 8, { verdict })] }) }
    }
    const status = async (nodes: Record<string, Node>) => {
      const ran = await runIn(place, nodes)
      return [ran.status('clean'), (await ran.rows('clean'))[0]?.['v']]
    }
    expect(await status(of(5))).toEqual(['committed', 5])
    expect(await status(of(5))).toEqual(['up to date', 5])
    expect(await status(of(6))).toEqual(['committed', 6])
    expect((await status(of(9, 'drop')))[1]).toBeUndefined()
  })

  test('judges thresholds by what repairs leave, and halts where they leave too much', async () => {
    const own = world({ a: lines([1, 'a', 1], [2, 'b', 1], [3, '3', 1]) })
    const of = (atMost: number) => {
      const src = linesOf(own)
      const check = matches('k', shout, { atMost, verdict: { repair: upperCase() } })
      return { src, clean: each({ from: src, run: (t) => t, expect: [check] }) }
    }
    expect((await runIn(await folder(), of(1))).error).toBeUndefined()
    expect((await runIn(await folder(), of(0))).error).toMatchObject({
      code: 'GATE_HALTED',
      message: expect.stringMatching(/1 of 3 rows failed, 2 repaired, at most 0 may fail/),
    })
  })

  test('repairs at sources, in whole-table steps and behind roll-ups', async () => {
    const own = world({ a: lines([1, 'a', null], [2, 'a', 4], [3, 'b', 5]) })
    const src = linesOf(own, { expect: [notNull('v', { verdict: { repair: defaultTo(0) } })] })
    const totals = rollup({
      from: src,
      by: ['k'],
      measure: { n: count() },
      expect: [between('n', 0, 1, { verdict: { repair: clamp(0, 1) } })],
    })
    const best = step({
      from: src,
      run: (t) => t.select('id', 'k'),
      expect: [matches('k', shout, { verdict: { repair: upperCase() } }) as never],
    })
    const ran = await runIn(await folder(), { src, totals, best: best as Node })
    expect(ran.error).toBeUndefined()
    expect((await ran.rows('src')).map(({ v }) => v)).toEqual([0, 4, 5])
    expect(await ran.rows('totals')).toEqual([
      { k: 'a', n: 1 },
      { k: 'b', n: 1 },
    ])
    expect((await ran.rows('best')).map(({ k }) => k)).toEqual(['A', 'A', 'B'])
    expect((await cellsOf(ran, 'totals')).map((cells) => (cells as unknown[]).slice(3))).toEqual([
      ['n', '2', '1', 'between(n, 0, 1)', 'clamp(0, 1)'],
    ])
    expect(await cellsOf(ran, 'src')).toHaveLength(1)
  })

  test('says in its lineage that a column is repaired, and that a cell which code made of the row may come from every column', async () => {
    const own = world({ a: lines([1, 'a', 1]) })
    const howOf = async (repair: RepairVerdict['repair']) => {
      const ran = await runIn(await folder(), pipelineOf(own, { repair }))
      return ran.outcome.states.get('clean')?.section?.lineage.find(({ column }) => column === 'k')
    }
    expect(await howOf(upperCase())).toMatchObject({
      how: 'derived',
      sources: [{ column: 'k' }],
      expression: expect.stringContaining('upperCase()'),
    })
    expect(await howOf((_: string, row: { id: number }) => `X${'Y'.repeat(row.id)}`)).toMatchObject({
      how: 'opaque',
      sources: [{ column: 'id' }, { column: 'k' }, { column: 'v' }],
    })
  })
})

describe('a repair that cannot work is found before data is read', () => {
  const refused = async (expected: Check<never>[], more: Record<string, unknown> = {}) => {
    const own = world({ a: lines([1, 'a', 1]) })
    const src = linesOf(own)
    const clean = each({ from: src, run: (t) => t, expect: expected as never, ...(more as object) }) as Node
    const nodes = { src, clean }
    const error = await runIn(await folder(), nodes).then(
      (ran) => ran.error,
      (thrown: unknown) => thrown,
    )
    expect(own.opened).toEqual([])
    if (!isTidegateError(error)) throw error ?? new Error('it was expected to fail')
    return `${error.code}: ${error.message} ${error.hint}`
  }
  const verdict = (repair: unknown) => ({ verdict: { repair } }) as never

  test('for what it mends', async () => {
    expect(await refused([notNull('k', verdict(trim({ columns: 'q' })))])).toMatch(
      /COLUMN_MISSING: Node "clean", check notNull\(k\): trim\(\) repairs the column "q"/,
    )
    expect(await refused([notNull('v', verdict(trim()))])).toMatch(
      /SCHEMA_MISMATCH: .*"v" is float64, but it mends text/,
    )
    expect(await refused([notNull('id', verdict(clamp(0.2, 0.4)))])).toMatch(/no integer lies between/)
  })

  test('for where it stands', async () => {
    expect(await refused([rowCount(1, 2, verdict(trim()))])).toMatch(/CONFIG_INVALID.*it names no rows/s)
    expect(await refused([unique('id', verdict(trim()))])).toMatch(/decided over the whole dataset, after repairs/)
    expect(await refused([notNull('k', verdict([]))])).toMatch(/the list of repairs is empty/)
    expect(await refused([notNull('k', verdict('trim'))])).toMatch(/"trim" is no repair/)
    expect(await refused([notNull('k', { verdict: { repair: trim(), otherwise: 'mend' } } as never)])).toMatch(/"mend"/)
    expect(await refused([notNull('k', { verdict: { repair: trim(), else: 'drop' } } as never)])).toMatch(
      /unknown option "else"/,
    )
    expect(await refused([], { otherwise: { repair: trim() } })).toMatch(/a repair is the verdict of a check/)
  })

  test('for keys of a roll-up, which is sorted by them', async () => {
    const src = linesOf(world({ a: lines([1, 'a', 1]) }))
    const totals = rollup({
      from: src,
      by: ['k'],
      measure: { n: count() },
      expect: [matches('k', shout, { verdict: { repair: upperCase() } })],
    })
    const error = await thrown(runIn(await folder(), { src, totals }))
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(/a key of the roll-up/) })
  })
})

test('`validate` repairs without a pipeline', async () => {
  const rows = table(Line, { id: [1, 2], k: [' a', 'b2'], v: [1, null] })
  const found = await validate(rows, [matches('k', shout, { verdict: { repair: [trim(), upperCase()] } })], {
    split: true,
  })
  expect(found.counts).toMatchObject({ rowsIn: 2, rowsOut: 1, quarantined: 1, repaired: 1 })
  expect(found.passed.array('k')).toEqual(['A'])
  expect(found.failed.array('k')).toEqual(['b2'])
  expect(found.outcomes).toMatchObject([{ failed: 1, repaired: 1 }])
})

test('a declared schema that forbids what a repair leaves makes it a violation', async () => {
  const src = linesOf(world({ a: lines([1, 'a', 1], [2, 'B', 9]) }))
  const clean = each({
    from: src,
    run: (t) => t,
    schema: z.object({ id: z.int32(), k: z.string(), v: z.number() }),
    expect: [between('v', 0, 5, { verdict: { repair: () => null } })],
    otherwise: 'quarantine',
  })
  const ran = await runIn(await folder(), { src, clean })
  expect(await ran.rows('clean', 'quarantine')).toMatchObject([
    { id: 2, v: 9, _reasons: 'schema: v is null; tried function' },
  ])
})

test('a repair that throws fails the run with the names of node, check and repair', async () => {
  const src = linesOf(world({ a: lines([1, 'a', 1]) }))
  const odd = (value: string) => {
    if (value === 'a') throw new Error('not that one')
    return value
  }
  const clean = each({ from: src, run: (t) => t, expect: [matches('k', shout, { verdict: { repair: odd } })] })
  const ran = await runIn(await folder(), { src, clean })
  expect(ran.error).toMatchObject({
    code: 'REPAIR_FAILED',
    message: 'Node "clean", check matches(k, /^[A-Z]+$/): the repair odd of "k": not that one',
  })
})
