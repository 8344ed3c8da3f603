import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { environmentName } from '../../../src/kernel/config/environment.ts'
import { evaluateConfig } from '../../../src/kernel/config/evaluate-config.ts'
import { findConfig } from '../../../src/kernel/config/find-config.ts'
import { loadConfig } from '../../../src/kernel/config/load-config.ts'
import { parseBytes, parseDuration } from '../../../src/kernel/config/units.ts'
import type { ConfigFunction } from '../../../src/kernel/define/config.ts'
import { isPipeline } from '../../../src/kernel/define/pipeline.ts'
import { isNode } from '../../../src/kernel/node.ts'
import { failure, project, source } from './projects.ts'

const typescript = `
import { pipeline } from '${source('kernel/define/pipeline.ts')}'
import { each } from '${source('kernel/nodes/each.ts')}'
import { orders } from './orders.ts'
interface Typed { readonly a: number }
const clean = each({ from: orders, run: (batch: unknown) => batch as never })
export default ({ env }: { env: string }) => ({ pipelines: { [env]: pipeline({ orders, clean }) } })
`
const orders = `
import { z } from 'zod'
import { createNode } from '${source('kernel/node.ts')}'
export const orders = createNode({ uses: { point: 'source', name: 's', options: z.object({}), needs: {}, create: () => ({}) as never } })
`

describe('finding', () => {
  test.each([
    ['pipeline.config.ts', 'module'],
    ['pipeline.config.js', 'module'],
    ['pipeline.config.mjs', 'module'],
    ['pipeline.config.json', 'document'],
    ['pipeline.config.yaml', 'document'],
    ['pipeline.config.yml', 'document'],
  ])('%s is found, and is a %s', async (name, kind) => {
    const folder = await project({ [name]: '{"memory": "1GB"}', 'package.json': '{}' })
    const found = await findConfig({ cwd: folder })
    expect(found).toMatchObject({ kind, file: join(folder, name) })
    if (found.kind === 'document') expect(found.document).toEqual({ memory: '1GB' })
  })

  test('the key "tidegate" of package.json holds the config, or names its file', async () => {
    const inline = await project({ 'package.json': '{"tidegate": {"memory": "2GB"}}' })
    expect(await findConfig({ cwd: inline })).toMatchObject({ kind: 'document', document: { memory: '2GB' } })
    const named = await project({ 'package.json': '{"tidegate": "etc/flow.yaml"}', 'etc/flow.yaml': 'memory: 3GB' })
    expect(await findConfig({ cwd: named })).toMatchObject({
      file: join(named, 'etc/flow.yaml'),
      document: { memory: '3GB' },
    })
  })

  test('a config is found from a folder inside the project', async () => {
    const folder = await project({ 'pipeline.config.yaml': 'seed: 1', 'package.json': '{}', 'src/deep/x.txt': '' })
    expect(await findConfig({ cwd: join(folder, 'src/deep') })).toMatchObject({ document: { seed: 1 } })
  })

  test('without any, the error says what was looked for and how to begin', async () => {
    const folder = await project({ 'package.json': '{"name": "x"}' })
    const error = await failure(findConfig({ cwd: folder }))
    expect(error).toMatchObject({ code: 'CONFIG_NOT_FOUND', message: `There is no config for ${folder}` })
    expect(error.hint).toContain('tidegate init')
    expect((error.cause as Error).message).toContain('pipeline.config.ts, pipeline.config.js')
  })

  test('a named file that does not exist, or is a folder, is said to be so', async () => {
    const folder = await project({ 'a/b.txt': '' })
    expect((await failure(findConfig({ cwd: folder, file: 'none.ts' }))).message).toBe(
      `${folder}/none.ts does not exist`,
    )
    expect((await failure(findConfig({ cwd: folder, file: 'a' }))).message).toBe(`${folder}/a is not a file`)
  })

  test.each([
    ['pipeline.config.json', '{"a": }'],
    ['pipeline.config.yaml', 'a: [1, 2'],
    ['package.json', '{'],
  ])('%s with a syntax error is named', async (name, text) => {
    const folder = await project({ [name]: text })
    const error = await failure(findConfig({ cwd: folder }))
    expect(error.code).toBe('CONFIG_INVALID')
    expect(error.message).toContain(`${join(folder, name)} cannot be parsed: `)
  })
})

describe('loading TypeScript', () => {
  test('types are no obstacle, and nodes are those of the running kernel', async () => {
    const folder = await project({ 'pipeline.config.ts': typescript, 'orders.ts': orders })
    const loaded = await loadConfig({ cwd: folder })
    expect(loaded).toMatchObject({ folder, file: join(folder, 'pipeline.config.ts'), faults: [] })
    const { config } = await evaluateConfig(loaded.source, 'staging')
    expect(isPipeline(config.pipelines['staging'])).toBe(true)
    expect(isNode(config.pipelines['staging']?.nodes['clean'])).toBe(true)
  })

  test('an edited file is evaluated again', async () => {
    const folder = await project({ 'pipeline.config.mjs': 'export default { seed: 1, pipelines: {} }' })
    expect((await loadConfig({ cwd: folder })).source).toMatchObject({ seed: 1 })
    await writeFile(join(folder, 'pipeline.config.mjs'), 'export default { seed: 2, pipelines: {} }')
    expect((await loadConfig({ cwd: folder })).source).toMatchObject({ seed: 2 })
  })

  test('what the module throws is CONFIG_THREW with file, line and cause', async () => {
    const folder = await project({ 'pipeline.config.ts': "const a: number = 1\n\nthrow new Error('no luck ' + a)\n" })
    const error = await failure(loadConfig({ cwd: folder }))
    const file = join(folder, 'pipeline.config.ts')
    expect(error).toMatchObject({
      code: 'CONFIG_THREW',
      message: `${file}:3 failed: no luck 1`,
      data: { file, line: 3 },
    })
    expect(error.cause).toMatchObject({ message: 'no luck 1' })
  })

  test('a syntax error is CONFIG_THREW as well', async () => {
    const folder = await project({ 'pipeline.config.ts': 'const a = 1\nexport default {{\n' })
    const error = await failure(loadConfig({ cwd: folder }))
    expect(error.code).toBe('CONFIG_THREW')
    expect(error.message).toContain(join(folder, 'pipeline.config.ts'))
    expect(error.message).not.toMatch(/:$/)
  })

  test('an error with a file code (ENOENT) is not taken for "no config"', async () => {
    const text = "import { readFileSync } from 'node:fs'\nexport default readFileSync('/nowhere/at/all')\n"
    const folder = await project({ 'pipeline.config.ts': text, 'package.json': '{}' })
    expect(await failure(loadConfig({ cwd: folder }))).toMatchObject({
      code: 'CONFIG_THREW',
      cause: { code: 'ENOENT' },
    })
  })

  test('a package that is not installed is PLUGIN_NOT_FOUND with the command that installs it', async () => {
    const text = "import { x } from '@acme/tidegate-nowhere/sub'\nexport default { x }\n"
    const folder = await project({ 'pipeline.config.ts': text })
    const error = await failure(loadConfig({ cwd: folder }))
    expect(error).toMatchObject({ code: 'PLUGIN_NOT_FOUND', hint: 'npm install @acme/tidegate-nowhere' })
    expect(error.message).toContain('@acme/tidegate-nowhere is not installed')
  })

  test('a project file that does not exist is CONFIG_THREW', async () => {
    const folder = await project({ 'pipeline.config.ts': "import './none.ts'\nexport default {}\n" })
    expect(await failure(loadConfig({ cwd: folder }))).toMatchObject({ code: 'CONFIG_THREW' })
  })

  test('an error of Tidegate keeps its code and gains the place', async () => {
    const text = `import { pipeline } from '${source('kernel/define/pipeline.ts')}'\n\nexport default () => ({ pipelines: { p: pipeline({ a: 1 as never }) } })\n`
    const folder = await project({ 'pipeline.config.ts': text })
    const { source: config, file } = await loadConfig({ cwd: folder })
    const error = await failure(Promise.resolve().then(() => evaluateConfig(config, 'test', file)))
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      message: `${file}:3: "a" of the pipeline is number, not a node`,
    })
  })

  test.each([
    ['', 'exports nothing'],
    ['export const config = 1', 'exports config, but no default'],
    ["export default 'text'", 'has a default export that is no config'],
  ])('a module that says %j %s', async (text, message) => {
    const folder = await project({ 'pipeline.config.mjs': text })
    expect((await failure(loadConfig({ cwd: folder }))).message).toBe(
      `${join(folder, 'pipeline.config.mjs')} ${message}`,
    )
  })
})

describe('evaluating', () => {
  test('the function receives the environment and gives references for secrets, which are recorded', async () => {
    const config: ConfigFunction = ({ env, secret }) => {
      const url = env === 'production' ? secret('URL') : 'local'
      return { pipelines: {}, seed: 1, url } as never
    }
    expect((await evaluateConfig(config, 'production')).secrets).toEqual(['URL'])
    expect(await evaluateConfig(config, 'development')).toMatchObject({ secrets: [], config: { url: 'local' } })
    expect(JSON.stringify((await evaluateConfig(config, 'production')).config)).toContain('"secret(URL)"')
  })

  test('what it throws is CONFIG_THREW, and so is a promise that is broken', async () => {
    const throwing = (() => {
      throw new Error('boom')
    }) as ConfigFunction
    const breaking = (() => Promise.reject(new Error('no listing'))) as ConfigFunction
    await expect(evaluateConfig(throwing, 'x', 'a.ts')).rejects.toThrow('a.ts failed: boom')
    await expect(evaluateConfig(breaking, 'x', 'a.ts')).rejects.toMatchObject({
      code: 'CONFIG_THREW',
      message: 'a.ts failed: no listing',
    })
  })

  test('what it promises is awaited, with the secrets that were named on the way', async () => {
    const listing = (async ({ secret }) => {
      const url = secret('BUCKET')
      const names = await Promise.resolve(['a', 'b'])
      return { pipelines: {}, names, url }
    }) as ConfigFunction
    expect(await evaluateConfig(listing, 'test')).toMatchObject({
      config: { names: ['a', 'b'] },
      secrets: ['BUCKET'],
    })
  })

  test.each([
    ['production', { TIDEGATE_ENV: 'test' }, 'production'],
    [undefined, { TIDEGATE_ENV: 'test' }, 'test'],
    [undefined, { TIDEGATE_ENV: '' }, 'development'],
    [undefined, {}, 'development'],
  ])('--env %s with %j means %s', (flag, variables, env) => {
    expect(environmentName(flag, variables)).toBe(env)
  })
})

test('sizes and lengths of time', () => {
  expect([parseBytes('512MB'), parseBytes('1 GiB'), parseBytes(4096)]).toEqual([512_000_000, 1_073_741_824, 4096])
  expect([parseDuration('30s'), parseDuration('2 days')]).toEqual([30_000, 172_800_000])
  expect(() => parseBytes('lots')).toThrow('"lots" is no size')
  expect(() => parseDuration('1 month')).toThrow('"1 month" is no length of time')
})

test('a plugin package of the project is found from the project, not from where Tidegate lies', async () => {
  const manifest = '{"name": "acme-flow", "type": "module", "exports": {".": {"import": "./index.js"}}}'
  const folder = await project({
    'node_modules/acme-flow/package.json': manifest,
    'node_modules/acme-flow/index.js': 'export const limit = 7',
    'pipeline.config.mjs': "import { limit } from 'acme-flow'\nexport default { pipelines: {}, seed: limit }",
  })
  await mkdir(join(folder, 'src'), { recursive: true })
  expect((await loadConfig({ cwd: folder })).source).toMatchObject({ seed: 7 })
})
