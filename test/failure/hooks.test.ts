import { count, defineTarget, each, type Handlers, type Node, rollup } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { lines, linesOf, runIn, type World, world } from './lab.ts'
import { folder } from './scratch.ts'

const parts = { a: lines([1, 'x', 1]), b: lines([2, 'y', 2]) }
const shelf = defineTarget({
  name: 'test/shelf',
  create: () => ({
    publish: 'atomic' as const,
    location: 'shelf',
    commit: async ({ rows }) => ({ rows, bytes: 7, files: ['shelf'] }),
  }),
})

function nodesOf(own: World): Record<string, Node> {
  const src = linesOf(own)
  const fused = each({ from: src, run: (t) => t.derive({ w: (d) => d.id + 1 }) })
  const totals = rollup({ from: fused, by: ['k'], measure: { n: count() } })
  return { src, fused: fused as Node, totals: totals as Node, out: shelf({ from: totals }) as Node }
}

const noting = (told: string[]): Handlers => ({
  beforeStep: ({ node }) => void told.push(`before ${node}`),
  afterStep: ({ node, status, rowsOut }) => void told.push(`after ${node}: ${status}, ${rowsOut}`),
})

describe('beforeStep and afterStep', () => {
  test('are told of every node that has something to do, sources, fused nodes and targets included', async () => {
    const [place, own, told] = [await folder(), world(parts), [] as string[]]
    await runIn(place, nodesOf(own), {}, { hooks: noting(told) })
    expect(told).toEqual([
      'before src',
      'before fused',
      'before totals',
      'before out',
      'after src: committed, 2',
      'after fused: committed, 2',
      'after totals: committed, 2',
      'after out: published, 2',
    ])
    told.splice(0)
    await runIn(place, nodesOf(own), {}, { hooks: noting(told) })
    expect(told).toEqual([])
  })

  test('are told of a node whose parts only became fewer: its fold is another', async () => {
    const [place, own, told] = [await folder(), world(parts), [] as string[]]
    await runIn(place, nodesOf(own))
    own.parts = { a: parts.a }
    const ran = await runIn(place, nodesOf(own), {}, { hooks: noting(told) })
    expect(ran.error).toBeUndefined()
    expect(told.filter((text) => text.startsWith('after'))).toEqual([
      'after src: committed, 1',
      'after fused: committed, 1',
      'after totals: committed, 1',
      'after out: published, 1',
    ])
  })

  test('that throw before a step stop that node and what reads it, and are named', async () => {
    const told: string[] = []
    const ran = await runIn(
      await folder(),
      nodesOf(world(parts)),
      {},
      {
        hooks: {
          ...noting(told),
          beforeStep: ({ node }) => {
            if (node === 'totals') throw new Error('not today')
          },
        },
      },
    )
    expect(ran.error).toMatchObject({ code: 'HOOK_FAILED', message: expect.stringMatching(/beforeStep.*not today/s) })
    expect(['src', 'fused', 'totals', 'out'].map(ran.status)).toEqual(['committed', 'committed', 'failed', 'skipped'])
    expect(told).toContain('after totals: failed, 0')
  })

  test('that throw after a step are an error of the run, and what was committed stays', async () => {
    const place = await folder()
    const ran = await runIn(
      place,
      nodesOf(world(parts)),
      {},
      {
        hooks: {
          afterStep: ({ node }) => {
            if (node === 'src') throw new Error('no ink')
          },
        },
      },
    )
    expect(ran.outcome.status).toBe('failed')
    expect(ran.outcome.errors).toEqual([
      expect.objectContaining({ code: 'HOOK_FAILED', message: expect.stringMatching(/afterStep.*no ink/s) }),
    ])
    expect((await runIn(place, nodesOf(world(parts)))).outcome.status).toBe('up to date')
  })

  test('that throw before a target leave the target unpublished, and the next run publishes', async () => {
    const place = await folder()
    const ran = await runIn(
      place,
      nodesOf(world(parts)),
      {},
      {
        hooks: {
          beforeStep: ({ node }) => {
            if (node === 'out') throw new Error('closed')
          },
        },
      },
    )
    expect([ran.status('totals'), ran.status('out')]).toEqual(['committed', 'failed'])
    expect((await runIn(place, nodesOf(world(parts)))).status('out')).toBe('published')
  })
})

describe('a target that fails', () => {
  test('is named, tried again when asked to, and published by the next run', async () => {
    const [place, own] = [await folder(), world(parts)]
    let [left, calls] = [1, 0]
    const flaky = defineTarget({
      name: 'test/flaky',
      create: () => ({
        publish: 'atomic' as const,
        location: 'flaky',
        async commit({ rows }) {
          calls++
          if (left-- > 0) throw new Error('503 try later')
          return { rows, bytes: 0, files: [] }
        },
      }),
    })
    const nodes = (options: object): Record<string, Node> => {
      const src = linesOf(own)
      return { src, out: flaky({ from: src, ...options }) as Node }
    }
    const ran = await runIn(place, nodes({}))
    expect(ran.error).toMatchObject({
      code: 'TARGET_FAILED',
      message: 'Target "out" could not publish: 503 try later',
      hint: expect.stringMatching(/still there/),
    })
    expect(ran.status('src')).toBe('committed')
    left = 2
    const again = await runIn(place, nodes({ retry: { attempts: 3, backoff: 1 } }))
    expect([again.error, again.status('out'), calls]).toEqual([undefined, 'published', 4])
    const stuck = defineTarget({
      name: 'test/stuck',
      create: () => ({
        publish: 'atomic' as const,
        location: 'stuck',
        commit: () => new Promise<never>(() => undefined),
      }),
    })
    const slow = await runIn(place, {
      src: linesOf(own),
      out: stuck({ from: linesOf(own), timeout: '50ms' }) as Node,
    }).catch((error: unknown) => error)
    expect(slow).toMatchObject({ code: 'NODE_UNNAMED' })
    const src = linesOf(own)
    expect((await runIn(place, { src, stuck: stuck({ from: src, timeout: '50ms' }) as Node })).error).toMatchObject({
      code: 'STEP_TIMEOUT',
      message: expect.stringContaining('"stuck" took longer than 0.05 s'),
    })
  })
})
