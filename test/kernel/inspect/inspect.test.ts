import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  count,
  createToken,
  defineConfig,
  defineGenerator,
  definePlugin,
  each,
  notNull,
  op,
  pipeline,
  provide,
  rollup,
  secretText,
  table,
} from '../../../src/index.ts'
import { findNode, findPipelines } from '../../../src/kernel/inspect/find-node.ts'
import { collectKernelGarbage } from '../../../src/kernel/inspect/garbage.ts'
import { nodeLineage } from '../../../src/kernel/inspect/node-lineage.ts'
import { viewNode } from '../../../src/kernel/inspect/node-view.ts'
import { originOf } from '../../../src/kernel/inspect/origin.ts'
import { plainOptions } from '../../../src/kernel/inspect/plain-options.ts'
import { listPlugins } from '../../../src/kernel/inspect/plugins.ts'
import { listQuarantine, readQuarantine } from '../../../src/kernel/inspect/quarantine.ts'
import { reasonsOf } from '../../../src/kernel/inspect/reasons.ts'
import { summarizeRun } from '../../../src/kernel/inspect/run-summary.ts'
import { createKernel, type Kernel } from '../../../src/kernel/kernel.ts'
import { type RunOutcome, runPipeline } from '../../../src/kernel/run/run-pipeline.ts'
import { createSecret } from '../../../src/kernel/secret.ts'

const folder = mkdtempSync(join(tmpdir(), 'tidegate-inspect-'))
const { signal } = new AbortController()
let kernel: Kernel
let outcome: RunOutcome

const Person = z.object({ name: z.string().nullable(), email: z.string().meta({ tags: ['pii'] }) })
const people = defineGenerator({
  name: 'people',
  options: z.object({}),
  schema: Person,
  load: () => table({ name: ['Ada', null, 'Bob', 'Ada'], email: ['a@x', 'b@x', 'c@x', 'd@x'] }),
})
const from = people({})
const clean = each({
  from,
  run: (rows) => rows.derive({ host: (d) => op.upper(d.email) }),
  expect: [notNull('name')],
  otherwise: 'quarantine',
})
const names = rollup({ from: clean, by: { name: 'name' }, measure: { people: count() } })
const watch = definePlugin({ name: 'watch', options: z.object({ key: secretText() }), setup: () => {} })
const clock = provide(createToken<object>('acme/Clock'), { name: 'clock', create: () => ({}) })
const config = defineConfig(({ secret }) => ({
  pipelines: {
    people: pipeline({ people: from, clean, names, bad: clean.quarantine }),
    past: pipeline({ names: people({}) }),
  },
  plugins: [watch({ key: secret('KEY') }), clock()],
}))

beforeAll(async () => {
  kernel = await createKernel(config, {
    folder,
    file: fileURLToPath(import.meta.url),
    env: 'test',
    variables: { KEY: 'swordfish' },
  })
  outcome = await runPipeline(kernel, 'people')
})

afterAll(async () => {
  await kernel.dispose()
  rmSync(folder, { recursive: true, force: true })
})

describe('a node is found', () => {
  it.each([
    ['clean', { pipeline: 'people', node: 'clean', output: 'main' }],
    ['people.clean', { pipeline: 'people', node: 'clean', output: 'main' }],
    ['clean.quarantine', { pipeline: 'people', node: 'clean', output: 'quarantine' }],
    ['bad', { pipeline: 'people', node: 'clean', output: 'quarantine' }],
    ['past.names', { pipeline: 'past', node: 'names', output: 'main' }],
    ['clean.email', { pipeline: 'people', node: 'clean', output: 'main', column: 'email' }],
    ['people.clean.quarantine._row', { pipeline: 'people', node: 'clean', output: 'quarantine', column: '_row' }],
  ] as const)('by %s', (text, address) => expect(findNode(kernel, text, { columns: true })).toEqual(address))

  it('only where it is clear which one is meant', () => {
    expect(() => findNode(kernel, 'names')).toThrow('"names" is the name of several nodes')
    expect(() => findNode(kernel, 'clena')).toThrow('The pipelines have no node "clena"')
    expect(() => findNode(kernel, 'clean.email')).toThrow('no node "clean.email"')
    expect(() => findPipelines(['a', 'b'], 'c')).toThrow('The config has no pipeline "c"')
    expect(findPipelines(['a', 'b'], undefined)).toEqual(['a', 'b'])
  })
})

describe('what is committed', () => {
  it('is shown with the tags that its columns inherit', async () => {
    const view = await viewNode(kernel, findNode(kernel, 'clean'), { rows: 1, signal })
    expect(view).toMatchObject({ kind: 'each', kept: false, rows: 3, committed: { entry: 1 }, withheld: undefined })
    expect(view.schema.fields.map(({ name, meta }) => [name, meta?.tags])).toEqual([
      ['name', undefined],
      ['email', ['pii']],
      ['host', ['pii']],
    ])
    expect(view.sample?.length).toBe(1)
    expect(view.checks).toMatchObject([{ name: 'notNull(name)', failed: 1, of: 4, pass: true }])
    expect(view.history).toMatchObject([{ entry: 1, status: 'committed', rows: 3, quarantined: 1 }])
  })

  it('carries the rows that were set aside', async () => {
    const reasons = [{ reason: 'notNull(name)', rows: 1 }]
    expect(await listQuarantine(kernel, 'people', signal)).toMatchObject([
      { node: 'clean', state: 'committed', rows: 1, of: 4, reasons },
    ])
    const address = findNode(kernel, 'clean')
    const { sample, schema } = await readQuarantine(kernel, address, { rows: 5, signal })
    expect(sample?.length).toBe(1)
    expect(schema.fields.filter(({ meta }) => meta?.tags?.includes('pii')).map(({ name }) => name)).toEqual([
      'email',
      'host',
      '_raw',
    ])
    expect((await readQuarantine(kernel, address, { rows: 5, reason: 'unique', signal })).sample?.length).toBe(0)
    expect((await readQuarantine(kernel, findNode(kernel, 'people.names'), { rows: 5, signal })).view).toBeUndefined()
  })

  it('tells its lineage without a store', async () => {
    const view = await nodeLineage(kernel, findNode(kernel, 'clean.host', { columns: true }), { up: true, down: true })
    expect(view.source).toBe('log')
    expect(view.upstream?.reached).toMatchObject([{ name: 'people.people', column: 'email' }])
    expect(view.runs).toMatchObject([{ state: 'complete', rows: 3 }])
    const early = await nodeLineage(kernel, findNode(kernel, 'clean'), { up: true, down: false, asOf: '2001-01-01' })
    expect([early.upstream?.edges, early.downstream, early.runs]).toEqual([[], undefined, []])
    await expect(
      nodeLineage(kernel, findNode(kernel, 'clean.hots', { columns: true }), { up: true, down: true }),
    ).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
      hint: expect.stringContaining('Did you mean "host"?'),
    })
  })

  it('is summed up node by node, rows of a roll-up being those it read', () => {
    expect(
      summarizeRun(outcome).map(({ node, rowsIn, rowsOut, quarantined }) => [node, rowsIn, rowsOut, quarantined]),
    ).toEqual([
      ['people', 4, 4, 0],
      ['clean', 4, 3, 1],
      ['names', 3, 2, 0],
    ])
  })

  it('is no garbage', async () => {
    const before = await viewNode(kernel, findNode(kernel, 'people.names'), { rows: 5, signal })
    expect(await collectKernelGarbage(kernel, { grace: 0, dryRun: true })).toMatchObject({ deleted: 0 })
    await collectKernelGarbage(kernel, { grace: 0 })
    expect(await viewNode(kernel, findNode(kernel, 'people.names'), { rows: 5, signal })).toMatchObject({
      rows: before.rows,
      committed: before.committed,
    })
  })
})

it('says of a node that never ran that nothing is committed', async () => {
  const view = await viewNode(kernel, findNode(kernel, 'past.names'), { rows: 5, signal })
  expect(view).toMatchObject({ committed: undefined, rows: 0, sample: undefined, history: [], checks: [] })
})

describe('plugins', () => {
  it('come with place, origin and options, secrets as references', () => {
    const plugins = listPlugins(kernel)
    const of = (name: string) => plugins.find((plugin) => plugin.name === name)
    expect(of('watch')).toMatchObject({ point: 'plugin', where: ['plugins[0]'], options: { key: 'secret(KEY)' } })
    expect(of('clock')).toMatchObject({ point: 'slot', slot: 'acme/Clock' })
    expect(of('tidegate/disk')).toMatchObject({ point: 'slot', where: [], origin: { from: 'built in' } })
    expect(of('each')).toMatchObject({ point: 'step', where: ['pipelines.people.clean'], origin: { from: 'built in' } })
    expect(JSON.stringify(plugins)).not.toContain('swordfish')
  })

  it('are told apart by the package that their code lies in', () => {
    const root = fileURLToPath(new URL('../../..', import.meta.url))
    expect(originOf(join(root, 'src/index.ts'), folder)).toEqual({ from: 'built in' })
    expect(originOf(join(root, 'node_modules/zod/index.js'), folder)).toMatchObject({ from: 'package', name: 'zod' })
    expect(originOf(join(folder, 'steps/mine.ts?v=1'), folder)).toEqual({ from: 'file', path: 'steps/mine.ts' })
    expect(originOf(undefined, folder)).toEqual({ from: 'unknown' })
  })

  it('show options as data', () => {
    class Pool {}
    const options = {
      a: [1, null],
      b: /x/g,
      c: createSecret('S'),
      d: () => 1,
      e: new Pool(),
      f: 3n,
      g: undefined,
      h: function named() {},
    }
    expect(plainOptions(options)).toEqual({
      a: [1, null],
      b: '/x/g',
      c: 'secret(S)',
      d: 'function d',
      e: '[Pool]',
      f: '3',
      g: null,
      h: 'function named',
    })
  })
})

it('reasons are counted by check, and faults of parsing without their place', () => {
  const checks = ['a', 'matches(x, a; b)', 'matches(x, a']
  expect(reasonsOf('a; matches(x, a; b)', checks)).toEqual(['a', 'matches(x, a; b)'])
  expect(reasonsOf('a', checks)).toEqual(['a'])
  expect(reasonsOf('a: v 1 (there "x; y"); matches(x, a; b)', checks)).toEqual(['a', 'matches(x, a; b)'])
  expect(reasonsOf('a: not there', checks)).toEqual(['a'])
  expect(reasonsOf('line 12, column 3: "x; y" is no number', checks)).toEqual(['"x; y" is no number'])
  expect(reasonsOf('record 4: too short', [])).toEqual(['too short'])
})
