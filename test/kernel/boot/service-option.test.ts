import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { pipeline } from '../../../src/kernel/define/pipeline.ts'
import { provide } from '../../../src/kernel/define/plugin.ts'
import { serviceOption } from '../../../src/kernel/define/service-option.ts'
import { plainOptions } from '../../../src/kernel/inspect/plain-options.ts'
import { createKernel } from '../../../src/kernel/kernel.ts'
import { createNode } from '../../../src/kernel/node.ts'
import { createSecret, secretText } from '../../../src/kernel/secret.ts'
import { createToken } from '../../../src/kernel/token.ts'
import type { AnyPlugin } from '../../../src/plugins/plugin.ts'
import { Project } from '../../../src/plugins/project.ts'

interface Shelf {
  readonly label: string
  readonly inner: Shelf | undefined
}
const Shelf = createToken<Shelf>('acme/Shelf')
const Other = createToken<number>('acme/Other')

const kind = {
  point: 'source',
  name: 'acme/rows',
  options: z.object({
    in: serviceOption(Shelf).optional(),
    more: z.array(z.object({ at: serviceOption(Shelf) })).optional(),
  }),
  needs: {},
  create: () => ({}) as never,
} as const
const configOf = (options: object) => ({ pipelines: { p: pipeline({ rows: createNode({ uses: kind, options }) }) } })
const settings = { folder: '/shop', variables: { TIDEGATE_LOG: 'silent', KEY: 'open sesame' } }

function lab() {
  const log: string[] = []
  const shelf = provide(Shelf, {
    name: 'acme/shelf',
    options: z.object({ label: z.string(), key: secretText().optional(), in: serviceOption(Shelf).optional() }),
    needs: { project: Project },
    create: ({ label, key, in: inner }, { project }) => {
      log.push(`make ${label}`)
      if (label === 'broken') throw new Error(`cannot open with ${key}`)
      return { label: `${project.folder}/${label}/${key ?? ''}`, inner }
    },
    dispose: ({ label }) => void log.push(`end ${label}`),
  })
  return { log, shelf }
}

describe('an option that is a service', () => {
  test('is its instance in what create receives, made once and disposed in reverse', async () => {
    const { log, shelf } = lab()
    const [a, b] = [shelf({ label: 'a', key: createSecret('KEY') }), shelf({ label: 'b' })]
    const options = { in: a, more: [{ at: b }, { at: a }] }
    const kernel = await createKernel(configOf(options), { ...settings, pipelines: ['p'] })
    expect(log).toEqual([])
    const [one, two] = await Promise.all([kernel.resolve(options), kernel.resolve({ in: a })])
    const made = one as unknown as { in: Shelf; more: { at: Shelf }[] }
    expect(made.in.label).toBe('/shop/a/open sesame')
    expect(made.more.map(({ at }) => at.label)).toEqual(['/shop/b/', '/shop/a/open sesame'])
    expect((two as unknown as { in: Shelf }).in).toBe(made.in)
    expect(kernel.redactor.redact('open sesame')).toBe('[secret KEY]')
    await kernel.dispose()
    expect(log).toEqual(['make a', 'make b', 'end /shop/b/', 'end /shop/a/open sesame'])
  })

  test('may stand in the options of another', async () => {
    const { log, shelf } = lab()
    const outer = shelf({ label: 'outer', in: shelf({ label: 'inner' }) })
    const kernel = await createKernel(configOf({ in: outer }), settings)
    const { in: made } = (await kernel.resolve({ in: outer })) as unknown as { in: Shelf }
    expect(made.inner?.label).toBe('/shop/inner/')
    await kernel.dispose()
    expect(log).toEqual(['make inner', 'make outer', 'end /shop/outer/', 'end /shop/inner/'])
  })

  test('has its faults found at boot with all others', async () => {
    const { log, shelf } = lab()
    const perRun = provide(Shelf, {
      name: 'acme/per-run',
      scope: 'run',
      create: () => ({ label: '', inner: undefined }),
    })
    const needy = provide(Shelf, {
      name: 'acme/needy',
      needs: { other: Other },
      create: () => ({ label: '', inner: undefined }),
    })
    const options = {
      in: shelf({ label: 7, in: shelf({ lable: 'x', label: 'x' } as never) } as never),
      more: [
        { at: perRun() },
        { at: needy() },
        { at: shelf({ label: 'ok', key: createSecret('MISSING') }) },
        { at: shelf },
        { at: { label: 'x' } },
      ],
    }
    const failure = await createKernel(configOf(options), { ...settings, pipelines: ['p'] }).catch(
      (error: unknown) => error,
    )
    const { faults } = (failure as { data: { faults: { where: string; message: string }[] } }).data
    expect(faults.map(({ where, message }) => `${where}: ${message}`).sort()).toEqual([
      'pipelines.p.rows.in.in.lable: unknown option "lable"',
      'pipelines.p.rows.in.label: expected text, got 7',
      'pipelines.p.rows.more[0].at: acme/per-run is made anew for each run',
      'pipelines.p.rows.more[1].at: needs "other" (acme/Other@1), and nothing provides it',
      'pipelines.p.rows.more[3].at: expected a plugin that provides acme/Shelf, got a function: call it with its options',
      'pipelines.p.rows.more[4].at: expected a plugin that provides acme/Shelf, got an object',
      'pipelines.p.rows: the secret "MISSING" is not set',
    ])
    expect(log).toEqual([])
  })

  test('that cannot be made names the plugin, keeps its secret, and may be tried again', async () => {
    const { log, shelf } = lab()
    const broken: AnyPlugin = shelf({ label: 'broken', key: createSecret('KEY') })
    const kernel = await createKernel(configOf({ in: broken }), settings)
    for (let i = 0; i < 2; i++)
      await expect(kernel.resolve({ in: broken })).rejects.toMatchObject({
        code: 'BOOT_FAILED',
        message: 'Plugin acme/shelf could not start: cannot open with [secret KEY]',
      })
    expect(log).toEqual(['make broken', 'make broken'])
    await kernel.dispose()
  })

  test('stands as its name and options where options are told', () => {
    const { shelf } = lab()
    expect(plainOptions({ in: shelf({ label: 'a', key: createSecret('KEY') }) })).toEqual({
      in: { plugin: 'acme/shelf', options: { label: 'a', key: 'secret(KEY)' } },
    })
  })
})
