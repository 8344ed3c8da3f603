import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { threads } from '@tidegate/executor-threads'
import { defineConfig, Logger, pipeline, provide } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { createKernel } from '../../src/kernel/kernel.ts'
import { runPipeline } from '../../src/kernel/run/run-pipeline.ts'
import { lines, linesOf, world } from '../failure/lab.ts'
import { root, temporaryFolder } from '../support/temporary-project.ts'
import { project, runOf } from './lab.ts'

const config = `
import { writeFileSync } from 'node:fs'
import { threads } from '@tidegate/executor-threads'
import { defineConfig, defineSource, each, Events, Logger, pipeline, secretText, table } from 'tidegate'
import { z } from 'zod'
const Row = z.object({ id: z.int32() })
const rows = defineSource({
  name: 'test/rows',
  options: z.object({ token: secretText() }),
  needs: { log: Logger, events: Events },
  create: ({ token: key }, { log, events }) => ({
    listing: 'complete',
    async *discover() { yield { id: 'a', fingerprint: 'a' } },
    describe: async () => ({ fields: [{ name: 'id', type: { kind: 'int', bits: 32, signed: true }, nullable: false }] }),
    async *open() {
      log.warn('opened with ' + key, { key })
      if (process.env['TEST_DO'] === 'odd') {
        const self = { key }
        self.self = self
        log.warn('odd', { self, big: 1n, code() {} })
        events.emit({ type: 'own', at: 1, self, key, code() {}, runId: 'r', pipeline: 'p', span: 's' })
      }
      if (process.env['TEST_DO'] === 'fail') throw new Error('refused ' + key)
      yield table(Row, { id: [1, 2] })
    },
  }),
})
export default defineConfig(({ secret }) => {
  const src = rows({ schema: Row, token: secret('TEST_KEY') })
  const work = each({ from: src, version: '1', keep: true, run: (t) => { if (t.numRows() > 0 && process.env['TEST_DO'] === 'loop') { writeFileSync(new URL('./looping', import.meta.url), ''); for (;;) {} } return t } })
  return { executor: threads({ threads: 2 }), pipelines: { p: pipeline({ src, work }) } }
})
`

/** The command line in a process of its own. */
function tidegate(folder: string, does: string) {
  const main = join(root, 'src/cli/main.ts')
  const loader = join(root, 'node_modules/tsx/dist/loader.mjs')
  const child = spawn(process.execPath, ['--import', loader, '-C', 'tidegate-source', main, 'run', 'p'], {
    cwd: folder,
    env: { ...process.env, TEST_KEY: 'hunter22', TEST_DO: does, TIDEGATE_LOG: 'warn' },
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (more) => (text += String(more)))
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)))
  return { child, ended, text: () => text }
}

describe('a process with threads', () => {
  test('ends when its run has ended, with each log line once and without secrets', async () => {
    const own = tidegate(await project(config), '')
    expect([await own.ended, own.text()]).toEqual([0, expect.any(String)])
    expect(own.text().match(/opened with/g)).toHaveLength(1)
    expect(own.text()).toContain('[secret TEST_KEY]')
    expect(own.text()).not.toContain('hunter22')
  }, 60_000)

  test('shows errors of threads without secrets', async () => {
    const own = tidegate(await project(config), 'fail')
    expect(await own.ended).toBe(1)
    expect(own.text()).toContain('refused [secret TEST_KEY]')
    expect(own.text()).not.toContain('hunter22')
  }, 60_000)

  test('goes on where code logs or emits what is no JSON, without secrets', async () => {
    const folder = await project(config)
    const ran = await runOf(folder, { TEST_DO: 'odd', TEST_KEY: 'hunter22' })
    expect(ran.error).toBeUndefined()
    const [own] = ran.events.filter(({ type }) => (type as string) === 'own')
    expect(own).toEqual({
      type: 'own',
      at: 1,
      self: expect.stringContaining('[Circular'),
      key: '[secret TEST_KEY]',
      runId: 'r',
      pipeline: 'p',
      span: 's',
    })
    expect(JSON.stringify(own)).not.toContain('hunter22')
  }, 60_000)

  test('is stopped by Ctrl-C, also while code never gives control back', async () => {
    const folder = await project(config)
    const own = tidegate(folder, 'loop')
    while (!existsSync(join(folder, 'looping'))) await new Promise((resolve) => setTimeout(resolve, 50))
    own.child.kill('SIGINT')
    expect(await own.ended).not.toBe(0)
    expect(own.text()).toMatch(/cancelled/i)
  }, 60_000)
})

describe('a config that stands in no file', () => {
  test('runs on the main thread, and says so once', async () => {
    const said: string[] = []
    const take = (message: string) => void said.push(message)
    const log = provide(Logger, {
      name: 'test/log',
      create: () => ({ debug: take, info: take, warn: take, error: take }),
    })
    const src = linesOf(world({ a: lines([1, 'x', 1]), b: lines([2, 'y', 2]) }))
    const own = defineConfig(() => ({
      pipelines: { p: pipeline({ src }) },
      executor: threads({ threads: 2 }),
      logger: log(),
    }))
    const kernel = await createKernel(own as never, { folder: await temporaryFolder(), pipelines: ['p'] })
    const outcome = await runPipeline(kernel, 'p', {})
    await kernel.dispose()
    expect(outcome.status).toBe('succeeded')
    expect(said).toEqual([
      'the config stands in no file that threads could load: its tasks run on the main thread, one by one',
    ])
  })
})
