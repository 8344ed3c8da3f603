import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { callAll, type Ended, isPlain, project, records, startTidegate, tidegate } from './projects.ts'

const config = (
  nodes: string,
): string => `import { createToken, defineConfig, defineGenerator, each, notNull, pipeline, provide, step, table } from 'tidegate'
import { z } from 'zod'
const generated = defineGenerator({ name: 'numbers', options: z.object({}), schema: z.object({ n: z.number().nullable() }), load: () => table({ n: [1, null] }) })
const numbers = generated()
${nodes}
`
const two = config(`const clean = each({ from: numbers, run: (rows) => rows, expect: [notNull('n')] })
const kept = step({ from: numbers, run: (rows) => rows })
const slow = step({ from: numbers, rehearse: false, run: async (rows, { signal }) => {
  await new Promise((resolve, reject) => { const timer = setTimeout(resolve, 60_000); signal.addEventListener('abort', () => { clearTimeout(timer); reject(signal.reason) }) })
  return rows
} })
const boom = step({ from: numbers, rehearse: false, run: () => {
  throw new Error('the moon')
} })
const stuck = provide(createToken('acme/Stuck'), { name: 'stuck', create: () => ({}), dispose: () => new Promise((resolve) => setTimeout(resolve, 60_000)) })
export default defineConfig(({ env }) => ({ plugins: [env === 'stuck' && stuck()], pipelines: {
  bad: pipeline({ numbers, clean, kept }),
  broken: pipeline({ numbers, boom }),
  slow: pipeline({ numbers, slow }),
} }))`)

const calls = {
  option: 'plan --fulll',
  command: 'plann',
  pipeline: 'run bda',
  node: 'show clena',
  only: 'run bad --only clena',
  several: 'show numbers',
  whichPipeline: 'run --only clean',
  rows: 'show clean --rows many',
  grace: 'gc --grace soon',
  asOf: 'lineage clean --as-of tomorrow',
  noConfig: 'plan --config none.ts',
  halted: 'run bad',
  broken: 'run broken',
  memory: 'run bad --memory lots',
  nothing: 'show slow',
} as const
let folder = ''
let results: Readonly<Record<keyof typeof calls, Ended>>
let [throwing, column, withheld, withheldRows, withheldShow] = [] as unknown as [Ended, Ended, Ended, Ended, Ended]

beforeAll(async () => {
  folder = project({ 'pipeline.config.ts': two, 'thrown.config.ts': "throw new Error('the moon is wrong')\n" })
  results = await callAll(folder, calls)
  ;({ throwing, column, withheld, withheldRows, withheldShow } = await callAll(folder, {
    throwing: 'plan --json -c thrown.config.ts',
    column: 'lineage kept.m',
    withheld: 'quarantine list',
    withheldRows: 'quarantine show bad.clean --json',
    withheldShow: 'show bad.clean',
  }))
}, 120_000)

describe('a command line that is not understood ends with 2 and says what was meant', () => {
  it.each([
    ['option', /^USAGE: unknown option '--fulll'\n {2}hint: Did you mean "--full"\? See tidegate plan --help\.\n$/],
    ['command', /^USAGE: unknown command 'plann'\n {2}hint: Did you mean "plan"\? See tidegate --help\.\n$/],
    [
      'pipeline',
      /^PIPELINE_UNKNOWN: The config has no pipeline "bda"\n {2}hint: Did you mean "bad"\? Its pipelines: bad, broken, slow\.\n$/,
    ],
    [
      'node',
      /^NODE_UNKNOWN: The pipelines have no node "clena"\n {2}hint: Did you mean "clean"\? Nodes of bad: numbers, clean, kept\./,
    ],
    ['only', /^NODE_UNKNOWN: .*"clena"\n {2}hint: Did you mean "clean"\?/],
    [
      'several',
      /^NODE_UNKNOWN: "numbers" is the name of several nodes\n {2}hint: Say which: bad\.numbers, broken\.numbers, slow\.numbers\.\n$/,
    ],
    [
      'whichPipeline',
      /^USAGE: --only names nodes, but not of which pipeline\n {2}hint: Name the pipeline: bad, broken, slow\.\n$/,
    ],
    ['rows', /^USAGE: option '--rows <count>' argument 'many' is invalid\. It takes a whole number\.\n/],
    ['grace', /^USAGE: --grace: "soon" is no length of time\n {2}hint: Write a length of time such as "30s"/],
    ['asOf', /^USAGE: --as-of: "tomorrow" is not a time\n {2}hint: .*ISO 8601/],
    ['noConfig', /^CONFIG_NOT_FOUND: .*none\.ts does not exist\n/],
    ['memory', /^CONFIG_INVALID: .*memory: expected a size such as "1GB" or "512 MiB"/],
  ] as const)('%s', (name, text) => {
    expect(results[name].stderr).toMatch(text)
    expect(results[name].code).toBe(2)
    expect(isPlain(results[name].stderr)).toBe(true)
  })
})

it('says the error on standard error, and with --json as a record too', () => {
  expect(throwing.code).toBe(2)
  expect(throwing.stderr).toMatch(/^CONFIG_THREW: .*thrown\.config\.ts.* failed: the moon is wrong/)
  expect(records(throwing.stdout)).toEqual([
    {
      error: { code: 'CONFIG_THREW', message: expect.stringContaining('the moon is wrong'), hint: expect.any(String) },
    },
  ])
})

it('tells a column that does not exist apart from a node', () => {
  expect(column).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^COLUMN_MISSING: "kept" has no column "m"\n {2}hint: Its columns: n\.\n$/),
  })
})

describe('a gate that halts', () => {
  it('ends with 1 and names the check', () => {
    expect(results.halted.code).toBe(1)
    expect(results.halted.stderr).toMatch(/^GATE_HALTED: The gate of "clean" halted: notNull\(n\): 1 of 2 rows failed/)
    expect(records(results.halted.stdout).at(-1)).toMatchObject({ error: { code: 'GATE_HALTED' } })
  })

  it('leaves the attempt to look at', () => {
    expect(withheld.stdout).toMatch(/bad\.clean +withheld +1 +2 +1 +notNull\(n\)/)
    expect(records(withheldRows.stdout)[0]).toMatchObject({
      quarantine: { state: 'withheld', rows: 1 },
      rows: [{ n: null, _reasons: 'notNull(n)' }],
    })
    expect(withheldShow.stdout).toMatch(
      /Nothing is committed yet\. Run it: tidegate run bad\n\nThe last attempt was withheld/,
    )
    expect(withheldShow.stdout).toMatch(/notNull\(n\) +halted +1 of 2 rows failed/)
  })
})

it('names the place in the code that threw', () => {
  expect(results.broken.code).toBe(1)
  expect(results.broken.stderr).toMatch(/^STEP_FAILED: .*the moon(?:.*\n)+ {2}at pipeline\.config\.ts:\d+:\d+\n$/)
})

it('shows a node that never ran as such', () => {
  expect(results.nothing).toMatchObject({ code: 0, stdout: expect.stringMatching(/Nothing is committed yet/) })
})

describe('Ctrl-C', { timeout: 60_000 }, () => {
  it('ends the run cleanly, says so, and leaves no lock', async () => {
    const run = startTidegate(folder, ['run', 'slow'])
    await run.until(/node\.started.*"slow"/)
    expect(tidegate(folder, ['gc'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^WORKSPACE_BUSY: A run is at work in this workspace: "slow" in "development"/),
    })
    run.kill('SIGINT')
    const { code, stderr, stdout } = await run.ended
    expect(stderr).toMatch(
      /^Stopping: finished work is kept\. Press Ctrl-C again to stop at once\.\nRUN_ABORTED: The run was cancelled\n/,
    )
    expect(code).toBe(1)
    expect(records(stdout).at(-2)).toMatchObject({ type: 'run.finished', status: 'aborted' })
    expect(readdirSync(join(folder, '.tidegate/locks'))).toEqual([])
  })

  it('stops at once the second time', async () => {
    const run = startTidegate(folder, ['run', 'slow', '--env', 'stuck'])
    await run.until(/node\.started.*"slow"/)
    run.kill('SIGINT')
    await run.until(/"status":"aborted"/)
    run.kill('SIGINT')
    expect((await run.ended).code).toBe(130)
  })
})

describe('tidegate init', { timeout: 60_000 }, () => {
  it('makes a project that runs, and overwrites nothing', () => {
    const place = project({})
    const made = tidegate(place, ['init', 'my project'])
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(made.stdout).toMatch(/Next\n {2}cd "my project"\n {2}npm install\n {2}npm start\n$/)
    const own = join(place, 'my project')
    expect(JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'))).toMatchObject({
      name: 'my-project',
      type: 'module',
      scripts: { start: 'tidegate run' },
      dependencies: { tidegate: expect.stringMatching(/^\^\d/) },
    })
    const ran = tidegate(own, ['run'])
    expect(ran.code, ran.stderr).toBe(0)
    expect(readFileSync(join(own, 'out/cities.csv'), 'utf8')).toMatch(/^city,days,high,hottest\nBergen,2,4\.8,5\.1\n/)
    const readme = readFileSync(join(own, 'README.md'), 'utf8')
    expect(readme).toContain('npx tidegate quarantine show clean')

    mkdirSync(join(place, 'taken'))
    writeFileSync(join(place, 'taken/README.md'), 'mine')
    const refused = tidegate(place, ['init', 'taken'])
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^USAGE: .*taken already has README\.md\n {2}hint: Nothing was written\./),
    })
    expect(readFileSync(join(place, 'taken/README.md'), 'utf8')).toBe('mine')
    expect(existsSync(join(place, 'taken/package.json'))).toBe(false)
  })
})
