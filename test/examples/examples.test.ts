import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { subjectOf } from '../../src/kernel/lineage/names.ts'
import { createLineageReader } from '../../src/kernel/lineage/reader.ts'
import { type RunOutcome, runPipeline } from '../../src/kernel/run/run-pipeline.ts'
import { LineageStore } from '../../src/plugins/lineage-store.ts'
import { root, temporaryCopy, withKernel } from '../support/temporary-project.ts'

const examples = readdirSync(join(root, 'examples'))

describe.each(examples)('example %s', (example) => {
  test('publishes what it says, and has nothing to do the second time', async () => {
    const folder = await temporaryCopy(`examples/${example}`)
    const wanted = files(join(root, 'examples', example, 'expected'))
    expect(Object.keys(wanted)).not.toEqual([])

    const first = await runOnce(folder)
    expect([first.status, first.errors]).toEqual(['succeeded', []])
    expect(files(join(folder, 'out'))).toEqual(wanted)

    const second = await runOnce(folder)
    expect(second.status).toBe('up to date')
    expect([...second.states.values()].map(({ status }) => status)).toEqual([...second.states].map(() => 'up to date'))
  })

  test('is a package like those of its users', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'examples', example, 'package.json'), 'utf8'))
    expect(manifest).toMatchObject({ name: `@tidegate-examples/${example}`, private: true, type: 'module' })
    const imported = sources(example).flatMap((text) =>
      [...text.matchAll(/ from '([^'.][^']*)'/g)].map(([, name]) => name as string),
    )
    const packages = new Set(imported.filter((name) => !name.startsWith('node:')).map(packageOf))
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
    expect([...packages].sort()).toEqual(declared.sort())
  })

  test('is described', () => {
    expect(readFileSync(join(root, 'examples', example, 'README.md'), 'utf8')).toContain(
      `npm run -s tidegate -- run${example === '03-swap-lineage' ? ' --env production' : ''} --config examples/${example}/pipeline.config.ts`,
    )
  })
})

test('an example runs from the command line', async () => {
  const folder = await temporaryCopy('examples/01-hello')
  const [tsx, cli] = [join(root, 'node_modules/tsx/dist/cli.mjs'), join(root, 'src/cli/main.ts')]
  const { stdout, status } = spawnSync(process.execPath, [tsx, '-C', 'tidegate-source', cli, 'run'], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(status).toBe(0)
  const finished = stdout.split('\n').filter((line) => line.includes('"run.finished"'))
  expect(finished.map((line) => JSON.parse(line).status)).toEqual(['succeeded'])
  expect(files(join(folder, 'out'))).toEqual(files(join(root, 'examples/01-hello/expected')))
}, 60_000)

test('the first example is some twenty lines long', () => {
  const lines = readFileSync(join(root, 'examples/01-hello/pipeline.config.ts'), 'utf8').split('\n')
  expect(lines.filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(25)
})

describe('the lineage stores of 03-swap-lineage', () => {
  const places = { test: [], development: ['lineage.db'], production: ['lineage.ndjson'] }

  test('give the same answers, each from its own place, and the same data', async () => {
    const answers: unknown[] = []
    for (const [env, place] of Object.entries(places)) {
      const folder = await temporaryCopy('examples/03-swap-lineage')
      const answer = await withKernel(folder, (kernel) => ask(kernel), { env })
      answers.push(
        JSON.parse(JSON.stringify(answer).replaceAll(`tidegate/${env}`, 'tidegate/any').replaceAll(folder, '')),
      )
      expect(files(join(folder, 'out'))).toEqual(files(join(root, 'examples/03-swap-lineage/expected')))
      const found = readdirSync(join(folder, '.tidegate')).filter((name) => /^lineage\.[a-z]+$/.test(name))
      expect(found).toEqual(place)
    }
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
    expect(answers[0]).toMatchObject({
      upstream: ['clean.net', 'orders.cents'],
      downstream: [
        'clean.cents',
        'clean.net',
        'clean.quarantine.cents',
        'clean.quarantine.net',
        'countries.net',
        'countriesFile.net',
      ],
      runs: ['complete'],
    })
  })

  async function ask(kernel: Kernel) {
    await runPipeline(kernel, 'orders')
    const reader = createLineageReader(kernel.service(LineageStore))
    const subject = (node: string, column: string) => subjectOf({ env: kernel.env, pipeline: 'orders', node, column })
    const up = await reader.upstream(subject('countries', 'net'))
    const down = await reader.downstream(subject('orders', 'cents'))
    const runs = await reader.runs(subjectOf({ env: kernel.env, pipeline: 'orders', node: 'countries' }))
    const inside = ({ reached }: typeof up) => reached.filter(({ namespace }) => namespace === `tidegate/${kernel.env}`)
    const names = (answer: typeof up) =>
      inside(answer).map(({ name, column }) => `${name.replace(/^orders\./, '')}.${column}`)
    return {
      upstream: names(up),
      downstream: names(down),
      runs: runs.map(({ state }) => state),
      edges: [up.edges, down.edges],
    }
  }
})

describe('the hooks of 04-hooks', () => {
  test('keep everything from being published while the file FREEZE is there', async () => {
    const folder = await temporaryCopy('examples/04-hooks')
    await writeFile(join(folder, 'FREEZE'), '')
    const frozen = await runOnce(folder)
    expect(frozen.errors.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      `HOOK_FAILED: The config's own handler failed in beforeStep: publishing is frozen, so citiesFile does not begin (remove the file FREEZE)`,
      `HOOK_FAILED: The config's own handler failed in beforeStep: publishing is frozen, so rejectedFile does not begin (remove the file FREEZE)`,
    ])
    expect(Object.keys(files(join(folder, 'out')))).toEqual(['metrics.txt'])

    await rm(join(folder, 'FREEZE'))
    const thawed = await runOnce(folder)
    expect([thawed.status, thawed.errors]).toEqual(['succeeded', []])
    expect(thawed.states.get('cities')?.status).toBe('up to date')
    expect(existsSync(join(folder, 'out/cities.csv'))).toBe(true)
  })

  test('halt when more than half of the rows fail, and keep what was published', async () => {
    const folder = await temporaryCopy('examples/04-hooks')
    await runOnce(folder)
    const before = await readFile(join(folder, 'out/cities.csv'), 'utf8')
    await writeFile(join(folder, 'data/trips.csv'), 'city,minutes\nLund,12\nLund,900\nYstad,-1\n')
    const { status, states, errors } = await runOnce(folder)
    expect(status).toBe('failed')
    expect(states.get('clean')?.status).toBe('withheld')
    expect(errors[0]?.message).toContain('onQualityViolation answered halt')
    expect(await readFile(join(folder, 'out/cities.csv'), 'utf8')).toBe(before)
    expect(await readFile(join(folder, 'out/metrics.txt'), 'utf8')).toContain(
      'steps_total{node="clean",status="withheld"} 1',
    )
  })
})

function runOnce(folder: string): Promise<RunOutcome> {
  return withKernel(folder, (kernel) => runPipeline(kernel, Object.keys(kernel.config.pipelines)[0] as string))
}

function files(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

function sources(example: string): string[] {
  const folder = join(root, 'examples', example)
  const names = readdirSync(folder).filter((name) => name.endsWith('.ts'))
  return names.map((name) => readFileSync(join(folder, name), 'utf8'))
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
