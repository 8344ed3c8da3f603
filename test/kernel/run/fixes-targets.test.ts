import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { toCsv } from '@tidegate/files'
import {
  type Batch,
  defineConfig,
  defineSource,
  defineTarget,
  each,
  type Node,
  pipeline,
  provide,
  run,
  secretText,
  table,
  Workspace,
} from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { takeGarbageLock } from '../../../src/kernel/commit/lock.ts'
import { createKernel } from '../../../src/kernel/kernel.ts'
import { runPipeline } from '../../../src/kernel/run/run-pipeline.ts'
import { Line, lines, linesOf, rowsOf, runIn, thrown, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'
import { createMemoryWorkspace } from '../../support/memory-workspace.ts'

const columns = {
  fields: [
    { name: 'id', type: { kind: 'int', bits: 32, signed: true }, nullable: false },
    { name: 'k', type: { kind: 'string' }, nullable: false },
    { name: 'v', type: { kind: 'float', bits: 64 }, nullable: true },
  ],
} as const
const someLines = () => table(Line, { id: [1], k: ['x'], v: [1] })

/** A target that does what `commit` says. */
function targetOf(
  from: Node,
  commit: (signal: AbortSignal, batches: AsyncIterable<Batch>) => Promise<void>,
  options = {},
): Node {
  return defineTarget({
    name: 'test/target',
    create: () => ({
      publish: 'atomic' as const,
      location: 'nowhere',
      async commit({ signal, rows, batches }) {
        await commit(signal, batches())
        return { rows, bytes: 0, files: [] }
      },
    }),
  })({ from, ...options } as never) as Node
}

describe('a run into another environment', () => {
  test('publishes no target, says so, and reads the rows all the same', async () => {
    const place = await folder()
    const src = linesOf(world({ a: lines([1, 'x', 1]) }), { keep: true })
    const nodes = { src, out: toCsv({ from: src, path: 'out.csv' }) as unknown as Node }
    await runIn(place, nodes)
    const shown = readFileSync(join(place, 'out.csv'), 'utf8')
    const sample = linesOf(world({ s: lines([9, 'q', 9]) }), { keep: true })
    const ran = await runIn(place, nodes, { replace: [[src, sample]], into: 'scratch' })
    expect(readFileSync(join(place, 'out.csv'), 'utf8')).toBe(shown)
    expect(ran.outcome.states.get('out')).toMatchObject({
      status: 'skipped',
      why: 'not published: the run goes into scratch',
    })
    expect([ran.outcome.status, await ran.rows('src')]).toEqual(['succeeded', [{ id: 9, k: 'q', v: 9 }]])
    expect((await runIn(place, nodes, { into: 'development' })).status('out')).toBe('up to date')
  })
})

describe('a target that is one file', () => {
  test('is published again when another file of the same size took its place', async () => {
    const place = await folder()
    const file = join(place, 'out.csv')
    const src = linesOf(world({ a: lines([1, 'x', 1]) }))
    const nodes = { src, out: toCsv({ from: src, path: 'out.csv' }) as unknown as Node }
    await runIn(place, nodes)
    const shown = readFileSync(file, 'utf8')
    expect((await runIn(place, nodes)).status('out')).toBe('up to date')
    writeFileSync(`${file}.other`, shown.replace('x', 'y'))
    renameSync(`${file}.other`, file)
    expect((await runIn(place, nodes)).status('out')).toBe('published')
    expect(readFileSync(file, 'utf8')).toBe(shown)
  })
})

describe('a commit that takes longer than its time-out', () => {
  test('is told to end, and has ended before the next attempt begins', async () => {
    const src = linesOf(world({ a: lines([1, 'x', 1]) }))
    const told: string[] = []
    let attempt = 0
    const out = targetOf(
      src,
      async (signal) => {
        const own = ++attempt
        told.push(`begin ${own}`)
        if (own === 1) {
          await pause(10_000, undefined, { signal }).catch(() => undefined)
          await pause(100)
        }
        told.push(`end ${own}`)
      },
      { timeout: '200ms', retry: { attempts: 2, backoff: 1 } },
    )
    const ran = await runIn(await folder(), { src, out })
    expect([ran.status('out'), told]).toEqual(['published', ['begin 1', 'end 1', 'begin 2', 'end 2']])
  })

  test('fails the target when no attempt is left, and is told so too', async () => {
    const src = linesOf(world({ a: lines([1, 'x', 1]) }))
    let told: unknown
    const commit = async (signal: AbortSignal) => {
      await pause(10_000, undefined, { signal }).catch(() => undefined)
      told = signal.reason
    }
    const ran = await runIn(await folder(), { src, out: targetOf(src, commit, { timeout: '100ms' }) })
    expect([ran.status('out'), ran.error?.code, ran.error === told]).toEqual(['failed', 'STEP_TIMEOUT', true])
  })
})

describe('the random numbers of a source', () => {
  /** Each part holds one number. `draws` says from where. */
  const drawn = (ids: readonly string[], from: 'request' | 'none' = 'request') =>
    defineSource({
      name: 'test/drawn',
      create: () => ({
        listing: 'complete' as const,
        async *discover() {
          for (const id of ids) yield { id, fingerprint: '1' }
        },
        describe: async () => columns,
        async *open(_, request) {
          const v = from === 'request' ? request.random() : 0
          yield table(Line, { id: [0], k: ['x'], v: [v] })
        },
      }),
    })({ schema: Line, keep: true } as never) as Node

  test('belong to the part: another order, or fewer parts, gives the same numbers', async () => {
    const values = async (ids: readonly string[]) => {
      const ran = await runIn(await folder(), { src: drawn(ids) }, {}, { concurrency: 1 })
      return Object.fromEntries((await ran.rows('src')).map((row, i) => [ids[i], row['v']]))
    }
    const all = await values(['a', 'b', 'c'])
    expect(new Set(Object.values(all)).size).toBe(3)
    expect(await values(['c', 'b', 'a'])).toEqual(all)
    expect(await values(['b'])).toEqual({ b: all['b'] })
  })

  test('make the seed part of the record, and only where they are drawn', async () => {
    for (const from of ['request', 'none'] as const) {
      const place = await folder()
      const nodes = { src: drawn(['a'], from) }
      await runIn(place, nodes)
      expect((await runIn(place, nodes)).status('src')).toBe('up to date')
      const other = await runIn(place, nodes, {}, { seed: 7 })
      expect(other.status('src')).toBe(from === 'request' ? 'committed' : 'up to date')
      expect(other.outcome.states.get('src')?.section?.parts[0]?.record.read).toEqual(
        from === 'request' ? { seed: 7 } : {},
      )
    }
  })
})

describe('a connector', () => {
  const flaky = (fails: { create?: number; close?: boolean }, told: string[], name = 'test/flaky') =>
    defineSource({
      name,
      create: () => {
        told.push('create')
        if ((fails.create ?? 0) > 0) {
          fails.create = (fails.create ?? 0) - 1
          throw new Error('not yet')
        }
        return {
          listing: 'complete' as const,
          async *discover() {
            yield { id: 'a', fingerprint: '1' }
          },
          describe: async () => columns,
          async *open() {
            yield someLines()
          },
          close() {
            told.push('close')
            if (fails.close) throw new Error('cannot close')
          },
        }
      },
    })

  test('that could not be made is made anew by whoever asks again', async () => {
    const told: string[] = []
    const source = flaky({ create: 1 }, told)
    const src = source({ schema: Line } as never) as Node
    const kernel = await createKernel(defineConfig(() => ({ pipelines: { p: pipeline({ src }) } })) as never, {
      folder: await folder(),
    })
    const first = await runPipeline(kernel, 'p')
    expect(first.status).toBe('failed')
    await first.engine.source('src')
    expect(told).toEqual(['create', 'create'])
    await kernel.dispose()
  })

  test('that cannot be closed fails no run, and the others are closed', async () => {
    const told: string[] = []
    const one = flaky({ close: true }, told)({ schema: Line } as never) as Node
    const two = flaky({}, told, 'test/other')({ schema: Line } as never) as Node
    const three = flaky({ close: true }, told, 'test/third')({ schema: Line } as never) as Node
    const ran = await runIn(await folder(), { one, two, three })
    expect([ran.outcome.status, told.filter((word) => word === 'close').length]).toEqual(['succeeded', 3])
  })
})

describe('a handle', () => {
  test('read after the run opens connectors anew, and closes them when the last read ends', async () => {
    const told: string[] = []
    let live = false
    const source = defineSource({
      name: 'test/live',
      create: () => {
        live = true
        told.push('create')
        return {
          listing: 'complete' as const,
          async *discover() {
            yield { id: 'a', fingerprint: '1' }
          },
          describe: async () => columns,
          async *open() {
            if (!live) throw new Error('used after it was closed')
            yield someLines()
          },
          close() {
            live = false
            told.push('close')
          },
        }
      },
    })
    const src = source({ schema: Line } as never) as Node
    const next = each({ from: src, keep: true, run: (t) => t }) as Node
    const ran = await runIn(await folder(), { src, next })
    expect(told).toEqual(['create', 'close'])
    const twice = await Promise.all([rowsOf(ran.outcome, 'src'), rowsOf(ran.outcome, 'src')])
    expect(twice).toEqual([[{ id: 1, k: 'x', v: 1 }], [{ id: 1, k: 'x', v: 1 }]])
    expect(told).toEqual(['create', 'close', 'create', 'close'])
  })

  test('shows no secret when it cannot be read, and may be read again', async () => {
    let broken = false
    const source = defineSource({
      name: 'test/secretive',
      options: z.object({ password: secretText() }),
      create: ({ password }) => ({
        listing: 'complete' as const,
        async *discover() {
          yield { id: 'a', fingerprint: '1' }
        },
        describe: async () => columns,
        async *open() {
          if (broken) throw new Error(`no access for ${password}`)
          yield someLines()
        },
      }),
    })
    process.env['TIDEGATE_TEST_PASSWORD'] = 'hush-hush'
    const before = process.cwd()
    process.chdir(await folder())
    try {
      const handles = (await run(
        defineConfig(({ secret }) => {
          const src = source({ schema: Line, password: secret('TIDEGATE_TEST_PASSWORD') } as never) as Node
          return { pipelines: { p: pipeline({ src, next: each({ from: src, keep: true, run: (t) => t }) as Node }) } }
        }) as never,
        'p' as never,
      )) as unknown as Record<string, { table(): Promise<{ numRows(): number }> }>
      broken = true
      const error = await thrown(handles['src']?.table() as Promise<unknown>)
      expect([error.message.includes('hush-hush'), error.message.includes('[secret TIDEGATE_TEST_PASSWORD]')]).toEqual([
        false,
        true,
      ])
      broken = false
      expect((await handles['src']?.table())?.numRows()).toBe(1)
    } finally {
      process.chdir(before)
    }
  })
})

describe('a collection of garbage', () => {
  test('holds a run up until it is done', async () => {
    const own = world({ a: lines([1, 'x', 1]) })
    const shared = createMemoryWorkspace()
    const release = await takeGarbageLock(shared, { runId: 'gc', at: 1 })
    const running = runIn(
      await folder(),
      { src: linesOf(own) },
      {},
      {
        workspace: provide(Workspace, { name: 'test/memory', create: () => shared })(),
      },
    )
    await pause(250)
    expect(own.opened).toEqual([])
    await release()
    expect((await running).outcome.status).toBe('succeeded')
  })
})
