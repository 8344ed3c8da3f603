import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { between, count, each, type Node, provide, rollup, step, sum, unique, Workspace } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { createDiskWorkspace } from '../../src/plugins/defaults/disk-workspace.ts'
import { dyingWorkspace } from '../support/memory-workspace.ts'
import { gcIn, lines, linesOf, rowsOf, runIn, type World, world } from './lab.ts'
import { folder } from './scratch.ts'

/** A pipeline with everything that writes: kept and fused nodes, quarantine, a condemning check, a roll-up, a whole step, a side table. */
function nodesOf(own: World) {
  const src = linesOf(own, {
    expect: [between('v', 0, 50, { verdict: 'quarantine' }), unique('id', { lose: 'later', verdict: 'quarantine' })],
  })
  const totals = rollup({ from: src, by: ['k'], measure: { n: count(), total: sum('v') } })
  const named = each({ from: src, with: { totals }, run: (t, { totals }) => t.join_left(totals.select('k', 'n'), 'k') })
  const top = step({ from: totals, orderBy: ['k'], run: (t) => t.filter((d) => d.n > 1) })
  return { src, totals, named: named as Node, top }
}

const first = { a: lines([1, 'x', 1], [2, 'y', 99], [3, 'x', 3]), b: lines([4, 'y', 4], [1, 'y', 5]) }
const second = { ...first, b: lines([4, 'y', 40], [7, 'x', 6]), c: lines([8, 'y', 8], [9, 'z', -1]) }

async function contentIn(place: string, own: World) {
  const ran = await runIn(place, nodesOf(own))
  expect(ran.error).toBeUndefined()
  return contentOf(ran)
}

async function contentOf(ran: Awaited<ReturnType<typeof runIn>>) {
  const content: Record<string, unknown> = { bad: await ran.rows('src', 'quarantine') }
  for (const node of ['src', 'totals', 'named', 'top']) content[node] = await ran.rows(node)
  return content
}

const failingAt = (place: string, n: number, after: boolean) =>
  provide(Workspace, {
    name: 'test/dying',
    create: () => {
      const dying = dyingWorkspace(createDiskWorkspace({ folder: join(place, '.tidegate') }), n, after)
      return dying
    },
  })()

async function logNumbers(place: string): Promise<readonly number[]> {
  const names = await readdir(join(place, '.tidegate/log/development/p'))
  return names.map((name) => Number(/^(\d{12})\.json$/.exec(name)?.[1])).sort((a, b) => a - b)
}

describe('a workspace that fails', () => {
  for (const after of [false, true]) {
    test(`at the n-th write (${after ? 'done but not told' : 'not done'}), for every n, loses nothing that was committed and shows nothing by halves`, async () => {
      const before = await contentIn(await folder(), world(first))
      const expected = await contentIn(await folder(), world(second))
      let succeeded = false
      let tried = 0
      for (let n = 1; !succeeded; n++) {
        tried = n
        const place = await folder()
        expect(await contentIn(place, world(first))).toEqual(before)
        const outcome = await runIn(place, nodesOf(world(second)), {}, { workspace: failingAt(place, n, after) }).then(
          (ran) => ({ error: ran.error, ran }),
          (error: unknown) => ({ error: error as { code?: string; message?: string; hint?: string }, ran: undefined }),
        )
        succeeded = outcome.error === undefined
        if (outcome.error !== undefined) {
          expect(outcome.error).toMatchObject({
            code: 'WORKSPACE_FAILED',
            message: expect.stringMatching(/could not (write|delete) .*: the workspace died/),
            hint: expect.stringMatching(/run again/),
          })
        }
        // A lock that could not be removed stands as long as its process lives; that process would be gone by now.
        await rm(join(place, '.tidegate/locks'), { recursive: true, force: true })
        // What was committed is still whole, whatever happened: all of it, or all of the new.
        const seen = await committedContent(place)
        expect([JSON.stringify(before), JSON.stringify(expected)]).toContain(JSON.stringify(seen))
        expect(await contentIn(place, world(second))).toEqual(expected)
        const numbers = await logNumbers(place)
        expect(numbers).toEqual(numbers.map((_, index) => index + 1))
        expect((await gcIn(place, nodesOf(world({})), { entries: 1 })).kept).toBeGreaterThan(0)
        expect(await contentIn(place, world(second))).toEqual(expected)
        expect((await gcIn(place, nodesOf(world({})), { entries: 1 })).deleted).toBe(0)
        expect(await readdir(join(place, '.tidegate/locks'))).toEqual([])
      }
      expect(tried).toBeGreaterThan(10)
    }, 60_000)
  }

  test('says that the disk is full, in its own hint', async () => {
    const place = await folder()
    const full = provide(Workspace, {
      name: 'test/full',
      create: () => {
        const disk = createDiskWorkspace({ folder: join(place, '.tidegate') })
        return {
          ...disk,
          async put(path, data) {
            if (path.startsWith('data/'))
              throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
            return disk.put(path, data)
          },
        }
      },
    })()
    const ran = await runIn(place, nodesOf(world(first)), {}, { workspace: full })
    expect(ran.error).toMatchObject({
      code: 'WORKSPACE_FAILED',
      message: expect.stringContaining('no space left on device'),
      hint: expect.stringMatching(/disk is full.*tidegate gc/),
    })
  })
})

/** What a reader sees of the newest entry, without running anything. */
async function committedContent(place: string) {
  const { createKernel } = await import('../../src/kernel/kernel.ts')
  const { withCommitted } = await import('../../src/kernel/inspect/committed.ts')
  const { defineConfig, pipeline } = await import('tidegate')
  const kernel = await createKernel(defineConfig(() => ({ pipelines: { p: pipeline(nodesOf(world({}))) } })) as never, {
    folder: place,
  })
  try {
    return await withCommitted(kernel, 'p', async (committed) => {
      const outcome = committed as never as Parameters<typeof rowsOf>[0]
      const content: Record<string, unknown> = { bad: await rowsOf(outcome, 'src', 'quarantine') }
      for (const node of ['src', 'totals', 'named', 'top']) content[node] = await rowsOf(outcome, node)
      return content
    })
  } finally {
    await kernel.dispose()
  }
}

describe('a damaged workspace', () => {
  const damage = async (place: string, under: string, change: (bytes: Buffer) => Buffer) => {
    const files = (await readdir(join(place, '.tidegate', under), { recursive: true, withFileTypes: true })).filter(
      (file) => file.isFile(),
    )
    for (const file of files) {
      const path = join(file.parentPath, file.name)
      await writeFile(path, change(await readFile(path)))
    }
    return files.length
  }

  test('is named when a section is no JSON any more', async () => {
    const place = await folder()
    await contentIn(place, world(first))
    await damage(place, 'sections', (bytes) => bytes.subarray(0, 40))
    const error = await runIn(place, nodesOf(world(second))).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'WORKSPACE_CORRUPT',
      message: expect.stringMatching(/sections\/.*no valid JSON/),
      hint: expect.stringMatching(/backup/),
    })
  })

  test('is named when a later version of Tidegate wrote it', async () => {
    const place = await folder()
    await contentIn(place, world(first))
    await damage(place, 'log', (bytes) => Buffer.from(bytes.toString().replace('"version":1', '"version":9')))
    const error = await runIn(place, nodesOf(world(second))).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'WORKSPACE_CORRUPT',
      message: expect.stringMatching(/has version 9; this Tidegate reads version 1/),
      hint: expect.stringMatching(/newer/),
    })
  })

  for (const [what, under, change] of [
    ['empty records', 'records', () => Buffer.alloc(0)],
    ['data cut short', 'data', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
  ] as const) {
    test(`adopts nothing of what a power failure left behind: ${what}`, async () => {
      const place = await folder()
      await runIn(place, nodesOf(world(first)), {}, { workspace: failingAt(place, 12, false) }).catch(() => undefined)
      expect(await damage(place, under, change)).toBeGreaterThan(0)
      expect(await contentIn(place, world(first))).toEqual(await contentIn(await folder(), world(first)))
    })
  }
})

describe('durability', () => {
  test('an entry is written only when everything it stands on is safe, adopted records included', async () => {
    const place = await folder()
    await runIn(place, nodesOf(world(first)), {}, { workspace: failingAt(place, 12, false) }).catch(() => undefined)
    const safe = new Set<string>()
    const written = new Set<string>()
    const watched = provide(Workspace, {
      name: 'test/watched',
      create: () => {
        const disk = createDiskWorkspace({ folder: join(place, '.tidegate') })
        return {
          ...disk,
          async put(path, data) {
            written.add(path)
            return disk.put(path, data)
          },
          async sync(paths) {
            for (const path of paths) safe.add(path)
            return disk.sync?.(paths)
          },
        }
      },
    })()
    const ran = await runIn(place, nodesOf(world(first)), {}, { workspace: watched, durability: 'power' })
    const entry = JSON.parse(await readFile(join(place, '.tidegate/log/development/p/000000000001.json'), 'utf8')) as {
      nodes: Record<string, string>
    }
    const { filesOf } = await import('../../src/kernel/commit/gc.ts')
    const needed = [...ran.outcome.states.values()].flatMap((state) =>
      state.section === undefined ? [] : filesOf(state.section),
    )
    expect([...Object.values(entry.nodes), ...needed].filter((path) => !safe.has(path))).toEqual([])
    expect(needed.some((path) => !written.has(path))).toBe(true)
  })
})
