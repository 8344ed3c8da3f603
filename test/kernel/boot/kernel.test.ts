import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { askViolation } from '../../../src/hooks/ask.ts'
import type { Violation } from '../../../src/hooks/hooks.ts'
import { RunContext } from '../../../src/kernel/boot/run-context.ts'
import { loadConfig } from '../../../src/kernel/config/load-config.ts'
import type { Context } from '../../../src/kernel/context.ts'
import { defineConfig } from '../../../src/kernel/define/config.ts'
import { pipeline } from '../../../src/kernel/define/pipeline.ts'
import { definePlugin, provide } from '../../../src/kernel/define/plugin.ts'
import { createKernel } from '../../../src/kernel/kernel.ts'
import { createNode } from '../../../src/kernel/node.ts'
import { secretText } from '../../../src/kernel/secret.ts'
import { createToken } from '../../../src/kernel/token.ts'
import { Events, type TidegateEvent } from '../../../src/plugins/events.ts'
import { Executor } from '../../../src/plugins/executor.ts'
import { LineageStore } from '../../../src/plugins/lineage-store.ts'
import { Logger } from '../../../src/plugins/logger.ts'
import { SecretStore } from '../../../src/plugins/secret-store.ts'
import { StorageStrategy } from '../../../src/plugins/storage-strategy.ts'
import { Workspace } from '../../../src/plugins/workspace.ts'
import { failure, faultLines, project } from '../config/projects.ts'

interface Clock {
  readonly runId: string
}
const Clock = createToken<Clock>('acme/Clock')
const kind = {
  point: 'source',
  name: 'acme/rows',
  options: z.object({ url: secretText().optional() }),
  needs: {},
  create: () => ({}) as never,
} as const
const rows = (options: object = {}) => createNode<{ a: number }>({ uses: kind, options })
const pipelines = { p: pipeline({ rows: rows() }) }
const context: Context = { now: new Date(0), random: () => 0, signal: new AbortController().signal, runId: 'r1' }
const violation: Violation = {
  pipeline: 'p',
  node: 'rows',
  kind: 'each',
  runId: 'r1',
  env: 'test',
  phase: 'row',
  rows: 0,
  of: 0,
  check: { name: 'notNull(a)', columns: ['a'] },
}
const event: TidegateEvent = { type: 'run.started', at: 0, env: 'test', runId: 'r1', pipeline: 'p', span: 's' }
const variables = { TIDEGATE_LOG: 'silent' }

const storeOptions = z.object({ url: secretText(), tries: z.int().default(3) })
const memoryLineage = provide(LineageStore, {
  name: 'acme/lineage',
  options: storeOptions,
  create: ({ url, tries }) => ({ append: async () => {}, events: async function* () {}, url, tries }),
})

describe('a kernel', () => {
  test('begins from a config and an environment, and fills what the config leaves open', async () => {
    const config = defineConfig(({ env }) => ({
      pipelines,
      memory: env === 'production' ? '2GB' : '512MB',
      concurrency: 3,
    }))
    const kernel = await createKernel(config, {
      folder: '/data',
      variables: { ...variables, TIDEGATE_ENV: 'production' },
    })
    expect(kernel).toMatchObject({ env: 'production', folder: '/data', file: undefined })
    expect(kernel.settings).toMatchObject({
      memory: 2_000_000_000,
      batchRows: 65_536,
      concurrency: 3,
      durability: 'power',
      seed: 0,
      retain: { entries: 10, grace: 3_600_000 },
    })
    expect(kernel.service(Workspace).location).toBe(join('/data', '.tidegate'))
    expect(kernel.service(Events)).toBe(kernel.events)
    for (const slot of [LineageStore, StorageStrategy, Executor, SecretStore, Logger])
      expect(kernel.service<object>(slot as never)).toBeDefined()
    expect(kernel.service(Executor).concurrency).toBe(3)
    await kernel.dispose()
  })

  test("asks the config's hooks before any plugin's, and names who answered", async () => {
    const plugin = definePlugin({
      name: 'acme/strict',
      setup(_, { hooks }) {
        hooks.onQualityViolation.tap({ name: 'strict', stage: Number.NEGATIVE_INFINITY }, () => 'halt')
      },
    })
    const asked: string[] = []
    const kernel = await createKernel(
      { pipelines, plugins: [plugin()], hooks: { onQualityViolation: ({ check }) => void asked.push(check.name) } },
      { folder: '.', variables },
    )
    expect(await askViolation(kernel.hooks, violation)).toEqual({ verdict: 'halt', by: 'acme/strict' })
    expect(asked).toEqual(['notNull(a)'])
  })

  test('makes plugins of scope run for each run, with the run they are for', async () => {
    const ended: string[] = []
    const clock = provide(Clock, {
      name: 'acme/clock',
      scope: 'run',
      needs: { run: RunContext },
      create: (_, { run }) => ({ runId: run.runId }),
      dispose: ({ runId }) => void ended.push(runId),
    })
    const kernel = await createKernel({ pipelines, plugins: [clock()] }, { folder: '.', variables })
    const one = await kernel.startRun(context)
    const two = await kernel.startRun({ ...context, runId: 'r2' })
    expect([one.get(Clock).runId, two.get(Clock).runId]).toEqual(['r1', 'r2'])
    await one.dispose()
    expect(ended).toEqual(['r1'])
    await kernel.dispose()
    expect(ended).toEqual(['r1', 'r2'])
  })

  test('does not meet another kernel of the same process', async () => {
    const heard: string[][] = [[], []]
    const config = { pipelines, plugins: [memoryLineage({ url: 'x' })] }
    const [one, two] = await Promise.all(
      heard.map((list) =>
        createKernel(config, { folder: '.', variables, onEvent: ({ type }) => void list.push(type) }),
      ),
    )
    one?.events.emit(event)
    one?.hooks.onQualityViolation.tap('only one', () => 'drop')
    expect(heard).toEqual([['run.started'], []])
    expect(one?.service(LineageStore)).not.toBe(two?.service(LineageStore))
    expect(await askViolation(two!.hooks, violation)).toBeUndefined()
    await one?.dispose()
    expect(two?.service(Workspace).location).toBe('.tidegate')
  })
})

describe('secrets', () => {
  const config = defineConfig(({ secret }) => ({
    pipelines: { p: pipeline({ rows: rows({ url: secret('ROWS_URL') }) }) },
    lineage: memoryLineage({ url: secret('LINEAGE_URL') }),
  }))
  const canaries = { ...variables, ROWS_URL: 'canary-rows-1', LINEAGE_URL: 'canary-lineage-2' }

  test('are text in what create receives, and references everywhere else', async () => {
    const kernel = await createKernel(config, { folder: '.', variables: canaries })
    expect(kernel.service(LineageStore)).toMatchObject({ url: 'canary-lineage-2', tries: 3 })
    expect(JSON.stringify(kernel.config)).not.toContain('canary')
    expect(kernel.secrets).toEqual(['ROWS_URL', 'LINEAGE_URL'])
    expect(await kernel.resolve({ url: 'plain' })).toEqual({ url: 'plain' })
    expect(kernel.redactor.redact('to canary-lineage-2')).toBe('to [secret LINEAGE_URL]')
  })

  test('of nodes must be set only for the pipelines that run, and all missing ones are named', async () => {
    const only = { folder: '.', variables: { ...variables, LINEAGE_URL: 'canary-lineage-2' } }
    await createKernel(config, only)
    const one = await failure(createKernel(config, { ...only, pipelines: ['p'], file: 'flow.ts' }))
    expect(one).toMatchObject({
      code: 'SECRET_MISSING',
      message: 'flow.ts, pipelines.p.rows: the secret "ROWS_URL" is not set',
    })
    const two = await failure(createKernel(config, { folder: '.', variables, pipelines: ['p'] }))
    expect(two.code).toBe('SECRET_MISSING')
    expect(faultLines(two)).toEqual([
      'lineage: the secret "LINEAGE_URL" is not set',
      'pipelines.p.rows: the secret "ROWS_URL" is not set',
    ])
  })
})

describe('faults', () => {
  test('of config, nodes, plugin options, wiring and secrets come as one error that reads like a list', async () => {
    const needy = definePlugin({ name: 'acme/needy', needs: { clock: Clock }, setup: () => {} })
    const config = defineConfig(({ secret }) => ({
      pipelines: { p: pipeline({ rows: rows({ ur1: 1 }) }) },
      memory: 'lots',
      lineage: memoryLineage({ url: secret('NOWHERE'), tries: 'x' as never }),
      plugins: [needy(), false],
    }))
    const error = await failure(createKernel(config, { folder: '.', file: 'pipeline.config.ts', variables }))
    expect(error.code).toBe('CONFIG_INVALID')
    expect(error.message).toBe(
      [
        'pipeline.config.ts has 5 faults:',
        '  - memory: expected a size such as "1GB" or "512 MiB", got "lots"',
        '  - pipelines.p.rows.ur1: unknown option "ur1" (Did you mean "url"?)',
        '  - lineage.tries: expected a number, got "x"',
        '  - plugins[0]: needs "clock" (acme/Clock@1), and nothing provides it (Add a plugin that provides acme/Clock.)',
        '  - lineage: the secret "NOWHERE" is not set (Set an environment variable of that name, or give the config a secret store that knows them.)',
      ].join('\n'),
    )
    expect(error.data['faults']).toMatchObject([
      { file: 'pipeline.config.ts', where: 'memory', code: 'CONFIG_INVALID' },
      {},
      {},
      {},
      {},
    ])
  })

  test('of a YAML document come together with those of its values', async () => {
    const yaml = 'memroy: 1GB\npipelines:\n  p:\n    a: { kind: eech }\n'
    const folder = await project({ 'pipeline.config.yaml': yaml, 'package.json': '{}' })
    const loaded = await loadConfig({ cwd: folder })
    const error = await failure(createKernel(loaded.source, { ...loaded, variables }))
    expect(faultLines(error)).toEqual(
      expect.arrayContaining(['pipelines.p.a.kind: unknown kind "eech"', 'memroy: unknown option "memroy"']),
    )
  })

  test.each([[null], [undefined], ['text'], [3]])('a config that is %j is refused', async (config) => {
    const error = await failure(createKernel((() => config) as never, { folder: '.', variables }))
    expect(error.code).toBe('CONFIG_INVALID')
    expect(error.message).toContain('expected an object, got')
  })

  test('a log level that is none is named', async () => {
    const error = await failure(createKernel({ pipelines }, { folder: '.', variables: { TIDEGATE_LOG: 'loud' } }))
    expect(error).toMatchObject({ code: 'BOOT_FAILED', hint: 'Use one of debug, info, warn, error, silent.' })
  })
})
