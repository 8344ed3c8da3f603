import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineTarget, provide, Workspace } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createDiskWorkspace } from '../../src/plugins/defaults/disk-workspace.ts'
import { createMemoryWorkspace } from '../support/memory-workspace.ts'
import { expectedTotals, partsOf, tradesOf } from './concurrent-pipeline.ts'
import { lines, linesOf, type Ran, runIn, type World, world } from './lab.ts'
import { folder } from './scratch.ts'

async function log(place: string) {
  const names = (await readdir(join(place, '.tidegate/log/development/p'))).sort()
  const entries = await Promise.all(
    names.map(
      async (name) =>
        JSON.parse(await readFile(join(place, '.tidegate/log/development/p', name), 'utf8')) as {
          number: number
          runId: string
        },
    ),
  )
  return { names, entries }
}

async function contiguous(place: string) {
  const { names, entries } = await log(place)
  expect(names).toEqual(entries.map((_, index) => `${String(index + 1).padStart(12, '0')}.json`))
  expect(entries.map((entry) => entry.number)).toEqual(entries.map((_, index) => index + 1))
  return entries
}

const totals = async (ran: Ran) => (await ran.rows('totals')).map((row) => [row['k'], row['n'], row['total']])

describe('two runs at once', () => {
  test('of the same data, by two kernels in one process: one commits, the other finds it done', async () => {
    for (let round = 0; round < 5; round++) {
      const place = await folder()
      const ran = await Promise.all([1, 2].map(() => runIn(place, tradesOf(world(partsOf(4))))))
      for (const one of ran) {
        expect(one.error).toBeUndefined()
        expect(await totals(one)).toEqual(expectedTotals(partsOf(4)))
      }
      await contiguous(place)
      expect(await readdir(join(place, '.tidegate/locks'))).toEqual([])
    }
  })

  test('of different data, by two kernels in one process: both commit, one after the other', async () => {
    for (let round = 0; round < 5; round++) {
      const place = await folder()
      const [small, large] = await Promise.all([
        runIn(place, tradesOf(world(partsOf(2)))),
        runIn(place, tradesOf(world(partsOf(5)))),
      ])
      expect(await totals(small as Ran)).toEqual(expectedTotals(partsOf(2)))
      expect(await totals(large as Ran)).toEqual(expectedTotals(partsOf(5)))
      const entries = await contiguous(place)
      expect(new Set(entries.map((entry) => entry.runId)).size).toBe(2)
      expect(await totals(await runIn(place, tradesOf(world(partsOf(5)))))).toEqual(expectedTotals(partsOf(5)))
    }
  })

  test('in two processes: both end well, and the log has neither gaps nor duplicates', async () => {
    const place = await folder()
    const script = new URL('./concurrent-child.ts', import.meta.url).pathname
    const children = [3, 6].map((parts) =>
      fork(script, [place, String(parts), '6'], {
        execArgv: ['--import', 'tsx', '-C', 'tidegate-source'],
        stdio: 'inherit',
      }),
    )
    await Promise.all(children.map((child) => once(child, 'message')))
    for (const child of children) child.send('go')
    const endings = await Promise.all(children.map((child) => once(child, 'exit')))
    expect(endings.map(([code]) => code)).toEqual([0, 0])
    const entries = await contiguous(place)
    expect(entries.length).toBeGreaterThanOrEqual(2)
    const ran = await runIn(place, tradesOf(world(partsOf(6))))
    expect(await totals(ran)).toEqual(expectedTotals(partsOf(6)))
    expect(await readdir(join(place, '.tidegate/locks'))).toEqual([])
  }, 60_000)

  test('end in RUN_CONFLICT when others keep committing first, and nothing of the others is lost', async () => {
    const place = await folder()
    const disk = createDiskWorkspace({ folder: join(place, '.tidegate') })
    const rival = provide(Workspace, {
      name: 'test/rival',
      create: () => ({
        ...disk,
        async putIfAbsent(path, data) {
          const own = JSON.parse(Buffer.from(data).toString()) as object
          await disk.putIfAbsent(path, Buffer.from(JSON.stringify({ ...own, runId: 'rival', nodes: {} })))
          return disk.putIfAbsent(path, data)
        },
      }),
    })()
    const error = await runIn(place, tradesOf(world(partsOf(2))), {}, { workspace: rival }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({
      code: 'RUN_CONFLICT',
      message: 'Other runs of "p" in "development" kept committing first, 5 times',
      hint: expect.stringMatching(/one after another/),
    })
    expect((await contiguous(place)).every((entry) => entry.runId === 'rival')).toBe(true)
    const ran = await runIn(place, tradesOf(world(partsOf(2))))
    expect(await totals(ran)).toEqual(expectedTotals(partsOf(2)))
  })
})

describe('a target', () => {
  test('shows what the newest entry says, although an older run published after a newer one', async () => {
    const place = await folder()
    let shown: unknown[] = []
    let gate: Promise<void> | undefined
    const board = defineTarget({
      name: 'test/board',
      options: z.object({}),
      create: () => ({
        publish: 'atomic',
        location: 'board',
        async commit(publication) {
          const mine: unknown[] = []
          for await (const batch of publication.batches())
            for (let row = 0; row < batch.length; row++) mine.push(batch.columns[0]?.at(row))
          await gate
          shown = mine
          return { rows: mine.length, bytes: 0, files: [] }
        },
      }),
    })
    const own: World = world({ a: lines([1, 'x', 1]) })
    const nodes = () => {
      const src = linesOf(own)
      return { src, out: board({ from: src }) }
    }
    let open = (): void => undefined
    gate = new Promise((resolve) => {
      open = resolve
    })
    const slow = runIn(place, nodes())
    while ((await log(place).catch(() => ({ names: [] }))).names.length === 0)
      await new Promise((resolve) => setTimeout(resolve, 5))
    gate = undefined
    own.parts = { a: lines([1, 'x', 1], [2, 'y', 2]) }
    const quick = await runIn(place, nodes())
    expect(quick.status('out')).toBe('published')
    open()
    expect((await slow).error).toBeUndefined()
    expect(shown).toEqual([1, 2])
    const entries = await contiguous(place)
    expect(entries.length).toBeGreaterThanOrEqual(3)
    expect((await runIn(place, nodes())).status('out')).toBe('up to date')
  })
})

describe('a workspace in memory', () => {
  test('serves runs of two environments side by side, each with a log of its own and records in common', async () => {
    const objects = new Map<string, Uint8Array>()
    const workspace = () => provide(Workspace, { name: 'test/memory', create: () => createMemoryWorkspace(objects) })()
    const own = world(partsOf(3))
    await runIn('/', tradesOf(own), {}, { workspace: workspace(), env: 'development' })
    expect(own.opened).toHaveLength(3)
    const ran = await runIn('/', tradesOf(own), {}, { workspace: workspace(), env: 'production' })
    expect(own.opened).toHaveLength(3)
    expect(await totals(ran)).toEqual(expectedTotals(partsOf(3)))
    expect([...objects.keys()].filter((path) => path.startsWith('log/'))).toEqual([
      'log/development/p/000000000001.json',
      'log/production/p/000000000001.json',
    ])
  })
})
