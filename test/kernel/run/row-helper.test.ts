import { Executor, each, type Node, pipeline, provide, type RowPacket, type Task, Workspace } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { createKernel, type Kernel } from '../../../src/kernel/kernel.ts'
import { createEngine } from '../../../src/kernel/run/create-engine.ts'
import { createRowWorker, type RowWorker } from '../../../src/kernel/run/row-helper.ts'
import { runPipeline } from '../../../src/kernel/run/run-pipeline.ts'
import { createInProcessExecutor } from '../../../src/plugins/defaults/in-process-executor.ts'
import { type Line, lines, linesOf, world } from '../../failure/lab.ts'
import { createMemoryWorkspace } from '../../support/memory-workspace.ts'

/** Runs a slow step with one helper; `act` does with its first packet what it likes. Counts what the worker opened and released. */
async function withPacket(act: (worker: RowWorker, packet: () => RowPacket) => Promise<unknown>) {
  const counts = { opened: 0, released: 0 }
  const worker = createRowWorker(async ({ pipeline: name, runId, now, config }: Task) => {
    counts.opened++
    const engine = createEngine(kernel, { pipeline: name, runId, now, env: config.env })
    return { engine, place: { sides: new Map() }, release: () => void counts.released++ }
  })
  let acted: Promise<unknown> | undefined
  const helper = {
    async judge(packet: RowPacket) {
      acted ??= act(worker, () => structuredClone(packet))
      await acted
      const answer = await worker.judge(structuredClone(packet))
      return Object.assign(answer, { body: { ...(answer.body as object), took: 1000 } })
    },
    end: (work: string) => void worker.forget(work),
  }
  const src = linesOf(world({ a: lines(...Array.from({ length: 12 }, (_, i) => [i, 'a', i] as const)) })) as Node<Line>
  const slow = each({
    from: src,
    keep: true,
    version: '1',
    run: (t) => new Promise((resolve) => setTimeout(() => resolve(t), 20)) as never,
  })
  const executor = { ...createInProcessExecutor({ concurrency: 1 }), rowLocal: { helpers: () => [helper] } }
  const kernel: Kernel = await createKernel(
    {
      pipelines: { p: pipeline({ src, slow }) },
      workspace: provide(Workspace, { name: 'test/memory', create: () => createMemoryWorkspace(new Map()) })(),
      executor: provide(Executor, { name: 'test/helped', create: () => executor })(),
      batchRows: 2,
    },
    { folder: '/', pipelines: ['p'], log: 'silent' },
  )
  try {
    const outcome = await runPipeline(kernel, 'p', {})
    expect(outcome.errors).toEqual([])
    expect(acted).toBeDefined()
    await new Promise((resolve) => setTimeout(resolve, 50))
    return { counts, works: worker.works }
  } finally {
    await kernel.dispose()
  }
}

const named = (packet: RowPacket, work: string): RowPacket => ({
  ...packet,
  work,
  body: { ...(packet.body as object), work },
})

describe('a helper gives up', () => {
  test('what it had of a task that has ended', async () => {
    expect(await withPacket(async () => undefined)).toEqual({ counts: { opened: 1, released: 1 }, works: [] })
  })

  test('a task whose first batch still waited for its turn', async () => {
    const found = await withPacket(async (worker, packet) => {
      const [one, two] = [worker.judge(named(packet(), 'one')), worker.judge(named(packet(), 'two'))]
      await worker.forget('two')
      await Promise.allSettled([one, two])
      await worker.forget('one')
    })
    expect(found).toEqual({ counts: { opened: 3, released: 3 }, works: [] })
  })

  test('a task that comes again under the same name, each time once', async () => {
    const found = await withPacket(async (worker, packet) => {
      await worker.judge(named(packet(), 'one'))
      const ended = worker.forget('one')
      const again = worker.judge(named(packet(), 'one'))
      await Promise.all([ended, again])
      expect(worker.works).toEqual(['one'])
      await worker.forget('one')
    })
    expect(found).toEqual({ counts: { opened: 3, released: 3 }, works: [] })
  })
})
