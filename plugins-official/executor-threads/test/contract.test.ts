import { BroadcastChannel } from 'node:worker_threads'
import { type Executor, type Perform, packError, type Task, unpackError } from 'tidegate'
import { executorContract } from 'tidegate/testing'
import { describe, test } from 'vitest'
import { createPool } from '../src/pool.ts'
import { fromSource } from '../src/threads.ts'

type Asked = { readonly id: string } & ({ readonly task: Task } | { readonly abort: never })

const closing = new WeakMap<Executor, () => Promise<void>>()
let names = 0

/** Two threads that call back: every task and result goes to a thread, and from there here. */
function connected(perform: Perform): Executor {
  const name = `contract ${names++}`
  const channel = new BroadcastChannel(name)
  const stops = new Map<string, AbortController>()
  channel.onmessage = ({ data }: { data: unknown }) => {
    const asked = data as Asked
    if ('abort' in asked) return stops.get(asked.id)?.abort(unpackError(asked.abort))
    if (!('task' in asked)) return undefined
    const { id, task } = asked
    const stop = new AbortController()
    stops.set(id, stop)
    return perform(task, stop.signal, (node, rows) => channel.postMessage({ id, node, rows })).then(
      (result) => channel.postMessage({ id, result }),
      (error) => channel.postMessage({ id, error: packError(error) }),
    )
  }
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  const setup = {
    module: fromSource(new URL('./calling-back.ts', import.meta.url)),
    execArgv: ['-C', 'tidegate-source'],
    data: name,
    heap: undefined,
  }
  const pool = createPool(2, setup, { log: quiet, event: () => undefined })
  const executor: Executor = {
    concurrency: 2,
    submit: (task, _, signal, progress) => pool.submit(task, signal, progress),
  }
  closing.set(executor, async () => {
    await pool.close()
    channel.close()
  })
  return executor
}

describe('a pool of threads', () => {
  for (const { name, run } of executorContract(connected, (executor) => closing.get(executor)?.()))
    test(name, run, 60_000)
})
