import { defineStep, type Node } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { counted, lines, linesOf, runIn, thrown, world } from './lab.ts'
import { folder } from './scratch.ts'

const parts = { a: lines([1, 'x', 1], [2, 'y', 2]), b: lines([3, 'x', 3]) }
const forever = () => new Promise<never>(() => undefined)

/** A whole-table step that gives one batch after another, and then nothing, for ever. */
function endless(given: { readonly from: Node; readonly timeout?: string }): Node {
  const kind = defineStep({
    name: 'test/endless',
    shape: 'whole',
    create: () => ({
      shape: 'whole' as const,
      describe: async (inputs) => ({ schema: inputs[''] ?? { fields: [] } }),
      async *compute(inputs) {
        const input = inputs['']
        if (input !== undefined) yield* input.batches()
        await forever()
      },
    }),
  })
  return kind(given as never)
}

describe('a step or source that never ends', () => {
  test('is stopped by its time-out: a source that never gives a row', async () => {
    const own = world(parts)
    own.onOpen = (part) => (part === 'b' ? forever() : undefined)
    const ran = await runIn(await folder(), { src: linesOf(own, { timeout: '100ms' }) })
    expect(ran.error).toMatchObject({
      code: 'STEP_TIMEOUT',
      message: 'Step "src" took longer than 0.1 s on b',
      hint: expect.stringMatching(/timeout/),
    })
  }, 5_000)

  test('is stopped by its time-out: a step that yields and then waits', async () => {
    const src = linesOf(world(parts))
    const ran = await runIn(await folder(), { src, slow: endless({ from: src, timeout: '100ms' }) })
    expect(ran.error).toMatchObject({ code: 'STEP_TIMEOUT', message: 'Step "slow" took longer than 0.1 s' })
    expect(ran.status('src')).toBe('committed')
  }, 5_000)

  test('is left at once when the run is cancelled, and what was finished is adopted by the next run', async () => {
    const [place, own, stop, calls] = [await folder(), world(parts), new AbortController(), [] as number[]]
    own.onOpen = (part) => {
      if (part !== 'b') return undefined
      setTimeout(() => stop.abort(), 50)
      return forever()
    }
    const nodes = () => {
      const src = linesOf(own)
      return { src, step: counted(calls, { from: src, keep: true }) }
    }
    const started = performance.now()
    const error = await thrown(runIn(place, nodes(), { signal: stop.signal }))
    expect(performance.now() - started).toBeLessThan(2_000)
    expect(error).toMatchObject({
      code: 'RUN_ABORTED',
      message: 'The run was cancelled',
      hint: expect.stringMatching(/next run adopts/),
    })
    expect(calls).toEqual([2])
    delete own.onOpen
    const ran = await runIn(place, nodes())
    expect(calls).toEqual([2, 1])
    expect(own.opened).toEqual(['a', 'b', 'b'])
    expect((await ran.rows('step')).map((row) => row['id'])).toEqual([1, 2, 3])
  }, 5_000)

  test('does not begin at all when the signal is aborted before', async () => {
    const own = world(parts)
    expect(await thrown(runIn(await folder(), { src: linesOf(own) }, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'RUN_ABORTED',
    })
    expect(own.opened).toEqual([])
  })
})

describe('retries', () => {
  const failing = (times: number) => {
    const own = world(parts)
    let left = times
    own.onOpen = (part) => {
      if (part === 'b' && left-- > 0) throw new Error('connection reset by peer')
    }
    return own
  }

  test('try a part again, with backoff, and the events tell', async () => {
    const own = failing(2)
    const ran = await runIn(await folder(), { src: linesOf(own, { retry: { attempts: 3, backoff: 1 } }) })
    expect(ran.error).toBeUndefined()
    expect(own.opened.filter((part) => part === 'b')).toHaveLength(3)
    const retried = ran.events.filter((event) => event.type === 'part.retried')
    expect(retried.map((event) => [event.node, event.part, event.attempt, event.error.code])).toEqual([
      ['src', 'b', 1, 'STEP_FAILED'],
      ['src', 'b', 2, 'STEP_FAILED'],
    ])
    expect(retried.every((event) => event.delay >= 0 && event.delay <= 2)).toBe(true)
  })

  test('give up after the attempts that were allowed', async () => {
    const own = failing(9)
    const ran = await runIn(await folder(), { src: linesOf(own, { retry: { attempts: 2, backoff: 1 } }) })
    expect(own.opened.filter((part) => part === 'b')).toHaveLength(2)
    expect(ran.error).toMatchObject({
      code: 'STEP_FAILED',
      message: expect.stringMatching(/src, part b.*connection reset by peer/),
    })
    expect(ran.error?.cause).toMatchObject({ message: 'connection reset by peer' })
  })

  test('help a listing that fails as well', async () => {
    const own = world(parts)
    let left = 2
    own.onList = () => {
      if (left-- > 0) throw new Error('the bucket is asleep')
    }
    const ran = await runIn(await folder(), { src: linesOf(own, { retry: { attempts: 3, backoff: 1 } }) })
    expect([ran.error, ran.status('src'), left]).toEqual([undefined, 'committed', -1])
    left = 1
    expect((await runIn(await folder(), { src: linesOf(own) })).error).toMatchObject({
      code: 'STEP_FAILED',
      message: 'Node "src" failed: the bucket is asleep',
    })
  })

  test('are not made without being asked for', async () => {
    const own = failing(1)
    const ran = await runIn(await folder(), { src: linesOf(own) })
    expect(own.opened.filter((part) => part === 'b')).toHaveLength(1)
    expect(ran.status('src')).toBe('failed')
  })

  test('end at once when the run is cancelled during the pause', async () => {
    const [own, stop] = [failing(9), new AbortController()]
    const started = performance.now()
    setTimeout(() => stop.abort(), 100)
    const error = await thrown(
      runIn(
        await folder(),
        { src: linesOf(own, { retry: { attempts: 9, backoff: 60_000 } }) },
        { signal: stop.signal },
      ),
    )
    expect(error.code).toBe('RUN_ABORTED')
    expect(performance.now() - started).toBeLessThan(3_000)
  }, 5_000)
})
