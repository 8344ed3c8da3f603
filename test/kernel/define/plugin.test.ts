import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  columnName,
  defineConfig,
  definePlugin,
  defineSource,
  defineStep,
  defineTarget,
  LineageStore,
  Logger,
  pipeline,
  provide,
  type Source,
  type Target,
} from '../../../src/index.ts'
import { specOf } from '../../../src/kernel/node.ts'
import { createSecret } from '../../../src/kernel/secret.ts'

const source: Source = {
  listing: 'append',
  async *discover() {},
  describe: async () => ({ fields: [] }),
  async *open() {},
}
const target: Target = { publish: 'atomic', location: 'x', commit: async () => ({ rows: 0, bytes: 0, files: [] }) }
const Row = z.object({ a: z.int() })

describe('provide and definePlugin', () => {
  it('make factories that only remember their options', () => {
    let created = 0
    const files = provide(LineageStore, {
      name: 'acme/files',
      options: z.object({ path: z.string() }),
      needs: { log: Logger },
      scope: 'run',
      create: () => {
        created++
        return { append: async () => {}, async *events() {} }
      },
      dispose: async () => {},
    })
    const plugin = files({ path: 7 as unknown as string })
    expect(created).toBe(0)
    expect(Object.isFrozen(plugin)).toBe(true)
    expect(plugin).toMatchObject({
      point: 'plugin',
      name: 'acme/files',
      scope: 'run',
      provides: LineageStore,
      needs: { log: Logger },
      given: { path: 7 },
    })
    expect(plugin).not.toBe(files({ path: 'y' }))
    expect(plugin.dispose).toBeTypeOf('function')
  })

  it('need nothing, live with the kernel and take no options unless they say so', () => {
    const watch = definePlugin({ name: 'acme/watch', setup() {} })()
    expect(watch).toMatchObject({ point: 'plugin', name: 'acme/watch', scope: 'kernel', needs: {}, given: {} })
    expect(watch).not.toHaveProperty('provides')
    expect(watch.options.safeParse({}).success).toBe(true)
  })
})

describe('connectors', () => {
  it('keep their own options, the schema and those of every node apart', () => {
    const csv = defineSource({ name: 'acme/csv', options: z.object({ path: z.string() }), create: () => source })
    const node = csv({ path: 'a.csv', schema: Row, onRemoved: 'retain', otherwise: 'drop' })
    expect(specOf(node)).toMatchObject({
      options: { path: 'a.csv' },
      gate: { onRemoved: 'retain', otherwise: 'drop' },
      inputs: [],
    })
    expect(specOf(node).schema).toBe(Row)
    expect(specOf(node).uses).toMatchObject({ point: 'source', name: 'acme/csv', needs: {} })
    expect(specOf(node).uses).toBe(specOf(csv({ path: 'b.csv', schema: Row })).uses)
  })

  it('may bring a schema of their own', () => {
    const fixed = defineSource({ name: 'acme/fixed', schema: Row, create: () => source })
    expect(specOf(fixed()).schema).toBe(Row)
    expect(specOf(fixed({ keep: true }))).toMatchObject({ options: {}, gate: { keep: true } })
  })

  it('publish what stands under "from"', () => {
    const csv = defineSource({ name: 'acme/csv', options: z.object({ path: z.string() }), create: () => source })
    const toCsv = defineTarget({
      name: 'acme/to-csv',
      options: z.object({ path: z.string(), by: columnName().optional() }),
      create: () => target,
    })
    const from = csv({ path: 'a.csv', schema: Row })
    const node = toCsv({ from, path: 'out', by: 'a', retry: { attempts: 2 } })
    expect(specOf(node)).toMatchObject({
      inputs: [{ name: '', node: from, mode: 'whole' }],
      options: { path: 'out', by: 'a' },
      gate: { retry: { attempts: 2 } },
    })
    expect(specOf(node).uses.options.parse({ path: 'out', by: 'a' })).toEqual({ path: 'out', by: 'a' })
    expect(specOf(node).uses.options.safeParse({ path: 'out', by: '' }).success).toBe(false)
  })

  it('keep a secret as its reference', () => {
    const http = defineSource({ name: 'acme/http', options: z.object({ token: z.unknown() }), create: () => source })
    expect(JSON.stringify(specOf(http({ token: createSecret('TOKEN'), schema: Row })).options)).toBe(
      '{"token":"secret(TOKEN)"}',
    )
  })
})

describe('step kinds', () => {
  it('take inputs as their shape says', () => {
    const csv = defineSource({ name: 'acme/csv', create: () => source })
    const a = csv({ schema: Row })
    const b = csv({ schema: Row })
    const whole = defineStep({
      name: 'acme/sql',
      shape: 'whole',
      options: z.object({ query: z.string() }),
      create: () => ({ shape: 'whole', async *compute() {} }),
    })
    const node = whole({ from: { a, b }, query: 'select 1', schema: Row, keep: true })
    expect(specOf(node)).toMatchObject({ options: { query: 'select 1' }, gate: { keep: true } })
    expect(specOf(node).inputs).toEqual([
      { name: 'a', node: a, mode: 'whole' },
      { name: 'b', node: b, mode: 'whole' },
    ])
    const rows = defineStep({
      name: 'acme/mask',
      shape: 'row-wise',
      code: () => [Math.abs],
      create: () => ({ shape: 'row-wise', run: (batch) => batch }),
    })
    const masked = rows({ from: a, with: { b }, schema: Row })
    expect(specOf(masked).inputs).toEqual([
      { name: '', node: a, mode: 'stream' },
      { name: 'b', node: b, mode: 'whole' },
    ])
    expect(specOf(masked).uses).toMatchObject({ point: 'step', shape: 'row-wise' })
  })
})

describe('defineConfig', () => {
  it('is the function itself, evaluated by whoever runs it', () => {
    let calls = 0
    const config = defineConfig(({ env, secret }) => {
      calls++
      return { pipelines: { p: pipeline({}) }, memory: `${env}:${String(secret('A'))}` }
    })
    expect(calls).toBe(0)
    expect(config({ env: 'test', secret: createSecret }).memory).toBe('test:secret(A)')
    expect(calls).toBe(1)
  })
})
