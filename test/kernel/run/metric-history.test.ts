import { withinHistory } from '@tidegate/checks'
import {
  between,
  type Check,
  count,
  createCheck,
  defineConfig,
  diskWorkspace,
  each,
  history,
  type Measure,
  max,
  mean,
  type Node,
  pipeline,
  quantile,
  rowCount,
} from 'tidegate'
import { describe, expect, test } from 'vitest'
import {
  appendPoint,
  historyOf,
  keptPoints,
  type MetricChunk,
  measured,
  metricPoint,
  readPoints,
} from '../../../src/kernel/parts/metrics.ts'
import { createStore } from '../../../src/kernel/parts/store.ts'
import type { HistoryPoint } from '../../../src/plugins/check.ts'
import { createArrowStorage } from '../../../src/plugins/defaults/arrow-storage.ts'
import { gcIn, type Line, lines, linesOf, runIn, type World, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'
import { createMemoryWorkspace } from '../../support/memory-workspace.ts'

const counts = { rowsIn: 1, rowsOut: 1, quarantined: 0, dropped: 0, warned: 0 }

describe('points', () => {
  const store = createStore({
    workspace: createMemoryWorkspace(),
    storage: createArrowStorage(),
    readable: [],
    durability: 'process',
  })
  const point = (n: number, values: readonly (readonly [Measure, unknown])[], snapshot = `s${n}`) => {
    const measures = values.map(([measure, value]) => measured(measure, value))
    return { measures, point: metricPoint({ at: n, runId: `r${n}`, snapshot, counts }, [], measures) }
  }
  const add = async (chunks: readonly MetricChunk[], given: ReturnType<typeof point>) =>
    appendPoint(store, chunks, given.point, given.measures)

  test('are kept in order, the last thousand or so; full chunks are not written again', async () => {
    let chunks: readonly MetricChunk[] = []
    for (let n = 0; n < 1234; n++) {
      const before = chunks
      chunks = await add(chunks, point(n, [[count() as Measure, n]]))
      if (n === 1170) expect(chunks).toEqual(expect.arrayContaining(before.slice(1, -1)))
    }
    const points = await readPoints(store, chunks)
    expect(points.map(({ at }) => at)).toEqual(
      Array.from({ length: points.length }, (_, i) => 1234 - points.length + i),
    )
    expect(points.length).toBeGreaterThanOrEqual(keptPoints)
    expect(points.length).toBeLessThan(keptPoints + 50)
    expect(chunks.length).toBeLessThan(22)
    const [first] = chunks
    expect((await add(chunks, point(9999, [])))[0]).toBe(first)
  })

  test('of one snapshot are one, of its first time', async () => {
    let chunks = await add([], point(1, [[count() as Measure, 5]]))
    chunks = await add(chunks, point(2, [[count() as Measure, 5]], 's1'))
    chunks = await add(
      chunks,
      point(
        3,
        [
          [count() as Measure, 6],
          [max('v') as Measure, 'z'],
        ],
        's1',
      ),
    )
    expect(await readPoints(store, chunks)).toEqual([
      { at: 1, runId: 'r1', snapshot: 's1', counts, failed: {}, values: { 'count()': 6, 'max(v)': 'z' } },
    ])
  })

  test('hold numbers of every kind, text and booleans, and leave out what is neither', async () => {
    const of = (name: string) => ({ name, columns: [], version: 1, create: () => ({}) as never }) as Measure
    const values = [2n ** 60n, Number.NaN, Number.NEGATIVE_INFINITY, 'x', true, null, undefined, [1], 'y'.repeat(300)]
    const chunks = await add(
      [],
      point(
        1,
        values.map((value, i) => [of(`m${i}`), value] as const),
      ),
    )
    expect((await readPoints(store, chunks))[0]?.values).toEqual({
      m0: 2n ** 60n,
      m1: Number.NaN,
      m2: Number.NEGATIVE_INFINITY,
      m3: 'x',
      m4: true,
      m5: null,
      m6: null,
    })
  })

  test('of a measure that means something else now are not its history', async () => {
    const before = { ...(quantile('v', 0.5) as Measure), version: 7 }
    const now = quantile('v', 0.5) as Measure
    let chunks = await add(
      [],
      point(1, [
        [before, 1],
        [count() as Measure, 1],
      ]),
    )
    chunks = await add(
      chunks,
      point(2, [
        [now, 2],
        [count() as Measure, 2],
      ]),
    )
    chunks = await add(chunks, point(3, []))
    const values = async (measures: Record<string, Measure>) =>
      (await historyOf(store, chunks, measures)).map((one) => one.values)
    expect(await values({ q: now })).toEqual([{ q: 2 }])
    expect(await values({ q: before })).toEqual([{ q: 1 }])
    expect(await values({ n: count() as Measure })).toEqual([{ n: 1 }, { n: 2 }])
    expect(await values({ m: mean('v') as Measure })).toEqual([])
  })
})

describe('the metric history of a node', () => {
  function nodesOf(own: World, options: Record<string, unknown> = {}, name = 'clean') {
    const src = linesOf(own)
    const clean = each({
      from: src,
      run: (t) => t,
      expect: [
        between('v', 0, 50),
        rowCount(0),
        withinHistory(mean('v'), { method: 'relative-change', limit: 2 }),
      ] as never,
      otherwise: 'quarantine',
      ...options,
    })
    return { src, [name]: clean } as Record<string, Node>
  }
  const configOf = (place: string, nodes: Record<string, Node>) =>
    defineConfig(() => ({
      pipelines: { p: pipeline(nodes) },
      workspace: diskWorkspace({ folder: `${place}/.tidegate` }),
    }))
  const told = async (place: string, nodes: Record<string, Node>, node = 'clean') =>
    (await history(configOf(place, nodes) as never, node)).map(({ counts, failed, measures }) => [
      counts.rowsOut,
      counts.quarantined,
      failed['between(v, 0, 50)'],
      measures['mean(v)'],
    ])

  test('has a point for each committed snapshot; what changes nothing or is withheld adds none; it survives gc and a new name', async () => {
    const place = await folder()
    const own = world({ a: lines([1, 'x', 10]) })
    const first = await runIn(place, nodesOf(own))
    expect(first.error).toBeUndefined()
    expect(await told(place, nodesOf(own))).toEqual([[1, 0, 0, 10]])
    await runIn(place, nodesOf(own))
    await runIn(place, nodesOf(own), { full: true })
    await runIn(place, nodesOf(own, { expect: [between('v', 0, 50), rowCount(1), mean10()] }))
    own.parts = { ...own.parts, b: lines([2, 'y', 20], [3, 'y', 99]) }
    await runIn(place, nodesOf(own))
    const expected = [
      [1, 0, 0, 10],
      [2, 1, 1, 15],
    ]
    expect(await told(place, nodesOf(own))).toEqual(expected)
    own.parts = { a: lines([1, 'x', 50]), b: lines([2, 'y', 50], [3, 'z', 50]) }
    const withheld = await runIn(place, nodesOf(own))
    expect(withheld.error?.message).toContain(
      'mean(v) is 50; the last snapshot has 15: a change of 233 %, at most 200 % is allowed',
    )
    expect(await told(place, nodesOf(own))).toEqual(expected)
    own.parts = { a: lines([1, 'x', 40]), b: lines([2, 'y', 40], [3, 'z', 40]) }
    await runIn(place, nodesOf(own))
    await gcIn(place, nodesOf(own), { entries: 1 })
    const renamed = nodesOf(own, { renamedFrom: 'clean' }, 'tidy')
    expect(await told(place, nodesOf(own))).toEqual([...expected, [3, 0, 0, 40]])
    own.parts = { a: lines([1, 'x', 41]), b: lines([2, 'y', 40], [3, 'z', 42]) }
    expect((await runIn(place, renamed)).error).toBeUndefined()
    expect(await told(place, renamed, 'tidy')).toEqual([...expected, [3, 0, 0, 40], [3, 0, 0, 41]])
  })

  function mean10(): Check<Line> {
    return createCheck(
      'mean at all',
      ['v'],
      {},
      {},
      {
        scope: 'dataset',
        measures: { m: mean('v') as Measure },
        decide: ({ m }) => ({ pass: m !== null, observed: `mean ${String(m)}` }),
      },
    ) as Check<Line>
  }

  test('is what a rule reads: earlier snapshots, oldest first, at the time of its own snapshot', async () => {
    const place = await folder()
    const own = world({ a: lines([1, 'x', 10]) })
    const seen: { now: number; history: readonly HistoryPoint[] }[] = []
    const nodes = (limit: number) => {
      const src = linesOf(own)
      const spy = createCheck(
        'spy',
        ['v'],
        {},
        { verdict: 'warn' },
        {
          scope: 'dataset',
          measures: { top: max('v') as Measure, n: count() as Measure },
          reads: ['history'],
          decide(_, { now, history }) {
            seen.push({ now, history })
            return { pass: true, observed: '' }
          },
        },
      )
      return { src, clean: each({ from: src, run: (t) => t, expect: [spy as never, rowCount(limit)] }) } as Record<
        string,
        Node
      >
    }
    await runIn(place, nodes(0))
    own.parts = { a: lines([1, 'x', 12], [2, 'y', 11]) }
    const second = await runIn(place, nodes(0))
    // Other thresholds: the same snapshot is decided again, by what was known of it then.
    await runIn(place, nodes(1))
    expect(seen.map((one) => one.history.map(({ rows, values }) => ({ rows, values })))).toEqual([
      [],
      [{ rows: 1, values: { top: 10, n: 1 } }],
      [{ rows: 1, values: { top: 10, n: 1 } }],
    ])
    expect(seen[2]?.now).toBe(second.outcome.states.get('clean')?.section?.at)
  })
})
