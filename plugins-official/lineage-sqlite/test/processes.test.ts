import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LineageStore } from 'tidegate'
import { afterAll, describe, expect, it } from 'vitest'
import { createSqliteLineage } from '../src/store.ts'
import { eventOf } from './event-of.ts'

const folder = mkdtempSync(join(tmpdir(), 'tidegate-lineage-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const script = fileURLToPath(new URL('writer-process.ts', import.meta.url))

function writer(path: string, job: string, count: number): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', '-C', 'tidegate-source', script, path, job, String(count)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function timesOf(store: LineageStore, job: string): Promise<number[]> {
  const times: number[] = []
  for await (const { eventTime } of store.events({ job })) times.push(Date.parse(eventTime))
  return times
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

describe('one lineage file', () => {
  it('takes events of two processes at once, and loses none', async () => {
    const path = join(folder, 'shared.db')
    const ends = await Promise.all(['a', 'b'].map((job) => once(writer(path, job, 150), 'exit')))
    expect(ends.map(([code]) => code)).toEqual([0, 0])
    const store = createSqliteLineage(path)
    for (const job of ['a', 'b']) expect(await timesOf(store, job)).toEqual(upTo(150))
    await store.close?.()
  })

  it('is readable after a writer was killed, and holds all that it had committed', async () => {
    for (const [round, wanted] of [5, 23, 61].entries()) {
      const path = join(folder, `killed-${round}.db`)
      const child = writer(path, 'a', 1_000_000)
      let said = ''
      child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        if (said.split('\n').length > wanted) child.kill('SIGKILL')
      })
      const [, signal] = await once(child, 'close')
      expect(signal).toBe('SIGKILL')
      const committed = said.split('\n').length - 1
      const store = createSqliteLineage(path)
      const times = await timesOf(store, 'a')
      expect(times).toEqual(upTo(times.length))
      expect(times.length).toBeGreaterThanOrEqual(committed)
      await store.append(eventOf('a', times.length, 20))
      expect(await timesOf(store, 'a')).toHaveLength(times.length + 1)
      expect(await store.answers?.runs?.({ namespace: 'test', name: 'a' })).toHaveLength(times.length + 1)
      await store.close?.()
    }
  })
})
