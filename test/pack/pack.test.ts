import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packages, root } from '../../scripts/packages.ts'

/** Everything happens outside the repository, so that nothing is found in its `node_modules` by accident. */
const place = mkdtempSync(join(tmpdir(), 'tidegate-pack-'))
const consumer = join(place, 'consumer')
const thisNode = process.versions.node.split('.')[0] ?? ''
const nodes = ['20', '22', '24']
const compilers = ['5.9', '6.0']

interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The environment without what npm and vitest leave in it for their children. */
function cleanEnvironment(bin?: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([key]) => !/^(?:npm_|vitest|node_options$|node_env$|node_v8)/i.test(key),
  )
  const env = Object.fromEntries(kept)
  return bin ? { ...env, PATH: [bin, env['PATH']].join(delimiter) } : env
}

function attempt(command: readonly string[], cwd: string, bin?: string): Outcome {
  const [program = '', ...args] = command
  const options = { cwd, env: cleanEnvironment(bin), encoding: 'utf8', maxBuffer: 1 << 28 } as const
  const { status, stdout, stderr, error } = spawnSync(program, args, options)
  if (error) throw error
  return { status, stdout, stderr }
}

function succeed(command: readonly string[], cwd: string, bin?: string): string {
  const { status, stdout, stderr } = attempt(command, cwd, bin)
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}\n${stdout}\n${stderr}`)
  return stdout
}

/** A tool or a Node of another version, installed in a folder of its own; returns its `.bin`. */
function tool(spec: string): string {
  const folder = join(place, 'tools', spec.replace(/[^\w.]/g, '-'))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  succeed(['npm', 'install', '--no-audit', '--no-fund', spec], folder)
  return join(folder, 'node_modules/.bin')
}

interface Packed {
  readonly name: string
  readonly filename: string
  readonly files: readonly { readonly path: string; readonly mode: number }[]
}

const names = packages().map(({ name }) => name)
let packed: readonly Packed[] = []
const tarball = (name: string) =>
  join(place, packed.find((each) => each.name === name)?.filename ?? `no-tarball-of-${name}`)

beforeAll(() => {
  succeed(['npm', 'run', 'build'], root)
  packed = packages().map(({ folder }) => {
    const [made] = JSON.parse(succeed(['npm', 'pack', '--json', '--pack-destination', place], join(root, folder)))
    return made
  })
  mkdirSync(consumer)
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  succeed(['npm', 'install', '--no-audit', '--no-fund', ...names.map(tarball)], consumer)
})

afterAll(() => rmSync(place, { recursive: true, force: true }))

describe.each(names)('%s as a tarball', (name) => {
  it('carries what it ships and nothing else', () => {
    const paths = packed.find((each) => each.name === name)?.files.map(({ path }) => path) ?? []
    expect(paths).toEqual(
      expect.arrayContaining(['package.json', 'LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts']),
    )
    expect(
      paths.filter((path) => !/^(?:dist|src)\/|^(?:package\.json|LICENSE|README\.md|CHANGELOG\.md)$/.test(path)),
    ).toEqual([])
  })

  it('satisfies publint', () => {
    const { status, stdout, stderr } = attempt(
      [join(root, 'node_modules/.bin/publint'), '--strict', tarball(name)],
      root,
    )
    expect(status, stdout + stderr).toBe(0)
  })

  it('has right types in every way of resolving that knows ES modules', () => {
    const command = [join(root, 'node_modules/.bin/attw'), '--profile', 'esm-only', '--no-emoji', tarball(name)]
    const { status, stdout, stderr } = attempt(command, root)
    expect(status, stdout + stderr).toBe(0)
  })

  it('has source maps that point at files it ships', () => {
    const folder = join(consumer, 'node_modules', name)
    for (const file of readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.map')) continue
      for (const source of JSON.parse(readFileSync(join(folder, 'dist', file), 'utf8')).sources) {
        expect(existsSync(join(folder, 'dist', file, '..', source)), `${file} names ${source}`).toBe(true)
      }
    }
  })
})

interface Listed {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, Listed>>
}

it('installs one flechette, of the line that needs no further package', () => {
  const listing = JSON.parse(succeed(['npm', 'ls', '@uwdata/flechette', '--all', '--json'], consumer))
  const versions = new Set<string>()
  const visit = (node: Listed): void => {
    for (const [name, child] of Object.entries(node.dependencies ?? {})) {
      if (name === '@uwdata/flechette' && child.version) versions.add(child.version)
      visit(child)
    }
  }
  visit(listing)
  expect([...versions]).toEqual([expect.stringMatching(/^2\.6\./)])
})

describe.each(nodes)('on Node %s', (version) => {
  let bin: string | undefined
  beforeAll(() => {
    bin = version === thisNode ? undefined : tool(`node@${version}`)
  })

  it('imports every door', () => {
    const doors = packages().flatMap(({ name, doors }) => [...doors.keys()].map((door) => name + door.slice(1)))
    const code = `for (const door of ${JSON.stringify(doors)}) if (door !== 'tidegate/testing') await import(door); console.log(process.version)`
    expect(succeed(['node', '--input-type=module', '-e', code], consumer, bin)).toMatch(new RegExp(`^v${version}\\.`))
  })

  it('makes a project with `tidegate init` that `tidegate run` runs, twice', () => {
    const project = join(consumer, `demo-${version}`)
    succeed(['npx', '--no-install', 'tidegate', 'init', project], consumer, bin)
    expect(readdirSync(project)).toEqual(expect.arrayContaining(['package.json', 'pipeline.config.ts']))
    for (const run of ['first', 'second']) {
      const output = succeed(['npx', '--no-install', 'tidegate', 'run', '--json'], project, bin)
      const records = jsonRecords(output)
      expect(records.length, `${run} run: ${output}`).toBeGreaterThan(0)
    }
  })

  it('runs a TypeScript config on worker threads, which load it by themselves', () => {
    const project = join(consumer, `threads-${version}`)
    mkdirSync(project)
    writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }')
    writeFileSync(join(project, 'steps.ts'), stepsOnThreads)
    writeFileSync(join(project, 'pipeline.config.ts'), configOnThreads)
    const records = jsonRecords(succeed(['npx', '--no-install', 'tidegate', 'run', '--json'], project, bin))
    expect(records).toContainEqual(expect.objectContaining({ type: 'node.finished', node: 'doubled', rowsOut: 6 }))
  })

  it('ends with a code other than 0 where there is no config', () => {
    const empty = join(place, `empty-${version}`)
    mkdirSync(empty)
    const { status, stdout, stderr } = attempt([join(consumer, 'node_modules/.bin/tidegate'), 'run'], empty, bin)
    expect(status).not.toBe(0)
    expect(stdout + stderr).not.toMatch(/^\s+at /m)
  })
})

describe.each(compilers)('for TypeScript %s', (version) => {
  it('has declarations that compile, for the doors and for the project that `tidegate init` makes', () => {
    const bin = tool(`typescript@~${version}.0`)
    const project = join(consumer, `types-${version}`)
    succeed(['npx', '--no-install', 'tidegate', 'init', project], consumer)
    const doors = packages().flatMap(({ name, doors }) => [...doors.keys()].map((door) => name + door.slice(1)))
    const lines = doors.map((door, index) => `export * as door${index} from '${door}'`)
    writeFileSync(join(project, 'doors.ts'), `${lines.join('\n')}\n`)
    const compilerOptions = {
      target: 'es2023',
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: true,
    }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
    const { status, stdout } = attempt([join(bin, 'tsc'), '-p', '.'], project)
    expect(status, stdout).toBe(0)
  })
})

/** Refuses to give rows on the main thread. */
const stepsOnThreads = `
import { isMainThread } from 'node:worker_threads'
import { type Table } from 'tidegate'

export function doubled(batch: Table<{ id: number }>): Table<{ id: number }> {
  if (isMainThread && batch.numRows() > 0) throw new Error('called on the main thread')
  return batch.derive({ id: (d: { id: number }) => d.id * 2 }) as Table<{ id: number }>
}
`

const configOnThreads = `
import { threads } from '@tidegate/executor-threads'
import { defineConfig, defineGenerator, each, pipeline, table } from 'tidegate'
import { z } from 'zod'
import { doubled } from './steps.ts'

const Row = z.object({ id: z.number() })
const ids = defineGenerator({ name: 'test/ids', options: z.object({}), load: () => table(Row, { id: [1, 2, 3, 4, 5, 6] }) })
const source = ids({})

export default defineConfig(async () => ({
  executor: threads({ threads: 2 }),
  pipelines: { p: pipeline({ source, doubled: each({ from: source, run: doubled, keep: true }) }) },
}))
`

/** One JSON value, or one per line. */
function jsonRecords(output: string): unknown[] {
  try {
    return [JSON.parse(output)]
  } catch {
    return output
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  }
}
