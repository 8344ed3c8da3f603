import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Workspace } from 'tidegate'
import { workspaceContract } from 'tidegate/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { createDiskWorkspace } from '../../src/plugins/defaults/disk-workspace.ts'
import { createMemoryWorkspace } from '../support/memory-workspace.ts'
import { foundOut } from './found-out.ts'

let folder: string
let count = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-workspace-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const onDisk = () => createDiskWorkspace({ folder: join(folder, String(count++)) })

describe('the workspace on disk', () => {
  const subject = { make: onDisk, again: (workspace: Workspace) => createDiskWorkspace({ folder: workspace.location }) }
  for (const { name, run } of workspaceContract(subject)) test(name, run)
})

describe('the workspace in memory', () => {
  for (const { name, run } of workspaceContract(inMemory())) test(name, run)
})

/** Workspaces in memory, with something else in the place of some of what they do. */
function inMemory(broken: (whole: Workspace, objects: Map<string, Uint8Array>) => Partial<Workspace> = () => ({})) {
  const places = new Map<Workspace, Map<string, Uint8Array>>()
  const open = (objects: Map<string, Uint8Array>) => {
    const whole = createMemoryWorkspace(objects)
    const workspace = { ...whole, ...broken(whole, objects) }
    places.set(workspace, objects)
    return workspace
  }
  return {
    make: () => open(new Map()),
    again: (workspace: Workspace) => open(places.get(workspace) as Map<string, Uint8Array>),
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 1))
async function* chunksOf(data: Uint8Array | AsyncIterable<Uint8Array>) {
  if (data instanceof Uint8Array) yield data
  else yield* data
}

const broken: Readonly<Record<string, readonly [finding: string, Parameters<typeof inMemory>[0]]>> = {
  'looks first and writes afterwards': [
    'lets exactly one of many creators win, and shows its bytes to all',
    (whole) => ({
      async putIfAbsent(path, data) {
        if ((await whole.get(path)) !== undefined) return false
        await pause()
        await whole.put(path, data)
        return true
      },
    }),
  ],
  overwrites: [
    'creates an object once and never overwrites it',
    (whole) => ({ putIfAbsent: (path, data) => whole.put(path, data).then(() => true) }),
  ],
  'shows halves of streams': [
    'shows nothing of a put whose stream fails',
    (whole) => ({
      async put(path, data) {
        const sofar: Uint8Array[] = []
        for await (const chunk of chunksOf(data))
          await whole.put(path, Buffer.concat([...sofar, chunk].map((own, i, all) => (sofar[i] = all[i] ?? own))))
      },
    }),
  ],
  'sorts by UTF-16 units': [
    'lists whole folders, in code-point order of the paths',
    (_, objects) => ({
      async *list(prefix) {
        for (const path of [...objects.keys()].filter((own) => own.startsWith(prefix)).sort())
          yield { path, size: objects.get(path)?.length ?? 0, modified: 0 }
      },
    }),
  ],
  'takes a folder for a beginning of names': [
    'lists whole folders, in code-point order of the paths',
    (whole) => ({ list: (prefix) => whole.list(prefix.replace(/\/$/, '')) }),
  ],
  'lists one page': [
    'lists more than one page of objects',
    (whole) => ({
      async *list(prefix) {
        let left = 1000
        for await (const object of whole.list(prefix)) if (left-- > 0) yield object
      },
    }),
  ],
  'fails to delete what is not there': [
    'deletes, and deletes again without an error',
    (_, objects) => ({
      async delete(path) {
        if (!objects.delete(path)) throw new Error('no such object')
      },
    }),
  ],
  'pads ranges with zeros': [
    'gives ranges, shorter ones at the end',
    (whole) => ({
      async get(path, range) {
        const got = await whole.get(path, range)
        return got === undefined || range === undefined
          ? got
          : Uint8Array.from({ length: range.length }, (_, i) => got[i] ?? 0)
      },
    }),
  ],
  'takes an empty object for none': [
    'tells an empty object from none',
    (whole) => ({
      async get(path, range) {
        const got = await whole.get(path, range)
        return got?.length === 0 ? undefined : got
      },
    }),
  ],
  'keeps the bytes of the caller': [
    'keeps what was put, whatever happens to the bytes afterwards',
    (whole, objects) => ({
      put: async (path, data) => (data instanceof Uint8Array ? void objects.set(path, data) : whole.put(path, data)),
    }),
  ],
  'mangles names': [
    'carries any name',
    (whole) => ({ put: (path, data) => whole.put(decodeURIComponent(path.replace('100%', '100')), data) }),
  ],
}

describe('a workspace that is broken is found out, where it', () => {
  for (const [title, [finding, breaks]] of Object.entries(broken)) {
    test(title, async () => {
      await foundOut(workspaceContract(inMemory(breaks)), finding)
    })
  }
})
