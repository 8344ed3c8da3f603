import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import {
  count,
  defineConfig,
  definePlugin,
  defineSource,
  defineStep,
  defineTarget,
  type LineageEvent,
  LineageStore,
  Logger,
  type Node,
  pipeline,
  provide,
  rollup,
  type Secret,
  secretText,
  type TidegateEvent,
  table,
} from 'tidegate'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createKernel } from '../../src/kernel/kernel.ts'
import { formatError } from '../../src/kernel/log/format-error.ts'
import { planPipeline } from '../../src/kernel/plan/plan.ts'
import { runPipeline } from '../../src/kernel/run/run-pipeline.ts'
import { createMemoryLineage } from '../../src/plugins/defaults/memory-lineage.ts'
import { folder } from './scratch.ts'

const canary = 'c4n4ry-0f-the-b1rd-house'
afterEach(() => vi.restoreAllMocks())

const seen: string[] = []
const Secretish = z.object({ token: secretText() })

/** A source, a step and a target that are each given the secret, use it, and put it into what they throw and log. */
function nodesOf(failing: 'nobody' | 'source' | 'step' | 'target' | 'listing', token: Secret): Record<string, Node> {
  const source = defineSource({
    name: 'test/db',
    options: Secretish,
    create: ({ token }) => {
      seen.push(token)
      return {
        listing: 'complete' as const,
        location: 'db',
        async *discover() {
          if (failing === 'listing') throw new Error(`401 for ${token}`)
          yield { id: 'a', fingerprint: 'one' }
        },
        describe: async () =>
          ({ fields: [{ name: 'id', type: { kind: 'int', bits: 32, signed: true }, nullable: false }] }) as const,
        async *open() {
          if (failing === 'source')
            throw new Error(`could not connect with ${token}`, { cause: new Error(`password ${token} refused`) })
          yield table(z.object({ id: z.int32() }), { id: [1, 2] })
        },
      }
    },
  })
  const step = defineStep({
    name: 'test/call',
    shape: 'row-wise',
    options: Secretish,
    create: ({ token }) => ({
      shape: 'row-wise' as const,
      run(batch) {
        if (failing === 'step' && batch.numRows() > 0) throw new Error(`the service did not like ${token}`)
        return batch
      },
    }),
  })
  const target = defineTarget({
    name: 'test/push',
    options: Secretish,
    create: ({ token }) => ({
      publish: 'atomic' as const,
      location: 'push',
      async commit(publication) {
        if (failing === 'target') throw new Error(`403 for ${token}`)
        return { rows: publication.rows, bytes: 0, files: ['push'] }
      },
    }),
  })
  const src = source({ token, schema: z.object({ id: z.int32() }) } as never) as Node<{ id: number }>
  const called = step({ from: src, token, keep: true } as never) as Node<{ id: number }>
  return {
    src,
    called,
    n: rollup({ from: called, by: [], measure: { n: count() } }),
    out: target({ from: called, token } as never) as Node,
  }
}

const watcher = definePlugin({
  name: 'test/watcher',
  options: Secretish,
  needs: { log: Logger },
  setup({ token }, { hooks, log }) {
    hooks.beforeStep.tapPromise('test/watcher', async ({ node }) =>
      log.error(`${node} begins with ${token}`, { token, inner: { header: `Bearer ${token}` } }),
    )
  },
})

async function everyFile(place: string): Promise<string> {
  const files = (await readdir(place, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  return (await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'latin1')))).join('\n')
}

describe('a secret that is used', () => {
  for (const failing of ['nobody', 'listing', 'source', 'step', 'target'] as const) {
    test(`stands in no file, event, error, log line or lineage: ${failing} fails`, async () => {
      const place = await folder()
      const output: string[] = []
      for (const stream of [process.stdout, process.stderr]) {
        vi.spyOn(stream, 'write').mockImplementation(((chunk: unknown) => {
          output.push(String(chunk))
          return true
        }) as never)
      }
      const events: TidegateEvent[] = []
      const lineage: LineageEvent[] = []
      const errors: unknown[] = []
      const config = defineConfig(({ secret }) => ({
        pipelines: { p: pipeline(nodesOf(failing, secret('CANARY'))) },
        plugins: [watcher({ token: secret('CANARY') } as never)],
        lineage: provide(LineageStore, {
          name: 'test/lineage',
          create: () => {
            const store = createMemoryLineage()
            return {
              ...store,
              append: async (event) => {
                lineage.push(event)
                await store.append(event)
              },
            }
          },
        })(),
        hooks: { afterStep: (result) => void errors.push(result.error) },
      }))
      const kernel = await createKernel(config as never, {
        folder: place,
        pipelines: ['p'],
        variables: { CANARY: canary },
        onEvent: (event) => events.push(event),
      })
      try {
        seen.splice(0)
        if (failing !== 'listing') errors.push(await planPipeline(kernel, 'p'))
        const outcome = await runPipeline(kernel, 'p')
        expect(seen).toContain(canary)
        expect(outcome.status).toBe(failing === 'nobody' ? 'succeeded' : 'failed')
        for (const error of outcome.errors)
          errors.push(
            formatError(error, { redact: kernel.redactor.redact }),
            error.message,
            error.hint,
            JSON.stringify(error.data),
          )
        errors.push(outcome.errors.map((error) => inspect(error)).join('\n'))
      } finally {
        await kernel.dispose()
      }
      vi.restoreAllMocks()
      expect(output.join('').includes('begins with')).toBe(failing !== 'listing')
      expect(events.length).toBeGreaterThan(3)
      expect(lineage.length).toBeGreaterThan(0)
      expect({ place: 'files', leaked: (await everyFile(join(place, '.tidegate'))).includes(canary) }).toEqual({
        place: 'files',
        leaked: false,
      })
      expect({ place: 'output', leaked: output.join('').includes(canary) }).toEqual({ place: 'output', leaked: false })
      expect({ place: 'events', leaked: JSON.stringify(events).includes(canary) }).toEqual({
        place: 'events',
        leaked: false,
      })
      expect({ place: 'lineage', leaked: JSON.stringify(lineage).includes(canary) }).toEqual({
        place: 'lineage',
        leaked: false,
      })
      expect({ place: 'errors', leaked: inspect(errors, { depth: 9 }).includes(canary) }).toEqual({
        place: 'errors',
        leaked: false,
      })
    })
  }

  test('that is not set is named before anything runs', async () => {
    const config = defineConfig(({ secret }) => ({ pipelines: { p: pipeline(nodesOf('nobody', secret('CANARY'))) } }))
    const error = await createKernel(config as never, {
      folder: await folder(),
      pipelines: ['p'],
      variables: {},
    }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SECRET_MISSING', message: expect.stringContaining('CANARY') })
  })
})
