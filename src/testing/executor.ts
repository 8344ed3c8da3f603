import assert from 'node:assert/strict'
import type { Awaitable, Json } from '../kernel/context.ts'
import { isTidegateError, TidegateError } from '../kernel/errors.ts'
import type { TaskRunner } from '../kernel/run/perform-task.ts'
import { types } from '../kernel/types.ts'
import type { Executor, Perform, Task, TaskResult } from '../plugins/executor.ts'
import { casesOf, throughJson } from './contract.ts'
import { executorPipelineCases } from './executor-pipeline.ts'
import type { ContractCase } from './lineage-store.ts'

/**
 * What every executor must do. `make` gets what a worker is to do with a task: an executor that runs tasks elsewhere connects its workers to it,
 * one that runs them here is handed the same function by `submit`. `rows` is what a helping worker is to do with packets; for executors with a
 * `rowLocal` of their own.
 */
export function executorContract(
  make: (perform: Perform, rows: RowsBehind) => Awaitable<Executor>,
  close?: (executor: Executor) => Awaitable<void>,
): readonly ContractCase[] {
  const subject = async (): Promise<Subject> => {
    let current: Perform = async () => Promise.reject(new Error('a task came before anything was to be done'))
    const perform: Perform = (...given) => current(...given)
    let behind: RowsBehind | undefined
    const executor = await make(perform, {
      judge: async (packet) => {
        if (behind === undefined) throw new Error('a packet came before anything was to be done')
        return behind.judge(packet)
      },
      forget: async (work) => behind?.forget(work),
    })
    return {
      executor,
      perform,
      does(next) {
        current = next
      },
      judges(next) {
        behind = next
      },
    }
  }
  return casesOf({ ...cases, ...executorPipelineCases }, subject, ({ executor }) => close?.(executor))
}

/** What a worker does for tasks that are performed elsewhere: see `TaskRunner`. */
export type RowsBehind = Pick<TaskRunner, 'judge' | 'forget'>

export interface Subject {
  readonly executor: Executor
  readonly perform: Perform
  /** From now on this is what is done with tasks. */
  does(perform: Perform): void
  /** From now on this is what is done with row-local work. */
  judges(rows: RowsBehind): void
}

type Case = (subject: Subject) => Promise<void>
const never = new AbortController().signal
const silent = () => undefined

const cases: Readonly<Record<string, Case>> = {
  async 'says how many tasks it takes at once'({ executor }) {
    assert.ok(
      Number.isInteger(executor.concurrency) && executor.concurrency >= 1,
      `concurrency is ${executor.concurrency}`,
    )
  },
  async 'hands the whole task over, and the whole result back'({ executor, perform, does }) {
    does(echo)
    for (const task of [taskOf(1), { ...taskOf(2), part: undefined }]) {
      const result = await executor.submit(frozen(task), perform, never, silent)
      assert.deepEqual(result, await echo(task, never, silent))
      assert.deepEqual(throughJson(result), throughJson(await echo(task, never, silent)), 'the result is no JSON')
    }
  },
  async 'gives the same result for a task that went through JSON'({ executor, perform, does }) {
    does(echo)
    const direct = await executor.submit(taskOf(3), perform, never, silent)
    assert.deepEqual(await executor.submit(throughJson(taskOf(3)), perform, never, silent), direct)
  },
  async 'does every task once, however many are submitted'({ executor, perform, does }) {
    const seen: string[] = []
    does(async (task, ...rest) => {
      seen.push(task.part?.id ?? '')
      await pause(task.seed % 3)
      return echo(task, ...rest)
    })
    const tasks = Array.from({ length: 40 }, (_, i) => taskOf(i))
    const results = await Promise.all(tasks.map((task) => executor.submit(task, perform, never, silent)))
    assert.deepEqual([...seen].sort(), tasks.map((task) => task.part?.id ?? '').sort())
    for (const [i, task] of tasks.entries())
      assert.deepEqual(results[i], await echo(task, never, silent), 'a result came to another task')
  },
  async 'gives undecided checks back, and does the task again with the answers'({ executor, perform, does }) {
    const attempts: Task['verdicts'][] = []
    does(async (task, ...rest) => {
      attempts.push(task.verdicts)
      return task.verdicts['clean/x'] === undefined
        ? { done: false, undecided: [{ node: 'clean', check: 'x' }] }
        : echo(task, ...rest)
    })
    const first = await executor.submit(taskOf(1), perform, never, silent)
    assert.deepEqual(first, { done: false, undecided: [{ node: 'clean', check: 'x' }] })
    const answered: Task = { ...taskOf(1), verdicts: { 'clean/x': 'drop' } }
    assert.deepEqual(await executor.submit(answered, perform, never, silent), await echo(answered, never, silent))
    assert.deepEqual(attempts, [{}, { 'clean/x': 'drop' }])
  },
  async 'does not try again by itself'({ executor, perform, does }) {
    let count = 0
    does(async () => {
      count++
      throw new Error('no')
    })
    await assert.rejects(() => executor.submit(taskOf(1), perform, never, silent))
    assert.equal(count, 1)
  },
  async 'gives errors back with code, message, hint and data'({ executor, perform, does }) {
    does(async () => {
      throw new TidegateError('SOURCE_CORRUPT', 'a.csv is damaged', {
        hint: 'Mend it.',
        data: { node: 'orders', row: 3 },
        cause: new Error('the native one'),
      })
    })
    await assert.rejects(
      () => executor.submit(taskOf(1), perform, never, silent),
      (error: unknown) => {
        assert.ok(isTidegateError(error), 'the error lost its brand')
        assert.deepEqual(
          [error.code, error.message, error.hint, error.data],
          ['SOURCE_CORRUPT', 'a.csv is damaged', 'Mend it.', { node: 'orders', row: 3 }],
        )
        return true
      },
    )
  },
  async 'lets one task fail alone'({ executor, perform, does }) {
    does(async (task, ...rest) => {
      await pause(1)
      if (task.part?.id === 'part 2') throw new TidegateError('STEP_FAILED', 'part 2 failed')
      return echo(task, ...rest)
    })
    const ended = await Promise.allSettled([1, 2, 3, 4].map((i) => executor.submit(taskOf(i), perform, never, silent)))
    assert.deepEqual(
      ended.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    )
    assert.deepEqual(await executor.submit(taskOf(5), perform, never, silent), await echo(taskOf(5), never, silent))
  },
  async 'tells a task that is under way to stop'({ executor, perform, does }) {
    const stop = new AbortController()
    let begun = (): void => undefined
    const under = new Promise<void>((resolve) => (begun = resolve))
    does(
      (_, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true })
          begun()
        }),
    )
    const running = executor.submit(taskOf(1), perform, stop.signal, silent)
    await under
    stop.abort(new Error('told to stop'))
    await assert.rejects(() => soon(running), /told to stop|abort/i)
  },
  async 'does not begin what was stopped before'({ executor, perform, does }) {
    const stop = new AbortController()
    stop.abort(new Error('told to stop'))
    does(async (task, signal, ...rest) => {
      signal.throwIfAborted()
      return echo(task, signal, ...rest)
    })
    await assert.rejects(() => soon(executor.submit(taskOf(1), perform, stop.signal, silent)), /told to stop|abort/i)
  },
  async 'passes on what a task says of its progress'({ executor, perform, does }) {
    does(async (task, signal, progress) => {
      progress('clean', 10)
      await pause(1)
      progress('clean', 5)
      progress('daily', 7)
      return echo(task, signal, progress)
    })
    const rows: Record<string, number> = {}
    await executor.submit(taskOf(1), perform, never, (node, count) => {
      rows[node] = (rows[node] ?? 0) + count
    })
    assert.deepEqual(rows, { clean: 15, daily: 7 })
  },
}

/** Does nothing but give back what it got. */
const echo: Perform = async (task): Promise<TaskResult> => ({
  done: true,
  records: { clean: { task: throughJson(task) as unknown as Json, none: null, text: 'ä😀' } },
})

function taskOf(i: number): Task {
  const schema = { fields: [{ name: 'n', type: types.int64, nullable: true, sees: 'bigint' as const }] }
  return {
    config: { module: undefined, env: 'test' },
    pipeline: 'p',
    nodes: ['clean', 'daily'],
    keep: ['clean'],
    part: {
      node: 'orders',
      output: 'main',
      id: `part ${i}`,
      key: `key ${i}`,
      content: 'c',
      ref: { id: `part ${i}`, fingerprint: 'f', mark: 'm', rows: 3, at: { offset: i, path: 'ä/b' } },
      stored: { part: { record: [1, null, 'x'] }, schema },
    },
    inputs: { airports: 'sections/a.json' },
    parents: { daily: { key: 'k', content: 'c' } },
    bases: { clean: 'b1', daily: 'b2' },
    schemas: { orders: schema },
    verdicts: {},
    attempt: 1,
    runId: 'run',
    seed: i,
    now: 1_700_000_000_000,
    fingerprint: 'f',
  }
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** The promise, or a failure after five seconds. */
async function soon<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it is still at work')), 5000)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
