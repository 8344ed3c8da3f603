import type { Task, TaskResult } from 'tidegate'
import { afterEach, describe, expect, test } from 'vitest'
import { createPool, type Pool } from '../src/pool.ts'
import { fromSource } from '../src/threads.ts'

const never = new AbortController().signal
let pool: Pool | undefined
afterEach(() => pool?.close())

function start(threads: number): (pipeline: string) => Promise<TaskResult> {
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  const module = fromSource(new URL('./scripted.ts', import.meta.url))
  const setup = { module, execArgv: ['-C', 'tidegate-source'], data: undefined, heap: undefined }
  const own = createPool(threads, setup, { log: quiet, event: () => undefined })
  pool = own
  return (pipeline) => own.submit({ pipeline } as Task, never, () => undefined)
}

describe('a thread that still helps with a task that has failed', () => {
  test.each(['hand over and crash', 'hand over for ever'])(
    'is given no other task, whatever becomes of it (%s)',
    async (pipeline) => {
      const submit = start(2)
      await expect(submit(pipeline)).rejects.toThrow('no good')
      const done = { done: true, records: {} }
      expect(await Promise.all([submit('ok'), submit('ok'), submit('ok')])).toEqual([done, done, done])
    },
    30_000,
  )
})

test('a pool that is closed fails what it has begun, what waits, and what comes later', async () => {
  const submit = start(1)
  const [begun, waiting] = [submit('wait'), submit('ok')].map((promise) => promise.catch((error) => error.code))
  await pool?.close()
  expect(await Promise.all([begun, waiting])).toEqual(['RUN_ABORTED', 'RUN_ABORTED'])
  await expect(submit('ok')).rejects.toMatchObject({ code: 'RUN_ABORTED' })
}, 30_000)
