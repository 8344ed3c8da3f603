import { count, defineTarget, each, type Node, rollup, type StepResult, type Table } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { type Line, lines, linesOf, type Ran, runIn, type World, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'

const parts = () => ({ a: lines([1, 'x', 1], [2, 'y', 2]), b: lines([3, 'x', 3]) })
const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
const missedIn = ({ events }: Ran) => events.filter(({ type }) => type === 'deadline.missed')
const quiet = { variables: { TIDEGATE_LOG: 'silent' } }

/** A source, a step that takes its time, a roll-up of it, and a sibling that is quick. */
function nodes(own: World, deadline: unknown, milliseconds: number, stuck = false): Record<string, Node> {
  const src = linesOf(own)
  const slow = each({
    from: src,
    deadline,
    run: async (batch: Table) => {
      if (batch.numRows() > 0) await (stuck ? new Promise<void>(() => undefined) : wait(milliseconds))
      return batch
    },
    params: { milliseconds, stuck },
  } as never) as Node<Line>
  const totals = rollup({ from: slow, by: ['k'], measure: { n: count() } })
  const sibling = rollup({ from: src, by: ['k'], measure: { n: count() } })
  return { src, slow, totals, sibling } as Record<string, Node>
}

describe('a node that misses its deadline', () => {
  test('goes on with `warn`: an event at once, the fact in the outcome with how late it was, nothing for hooks', async () => {
    const told: StepResult[] = []
    const ran = await runIn(
      await folder(),
      nodes(world(parts()), { within: '40ms' }, 60),
      {},
      {
        ...quiet,
        hooks: { afterStep: (result) => void told.push(result) },
      },
    )
    expect(ran.outcome).toMatchObject({ status: 'succeeded', errors: [] })
    expect(missedIn(ran)).toMatchObject([{ node: 'slow', deadline: 'within 40ms', action: 'warn', pipeline: 'p' }])
    const order = ran.events.map(({ type, node }) => `${type} ${node ?? ''}`)
    expect(order.indexOf('deadline.missed slow')).toBeLessThan(order.indexOf('node.finished slow'))
    expect(ran.outcome.missed).toEqual([
      { node: 'slow', due: expect.any(Number), deadline: 'within 40ms', action: 'warn', late: expect.any(Number) },
    ])
    expect(ran.outcome.missed[0]?.late).toBeGreaterThan(0)
    expect(told.map(({ node, missed }) => [node, missed])).toContainEqual(['slow', undefined])
  })

  test('is told to `afterStep` with `notify`', async () => {
    const told: StepResult[] = []
    await runIn(
      await folder(),
      nodes(world(parts()), { within: '30ms', action: 'notify' }, 50),
      {},
      {
        ...quiet,
        hooks: { afterStep: (result) => void told.push(result) },
      },
    )
    expect(told.find(({ node }) => node === 'slow')?.missed).toMatchObject([
      { node: 'slow', deadline: 'within 30ms', action: 'notify' },
    ])
    expect(told.filter(({ missed }) => missed !== undefined)).toHaveLength(1)
  })

  test('is stopped with `halt` while it works; what needs it is withheld, its sibling commits, and the next run goes on', async () => {
    const [place, own] = [await folder(), world(parts())]
    const started = performance.now()
    const ran = await runIn(place, nodes(own, { within: '50ms', action: 'halt' }, 0, true), {}, quiet)
    expect(performance.now() - started).toBeLessThan(3_000)
    expect(ran.error).toMatchObject({
      code: 'DEADLINE_MISSED',
      message: expect.stringMatching(/^"slow" missed its deadline \(within 50ms, due 20.*Z\)$/),
      data: { node: 'slow' },
    })
    expect(ran.outcome.errors).toHaveLength(1)
    expect(['src', 'slow', 'totals', 'sibling'].map(ran.status)).toEqual([
      'committed',
      'withheld',
      'withheld',
      'committed',
    ])
    expect(await ran.rows('sibling')).toEqual([
      { k: 'x', n: 2 },
      { k: 'y', n: 1 },
    ])
    expect(ran.outcome.missed).toMatchObject([{ node: 'slow', action: 'halt' }])
    expect(ran.outcome.missed[0]).not.toHaveProperty('late')
    const again = await runIn(place, nodes(own, { within: '1h', action: 'halt' }, 0), {}, quiet)
    expect(again.outcome).toMatchObject({ status: 'succeeded', missed: [] })
    expect(await again.rows('totals')).toEqual(await ran.rows('sibling'))
  })

  test('keeps what it committed before', async () => {
    const [place, own] = [await folder(), world(parts())]
    await runIn(place, nodes(own, undefined, 0), {}, quiet)
    own.parts['c'] = lines([9, 'z', 9])
    const late = await runIn(place, nodes(own, { within: '40ms', action: 'halt' }, 0, true), {}, quiet)
    expect(late.status('slow')).toBe('withheld')
    const entry = late.outcome.entry
    const whole = await runIn(place, nodes(own, { within: '40ms', action: 'halt' }, 0), { from: ['totals'] }, quiet)
    expect(entry).toBe(2)
    expect(whole.outcome.errors).toEqual([])
  })

  test('says nothing when it is done in time, and leaves no timer behind', async () => {
    const ran = await runIn(await folder(), nodes(world(parts()), { by: '00:00', action: 'halt' }, 0), {}, quiet)
    expect([ran.outcome.status, ran.outcome.missed, missedIn(ran)]).toEqual(['succeeded', [], []])
  })

  test('counts also where its code never gave control back, so that the alarm came too late', async () => {
    const src = linesOf(world(parts()))
    const busy = each({
      from: src,
      deadline: { within: '20ms', action: 'halt' },
      run: (batch) => {
        for (const until = performance.now() + 40; performance.now() < until; );
        return batch
      },
    })
    const ran = await runIn(await folder(), { src, busy }, {}, quiet)
    expect([ran.error?.code, ran.status('busy')]).toEqual(['DEADLINE_MISSED', 'withheld'])
  })

  test('is stopped also in the pause before it is tried again, and its sibling commits', async () => {
    const src = linesOf(world(parts()))
    const retry = { attempts: 3, backoff: 50_000 }
    const refuse = (batch: Table) => {
      if (batch.numRows() > 0) throw new Error('refused')
      return batch
    }
    const fussy = each({ from: src, retry, deadline: { within: '60ms', action: 'halt' }, run: refuse, version: '1' })
    const sibling = rollup({ from: src, by: ['k'], measure: { n: count() } })
    const started = performance.now()
    const ran = await runIn(await folder(), { src, fussy, sibling } as never, {}, quiet)
    expect(performance.now() - started).toBeLessThan(3_000)
    expect(ran.error).toMatchObject({ code: 'DEADLINE_MISSED', data: { node: 'fussy' } })
    expect(['fussy', 'sibling'].map(ran.status)).toEqual(['withheld', 'committed'])
  })

  test('is stopped also while it is rehearsed', async () => {
    const src = linesOf(world(parts()))
    const stuck = each({
      from: src,
      deadline: { within: '50ms', action: 'halt' },
      run: () => new Promise<never>(() => undefined),
    })
    const ran = await runIn(await folder(), { src, stuck }, {}, quiet)
    expect([ran.error?.code, ran.status('stuck'), ran.status('src')]).toEqual([
      'DEADLINE_MISSED',
      'withheld',
      'committed',
    ])
  })

  test('is stopped also while its source is being listed', async () => {
    const own = world(parts())
    own.onList = () => new Promise<never>(() => undefined)
    const src = linesOf(own, { deadline: { within: '50ms', action: 'halt' } })
    const ran = await runIn(await folder(), { src }, {}, quiet)
    expect([ran.error?.code, ran.status('src')]).toEqual(['DEADLINE_MISSED', 'withheld'])
  })

  test('is watched only where the run looks at it', async () => {
    const [place, own] = [await folder(), world(parts())]
    const ran = await runIn(place, nodes(own, { within: '1ms', action: 'halt' }, 0), { only: ['sibling'] }, quiet)
    expect([ran.outcome.status, ran.outcome.missed]).toEqual(['succeeded', []])
  })
})

describe('a target that misses its deadline', () => {
  const hanging = defineTarget({
    name: 'test/hanging',
    create: () => ({
      publish: 'atomic' as const,
      location: 'nowhere',
      commit: ({ signal }: { readonly signal: AbortSignal }) =>
        new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    }),
  })

  test('is stopped, and what was computed is committed', async () => {
    const src = linesOf(world(parts()))
    const out = (hanging as never as (given: object) => Node)({
      from: src,
      deadline: { within: '60ms', action: 'halt' },
    })
    const ran = await runIn(await folder(), { src, out }, {}, quiet)
    expect([ran.status('src'), ran.status('out'), ran.error?.code]).toEqual([
      'committed',
      'withheld',
      'DEADLINE_MISSED',
    ])
  })
})

describe('a pipeline that misses its deadline', () => {
  test('is told to hooks with every node, and in the outcome', async () => {
    const told: StepResult[] = []
    const ran = await runIn(
      await folder(),
      nodes(world(parts()), undefined, 50),
      {},
      {
        ...quiet,
        deadlines: { p: { within: '20ms', action: 'notify' } },
        hooks: { afterStep: (result) => void told.push(result) },
      },
    )
    expect(ran.outcome.status).toBe('succeeded')
    expect(missedIn(ran)).toMatchObject([{ deadline: 'within 20ms', action: 'notify' }])
    expect(missedIn(ran)[0]).not.toHaveProperty('node')
    expect(told.every(({ missed }) => missed?.length === 1 && missed[0]?.node === undefined)).toBe(true)
    expect(ran.outcome.missed[0]?.late).toBeGreaterThan(0)
  })

  test('stops with `halt` what is still at work and commits what was done', async () => {
    const own = world(parts())
    const src = linesOf(own)
    const quick = rollup({ from: src, by: ['k'], measure: { n: count() } })
    const stuck = linesOf(world({ z: lines([1, 'x', 1]) }))
    const after = each({
      from: stuck,
      with: { quick },
      run: (batch: Table) => (batch.numRows() === 0 ? batch : new Promise<never>(() => undefined)),
    } as never) as Node
    const ran = await runIn(
      await folder(),
      { src, quick, stuck, after },
      {},
      {
        ...quiet,
        deadlines: { p: { within: '200ms', action: 'halt' } },
      },
    )
    expect(ran.outcome.errors.map(({ code, message }) => `${code} ${message.replace(/due .*\)/, 'due)')}`)).toEqual([
      expect.stringMatching(
        /^DEADLINE_MISSED "\w+" was stopped: pipeline "p" missed its deadline \(within 200ms, due\)$/,
      ),
    ])
    expect([ran.status('quick'), ran.status('after')]).toEqual(['committed', 'withheld'])
  })

  test('is not halted when its deadline was over before it began: a late tick must be able to catch up', async () => {
    const ran = await runIn(
      await folder(),
      nodes(world(parts()), undefined, 0),
      { scheduled: Date.parse('2026-01-01T02:00Z') },
      { ...quiet, deadlines: { p: { by: '06:00', action: 'halt' } } },
    )
    expect(ran.outcome).toMatchObject({ status: 'succeeded', missed: [{ action: 'notify', deadline: 'by 06:00 UTC' }] })
    expect(ran.events[0]).toMatchObject({ type: 'run.started', scheduled: Date.parse('2026-01-01T02:00Z') })
  })
})
