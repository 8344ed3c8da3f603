import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { between, defineConfig, each, type Node, pipeline, type TidegateError } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { loadConfig } from '../../src/kernel/config/load-config.ts'
import { createKernel } from '../../src/kernel/kernel.ts'
import { planPipeline } from '../../src/kernel/plan/plan.ts'
import { runPipeline } from '../../src/kernel/run/run-pipeline.ts'
import { lines, linesOf, runIn, thrown, world } from './lab.ts'
import { folder } from './scratch.ts'

const door = JSON.stringify(new URL('../../src/index.ts', import.meta.url).pathname)

/** Loads, boots and runs what stands in a folder, as the command line does. */
async function running(files: Readonly<Record<string, string>>): Promise<TidegateError> {
  const place = await folder()
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(place, path)), { recursive: true })
    await writeFile(join(place, path), text)
  }
  return thrown(
    (async () => {
      const loaded = await loadConfig({ cwd: place })
      const kernel = await createKernel(loaded.source, { ...loaded, pipelines: ['p'] })
      const outcome = await runPipeline(kernel, 'p')
      if (outcome.errors[0] !== undefined) throw outcome.errors[0]
    })(),
  )
}

const inMemory = (nodes: Record<string, unknown>, more: object = {}) =>
  thrown(
    (async () => {
      const kernel = await createKernel(
        defineConfig(() => ({ pipelines: { p: pipeline(nodes as Record<string, Node>) }, ...more })) as never,
        { folder: await folder(), pipelines: ['p'] },
      )
      const outcome = await runPipeline(kernel, 'p')
      if (outcome.errors[0] !== undefined) throw outcome.errors[0]
    })(),
  )

const src = () => linesOf(world({ a: lines([1, 'x', 1]) }))

describe('a config', () => {
  test('that is not there: what was looked for, and how to begin', async () => {
    expect(await running({ 'notes.txt': '' })).toMatchObject({
      code: 'CONFIG_NOT_FOUND',
      message: expect.stringMatching(/^There is no config for/),
      hint: expect.stringMatching(/tidegate init/),
    })
  })
  test('that throws: the file, and what it threw', async () => {
    const error = await running({
      'pipeline.config.mjs': `import { defineConfig } from ${door}\nexport default defineConfig(() => { throw new Error('the moon is in the wrong house') })`,
    })
    expect(error).toMatchObject({
      code: 'CONFIG_THREW',
      message: expect.stringMatching(/pipeline\.config\.mjs.*the moon is in the wrong house/s),
    })
    expect((error.cause as Error).message).toBe('the moon is in the wrong house')
  })
  test('with a misspelt key: the nearest one is offered', async () => {
    expect(await inMemory({ src: src() }, { memroy: '1GB' })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/memroy/),
      hint: expect.stringMatching(/memory/),
    })
  })
  test('with an option of the wrong type: its place, what was expected and what was given', async () => {
    expect(await inMemory({ src: src() }, { batchRows: 'many' })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/batchRows: expected a (whole )?number, got "many"/),
    })
    expect(await inMemory({ src: linesOf(world({}), { timeout: 30 }) })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/pipelines\.p\.src\.timeout/),
    })
  })
  test('with an unknown option of a node: all faults at once, each with its place', async () => {
    const error = await inMemory({ src: linesOf(world({}), { colour: 'red', retries: 3 }) })
    expect(error.code).toBe('CONFIG_INVALID')
    expect((error.data['faults'] as { where: string }[]).map(({ where }) => where).sort()).toEqual([
      'pipelines.p.src.colour',
      'pipelines.p.src.retries',
    ])
    expect(error.message).toMatch(/unknown option "retries".*retry/s)
  })
  test('with a plugin that is not installed: the command that installs it', async () => {
    const error = await running({
      'package.json': '{"name":"shop"}',
      'pipeline.config.yaml': "pipelines:\n  p:\n    orders: { use: '@acme/orders#orders' }\n",
    })
    expect(error).toMatchObject({ code: 'PLUGIN_NOT_FOUND', message: expect.stringMatching(/@acme\/orders/) })
    expect(`${error.message} ${error.hint}`).toMatch(/npm install @acme\/orders/)
  })
  test('with a circle in YAML: the way round', async () => {
    const error = await running({
      'pipeline.config.yaml':
        "pipelines:\n  p:\n    first: { kind: each, from: third, run: './steps.mjs#same' }\n    second: { kind: each, from: first, run: './steps.mjs#same' }\n    third: { kind: each, from: second, run: './steps.mjs#same' }\n",
      'steps.mjs': 'export const same = (t) => t\n',
    })
    expect(error).toMatchObject({
      code: 'NODE_CYCLE',
      message: expect.stringMatching(/first -> third -> second -> first/),
      hint: expect.stringMatching(/./),
    })
  })
  test('with a node that has no name: who reads it, and where names are given', async () => {
    const nameless = src()
    expect(await inMemory({ late: each({ from: nameless, run: (t) => t }) })).toMatchObject({
      code: 'NODE_UNNAMED',
      message: 'Pipeline "p" reaches the test/lines node that "late" reads, which has no name',
      hint: "Add it to pipeline({ ... }): the key is the node's name.",
    })
  })
  test('with a pipeline that is not there: the nearest one', async () => {
    const kernel = await createKernel(
      defineConfig(() => ({ pipelines: { flights: pipeline({ src: src() }) } })) as never,
      { folder: await folder() },
    )
    for (const act of [() => runPipeline(kernel, 'flihgts'), () => planPipeline(kernel, 'flihgts')]) {
      expect(await thrown(act())).toMatchObject({
        code: 'PIPELINE_UNKNOWN',
        message: 'The config has no pipeline "flihgts"',
        hint: expect.stringMatching(/flights/),
      })
    }
  })
})

describe('an edge between two steps', () => {
  test('over which a column is missing: the step, the check and the column, before data is read', async () => {
    const own = world({ a: lines([1, 'x', 1]) })
    const source = linesOf(own)
    const error = await inMemory({
      source,
      narrow: each({ from: source, run: (t) => t.select('id'), expect: [between('v' as never, 0, 1)] }),
    })
    expect(error).toMatchObject({
      code: 'COLUMN_MISSING',
      message: expect.stringMatching(/Node "narrow", check between\(v, 0, 1\).*"v"/),
      hint: expect.stringMatching(/id/),
    })
    expect(own.opened).toEqual([])
  })
  test('over which the schema does not fit: both types, and the node', async () => {
    const source = src()
    const error = await inMemory({
      source,
      typed: each({
        from: source,
        schema: z.object({ id: z.string(), k: z.string() }),
        run: (t) => t.select('id', 'k') as never,
      }),
    })
    expect(error.code).toBe('SCHEMA_MISMATCH')
    expect(error.message).toMatch(/typed/)
    expect(error.message).toMatch(/"id"/)
    expect(error.message).toMatch(/string/)
    expect(error.hint).toMatch(/./)
  })
  test('over which a roll-up groups by a column that is not there', async () => {
    const { count, rollup } = await import('tidegate')
    const source = src()
    const error = await inMemory({
      source,
      daily: rollup({ from: source, by: ['day' as never], measure: { n: count() } }),
    })
    expect(error).toMatchObject({
      code: 'COLUMN_MISSING',
      message: expect.stringMatching(/"day"/),
      hint: expect.stringMatching(/id, k, v/),
    })
    expect(error.message).toMatch(/daily/)
  })
  test('whose source gives another type than its schema says: the part and the column', async () => {
    const ran = await runIn(await folder(), {
      src: linesOf(world({ a: lines([1, 'x', 1]) }), {
        schema: z.object({ id: z.int32(), k: z.date(), v: z.number().nullable() }),
      }),
    })
    expect(ran.error).toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(/Source "src": a does not fit the declared schema:.*"k"/),
      hint: 'Change the schema, or the data.',
    })
  })
})
