import {
  between,
  type Config,
  count,
  Executor,
  each,
  type Node,
  pipeline,
  provide,
  type RowPacket,
  rollup,
  sum,
  Workspace,
} from 'tidegate'
import { describe, expect, test } from 'vitest'
import { createKernel, type Kernel } from '../../../src/kernel/kernel.ts'
import { readNode } from '../../../src/kernel/run/read-node.ts'
import { runPipeline } from '../../../src/kernel/run/run-pipeline.ts'
import { createInProcessExecutor } from '../../../src/plugins/defaults/in-process-executor.ts'
import { type Line, lines, linesOf, world } from '../../failure/lab.ts'
import { createMemoryWorkspace } from '../../support/memory-workspace.ts'
import { helpersOf } from '../../support/row-local.ts'

const many = (n: number) => lines(...Array.from({ length: n }, (_, i) => [i, i % 3 ? 'a' : 'b', i] as const))

/** Batches of two rows; `helpers` threads beside this one, played by it. */
async function runWith(nodes: Readonly<Record<string, Node>>, helpers: number, extra: Partial<Config> = {}) {
  let most = 0
  let now = 0
  const rowLocal = helpersOf(helpers, () => kernel)
  const watched = rowLocal.helpers().map((helper) => ({
    ...helper,
    async judge(packet: RowPacket) {
      most = Math.max(most, ++now)
      try {
        return await helper.judge(packet)
      } finally {
        now--
      }
    },
  }))
  const executor = { ...createInProcessExecutor({ concurrency: 1 }), rowLocal: { helpers: () => watched } }
  const config: Config = {
    pipelines: { p: pipeline(nodes) },
    workspace: provide(Workspace, { name: 'test/memory', create: () => createMemoryWorkspace(new Map()) })(),
    executor: provide(Executor, { name: 'test/helped', create: () => executor })(),
    batchRows: 2,
    ...extra,
  }
  const kernel: Kernel = await createKernel(config, { folder: '/', pipelines: ['p'], log: 'silent' })
  try {
    const outcome = await runPipeline(kernel, 'p', {})
    const rows = async (name: string) => {
      const found: unknown[][] = []
      for await (const batch of readNode(outcome.engine, outcome.states, name, 'main', new AbortController().signal))
        for (let i = 0; i < batch.length; i++) found.push(batch.columns.map((column) => column.at(i)))
      return found
    }
    const parts = (name: string) => outcome.states.get(name)?.section?.parts.map(({ record }) => record) ?? []
    return { error: outcome.errors[0], rows, parts, batches: rowLocal.batches(), most }
  } finally {
    await kernel.dispose()
  }
}

const source = (n = 40) => linesOf(world({ a: many(n) })) as Node<Line>

describe('row-local work that others help with', () => {
  test('is handed over, a bounded number of batches at a time', async () => {
    const src = source(80)
    const slow = each({
      from: src,
      keep: true,
      run: async (t) => {
        await new Promise((resolve) => setTimeout(resolve, 2))
        return t
      },
    })
    const ran = await runWith({ src, slow }, 2)
    expect(ran.batches).toBeGreaterThan(10)
    expect(ran.most).toBeLessThanOrEqual(4)
    expect((await ran.rows('slow')).map(([id]) => id)).toEqual(many(80).map(({ id }) => id))
  })

  test('draws the numbers of chance in the order of rows', async () => {
    const src = source()
    const drawn = each({
      from: src,
      keep: true,
      version: '1',
      run: (t, _, { random }) => t.assign({ r: Array.from({ length: t.numRows() }, () => random()) } as never),
    })
    const [alone, helped] = [await runWith({ src, drawn }, 0), await runWith({ src, drawn }, 2)]
    expect(helped.batches).toBeGreaterThan(0)
    expect(await helped.rows('drawn')).toEqual(await alone.rows('drawn'))
    expect(helped.parts('drawn')[0]?.read).toEqual({ seed: 0 })
  })

  test('says that it looked at the time', async () => {
    const src = source()
    const timed = each({
      from: src,
      keep: true,
      version: '1',
      // Not the first batch, which is computed by the task itself.
      run: (t, _, context) => {
        if (Number(t.get('id', 0)) > 10) void context.now
        return t
      },
    })
    const helped = await runWith({ src, timed }, 1)
    expect(helped.parts('timed')[0]?.read).toEqual({ now: expect.any(Number) })
  })

  test('fails with the error of the first batch that fails, as without help', async () => {
    const src = source()
    const fussy = each({
      from: src,
      version: '1',
      run: (t) => {
        const first = Number(t.get('id', 0))
        if (first >= 20) throw new Error(`no good: ${first}`)
        return t
      },
    })
    for (const helpers of [0, 1, 2]) {
      const { error } = await runWith({ src, fussy }, helpers)
      expect(error).toMatchObject({ code: 'STEP_FAILED', message: 'Step "fussy" failed on a: no good: 20' })
    }
  })

  test('ends undecided where only a hook knows, and is done again with the answer', async () => {
    const src = source()
    const asked = each({ from: src, keep: true, run: (t) => t, expect: [between('v', 0, 30)] })
    let questions = 0
    const hooks: Config['hooks'] = {
      onQualityViolation({ phase }) {
        if (phase !== 'row') return undefined
        questions++
        return 'drop'
      },
    }
    const ran = await runWith({ src, asked }, 2, { hooks })
    expect(await ran.rows('asked')).toHaveLength(31)
    expect(questions).toBe(1)
    expect(ran.parts('asked')[0]?.answers).toEqual({ 'between(v, 0, 30)': 'drop' })
  })

  test('counts the time that code took elsewhere', async () => {
    const src = source(60)
    const slow = each({
      from: src,
      timeout: '100ms',
      run: async (t) => {
        await new Promise((resolve) => setTimeout(resolve, 8))
        return t
      },
    })
    expect((await runWith({ src, slow }, 2)).error).toMatchObject({
      code: 'STEP_TIMEOUT',
      message: 'Step "slow" took longer than 0.1 s on a',
    })
  })

  test('stays here where values cannot be copied to another thread', async () => {
    const src = source()
    const odd = each({
      from: src,
      version: '1',
      run: (t) => t.assign({ o: Array.from({ length: t.numRows() }, () => ({ f: () => 1 })) } as never),
    })
    const n = rollup({ from: odd, by: {}, measure: { n: count(), v: sum('v' as never) } })
    const [alone, helped] = [await runWith({ src, odd, n }, 0), await runWith({ src, odd, n }, 2)]
    expect(helped.error?.message).toBe(alone.error?.message)
    if (alone.error === undefined) expect(await helped.rows('n')).toEqual(await alone.rows('n'))
  })

  test('stays here as well where it was on its way behind what cannot be copied', async () => {
    const src = source()
    const plain = each({ from: src, keep: true, version: '1', run: (t) => t })
    let packets = 0
    const judge = async () => {
      const first = ++packets === 1
      await new Promise((resolve) => setTimeout(resolve, first ? 10 : 20))
      throw first
        ? Object.assign(new Error('could not be cloned'), { name: 'DataCloneError' })
        : new Error('dictionary 0 was never sent')
    }
    const rowLocal = { helpers: () => [helper] }
    const helper = { judge, end: () => undefined }
    const executor = { ...createInProcessExecutor({ concurrency: 1 }), rowLocal }
    const slot = provide(Executor, { name: 'test/lossy', create: () => executor })()
    const ran = await runWith({ src, plain }, 0, { executor: slot })
    expect(ran.error).toBeUndefined()
    expect(packets).toBe(2)
    expect((await ran.rows('plain')).map(([id]) => id)).toEqual(many(40).map(({ id }) => id))
  })
})
