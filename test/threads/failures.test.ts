import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { project, runOf } from './lab.ts'

/** Three parts through one step; what its code does with part "b" is said by a file, which threads read. */
const config = `
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { threads } from '@tidegate/executor-threads'
import { count, defineConfig, defineSource, each, pipeline, rollup, step, table } from 'tidegate'
import { z } from 'zod'
const here = (name) => new URL('./' + name, import.meta.url)
const Row = z.object({ id: z.int32(), part: z.string() })
const rows = defineSource({
  name: 'test/rows',
  options: z.object({}),
  create: () => ({
    listing: 'complete',
    async *discover() { for (const id of ['a', 'b', 'c']) yield { id, fingerprint: id } },
    describe: async () => ({ fields: [{ name: 'id', type: { kind: 'int', bits: 32, signed: true }, nullable: false }, { name: 'part', type: { kind: 'string' }, nullable: false }] }),
    async *open(part) { yield table(Row, { id: [1, 2], part: [part.id, part.id] }) },
  }),
})
const what = (t) => (t.numRows() > 0 && t.get('part', 0) === 'b' ? readFileSync(here('do'), 'utf8') : '')
const src = rows({ schema: Row })
const work = each({
  from: src,
  version: '1',
  timeout: '10 min',
  retry: { attempts: 2, backoff: 1 },
  keep: true,
  run: (t) => {
    const act = what(t)
    if (act.includes('once') && existsSync(here('done'))) return t
    if (act.includes('once')) writeOnce()
    if (act.includes('exit')) process.exit(3)
    if (act.includes('throw')) throw Object.assign(new Error('no good'), { code: 'E_OWN' })
    if (act.includes('loop')) for (;;) {}
    if (act.includes('later')) { setTimeout(() => { throw new Error('out of nowhere') }, 1); const end = performance.now() + 200; return new Promise((resolve) => setTimeout(() => resolve(t), 400)) }
    if (act.includes('memory')) { const all = []; for (;;) all.push(Array.from({ length: 1e5 }, (_, i) => ({ i }))) }
    return t
  },
})
const sizes = rollup({ from: work, by: ['part'], measure: { n: count() } })
const other = each({ from: src, keep: true, run: (t) => t })
export default defineConfig(() => ({
  executor: threads({ threads: 2, memory: '96MB' }),
  pipelines: { p: pipeline({ src, work, sides: sizes, other }) },
}))
function writeOnce() { writeFileSync(here('done'), '') }
`.replace('import { existsSync, readFileSync, rmSync }', 'import { existsSync, readFileSync, writeFileSync }')

const projectThat = async (does: string, timeout = '10 min'): Promise<string> => {
  const folder = await project(config.replace('10 min', timeout))
  await writeFile(join(folder, 'do'), does)
  return folder
}

describe('a thread that comes to an end', () => {
  test.each([
    ['exit', /^The thread that did the work of "work", part b ended with exit code 3$/, /process\.exit/],
    ['later', /^The thread that did the work of "work", part b broke down: out of nowhere$/, /callback/],
    ['memory', /^The thread that did the work of "work", part b ran out of memory$/, /memory/],
  ])(
    'is one failed task (%s): node and part are named, the others go on',
    async (does, message, hint) => {
      const ran = await runOf(await projectThat(does))
      expect(ran.error).toMatchObject({ code: 'WORKER_CRASHED', data: { node: 'work', part: 'b' } })
      expect((ran.error as Error).message).toMatch(message)
      expect((ran.error as { hint?: string }).hint).toMatch(hint)
      expect(ran.outcome.states.get('other')?.status).toBe('committed')
      expect(ran.outcome.states.get('work')?.status).toBe('failed')
      expect(ran.outcome.states.get('sides')?.status).toBe('skipped')
      expect(ran.events.filter(({ type }) => type === 'part.retried')).toHaveLength(1)
    },
    60_000,
  )

  test('is replaced, and the task tried again', async () => {
    const folder = await projectThat('exit once')
    const ran = await runOf(folder)
    expect(ran.error).toBeUndefined()
    expect(ran.outcome.states.get('sides')?.section?.counts.rowsOut).toBe(3)
  }, 60_000)
})

describe('code that never gives control back', () => {
  test('is stopped by the time-out of its node', async () => {
    const ran = await runOf(await projectThat('loop', '900ms'))
    expect(ran.error).toMatchObject({
      code: 'STEP_TIMEOUT',
      message: 'Step "work" took longer than 0.9 s on b',
      data: { node: 'work', part: 'b', limit: 900 },
    })
    expect(ran.outcome.states.get('other')?.status).toBe('committed')
  }, 60_000)

  test('is stopped when the run is cancelled', async () => {
    const folder = await projectThat('loop')
    const stop = new AbortController()
    const running = runOf(folder, {}, { signal: stop.signal })
    setTimeout(() => stop.abort(new Error('enough')), 4000)
    await expect(running).rejects.toMatchObject({ code: 'RUN_ABORTED' })
  }, 60_000)
})

describe('an error on a thread', () => {
  test('comes back with its code, its message and its cause', async () => {
    const ran = await runOf(await projectThat('throw'))
    expect(ran.error).toMatchObject({
      code: 'STEP_FAILED',
      message: 'Step "work" failed on b: no good',
      cause: { message: 'no good', code: 'E_OWN' },
    })
  }, 60_000)
})
