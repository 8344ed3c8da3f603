import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  between,
  count,
  defineConfig,
  defineSource,
  defineStep,
  each,
  type Node,
  pipeline,
  provide,
  rollup,
  run,
  step,
  table,
  Workspace,
} from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createKernel } from '../../../src/kernel/kernel.ts'
import { planPipeline } from '../../../src/kernel/plan/plan.ts'
import { createStepContext } from '../../../src/kernel/run/step-context.ts'
import { Line, lines, linesOf, runIn, thrown, type World, world } from '../../failure/lab.ts'
import { folder } from '../../failure/scratch.ts'
import { createMemoryWorkspace } from '../../support/memory-workspace.ts'

function configOf(own: World, objects = new Map<string, Uint8Array>()) {
  const src = linesOf(own)
  const clean = each({
    from: src,
    run: (t) => t.derive({ w: (d) => d.id * 10 }),
    expect: [between('w', 0, 25)],
    otherwise: 'quarantine',
  })
  const totals = rollup({ from: clean, by: ['k'], measure: { n: count() } })
  const config = defineConfig(() => ({
    pipelines: { p: pipeline({ src, clean, totals, bad: clean.quarantine }) },
    workspace: provide(Workspace, { name: 'test/memory', create: () => createMemoryWorkspace(objects) })(),
  }))
  return { config, src, clean, totals }
}

const parts = { a: lines([1, 'x', 1], [2, 'y', 2]), b: lines([3, 'x', 3]) }

describe('run, from code', () => {
  test('gives a handle for every node: rows, schema, status, tables and batches, fused nodes computed when read', async () => {
    const own = world(parts)
    const { config } = configOf(own)
    const handles = await run(config, 'p')
    expect([handles.src.status, handles.src.rows, handles.clean.rows, handles.clean.quarantine.rows]).toEqual([
      'committed',
      3,
      2,
      1,
    ])
    expect((await handles.totals.table()).objects()).toEqual([
      { k: 'x', n: 1 },
      { k: 'y', n: 1 },
    ])
    expect(own.opened).toHaveLength(2)
    expect((await handles.clean.table()).objects()).toEqual([
      { id: 1, k: 'x', v: 1, w: 10 },
      { id: 2, k: 'y', v: 2, w: 20 },
    ])
    expect(own.opened).toHaveLength(4)
    expect(await handles.clean.table()).toBe(await handles.clean.table())
    expect((await handles.bad.table()).objects()).toEqual([
      expect.objectContaining({ id: 3, w: 30, _reasons: 'between(w, 0, 25)', _part: 'b' }),
    ])
    const seen: number[] = []
    for await (const batch of handles.clean.batches()) {
      seen.push(batch.numRows())
      break
    }
    expect(seen).toEqual([2])
    expect(handles.totals.schema.fields.map(({ name }) => name)).toEqual(['k', 'n'])
  })

  test('of nothing gives tables without rows and with columns', async () => {
    const { config } = configOf(world({}))
    const handles = await run(config, 'p')
    expect((await handles.totals.table()).objects()).toEqual([])
    expect((await handles.totals.table()).columnNames()).toEqual(['k', 'n'])
  })

  test('throws one fault as it is, and several in one that lists them', async () => {
    const src = linesOf(world(parts), { expect: [between('v', 0, 2)] })
    const other = linesOf(world(parts), { expect: [between('v', 0, 1)] })
    const workspace = () => provide(Workspace, { name: 'test/memory', create: () => createMemoryWorkspace() })()
    expect(
      await thrown(
        run(
          defineConfig(() => ({ pipelines: { p: pipeline({ src }) }, workspace: workspace() })),
          'p',
        ),
      ),
    ).toMatchObject({ code: 'GATE_HALTED' })
    const error = await thrown(
      run(
        defineConfig(() => ({ pipelines: { p: pipeline({ src, other }) }, workspace: workspace() })),
        'p',
      ),
    )
    expect(error).toMatchObject({
      code: 'RUN_FAILED',
      message: expect.stringMatching(
        /^2 nodes of "p" failed or were withheld:\n- The gate of "src" halted.*\n- The gate of "other" halted/,
      ),
      data: { errors: [{ code: 'GATE_HALTED' }, { code: 'GATE_HALTED' }] },
    })
  })

  test('replace needs another environment and fitting columns', async () => {
    const { config, src } = configOf(world(parts))
    const sample = linesOf(world({ s: lines([9, 'q', 9]) }))
    const narrow = defineSource({
      name: 'test/narrow',
      create: () => ({
        listing: 'complete' as const,
        async *discover() {},
        describe: async () => ({ fields: [] }),
        async *open() {},
      }),
    })({ schema: z.object({ id: z.string() }) })
    const replace = (other: Node, into?: string) =>
      run(config, 'p', { replace: [[src, other]], ...(into === undefined ? {} : { into }) } as never)
    expect(await thrown(replace(sample))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: '`replace` needs `into`: the name of another environment for the results',
    })
    expect(await thrown(replace(sample, 'development'))).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(await thrown(replace(narrow, 'scratch'))).toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(/stand-in does not fit.*"id"/),
    })
    expect(await thrown(replace({} as never, 'scratch'))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/pairs of nodes/),
    })
    const handles = await run(config, 'p', { replace: [[src, sample]], into: 'scratch' })
    expect((await handles.totals.table()).objects()).toEqual([])
    expect(handles.clean.quarantine.rows).toBe(1)
  })
})

describe('a paranoid run', () => {
  const firstOfBatch = defineStep({
    name: 'test/first',
    shape: 'row-wise',
    create: () => ({
      shape: 'row-wise' as const,
      run: (batch) => table({ id: [...(batch.array('id') as number[])].map((_, i) => i) }) as never,
    }),
  })
  const half = defineStep({
    name: 'test/half',
    shape: 'row-wise',
    create: () => ({
      shape: 'row-wise' as const,
      run: (batch) => table({ id: [...(batch.array('id') as number[])].slice(0, 1) }) as never,
    }),
  })

  test('finds a step whose result depends on where batches end', async () => {
    const src = linesOf(world(parts))
    for (const [kind, message] of [
      [firstOfBatch, 'Step "odd" gives 2 rows for a batch of 2 but other values for its two halves'],
      [half, 'Step "odd" gives 1 rows for a batch of 2 but 2 rows for its two halves'],
    ] as const) {
      const ran = await runIn(await folder(), { src, odd: kind({ from: src } as never) as Node }, { paranoid: true })
      expect(ran.error).toMatchObject({
        code: 'STEP_BATCH_DEPENDENT',
        message,
        hint: expect.stringMatching(/rollup, step or sql/),
      })
    }
  })

  test('is content with one that treats every row by itself', async () => {
    const src = linesOf(world(parts))
    const ran = await runIn(
      await folder(),
      { src, fine: each({ from: src, run: (t) => t.derive({ w: (d) => d.id + 1 }) }) as Node },
      { paranoid: true },
    )
    expect((await ran.rows('fine')).map((row) => row['w'])).toEqual([2, 3, 4])
  })
})

describe('the context of a step', () => {
  test('has a scratch folder that is gone afterwards, also when the step fails', async () => {
    for (const fails of [false, true]) {
      let scratch = ''
      const kind = defineStep({
        name: 'test/spill',
        shape: 'whole',
        create: () => ({
          shape: 'whole' as const,
          describe: async (inputs) => ({ schema: inputs[''] ?? { fields: [] } }),
          async *compute(inputs, context) {
            scratch = await context.scratch()
            expect(await context.scratch()).toBe(scratch)
            await writeFile(join(scratch, 'spill'), 'x')
            expect(await readdir(scratch)).toEqual(['spill'])
            if (fails) throw new Error('full')
            const input = inputs['']
            if (input !== undefined) yield* input.batches({ columns: ['id', 'k', 'v'] })
          },
        }),
      })
      const src = linesOf(world(parts))
      const ran = await runIn(await folder(), { src, big: kind({ from: src } as never) as Node })
      expect(ran.error?.code).toBe(fails ? 'STEP_FAILED' : undefined)
      expect(scratch).not.toBe('')
      expect(existsSync(scratch)).toBe(false)
    }
  })

  test('notes what was looked at of time and chance, and nothing else', async () => {
    const own = createStepContext({
      runId: 'r',
      now: 7,
      seed: 3,
      pipeline: 'p',
      node: 'n',
      identity: 'n',
      part: 'a',
      signal: new AbortController().signal,
      memory: 1,
      threads: 1,
    } as never)
    expect(own.read()).toEqual({})
    expect(own.context.now.getTime()).toBe(7)
    expect(own.context.random()).toBeLessThan(1)
    expect(own.read()).toEqual({ now: 7, seed: 3 })
    await own.dispose()
  })
})

describe('the plan', () => {
  async function planning(own: World, objects: Map<string, Uint8Array>, act: 'plan' | 'run') {
    const { config } = configOf(own, objects)
    const kernel = await createKernel(config as never, {
      folder: await mkdtemp(join(tmpdir(), 'tidegate-plan-')),
      pipelines: ['p'],
    })
    try {
      if (act === 'run') await run(config, 'p')
      return await planPipeline(kernel, 'p')
    } finally {
      await kernel.dispose()
      await rm(kernel.folder, { recursive: true, force: true })
    }
  }
  const short = (plan: Awaited<ReturnType<typeof planning>>) =>
    plan.nodes.map(({ node, action, parts, why }) => [
      node,
      action,
      parts.new,
      parts.changed,
      parts.removed,
      parts.unchanged,
      why,
    ])

  test('says what would run and why, and runs nothing', async () => {
    const [own, objects] = [world(parts), new Map<string, Uint8Array>()]
    expect(short(await planning(own, objects, 'plan'))).toEqual([
      ['src', 'run', 2, 0, 0, 0, 'first run'],
      ['clean', 'run', 2, 0, 0, 0, 'first run'],
      ['totals', 'run', 2, 0, 0, 0, 'first run'],
    ])
    expect([own.opened, objects.size]).toEqual([[], 0])
    const fresh = await planning(own, objects, 'run')
    expect(fresh.entry).toBe(1)
    expect(fresh.nodes.map(({ action, why }) => [action, why])).toEqual([
      ['up to date', 'nothing changed'],
      ['up to date', 'nothing changed'],
      ['up to date', 'nothing changed'],
    ])
    own.parts = { a: lines([1, 'x', 100]), c: lines([5, 'z', 5]) }
    const changed = await planning(own, objects, 'plan')
    expect(short(changed)[0]).toEqual(['src', 'run', 1, 1, 1, 0, '1 part new: c; 1 part changed: a; 1 part removed: b'])
    expect(changed.nodes.map(({ action }) => action)).toEqual(['run', 'run', 'run'])
  })
})

test('a step over the whole table of several inputs sees each by its name', async () => {
  const [left, right] = [linesOf(world(parts)), linesOf(world({ z: lines([7, 'q', 7]) }))]
  const both = step({ from: { left, right }, orderBy: ['id'], run: ({ left, right }) => left.concat(right) })
  const ran = await runIn(await folder(), { left, right, both: both as Node })
  expect((await ran.rows('both')).map((row) => row['id'])).toEqual([1, 2, 3, 7])
  expect(Line.safeParse({ id: 1, k: 'x', v: null }).success).toBe(true)
})
