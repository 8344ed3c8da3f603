import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { liveLocks, takeGarbageLock, takeLock } from '../../../src/kernel/commit/lock.ts'
import { createMemoryWorkspace } from '../../support/memory-workspace.ts'

const run = { runId: 'run', pipeline: 'p', env: 'dev', at: 1 }
const gc = { runId: 'gc', at: 1 }

afterEach(() => {
  vi.useRealTimers()
})

describe('a collection of garbage', () => {
  test('is refused while a run is at work, and leaves no lock then', async () => {
    const workspace = createMemoryWorkspace()
    const release = await takeLock(workspace, run)
    await expect(takeGarbageLock(workspace, gc)).rejects.toMatchObject({
      code: 'WORKSPACE_BUSY',
      message: expect.stringMatching(/^A run is at work in this workspace: "p" in "dev" \(process \d+ on /),
    })
    expect((await liveLocks(workspace)).map(({ runId }) => runId)).toEqual(['run'])
    await release()
    const done = await takeGarbageLock(workspace, gc)
    await expect(takeGarbageLock(workspace, { runId: 'gc2', at: 1 })).rejects.toMatchObject({
      code: 'WORKSPACE_BUSY',
      message: expect.stringMatching(/^A collection of garbage is at work in this workspace/),
    })
    await done()
    expect(await liveLocks(workspace)).toEqual([])
  })

  test('sees a run that began while it took its lock', async () => {
    const objects = new Map<string, Uint8Array>()
    const inner = createMemoryWorkspace(objects)
    const workspace = {
      ...inner,
      put: async (path: string, data: Uint8Array | AsyncIterable<Uint8Array>) => {
        if (path.endsWith('/gc.json')) await takeLock(inner, run)
        await inner.put(path, data)
      },
    }
    await expect(takeGarbageLock(workspace, gc)).rejects.toMatchObject({ code: 'WORKSPACE_BUSY' })
    expect([...objects.keys()]).toEqual(['locks/run.json'])
  })

  test('makes a run that starts meanwhile wait until it is done', async () => {
    const workspace = createMemoryWorkspace()
    const done = await takeGarbageLock(workspace, gc)
    let started = false
    const starting = takeLock(workspace, run).then((release) => {
      started = true
      return release
    })
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(started).toBe(false)
    await done()
    await (await starting)()
    expect(await liveLocks(workspace)).toEqual([])
  })

  test('that takes too long makes the run say so, and a run that is cancelled stops to wait', async () => {
    const workspace = createMemoryWorkspace()
    const done = await takeGarbageLock(workspace, gc)
    await expect(takeLock(workspace, run, { patience: 120 })).rejects.toMatchObject({
      code: 'WORKSPACE_BUSY',
      hint: expect.stringContaining('locks/gc.json'),
    })
    const reason = new Error('enough')
    await expect(takeLock(workspace, run, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect((await liveLocks(workspace)).map(({ runId }) => runId)).toEqual(['gc'])
    await done()
  })

  test('that lives is waited for a minute; one that gives no sign of life elsewhere is dead then', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
    const objects = new Map<string, Uint8Array>()
    const workspace = createMemoryWorkspace(objects)
    const done = await takeGarbageLock(workspace, gc)
    const refused = expect(takeLock(workspace, run)).rejects.toMatchObject({ code: 'WORKSPACE_BUSY' })
    await vi.advanceTimersByTimeAsync(61_000)
    await refused
    await done()
    const far = { kind: 'gc', ...gc, pipeline: '', env: '', pid: 1, host: 'another machine', beat: 3 }
    objects.set('locks/gc.json', Buffer.from(JSON.stringify(far)))
    const starting = takeLock(workspace, run)
    await vi.advanceTimersByTimeAsync(61_000)
    await starting
    expect([...objects.keys()]).toEqual(['locks/run.json'])
  })

  test('whose process died here holds nobody up', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await once(child, 'exit')
    const objects = new Map<string, Uint8Array>()
    const dead = { kind: 'gc', ...gc, pipeline: '', env: '', pid: child.pid, host: hostname() }
    objects.set('locks/gc.json', Buffer.from(JSON.stringify(dead)))
    await takeLock(createMemoryWorkspace(objects), run)
    expect([...objects.keys()]).toEqual(['locks/run.json'])
  })
})
