import { references } from '@tidegate/checks'
import {
  between,
  type Check,
  count,
  createCheck,
  defineConfig,
  each,
  LineageStore,
  type Node,
  pipeline,
  provide,
  rollup,
} from 'tidegate'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createKernel } from '../../../src/kernel/kernel.ts'
import { planPipeline } from '../../../src/kernel/plan/plan.ts'
import { createMemoryLineage } from '../../../src/plugins/defaults/memory-lineage.ts'
import { type Line, lines, linesOf, type Ran, runIn, thrown, type World, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'

/** Orders whose `k` refers to the `k` of known ones, and something that reads them. */
function nodesOf(orders: World, known: World, options: { readonly known?: Record<string, unknown> } = {}) {
  const customers = linesOf(known, options.known)
  const src = linesOf(orders)
  const clean = each({
    from: src,
    run: (t) => t,
    expect: [references('k', customers, 'k', { verdict: 'quarantine' })],
  })
  const twice = each({ from: clean, keep: true, run: (t) => t.derive({ w: (d) => d.id * 2 }) })
  return { customers, src, clean, twice } as Record<string, Node>
}

const parts = (ran: Ran, node: string) => ran.outcome.states.get(node)?.section?.parts ?? []
const files = (ran: Ran, node: string) => parts(ran, node).map((part) => part.record.data?.path)
const ids = async (ran: Ran, node: string, output: 'main' | 'quarantine' = 'main') =>
  (await ran.rows(node, output)).map((row) => row['id'])
const made = (ran: Ran, node: string) => [...(ran.outcome.states.get(node)?.made ?? [])]

const orders = () => world({ a: lines([1, 'x', 1], [2, 'y', 2]), b: lines([3, 'x', 3], [4, 'z', 4]) })

afterEach(() => void vi.useRealTimers())

describe('a check that looks at another dataset', () => {
  test('condemns and frees rows of unchanged parts when the other one changes; no part is written again', async () => {
    const place = await folder()
    const [own, known] = [orders(), world({ k1: lines([1, 'x', 0]) })]
    const first = await runIn(place, nodesOf(own, known))
    expect(first.error).toBeUndefined()
    expect(await ids(first, 'clean')).toEqual([1, 3])
    expect(await ids(first, 'clean', 'quarantine')).toEqual([2, 4])
    expect((await first.rows('clean', 'quarantine')).map((row) => row['_reasons'])).toEqual([
      'references(k -> k)',
      'references(k -> k)',
    ])
    known.parts = { ...known.parts, k2: lines([2, 'y', 0]) }
    own.opened.length = 0
    const second = await runIn(place, nodesOf(own, known))
    expect(await ids(second, 'clean')).toEqual([1, 2, 3])
    expect(own.opened).toEqual([])
    expect([made(second, 'src'), made(second, 'clean'), made(second, 'twice')]).toEqual([[], [], ['a']])
    expect(files(second, 'clean')).toEqual(files(first, 'clean'))
    expect(second.status('clean')).toBe('committed')
    known.parts = { k3: lines([2, 'z', 0]) }
    const third = await runIn(place, nodesOf(own, known, { known: { allowVanishing: true } }))
    expect(await ids(third, 'clean')).toEqual([4])
    expect(await ids(third, 'twice')).toEqual([4])
    expect(files(third, 'clean')).toEqual(files(first, 'clean'))
  })

  test('is not decided again while nothing changed, and a change that alters nothing stops there', async () => {
    const place = await folder()
    const [own, known] = [orders(), world({ k1: lines([1, 'x', 0], [2, 'y', 0]) })]
    const first = await runIn(place, nodesOf(own, known))
    const again = await runIn(place, nodesOf(own, known))
    expect(again.outcome).toMatchObject({ status: 'up to date', entry: first.outcome.entry })
    known.parts = { ...known.parts, k2: lines([9, 'unused', 0]) }
    const third = await runIn(place, nodesOf(own, known))
    expect(['customers', 'clean', 'twice'].map(third.status)).toEqual(['committed', 'up to date', 'up to date'])
    const fourth = await runIn(place, nodesOf(own, known))
    expect(fourth.outcome).toMatchObject({ status: 'up to date', entry: third.outcome.entry })
  })

  test('equals a run from the beginning, also with --full', async () => {
    const [place, other] = [await folder(), await folder()]
    const [own, known] = [orders(), world({ k1: lines([1, 'x', 0]) })]
    await runIn(place, nodesOf(own, known))
    known.parts = { k1: lines([1, 'z', 0]), k2: lines([2, 'y', 0]) }
    own.parts = { ...own.parts, c: lines([5, 'x', 5], [6, 'y', 6]) }
    const after = await runIn(place, nodesOf(own, known))
    const fresh = await runIn(other, nodesOf(own, known))
    const full = await runIn(place, nodesOf(own, known), { full: true })
    const snapshot = (ran: Ran) => ran.outcome.states.get('clean')?.section?.snapshot
    expect(snapshot(after)).toBe(snapshot(fresh))
    expect(snapshot(full)).toBe(snapshot(fresh))
    expect(await ids(after, 'clean')).toEqual([2, 4, 6])
  })

  test('is withheld or left out with the other dataset', async () => {
    const [own, known] = [orders(), world({ k1: lines([1, 'x', 99]) })]
    const halting = nodesOf(own, known, { known: { expect: [between('v', 0, 50)] as never } })
    const withheld = await runIn(await folder(), halting)
    expect(['customers', 'src', 'clean', 'twice'].map(withheld.status)).toEqual([
      'withheld',
      'committed',
      'withheld',
      'withheld',
    ])
    known.onOpen = () => {
      throw new Error('gone')
    }
    const failed = await runIn(await folder(), nodesOf(own, known))
    expect(['customers', 'clean'].map(failed.status)).toEqual(['failed', 'skipped'])
  })

  test('makes the other dataset keep its rows, orders the graph, and shows it in plan and lineage', async () => {
    const place = await folder()
    const [own, known] = [orders(), world({ k1: lines([1, 'x', 0]) })]
    const { customers, src, clean, twice } = nodesOf(own, known)
    const nodes = { src, clean, twice, customers } as Record<string, Node>
    const ran = await runIn(place, nodes)
    expect([...ran.outcome.states.keys()].indexOf('customers')).toBeLessThan(
      [...ran.outcome.states.keys()].indexOf('clean'),
    )
    expect(ran.outcome.engine.kept.get('customers')).toEqual({ kept: true, why: 'checks of clean look at it' })
    expect(ran.outcome.states.get('clean')?.section?.inputs).toEqual({
      '': 'src',
      'references(k -> k) other': 'customers',
    })
    known.parts = { ...known.parts, k2: lines([2, 'z', 0]) }
    await runIn(place, nodes, { only: ['customers'] })
    const kernel = await createKernel(defineConfig(() => ({ pipelines: { p: pipeline(nodes) } })) as never, {
      folder: place,
      pipelines: ['p'],
    })
    const plan = await planPipeline(kernel, 'p')
    await kernel.dispose()
    expect(plan.nodes.map(({ node, action, why }) => `${node}: ${action}, ${why}`)).toContain(
      'clean: run, decided again: customers changed',
    )
  })

  test('appears as an input in the lineage, also of a source', async () => {
    const [own, known] = [orders(), world({ k1: lines([1, 'x', 0], [2, 'y', 0], [3, 'z', 0]) })]
    const customers = linesOf(known)
    const src = linesOf(own, { expect: [references('k', customers, 'k')] as never })
    const clean = each({ from: src, run: (t) => t, expect: [references('id', customers, 'id', { verdict: 'drop' })] })
    const store = createMemoryLineage()
    const lineage = provide(LineageStore, { name: 'test/lineage', create: () => store })()
    await runIn(await folder(), { src, clean, customers } as Record<string, Node>, {}, { lineage })
    const inputs: Record<string, readonly string[]> = {}
    for await (const event of store.events({}))
      if (event.eventType === 'COMPLETE') inputs[event.job.name] = event.inputs.map(({ name }) => name)
    expect(inputs).toMatchObject({ 'p.src': ['p.customers'], 'p.clean': ['p.src', 'p.customers'] })
  })

  test('takes the other dataset as committed with --from, and computes it with --only', async () => {
    const place = await folder()
    const [own, known] = [orders(), world({ k1: lines([1, 'x', 0]) })]
    const only = await runIn(place, nodesOf(own, known), { only: ['clean'] })
    expect(['customers', 'clean', 'twice'].map(only.status)).toEqual(['committed', 'committed', 'skipped'])
    known.parts = { ...known.parts, k2: lines([2, 'z', 0]) }
    own.parts = { ...own.parts, c: lines([5, 'y', 5]) }
    const from = await runIn(place, nodesOf(own, known), { from: ['src'] })
    expect(await ids(from, 'clean')).toEqual([1, 3])
    expect(await ids(await runIn(place, nodesOf(own, known)), 'clean')).toEqual([1, 3, 4])
  })

  test('says so where the rows of the other one were not kept when it was committed', async () => {
    const place = await folder()
    const [own, known] = [orders(), world({ k1: lines([1, 'x', 0]) })]
    const customers = linesOf(known)
    const src = linesOf(own)
    const n = rollup({ from: customers, by: [], measure: { n: count() } })
    await runIn(place, { customers, n, src })
    const clean = each({ from: src, run: (t) => t, expect: [references('k', customers, 'k')] })
    const ran = await runIn(place, { customers, n, src, clean }, { from: ['clean'] })
    expect(ran.error).toMatchObject({
      code: 'ROWS_NOT_KEPT',
      message: 'A check looks at "customers", whose rows were not kept when it was committed',
    })
  })

  test('can look at quarantine, and at a stand-in', async () => {
    const [own, known] = [orders(), world({ k1: lines([1, 'x', 0], [2, 'y', 99]) })]
    const customers = linesOf(known, { expect: [between('v', 0, 50, { verdict: 'quarantine' })] as never })
    const src = linesOf(own)
    const check = references('k', customers.quarantine as Node<Line>, 'k', { verdict: 'drop' })
    const clean = each({ from: src, run: (t) => t, expect: [check] })
    const nodes = { customers, src, clean } as Record<string, Node>
    expect(await ids(await runIn(await folder(), nodes), 'clean')).toEqual([2])
    const standIn = linesOf(world({ k1: lines([1, 'z', 99]) }), {
      expect: [between('v', 0, 50, { verdict: 'quarantine' })] as never,
    })
    const replaced = await runIn(await folder(), nodes, {
      replace: [[customers as Node, standIn as Node]],
      into: 'scratch',
    })
    expect(await ids(replaced, 'clean')).toEqual([4])
  })

  test('a circle through it names the check', async () => {
    const [own, known] = [orders(), world({})]
    const customers = linesOf(known)
    const src = linesOf(own)
    const clean = each({ from: src, run: (t) => t, expect: [references('k', customers, 'k')] })
    const standIn = each({ from: clean, run: (t) => t })
    const nodes = { customers, src, clean } as Record<string, Node>
    expect(
      await thrown(runIn(await folder(), nodes, { replace: [[customers as Node, standIn as Node]], into: 'scratch' })),
    ).toMatchObject({
      code: 'NODE_CYCLE',
      message:
        'Pipeline "p" has a cycle: clean -> customers -> clean, through the dataset that references(k -> k) of "clean" looks at',
    })
    expect(await thrown(runIn(await folder(), { src, clean } as Record<string, Node>))).toMatchObject({
      code: 'NODE_UNNAMED',
      message:
        'Pipeline "p" reaches the test/lines node that the check references(k -> k) of "clean" looks at, which has no name',
    })
  })
})

describe('a check that looks at the time', () => {
  const notBefore = (limit: number, verdict: 'halt' | 'warn') =>
    createCheck(
      'notBefore',
      [],
      { limit },
      { verdict },
      {
        scope: 'dataset',
        measures: { rows: count() },
        reads: ['now'],
        decide: (_, { now }) => ({ pass: now < limit, observed: now < limit ? 'in time' : 'late' }),
      },
    ) as Check<Line>

  test('is asked in every run, and commits only what comes out otherwise', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
    const place = await folder()
    const own = orders()
    const nodes = (verdict: 'halt' | 'warn') => {
      const src = linesOf(own)
      const clean = each({
        from: src,
        run: (t) => t,
        expect: [notBefore(5_000_000, verdict), references('id', 'v', { verdict: 'quarantine' })],
      })
      return { src, clean } as Record<string, Node>
    }
    const first = await runIn(place, nodes('warn'))
    vi.setSystemTime(2_000_000)
    const second = await runIn(place, nodes('warn'))
    expect(second.outcome).toMatchObject({ status: 'up to date', entry: first.outcome.entry })
    vi.setSystemTime(6_000_000)
    const third = await runIn(place, nodes('warn'))
    expect(third.outcome.entry).toBe((first.outcome.entry ?? 0) + 1)
    expect(third.outcome.states.get('clean')?.section?.checks).toMatchObject([{ pass: false, observed: 'late' }, {}])
    expect(made(third, 'clean')).toEqual([])
    expect((await runIn(place, nodes('halt'))).status('clean')).toBe('withheld')
  })
})
