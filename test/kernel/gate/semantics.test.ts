import {
  between,
  count,
  each,
  type Handlers,
  matches,
  type Node,
  notNull,
  type RowVerdict,
  rollup,
  rowCount,
  sum,
  unique,
  type Violation,
} from 'tidegate'
import { describe, expect, test } from 'vitest'
import { type Extra, lines, linesOf, type Ran, runIn, thrown, type World, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'

const parts = { a: lines([1, 'x', 1], [2, 'y', 99], [3, 'x', null]), b: lines([4, 'y', -5], [5, 'x', 5]) }
const limit = (options?: object) => between('v', 0, 50, options)
const name = 'between(v, 0, 50)'
const ids = async (ran: Ran, node = 'src', output: 'main' | 'quarantine' = 'main') =>
  (await ran.rows(node, output)).map((row) => row['id'])
const counts = (ran: Ran, node = 'src') => {
  const { rowsIn, rowsOut, quarantined, dropped, warned } = ran.outcome.states.get(node)?.section?.counts ?? {}
  return { rowsIn, rowsOut, quarantined, dropped, warned }
}

async function gateOf(options: Record<string, unknown>, extra: Extra = {}, own: World = world(parts)) {
  return runIn(await folder(), { src: linesOf(own, options) }, {}, extra)
}

describe('what happens to a failing row', () => {
  test("the check's own verdict comes first, then the node's otherwise, and null passes every rule but notNull", async () => {
    const own = await gateOf({ expect: [limit({ verdict: 'drop' })], otherwise: 'quarantine' })
    expect(counts(own)).toEqual({ rowsIn: 5, rowsOut: 3, quarantined: 0, dropped: 2, warned: 0 })
    const other = await gateOf({ expect: [limit()], otherwise: 'quarantine' })
    expect(counts(other)).toEqual({ rowsIn: 5, rowsOut: 3, quarantined: 2, dropped: 0, warned: 0 })
    const strict = await gateOf({ expect: [notNull('v')], otherwise: 'drop' })
    expect(await ids(strict)).toEqual([1, 2, 4, 5])
  })

  test('the default is halt: nothing is committed, the message shows a row, and the rows stand in quarantine', async () => {
    const ran = await gateOf({ expect: [limit()] })
    expect(ran.error).toMatchObject({
      code: 'GATE_HALTED',
      message: `The gate of "src" halted: ${name}: 2 of 5 rows failed (a, row 1: v = 99)`,
      hint: expect.stringMatching(/tidegate quarantine show src.*otherwise: 'quarantine'/),
      data: { node: 'src', checks: [{ name, failed: 2, of: 5, observed: '2 of 5 rows failed' }] },
    })
    expect(ran.status('src')).toBe('withheld')
    expect(await ids(ran, 'src', 'quarantine')).toEqual([2, 4])
    expect((await thrown(ran.rows('src'))).code).toBe('GATE_HALTED')
  })

  test('warn lets the row pass and counts it', async () => {
    const ran = await gateOf({ expect: [limit({ verdict: 'warn' })] })
    expect(ran.error).toBeUndefined()
    expect(counts(ran)).toEqual({ rowsIn: 5, rowsOut: 5, quarantined: 0, dropped: 0, warned: 2 })
    expect(
      ran.events
        .filter((event) => event.type === 'check.violated')
        .map((event) => [event.check, event.rows, event.of, event.verdict, event.phase]),
    ).toEqual([[name, 2, 5, 'warn', 'fold']])
  })

  test('the strongest verdict among the failed checks decides, and every failed check is a reason', async () => {
    const ran = await gateOf({
      expect: [
        limit({ verdict: 'drop' }),
        matches('k', /^x$/, { verdict: 'quarantine' }),
        between('id', 0, 1, { verdict: 'warn' }),
      ],
    })
    expect(counts(ran)).toEqual({ rowsIn: 5, rowsOut: 3, quarantined: 2, dropped: 0, warned: 2 })
    expect((await ran.rows('src', 'quarantine')).map((row) => row['_reasons'])).toEqual([
      `${name}; matches(k, /^x$/); between(id, 0, 1)`,
      `${name}; matches(k, /^x$/); between(id, 0, 1)`,
    ])
  })

  test('a quarantined row carries all columns, nullable, and where it came from', async () => {
    const ran = await gateOf({ expect: [limit()], otherwise: 'quarantine' })
    expect(await ran.rows('src', 'quarantine')).toEqual([
      {
        id: 2,
        k: 'y',
        v: 99,
        _key: expect.stringMatching(/^[0-9a-f]{32}$/),
        _reasons: name,
        _part: 'a',
        _row: 1,
        _raw: null,
      },
      {
        id: 4,
        k: 'y',
        v: -5,
        _key: expect.stringMatching(/^[0-9a-f]{32}$/),
        _reasons: name,
        _part: 'b',
        _row: 0,
        _raw: null,
      },
    ])
  })

  test('numbers of rows count over batches, and equal rows are numbered under the key of their content', async () => {
    const rows = Array.from({ length: 10 }, (_, i) => [i % 2, 'x', i === 7 || i === 9 ? 99 : 1] as const)
    const ran = await gateOf(
      { expect: [limit()], otherwise: 'quarantine' },
      { batchRows: 3 },
      world({ a: lines(...rows) }),
    )
    const bad = await ran.rows('src', 'quarantine')
    expect(bad.map((row) => row['_row'])).toEqual([7, 9])
    expect(bad[1]?.['_key']).toBe(`${bad[0]?.['_key']}-2`)
  })
})

describe('the hook of phase row', () => {
  /** Answers with `verdict` and notes what it was asked. */
  const hooks = (asked: Violation[], verdict: RowVerdict | undefined, phase = 'row'): Handlers => ({
    onQualityViolation(violation) {
      asked.push(violation)
      return violation.phase === phase ? verdict : undefined
    },
  })
  const phase = (asked: readonly Violation[], which: string) => asked.filter((violation) => violation.phase === which)

  test('is asked once, at the first violation only, and only where nobody else named a verdict', async () => {
    const asked: Violation[] = []
    const ran = await gateOf(
      { expect: [limit(), notNull('v', { verdict: 'drop' }), matches('k', /./)] },
      { hooks: hooks(asked, 'quarantine') },
    )
    expect(ran.error).toBeUndefined()
    expect(phase(asked, 'row')).toEqual([
      expect.objectContaining({ node: 'src', check: { name, columns: ['v'] }, rows: 0, of: 0 }),
    ])
    expect(phase(asked, 'fold').map(({ check, rows, of }) => [check.name, rows, of])).toEqual([
      [name, 2, 5],
      ['notNull(v)', 1, 5],
    ])
    expect(await ids(ran, 'src', 'quarantine')).toEqual([2, 4])
    const named: Violation[] = []
    await gateOf({ expect: [limit()], otherwise: 'drop' }, { hooks: hooks(named, 'quarantine') })
    expect(phase(named, 'row')).toEqual([])
  })

  test('without an answer the row halts', async () => {
    const ran = await gateOf({ expect: [limit()] }, { hooks: hooks([], undefined) })
    expect(ran.error).toMatchObject({ code: 'GATE_HALTED' })
  })

  test('has its answer recorded: the same one recomputes nothing, another one only the parts in which rows failed', async () => {
    const [place, own] = [await folder(), world({ ...parts, c: lines([6, 'x', 6]) })]
    const run = (verdict: RowVerdict) =>
      runIn(place, { src: linesOf(own, { expect: [limit()] }) }, {}, { hooks: hooks([], verdict) })
    await run('quarantine')
    expect(new Set(own.opened.splice(0))).toEqual(new Set(['a', 'b', 'c']))
    expect((await run('quarantine')).outcome.status).toBe('up to date')
    expect(own.opened.splice(0)).toEqual([])
    const ran = await run('drop')
    expect(new Set(own.opened.splice(0))).toEqual(new Set(['a', 'b']))
    expect(counts(ran)).toEqual({ rowsIn: 6, rowsOut: 4, quarantined: 0, dropped: 2, warned: 0 })
    const records = ran.outcome.states.get('src')?.section?.parts.map(({ record }) => record.answers)
    expect(records).toEqual([{ [name]: 'drop' }, { [name]: 'drop' }, {}])
  })

  test('is asked for roll-ups and for checks that condemn rows as well', async () => {
    const asked: Violation[] = []
    const src = linesOf(world(parts), { expect: [unique('k')] })
    const totals = rollup({
      from: src,
      by: ['k'],
      measure: { n: count(), total: sum('v') },
      expect: [between('total', 0, 3)],
    })
    const ran = await runIn(await folder(), { src, totals }, {}, { hooks: hooks(asked, 'quarantine') })
    expect(ran.error).toBeUndefined()
    expect(phase(asked, 'row').map(({ node, check }) => [node, check.name])).toEqual([['src', 'unique(k)']])
    expect(await ids(ran)).toEqual([])
    expect(await ids(ran, 'src', 'quarantine')).toEqual([1, 2, 3, 4, 5])
    const again: Violation[] = []
    const place = await folder()
    const source = linesOf(world(parts))
    const rolled = () =>
      rollup({ from: source, by: ['k'], measure: { total: sum('v') }, expect: [between('total', 0, 7)] })
    const first = await runIn(place, { source, rolled: rolled() }, {}, { hooks: hooks(again, 'quarantine') })
    expect(await first.rows('rolled')).toEqual([{ k: 'x', total: 6 }])
    const second = await runIn(place, { source, rolled: rolled() }, {}, { hooks: hooks(again, 'drop') })
    expect(counts(second, 'rolled')).toMatchObject({ rowsIn: 2, rowsOut: 1, quarantined: 0, dropped: 1 })
    expect(phase(again, 'row').map(({ node }) => node)).toEqual(['rolled', 'rolled'])
    const [other, doubled] = [await folder(), () => ({ src: linesOf(world(parts), { expect: [unique('k')] }) })]
    await runIn(other, doubled(), {}, { hooks: hooks([], 'quarantine') })
    const dropped = await runIn(other, doubled(), {}, { hooks: hooks([], 'drop') })
    expect(counts(dropped)).toMatchObject({ rowsIn: 5, rowsOut: 0, quarantined: 0, dropped: 5 })
  })

  test('names the plugin when it answers with something that is no verdict', async () => {
    const ran = await gateOf({ expect: [limit()] }, { hooks: { onQualityViolation: () => 'reject' as never } })
    expect(ran.error).toMatchObject({
      code: 'HOOK_FAILED',
      message: expect.stringMatching(
        /^The config's own handler answered .*onQualityViolation.*"reject"|"reject".*onQualityViolation/,
      ),
    })
  })
})

describe('whether the dataset passes', () => {
  test('atLeast: the share of passing rows, met exactly or missed', async () => {
    expect((await gateOf({ expect: [limit({ verdict: 'quarantine', atLeast: 0.6 })] })).error).toBeUndefined()
    const ran = await gateOf({ expect: [limit({ verdict: 'quarantine', atLeast: 0.61 })] })
    expect(ran.error).toMatchObject({
      code: 'GATE_HALTED',
      message: expect.stringContaining('2 of 5 rows failed, at least 61 % must pass'),
    })
  })

  test('atMost: the number of failing rows, met exactly or missed', async () => {
    expect((await gateOf({ expect: [limit({ verdict: 'drop', atMost: 2 })] })).error).toBeUndefined()
    const ran = await gateOf({ expect: [limit({ verdict: 'drop', atMost: 1 })] })
    expect(ran.error).toMatchObject({
      code: 'GATE_HALTED',
      message: expect.stringContaining('2 of 5 rows failed, at most 1 may fail'),
    })
  })

  test('a missed threshold halts whatever the verdict about rows is', async () => {
    for (const verdict of ['warn', 'drop', 'quarantine', 'halt'] as const) {
      const ran = await gateOf({ expect: [limit({ verdict, atLeast: 0.9, atMost: 1 })] })
      expect(ran.error).toMatchObject({
        code: 'GATE_HALTED',
        message: expect.stringContaining('at least 90 % must pass and at most 1 may fail'),
      })
      expect(ran.status('src')).toBe('withheld')
    }
  })

  test('rows tolerated under a threshold whose verdict is halt are quarantined', async () => {
    const ran = await gateOf({ expect: [limit({ atLeast: 0.5 })] })
    expect(ran.error).toBeUndefined()
    expect(counts(ran)).toEqual({ rowsIn: 5, rowsOut: 3, quarantined: 2, dropped: 0, warned: 0 })
  })

  test('no rows meet every share', async () => {
    expect((await gateOf({ expect: [limit({ atLeast: 1 })] }, {}, world({}))).error).toBeUndefined()
  })

  test('a dataset rule halts or warns, and counts rows that passed the row rules', async () => {
    const halted = await gateOf({ expect: [limit({ verdict: 'drop' }), rowCount(4)] })
    expect(halted.error).toMatchObject({
      code: 'GATE_HALTED',
      message: 'The gate of "src" halted: rowCount(4): 3 rows',
    })
    const warned = await gateOf({ expect: [limit({ verdict: 'drop' }), rowCount(4, undefined, { verdict: 'warn' })] })
    expect(warned.error).toBeUndefined()
    expect(
      warned.events.some(
        (event) => event.type === 'check.violated' && event.check === 'rowCount(4)' && event.verdict === 'warn',
      ),
    ).toBe(true)
  })

  test('the hook of phase fold can halt what passed, with totals before its eyes', async () => {
    const asked: unknown[] = []
    const ran = await gateOf(
      { expect: [limit({ verdict: 'drop' })] },
      {
        hooks: {
          onQualityViolation: ({ phase, rows, of }) => {
            asked.push([phase, rows, of])
            return phase === 'fold' && rows / of > 0.3 ? 'halt' : undefined
          },
        },
      },
    )
    expect(asked).toEqual([['fold', 2, 5]])
    expect(ran.error).toMatchObject({
      code: 'GATE_HALTED',
      message: expect.stringContaining('2 of 5 rows failed, and onQualityViolation answered halt'),
    })
  })

  test('checks that condemn rows take row verdicts, and rows in are rows out + quarantined + dropped', async () => {
    const dup = { a: lines([1, 'x', 1], [2, 'y', 2], [1, 'x', 3]), b: lines([2, 'z', 4], [3, 'x', 5]) }
    for (const [verdict, expected] of [
      ['quarantine', { rowsIn: 5, rowsOut: 3, quarantined: 2, dropped: 0, warned: 0 }],
      ['drop', { rowsIn: 5, rowsOut: 3, quarantined: 0, dropped: 2, warned: 0 }],
      ['warn', { rowsIn: 5, rowsOut: 5, quarantined: 0, dropped: 0, warned: 2 }],
    ] as const) {
      const ran = await gateOf({ expect: [unique('id', { lose: 'later', verdict })] }, {}, world(dup))
      expect(counts(ran)).toEqual(expected)
      if (verdict === 'quarantine')
        expect(
          (await ran.rows('src', 'quarantine')).map((row) => [row['id'], row['_part'], row['_row'], row['_reasons']]),
        ).toEqual([
          [1, 'a', 2, 'unique(id, lose: later)'],
          [2, 'b', 0, 'unique(id, lose: later)'],
        ])
    }
    const halted = await gateOf({ expect: [unique('id', { lose: 'later' })] }, {}, world(dup))
    expect(halted.error).toMatchObject({
      code: 'GATE_HALTED',
      message: expect.stringContaining('unique(id, lose: later): 2 of 5 rows failed'),
    })
    expect(
      (await gateOf({ expect: [unique('id', { lose: 'later', verdict: 'drop', atMost: 1 })] }, {}, world(dup))).error
        ?.code,
    ).toBe('GATE_HALTED')
  })
})

describe('a halted node', () => {
  test('is withheld with its descendants while siblings commit; what was committed before stays visible downstream', async () => {
    const [place, own] = [await folder(), world({ a: lines([1, 'x', 1], [2, 'y', 2]) })]
    const nodes = () => {
      const src = linesOf(own)
      const checked = each({
        from: src,
        run: (t) => t.derive({ w: (d) => d.v }),
        expect: [between('w', 0, 50)],
        keep: true,
      })
      const after = rollup({ from: checked, by: ['k'], measure: { n: count() } })
      const sibling = rollup({ from: src, by: ['k'], measure: { n: count() } })
      const bad = each({ from: checked.quarantine as Node<{ id: number }>, run: (t) => t.select('id') })
      return { src, checked: checked as Node, after: after as Node, sibling: sibling as Node, bad: bad as Node }
    }
    await runIn(place, nodes())
    own.parts = { a: lines([1, 'x', 1], [3, 'z', 99]) }
    const ran = await runIn(place, nodes())
    expect(
      Object.fromEntries(['src', 'checked', 'after', 'sibling', 'bad'].map((node) => [node, ran.status(node)])),
    ).toEqual({ src: 'committed', checked: 'withheld', after: 'withheld', sibling: 'committed', bad: 'withheld' })
    expect((await ran.rows('sibling')).map((row) => row['k'])).toEqual(['x', 'z'])
    const seen = await runIn(place, nodes(), { from: ['after'] })
    expect(seen.error).toBeUndefined()
    expect((await seen.rows('after')).map((row) => row['k'])).toEqual(['x', 'y'])
    expect((await seen.rows('checked')).map((row) => row['id'])).toEqual([1, 2])
    const third = await runIn(place, nodes())
    expect(own.opened).toEqual(['a', 'a'])
    expect(third.error?.code).toBe('GATE_HALTED')
    own.parts = { a: lines([1, 'x', 1], [3, 'z', 9]) }
    const mended = await runIn(place, nodes())
    expect(mended.error).toBeUndefined()
    expect((await mended.rows('after')).map((row) => row['k'])).toEqual(['x', 'z'])
  })
})

describe('a faulty gate', () => {
  test('names a check that is given twice', async () => {
    expect(await thrown(gateOf({ expect: [limit(), limit()] }))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`pipelines.p.src.expect[1]: ${name}`),
      hint: 'Remove one of the two: a check is known by its name.',
    })
  })

  test('names a column that is not there before data is read', async () => {
    const own = world(parts)
    const error = await thrown(gateOf({ expect: [between('delay' as never, 0, 1)] }, {}, own))
    expect(error).toMatchObject({
      code: 'COLUMN_MISSING',
      message: expect.stringMatching(/Node "src", check between\(delay, 0, 1\).*delay/),
    })
    expect(error.hint).toMatch(/id|k|v/)
    expect(own.opened).toEqual([])
  })
})
