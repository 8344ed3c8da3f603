import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { hostname } from 'node:os'
import type { Workspace } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { collectGarbage, filesOf } from '../../../src/kernel/commit/gc.ts'
import { liveLocks, takeLock } from '../../../src/kernel/commit/lock.ts'
import { createLog, listLogs } from '../../../src/kernel/commit/log.ts'
import { type Entry, noCounts, type PartRecord, type Section } from '../../../src/kernel/parts/record.ts'
import { createStore } from '../../../src/kernel/parts/store.ts'
import { createArrowStorage } from '../../../src/plugins/defaults/arrow-storage.ts'
import { createMemoryWorkspace } from '../../support/memory-workspace.ts'

const entry = (number: number, nodes: Record<string, string> = {}, withheld: Record<string, string> = {}): Entry => ({
  version: 1,
  number,
  runId: 'r',
  env: 'dev',
  pipeline: 'p',
  at: 0,
  nodes,
  withheld,
  changed: [],
})
const stored = (path: string) => ({ path, format: 'arrow', rows: 1, bytes: 1, content: 'c', schema: { fields: [] } })
const record = (key: string, over: Partial<PartRecord> = {}): PartRecord => ({
  version: 1,
  pipeline: 'p',
  node: 'n',
  part: 'a',
  recipe: key,
  key,
  base: 'b',
  input: { key: 'i' },
  answers: {},
  read: {},
  schema: { fields: [] },
  counts: noCounts,
  checks: {},
  samples: {},
  measures: {},
  condemn: {},
  ...over,
})
const section = (over: Partial<Section>): Section => ({
  version: 1,
  pipeline: 'p',
  node: 'n',
  kind: 'each',
  runId: 'r',
  at: 0,
  kept: true,
  base: 'b',
  ingredients: {},
  schema: { fields: [] },
  parts: [],
  order: { by: 'part' },
  lineage: [],
  inputs: {},
  counts: noCounts,
  checks: [],
  snapshot: 's',
  duration: 0,
  bytes: 0,
  ...over,
})

describe('a log', () => {
  test('gives each number to one run only, and the highest is current', async () => {
    const log = createLog(createMemoryWorkspace(), 'dev', 'p')
    expect(await log.current()).toBeUndefined()
    expect(await Promise.all([log.append(entry(1)), log.append(entry(1))])).toEqual([true, false])
    await log.append(entry(2, { n: 'x' }))
    expect((await log.current())?.number).toBe(2)
    expect(await log.numbers()).toEqual([2, 1])
    expect(await log.entry(7)).toBeUndefined()
  })

  test('is one for each pipeline and environment, whatever their names look like', async () => {
    const objects = new Map<string, Uint8Array>()
    const workspace = createMemoryWorkspace(objects)
    await createLog(workspace, 'a/b', 'tägliche Züge').append(entry(1))
    await createLog(workspace, 'dev', 'p').append(entry(1))
    objects.set('log/readme', new Uint8Array())
    expect(await listLogs(workspace)).toEqual([
      { env: 'a/b', pipeline: 'tägliche Züge' },
      { env: 'dev', pipeline: 'p' },
    ])
    objects.set('log/dev/p/000000000009.json.12-3.tmp', new Uint8Array())
    expect(await createLog(workspace, 'dev', 'p').numbers()).toEqual([1])
  })
})

describe('a log whose environment or pipeline is named with dots alone', () => {
  test('stays in its folder, is listed by its name, and keeps its data', async () => {
    for (const name of ['.', '..', '...']) {
      const objects = new Map<string, Uint8Array>()
      const workspace = createMemoryWorkspace(objects)
      const store = createStore({ workspace, storage: createArrowStorage(), readable: [], durability: 'process' })
      const own = record('k', { data: stored('data/k/main') })
      objects.set('data/k/main', Buffer.from('x'))
      await store.putRecord(own)
      const path = await store.putSection(section({ parts: [{ record: own }] }))
      await createLog(workspace, name, name).append(entry(1, { n: path }))
      const paths = [...objects.keys()]
      expect(paths.flatMap((file) => file.split('/')).filter((part) => /^\.+$/.test(part))).toEqual([])
      expect(await listLogs(workspace)).toEqual([{ env: name, pipeline: name }])
      await collectGarbage(store, { entries: 1, grace: 0, now: 1 })
      expect([...objects.keys()]).toEqual(paths)
    }
  })
})

describe('locks', () => {
  const given = { runId: 'run', pipeline: 'p', env: 'dev', at: 1 }

  test('say who is at work, and are gone when the run is', async () => {
    const workspace = createMemoryWorkspace()
    const release = await takeLock(workspace, given)
    expect(await liveLocks(workspace)).toEqual([{ kind: 'run', ...given, pid: process.pid, host: hostname() }])
    await release()
    expect(await liveLocks(workspace)).toEqual([])
  })

  test('of processes that died here are removed, of those elsewhere and of other users they stay', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await once(child, 'exit')
    const objects = new Map<string, Uint8Array>()
    const put = (name: string, value: unknown) => objects.set(`locks/${name}`, Buffer.from(JSON.stringify(value)))
    put('dead.json', { ...given, pid: child.pid, host: hostname() })
    put('far.json', { ...given, runId: 'far', pid: child.pid, host: 'another machine' })
    put('init.json', { ...given, runId: 'init', pid: 1, host: hostname() })
    objects.set('locks/torn.json', Buffer.from('{"runId'))
    objects.set('locks/new.json.99-1.tmp', Buffer.from('{"run'))
    const live = await liveLocks(createMemoryWorkspace(objects))
    expect(live.map((lock) => lock.runId)).toEqual(['far', 'init'])
    expect([...objects.keys()]).toEqual(['locks/far.json', 'locks/init.json', 'locks/new.json.99-1.tmp'])
  })

  test('that vanish between listing and reading are no trouble', async () => {
    const objects = new Map<string, Uint8Array>([['locks/quick.json', Buffer.from('{}')]])
    const workspace: Workspace = { ...createMemoryWorkspace(objects), get: async () => undefined }
    expect(await liveLocks(workspace)).toEqual([])
  })
})

describe('the collection of garbage', () => {
  async function world() {
    const objects = new Map<string, Uint8Array>()
    const workspace = createMemoryWorkspace(objects)
    const store = createStore({ workspace, storage: createArrowStorage(), readable: [], durability: 'process' })
    const log = createLog(workspace, 'dev', 'p')
    for (const number of [1, 2, 3]) {
      for (const kind of ['main', 'aside', 'partial', 'condemned', 'blob'])
        objects.set(`data/${number}/${kind}`, Buffer.from('x'))
      const own = record(`k${number}`, {
        data: stored(`data/${number}/main`),
        quarantine: stored(`data/${number}/aside`),
        measures: { m: { path: `data/${number}/blob`, bytes: 1 }, n: { inline: '' } },
      })
      const partial = record(`p${number}`, { partial: { ...stored(`data/${number}/partial`), slices: [] } })
      await store.putRecord(own)
      await store.putRecord(partial)
      const path = await store.putSection(
        section({
          runId: `r${number}`,
          parts: [{ record: own }, { record: own, quarantine: stored(`data/${number}/condemned`) }],
          partials: [partial],
        }),
      )
      await log.append(entry(number, { n: path }, number === 3 ? { m: path } : {}))
    }
    objects.set('data/0/lost', Buffer.from('four'))
    objects.set('log/dev/p/000000000004.json.1-1.tmp', Buffer.from('torn'))
    objects.set('locks/run.json', Buffer.from('{}'))
    objects.set('locks/run.json.1-1.tmp', Buffer.from('{'))
    return { objects, store, log }
  }

  test('keeps what the newest entries reach, and nothing else', async () => {
    const { objects, store, log } = await world()
    const found = await collectGarbage(store, { entries: 2, grace: 0, now: 1 })
    expect(await log.numbers()).toEqual([3, 2])
    expect([...objects.keys()].filter((path) => path.startsWith('data/')).map((path) => path.slice(0, 6))).toEqual([
      ...Array(5).fill('data/2'),
      ...Array(5).fill('data/3'),
    ])
    expect(
      [...objects.keys()].filter((path) => path.startsWith('records/') || path.startsWith('sections/')),
    ).toHaveLength(6)
    expect([...objects.keys()].some((path) => path.endsWith('.tmp'))).toBe(false)
    expect(objects.has('locks/run.json')).toBe(true)
    expect(found).toEqual({ deleted: 1 + 5 + 2 + 1 + 3, bytes: expect.any(Number), kept: 2 + 10 + 4 + 2 + 1 })
    expect((await collectGarbage(store, { entries: 2, grace: 0, now: 1 })).deleted).toBe(0)
  })

  test('leaves what is younger than the grace, and deletes nothing when it only counts', async () => {
    const { objects, store } = await world()
    const before = [...objects.keys()]
    const counted = await collectGarbage(store, { entries: 1, grace: 0, now: 1, dryRun: true })
    expect(counted.deleted).toBeGreaterThan(10)
    expect([...objects.keys()]).toEqual(before)
    await collectGarbage(store, { entries: 3, grace: 1000, now: 1 })
    expect(objects.has('data/0/lost')).toBe(true)
    await collectGarbage(store, { entries: 3, grace: 0, now: 1, pinned: new Set(['data/0/lost']) })
    expect(objects.has('data/0/lost')).toBe(true)
  })

  test('that dies in the middle leaves nothing that refers to what is gone', async () => {
    for (let n = 0; ; n++) {
      const { objects, log, store: whole } = await world()
      const inner = createMemoryWorkspace(objects)
      let left = n
      const store = createStore({
        workspace: {
          ...inner,
          delete: async (path) => {
            if (left-- === 0) throw new Error('killed')
            return inner.delete(path)
          },
        },
        storage: createArrowStorage(),
        readable: [],
        durability: 'process',
      })
      const died = await collectGarbage(store, { entries: 1, grace: 0, now: 1 }).then(
        () => false,
        () => true,
      )
      for (const number of await log.numbers()) {
        for (const path of Object.values((await log.entry(number))?.nodes ?? {})) {
          const files = filesOf(
            await createStore({
              workspace: inner,
              storage: createArrowStorage(),
              readable: [],
              durability: 'process',
            }).getSection(path),
          )
          expect(files.filter((file) => !objects.has(file))).toEqual([])
        }
      }
      expect(whole.workspace.location).toBe('memory')
      if (!died) break
    }
  })
})
