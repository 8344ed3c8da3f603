import assert from 'node:assert/strict'
import { z } from 'zod'
import type { Config } from '../kernel/define/config.ts'
import { provide } from '../kernel/define/plugin.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { count } from '../kernel/measures/count.ts'
import { sum } from '../kernel/measures/sum.ts'
import { each } from '../kernel/nodes/each.ts'
import { rollup } from '../kernel/nodes/rollup.ts'
import { step } from '../kernel/nodes/step.ts'
import { createEngine } from '../kernel/run/create-engine.ts'
import { createRowWorker } from '../kernel/run/row-helper.ts'
import { between } from '../plugins/defaults/checks/between.ts'
import { createInProcessExecutor } from '../plugins/defaults/in-process-executor.ts'
import { Executor, type Task } from '../plugins/executor.ts'
import { throughJson } from './contract.ts'
import type { RowsBehind, Subject } from './executor.ts'
import { givenSource, inFolder, type PlainRow, runAndRead, withKernel } from './harness.ts'

const Order = z.object({ id: z.int32(), shop: z.string(), amount: z.number().nullable() })

/** What an executor does with the tasks of a real pipeline, each of which goes through JSON on its way there and back. */
export const executorPipelineCases: Readonly<Record<string, (subject: Subject) => Promise<void>>> = {
  async 'makes of real tasks that went through JSON what is made without it'(subject) {
    const { tasks, executor } = throughJsonBothWays(subject)
    for (const node of ['clean', 'daily', 'top']) {
      const expected = await inFolder((folder) => runAndRead({ ...shop(), folder }, node))
      const found = await inFolder((folder) => runAndRead({ ...shop(), folder, executor }, node))
      assert.ok(expected.rows.length > 0)
      assert.deepEqual(found, expected, node)
    }
    assert.ok(tasks.length >= 3, 'the tasks of the pipeline did not come to the executor')
  },
  async 'lets the hook of a real pipeline decide, by submitting the task again'(subject) {
    const { tasks, executor } = throughJsonBothWays(subject)
    let asked = 0
    const hooks: Config['hooks'] = {
      onQualityViolation({ phase }) {
        if (phase !== 'row') return undefined
        asked++
        return 'drop'
      },
    }
    const found = await inFolder((folder) => runAndRead({ ...shop('asked for'), folder, executor, hooks }, 'clean'))
    assert.deepEqual(
      found.rows.map(({ id }) => id),
      [1, 2, 4, 5],
    )
    assert.equal(asked, 1, 'the hook is asked once for a check')
    assert.ok(
      tasks.some(({ verdicts }) => verdicts['clean/between(amount, 0, 100)'] === 'drop'),
      'no task came again with the answer',
    )
  },
  async 'does row-local work elsewhere, where it offers to, with the same results, and ends it'({ executor, judges }) {
    const { rowLocal } = executor
    if (rowLocal === undefined) return
    const offered = { concurrency: 1, submit: createInProcessExecutor({ concurrency: 1 }).submit, rowLocal }
    const slot = provide(Executor, { name: 'contract/helped', create: () => offered })()
    for (const node of ['clean', 'daily']) {
      const given = { ...shop(), batchRows: 1 }
      const expected = await inFolder((folder) => runAndRead({ ...given, folder }, node))
      await inFolder((folder) =>
        withKernel({ ...given, folder }, async (kernel) => {
          const { rows, found } = createRows(kernel)
          judges(rows)
          assert.deepEqual(await runAndRead({ ...given, folder, executor: slot }, node), expected, node)
          assert.ok(found.packets > 0, 'no packet came to a helper')
          for (let i = 0; i < 100 && found.open > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10))
          assert.equal(found.open, 0, 'helpers were not told that a task has ended')
        }),
      )
    }
  },
}

/** What helpers do for the tasks of the shop, on a kernel of their own; counts packets, and what was begun and not given up. */
function createRows(kernel: Kernel) {
  const found = { packets: 0, open: 0 }
  const worker = createRowWorker(async ({ pipeline, runId, now, config }) => {
    found.open++
    const engine = createEngine(kernel, { pipeline, runId, now, env: config.env })
    return { engine, place: { sides: new Map() }, release: () => void found.open-- }
  })
  const rows: RowsBehind = {
    async judge(packet) {
      found.packets++
      const answer = await worker.judge(packet)
      // As if the work were dear: handing it over pays.
      return { ...answer, body: { ...(answer.body as object), took: 1000 } }
    },
    forget: worker.forget,
  }
  return { rows, found }
}

/** The executor under test behind a wire that carries JSON only. */
function throughJsonBothWays({ executor, does, perform }: Subject) {
  const tasks: Task[] = []
  const wire: Executor = {
    concurrency: executor.concurrency,
    async submit(task, actual, signal, progress) {
      tasks.push(task)
      does(actual)
      return throughJson(await executor.submit(throughJson(task), perform, signal, progress))
    },
  }
  return { tasks, executor: provide(Executor, { name: 'contract/wire', create: () => wire })() }
}

function shop(verdict: 'drop' | 'asked for' = 'drop') {
  const rows = (...ids: readonly number[]): PlainRow[] =>
    ids.map((id) => ({ id, shop: id % 2 === 0 ? 'Ä' : 'b', amount: id === 3 ? 400 : id === 5 ? null : id * 1.5 }))
  const orders = givenSource(Order, () => [
    { id: 'one', rows: rows(1, 2, 3) },
    { id: 'zwei/ä', rows: rows(4, 5) },
    { id: 'none', rows: [] },
  ])
  const gate = { expect: [between('amount', 0, 100)], ...(verdict === 'drop' ? { otherwise: verdict } : {}) }
  const clean = each({ from: orders, schema: Order, run: (batch) => batch, ...gate })
  const daily = rollup({ from: clean, by: ['shop'], measure: { orders: count(), amount: sum('amount') } })
  const top = step({
    from: daily,
    schema: z.object({ shop: z.string(), orders: z.number() }),
    orderBy: ['shop'],
    run: (t) => t.select('shop', 'orders'),
  })
  return { nodes: { orders, clean, daily, top } }
}
