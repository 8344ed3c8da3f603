import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Executor, isTidegateError, performTask, provide, type Task } from 'tidegate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/kernel/config/load-config.ts'
import { createKernel } from '../../../src/kernel/kernel.ts'
import { readNode } from '../../../src/kernel/run/read-node.ts'
import { runPipeline } from '../../../src/kernel/run/run-pipeline.ts'

const config = `
import { count, defineConfig, defineGenerator, each, pipeline, rollup, step, table } from 'tidegate'
import { z } from 'zod'
const numbers = defineGenerator({ name: 'test/numbers', options: z.object({ n: z.int() }), load: ({ n }) => table({ x: Float64Array.from({ length: n }, (_, i) => i), k: Array.from({ length: n }, (_, i) => (i % 2 ? 'odd' : 'even')) }) })
const source = numbers({ n: 100 })
const small = each({ from: source, keep: true, run: (t) => t.filter((d) => d.x < 10) })
const sides = rollup({ from: small, by: ['k'], measure: { n: count() } })
const top = step({ from: sides, run: (t) => t.orderby('k') })
export default defineConfig(() => ({ pipelines: { p: pipeline({ source, small, sides, top }) } }))
`

describe('a worker that is sent tasks', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-'))
    await writeFile(join(folder, 'pipeline.config.ts'), config)
    await mkdir(join(folder, 'node_modules'))
    for (const name of ['tidegate', 'zod'])
      await symlink(join(process.cwd(), 'node_modules', name), join(folder, 'node_modules', name))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const runWith = async (submit: (task: Task) => ReturnType<typeof performTask>) => {
    const loaded = await loadConfig({ cwd: folder })
    const executor = provide(Executor, { name: 'test/remote', create: () => ({ concurrency: 2, submit }) })
    const kernel = await createKernel(loaded.source, {
      ...loaded,
      pipelines: ['p'],
      defaults: [executor()],
      log: 'silent',
    })
    try {
      const outcome = await runPipeline(kernel, 'p', { full: true })
      if (outcome.errors[0] !== undefined) throw outcome.errors[0]
      const rows: unknown[] = []
      for await (const batch of readNode(outcome.engine, outcome.states, 'top', 'main', new AbortController().signal)) {
        for (let i = 0; i < batch.length; i++) rows.push(batch.columns.map((column) => column.at(i)))
      }
      return rows
    } finally {
      await kernel.dispose()
    }
  }

  test('boots the config of the task, finds the nodes by name and makes the same records', async () => {
    let tasks = 0
    const rows = await runWith((task) => {
      tasks++
      return performTask(JSON.parse(JSON.stringify(task)) as Task)
    })
    expect(rows).toEqual([
      ['even', 5],
      ['odd', 5],
    ])
    expect(tasks).toBeGreaterThanOrEqual(2)
  })

  test('refuses a task whose run has other code', async () => {
    const other = runWith((task) => performTask({ ...task, fingerprint: 'another' }))
    await expect(other).rejects.toSatisfy(
      (error) => isTidegateError(error) && error.code === 'TASK_FINGERPRINT' && /pipeline "p"/.test(error.message),
    )
  })

  test('refuses a task of a config that stands in no file', async () => {
    const nowhere = runWith((task) => performTask({ ...task, config: { module: undefined, env: 'development' } }))
    await expect(nowhere).rejects.toSatisfy((error) => isTidegateError(error) && error.code === 'CONFIG_NOT_FOUND')
  })
})
