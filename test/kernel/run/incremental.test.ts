import { between, count, each, type Node, escape as plainly, rollup, step, sum } from 'tidegate'
import { describe, expect, test } from 'vitest'
import {
  counted,
  type Extra,
  type Line,
  lines,
  linesOf,
  type Ran,
  runIn,
  thrown,
  type World,
  world,
} from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'

const parts = () => ({ a: lines([1, 'x', 1], [2, 'y', 2]), b: lines([3, 'x', 3]), c: lines([4, 'y', 4]) })

/** A source, a kept step whose calls are counted, and a roll-up. */
function nodesOf(
  own: World,
  calls: number[],
  options: { readonly source?: object; readonly step?: object; readonly rollup?: object } = {},
) {
  const src = linesOf(own, { ...options.source })
  const passed = counted(calls, { from: src, keep: true, ...options.step })
  const totals = rollup({ from: passed, by: ['k'], measure: { n: count(), total: sum('v') }, ...options.rollup })
  return { src, passed, totals } as Record<string, Node> & { src: Node<Line>; passed: Node<Line> }
}

const made = (ran: Ran) =>
  Object.fromEntries([...ran.outcome.states].map(([name, state]) => [name, [...state.made].sort()]))
const events = (ran: Ran, type: string) => ran.events.filter((event) => event.type === type)
const totals = async (ran: Ran) => (await ran.rows('totals')).map((row) => [row['k'], row['n'], row['total']])

interface Bench {
  readonly place: string
  readonly own: World
  readonly calls: number[]
  run(options?: Parameters<typeof nodesOf>[2], request?: object, extra?: Extra): Promise<Ran>
  /** What was opened and how often the step was called since the last time. */
  spent(): { opened: string[]; calls: number }
}

async function bench(): Promise<Bench> {
  const [place, own, calls] = [await folder(), world(parts()), [] as number[]]
  return {
    place,
    own,
    calls,
    run: (options, request, extra) => runIn(place, nodesOf(own, calls, options), request, { concurrency: 1, ...extra }),
    spent: () => ({ opened: own.opened.splice(0), calls: calls.splice(0).length }),
  }
}

describe('what is computed again', () => {
  test('nothing when nothing changed: no part is opened, no step called, no entry written', async () => {
    const { run, spent } = await bench()
    const first = await run()
    expect(spent()).toEqual({ opened: ['a', 'b', 'c'], calls: 3 })
    const second = await run()
    expect(spent()).toEqual({ opened: [], calls: 0 })
    expect(second.outcome).toMatchObject({ status: 'up to date', entry: first.outcome.entry })
    expect(['src', 'passed', 'totals'].map(second.status)).toEqual(['up to date', 'up to date', 'up to date'])
    expect(events(second, 'run.committed')).toEqual([])
    expect(events(second, 'node.started')).toEqual([])
  })

  test('only the part that changed, and the groups in it', async () => {
    const { run, spent, own } = await bench()
    await run()
    spent()
    own.parts = { ...own.parts, b: lines([3, 'x', 30]) }
    const ran = await run()
    expect(spent()).toEqual({ opened: ['b'], calls: 1 })
    expect(await totals(ran)).toEqual([
      ['x', 2, 31],
      ['y', 2, 6],
    ])
    expect(made(ran)).toEqual({ src: ['b'], passed: ['b'], totals: ['all', 'b'] })
  })

  test('only the part that was added, and nothing for one that was removed or moved', async () => {
    const { run, spent, own } = await bench()
    await run()
    spent()
    const { a, b, c } = own.parts as Record<'a' | 'b' | 'c', Line[]>
    own.parts = { a, b, c, d: lines([5, 'z', 5]) }
    await run()
    expect(spent()).toEqual({ opened: ['d'], calls: 1 })
    own.parts = { c, a, b }
    const ran = await run()
    expect(spent()).toEqual({ opened: [], calls: 0 })
    expect((await ran.rows('passed')).map((row) => row['id'])).toEqual([4, 1, 2, 3])
    expect(await totals(ran)).toEqual([
      ['x', 2, 4],
      ['y', 2, 6],
    ])
  })

  test('equal content stops the wave at a kept node', async () => {
    const { run, own, spent } = await bench()
    await run()
    spent()
    // Other fingerprint, same rows: the source is read again, what follows the kept node is not.
    own.touched = 'copied'
    const ran = await run()
    expect(spent()).toEqual({ opened: ['a', 'b', 'c'], calls: 3 })
    expect(made(ran)['totals']).toEqual([])
    expect(ran.status('totals')).toBe('up to date')
  })
})

describe('a change of what is written about a node', () => {
  const variant = (which: 'one' | 'two', kept: boolean) => (own: World, calls: number[]) => {
    const src = linesOf(own)
    const before = counted(calls, { from: src, keep: true })
    const changed = each({
      from: before,
      ...(kept ? { keep: true as const } : {}),
      run: which === 'one' ? (t) => t.derive({ w: (d) => d.id * 1 }) : (t) => t.derive({ w: (d) => d.id * 2 }),
    })
    const after = rollup({ from: changed, by: ['k'], measure: { w: sum('w') } })
    const aside = rollup({ from: before, by: ['k'], measure: { n: count() } })
    return { src, before, changed, after, aside } as Record<string, Node>
  }

  test('code: recomputes the node and its descendants, nothing before and beside it, and toggling back adopts what was', async () => {
    const [place, own, calls] = [await folder(), world(parts()), [] as number[]]
    await runIn(place, variant('one', true)(own, calls))
    const second = await runIn(place, variant('two', true)(own, calls))
    expect(own.opened).toHaveLength(3)
    expect(calls).toHaveLength(3)
    expect(made(second)).toMatchObject({
      src: [],
      before: [],
      aside: [],
      changed: ['a', 'b', 'c'],
      after: ['a', 'all', 'b', 'c'],
    })
    expect(second.outcome.states.get('changed')?.why).toBe('its code changed')
    const third = await runIn(place, variant('one', true)(own, calls))
    expect(made(third)).toEqual({ src: [], before: [], changed: [], after: [], aside: [] })
    expect((await third.rows('after')).map((row) => row['w'])).toEqual([4, 6])
    expect(third.status('after')).toBe('committed')
  })

  test('fusing and unfusing recomputes nothing downstream', async () => {
    const [place, own, calls] = [await folder(), world(parts()), [] as number[]]
    await runIn(place, variant('one', false)(own, calls))
    const kept = await runIn(place, variant('one', true)(own, calls))
    expect(made(kept)).toMatchObject({ changed: ['a', 'b', 'c'], after: [], aside: [], before: [] })
    const fused = await runIn(place, variant('one', false)(own, calls))
    expect(made(fused)).toMatchObject({ after: [], aside: [], before: [] })
    expect(own.opened).toHaveLength(3)
    expect(await fused.rows('after')).toEqual([
      { k: 'x', w: 4 },
      { k: 'y', w: 6 },
    ])
  })

  test('thresholds: a new decision, no new record', async () => {
    const { run, spent } = await bench()
    const expecting = (options: object) => ({
      step: { expect: [between('v', 0, 2, { verdict: 'quarantine', ...options })] },
    })
    await run(expecting({ atLeast: 0.5 }))
    spent()
    const strict = await run(expecting({ atLeast: 0.9 }))
    expect(spent()).toEqual({ opened: [], calls: 0 })
    expect(strict.error).toMatchObject({ code: 'GATE_HALTED' })
    const loose = await run(expecting({ atMost: 2 }))
    expect(spent()).toEqual({ opened: [], calls: 0 })
    expect(loose.error).toBeUndefined()
    expect(await totals(loose)).toEqual([
      ['x', 1, 1],
      ['y', 1, 2],
    ])
  })

  test('a verdict: the records of that node', async () => {
    const { run, spent } = await bench()
    await run({ step: { expect: [between('v', 0, 2)], otherwise: 'quarantine' } })
    spent()
    const ran = await run({ step: { expect: [between('v', 0, 2)], otherwise: 'drop' } })
    expect(spent().calls).toBe(3)
    expect(ran.outcome.states.get('passed')?.section?.counts).toMatchObject({ quarantined: 0, dropped: 2 })
    expect(made(ran)['totals']).toEqual([])
  })

  test('a name, with renamedFrom: nothing, and the history moves along', async () => {
    const { place, own, calls, run, spent } = await bench()
    await run()
    spent()
    const src = linesOf(own)
    const renamed = counted(calls, { from: src, keep: true, renamedFrom: 'passed' })
    const ran = await runIn(place, {
      src,
      renamed,
      totals: rollup({ from: renamed, by: ['k'], measure: { n: count(), total: sum('v') } }) as Node,
    })
    expect(spent()).toEqual({ opened: [], calls: 0 })
    expect(made(ran)).toEqual({ src: [], renamed: [], totals: [] })
    expect(await totals(ran)).toEqual([
      ['x', 2, 4],
      ['y', 2, 6],
    ])
  })

  test('a side table: all parts of the node that reads it, and the streamed parts are not computed again', async () => {
    const [place, own, side, calls] = [
      await folder(),
      world(parts()),
      world({ s: lines([9, 'x', 10], [10, 'y', 20]) }),
      [] as number[],
    ]
    const nodes = () => {
      const src = linesOf(own)
      const passed = counted(calls, { from: src, keep: true })
      const names = linesOf(side)
      const joined = each({
        from: passed,
        with: { names },
        run: (t, { names }) => t.join_left(names.select('k', { v: 'factor' }), 'k'),
      })
      return { src, passed, names, joined } as Record<string, Node>
    }
    await runIn(place, nodes())
    side.parts = { s: lines([9, 'x', 11], [10, 'y', 20]) }
    const ran = await runIn(place, nodes())
    expect(made(ran)).toEqual({ src: [], passed: [], names: ['s'], joined: ['a', 'b', 'c'] })
    expect((await ran.rows('joined')).map((row) => row['factor'])).toEqual([11, 20, 11, 20])
    expect(ran.outcome.states.get('joined')?.why).toBe('its input names changed')
  })

  test('params: the node is computed again, and its reason says so', async () => {
    const [place, own] = [await folder(), world(parts())]
    const nodes = (limit: number) => {
      const src = linesOf(own)
      return {
        src,
        cut: each({ from: src, params: { limit }, run: (t) => t.filter((d, $) => d.id <= $.limit) }),
      } as Record<string, Node>
    }
    await runIn(place, nodes(2))
    const ran = await runIn(place, nodes(3))
    expect((await ran.rows('cut')).map((row) => row['id'])).toEqual([1, 2, 3])
    expect(ran.outcome.states.get('cut')?.why).toMatch(/params changed/)
  })
})

describe('time and chance', () => {
  const nodes = (own: World, options: object) => {
    const src = linesOf(own)
    const stamped = each({
      from: src,
      keep: true,
      ...options,
      run: (t, _, { now }) => t.params({ at: now.getTime() }).derive({ at: (_, $) => $.at }),
    })
    return { src, stamped } as Record<string, Node>
  }

  test('a node that reads now is never up to date, unless it says stable', async () => {
    for (const [options, parts2] of [
      [{}, ['a', 'b', 'c']],
      [{ stable: true }, []],
    ] as const) {
      const [place, own] = [await folder(), world(parts())]
      await runIn(place, nodes(own, options))
      const ran = await runIn(place, nodes(own, options))
      expect(made(ran)['stamped']).toEqual(parts2)
    }
  })

  test('random is seeded by part: equal in every run and place, other under another seed', async () => {
    const nodes = (own: World) => {
      const src = linesOf(own)
      const shaken = each({
        from: src,
        keep: true,
        run: (t, _, { random }) => t.derive({ at: plainly(() => random()) }),
      })
      return { src, shaken } as Record<string, Node>
    }
    const drawn = async (ran: Ran) => (await ran.rows('shaken')).map((row) => row['at'])
    const [place, own] = [await folder(), world(parts())]
    const first = await drawn(await runIn(place, nodes(own)))
    expect(new Set(first).size).toBe(4)
    const second = await runIn(place, nodes(own))
    expect(made(second)['shaken']).toEqual([])
    expect(await drawn(await runIn(place, nodes(own), { full: true }))).toEqual(first)
    expect(await drawn(await runIn(await folder(), nodes(own), {}, { batchRows: 1, concurrency: 1 }))).toEqual(first)
    const other = await runIn(place, nodes(own), {}, { seed: 1 })
    expect(made(other)['shaken']).toEqual(['a', 'b', 'c'])
    expect(await drawn(other)).not.toEqual(first)
  })
})

describe('what a run is asked for', () => {
  test('full: everything again, to the same content', async () => {
    const { run, spent } = await bench()
    const first = await run()
    spent()
    const ran = await run({}, { full: true })
    expect(spent()).toEqual({ opened: ['a', 'b', 'c'], calls: 3 })
    expect(await totals(ran)).toEqual(await totals(first))
  })

  test('only, from and to: the nodes named, and what they need or what needs them', async () => {
    const { run, spent, own } = await bench()
    const to = await run({}, { to: ['passed'] })
    expect(['src', 'passed', 'totals'].map(to.status)).toEqual(['committed', 'committed', 'skipped'])
    expect((await thrown(to.rows('totals'))).message).toBe('Node "totals" has nothing committed: not asked for')
    spent()
    const only = await run({}, { only: ['totals'] })
    expect(only.status('totals')).toBe('committed')
    expect(spent()).toEqual({ opened: [], calls: 0 })
    own.parts = { ...own.parts, a: lines([1, 'x', 100]) }
    const from = await run({}, { from: ['totals'] })
    expect(spent()).toEqual({ opened: [], calls: 0 })
    expect(await totals(from)).toEqual([
      ['x', 2, 4],
      ['y', 2, 6],
    ])
    const all = await run()
    expect(spent()).toEqual({ opened: ['a'], calls: 1 })
    expect(await totals(all)).toEqual([
      ['x', 2, 103],
      ['y', 1, 4],
    ])
  })

  test('a node that is not there: the message names the nearest one', async () => {
    const { run } = await bench()
    expect(await thrown(run({}, { only: ['totls'] }))).toMatchObject({
      code: 'NODE_UNKNOWN',
      message: 'Pipeline "p" has no node "totls"',
      hint: 'Did you mean "totals"? Its nodes: src, passed, totals.',
    })
    expect(await thrown(run({}, { only: ['zebra crossing'] }))).toMatchObject({
      hint: 'Its nodes: src, passed, totals.',
    })
  })

  test('from, where nothing was ever committed before: what is needed is computed', async () => {
    const { run, spent } = await bench()
    const ran = await run({}, { from: ['totals'] })
    expect(spent().opened).toEqual(['a', 'b', 'c'])
    expect(await totals(ran)).toEqual([
      ['x', 2, 4],
      ['y', 2, 6],
    ])
  })

  test('replace and into: the real environment is neither read nor written, and its records are shared', async () => {
    const { place, own, calls, run, spent } = await bench()
    await run()
    spent()
    const nodes = nodesOf(own, calls)
    const sample = world({ a: own.parts['a'] as Line[], s: lines([7, 'q', 7]) })
    const scratch = await runIn(place, nodes, { replace: [[nodes.src, linesOf(sample)]], into: 'scratch' })
    expect(scratch.outcome).toMatchObject({ env: 'scratch', entry: 1 })
    expect(await totals(scratch)).toEqual([
      ['q', 1, 7],
      ['x', 1, 1],
      ['y', 1, 2],
    ])
    expect(sample.opened).toEqual(['s'])
    expect(own.opened).toEqual([])
    expect(calls.splice(0)).toHaveLength(1)
    const real = await run()
    expect(real.outcome.status).toBe('up to date')
    expect(await totals(real)).toEqual([
      ['x', 2, 4],
      ['y', 2, 6],
    ])
  })

  test('another environment finds the records of the first', async () => {
    const { run, spent } = await bench()
    await run()
    spent()
    const ran = await run({}, {}, { env: 'production' })
    expect(spent()).toEqual({ opened: [], calls: 0 })
    expect(ran.outcome).toMatchObject({ env: 'production', entry: 1 })
    expect(await totals(ran)).toEqual([
      ['x', 2, 4],
      ['y', 2, 6],
    ])
  })
})

describe('a step over whole tables', () => {
  test('runs again when its input changed in content, not when it was made again with the same', async () => {
    const [place, own] = [await folder(), world(parts())]
    const nodes = (factor: number) => {
      const src = linesOf(own)
      const first = each({
        from: src,
        params: { factor },
        run: (t) => t.filter((d, $) => d.id * $.factor > 0).select('id'),
      })
      const last = step({ from: first, orderBy: [{ desc: 'id' }], run: (t) => t })
      return { src, first, last } as Record<string, Node>
    }
    await runIn(place, nodes(1))
    const same = await runIn(place, nodes(2))
    expect(made(same)).toMatchObject({ first: ['a', 'b', 'c'], last: [] })
    own.parts = { ...own.parts, c: lines([40, 'y', 4]) }
    const ran = await runIn(place, nodes(2))
    expect(made(ran)).toMatchObject({ first: ['c'], last: ['all'] })
    expect((await ran.rows('last')).map((row) => row['id'])).toEqual([40, 3, 2, 1])
  })
})
