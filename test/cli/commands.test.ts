import { appendFileSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { orders, token } from './orders.ts'
import { callAll, type Ended, isPlain, project, records, tidegate } from './projects.ts'

const variables = { TOWN_TOKEN: token }
const calls = {
  quiet: 'run --quiet',
  plan: 'plan',
  show: 'show orders.clean --rows 1',
  showJson: 'show totals --json',
  list: 'quarantine list',
  listJson: 'quarantine list --json',
  rows: 'quarantine show clean --json',
  chosen: 'quarantine show clean --reason notNull',
  column: 'lineage totals.cents',
  node: 'lineage clean --up --json',
  before: 'lineage totals --as-of 2001-01-01T00:00:00Z',
  plugins: 'plugins',
  pluginsJson: 'plugins --json',
} as const
let folder = ''
let [first, changed, changedJson, collected, after] = [] as unknown as Ended[] as [Ended, Ended, Ended, Ended, Ended]
let results: Readonly<Record<keyof typeof calls, Ended>>

beforeAll(async () => {
  folder = project(orders)
  first = tidegate(folder, ['run'], variables)
  results = await callAll(folder, calls, variables)
  const file = join(folder, 'data/orders.csv')
  const [text, { atime, mtime }] = [readFileSync(file, 'utf8'), statSync(file)]
  appendFileSync(file, '5,cyd,cyd@example.org,1\n')
  ;({ changed, changedJson } = await callAll(
    folder,
    { changed: 'plan', changedJson: 'plan --json --to clean' },
    variables,
  ))
  writeFileSync(file, text)
  utimesSync(file, atime, mtime)
  tidegate(folder, ['run', '--full', '--quiet'], variables)
  collected = tidegate(folder, ['gc', '--grace', '0', '--keep', '1'], variables)
  after = tidegate(folder, ['show', 'totals', '--json'], variables)
}, 120_000)

describe('tidegate run, piped', () => {
  it('prints one event a line and ends with 0', () => {
    expect(first.code, first.stderr).toBe(0)
    const events = records(first.stdout)
    expect(events[0]).toMatchObject({ type: 'run.started', pipeline: 'orders', env: 'development' })
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', status: 'succeeded' })
    expect(events.find(({ type, node }) => type === 'node.finished' && node === 'clean')).toMatchObject({
      rowsIn: 4,
      rowsOut: 2,
      quarantined: 2,
    })
  })

  it('says nothing with --quiet', () => {
    expect(results.quiet).toMatchObject({ code: 0, stdout: '' })
  })
})

describe('tidegate plan', () => {
  it('says that all is up to date', () => {
    expect(results.plan.stdout).toMatch(
      /^orders \(development, from entry 2\)\nEverything is up to date: a run would do nothing\./,
    )
  })

  it('says what a changed file means, and runs nothing', () => {
    expect(changed.stdout).toMatch(/A run would make 4 nodes\./)
    expect(changed.stdout).toMatch(
      /orders +csv +run +1 changed +1 part of orders → 1 task +1 part changed: data\/orders\.csv +fused into clean/,
    )
    expect(changed.stdout).toMatch(/totals +rollup +run .*kept: it holds state/)
    expect(changed.stdout).toMatch(/shouted +shout +run .*atomic, the town square/)
    const [{ plan } = {}] = records(changedJson.stdout)
    const actionOf = (name: string) => plan.nodes.find(({ node }: { node: string }) => node === name).action
    expect(['orders', 'clean', 'totals', 'shouted'].map(actionOf)).toEqual(['run', 'run', 'skip', 'skip'])
    expect(records(after.stdout)[0]).toMatchObject({ rows: 1 })
  })
})

describe('tidegate show', () => {
  it('shows schema, rows, checks and history, with what is made from personal data masked', () => {
    const { stdout, code } = results.show
    expect(code).toBe(0)
    expect(stdout).toMatch(/^orders\.clean {2}each, fused into totals \(development\)\n2 rows, 5 columns/)
    expect(stdout).toMatch(/email +string +pii/)
    expect(stdout).toMatch(/First 1 row\n.*\n +1 +ada +\*\*\* +10\.5 +1050/)
    expect(stdout).toMatch(/notNull\(customer\) +quarantined +1 of 4 rows failed/)
    expect(stdout).toMatch(/History\n.*\n +1 .* committed +2 +2 /)
    expect(stdout).not.toContain('@example.org')
  })

  it('gives the same as a record', () => {
    const [view] = records(results.showJson.stdout)
    expect(view).toMatchObject({ node: 'totals', kind: 'rollup', kept: true, rows: 1, committed: { entry: 2 } })
    expect(view?.['sample']).toEqual([{ customer: 'ada', orders: 2, cents: 3050 }])
    expect(view?.['history']).toMatchObject([{ entry: 1, status: 'committed', rows: 1 }])
  })
})

describe('tidegate quarantine', () => {
  it('lists nodes with the reasons counted', () => {
    expect(results.list.stdout).toMatch(
      /orders\.clean +committed +2 +4 +1 +between\(amount, 0, 1000\)\n +1 +notNull\(customer\)/,
    )
    expect(records(results.listJson.stdout)[0]?.['quarantine']).toMatchObject([{ node: 'clean', rows: 2, of: 4 }])
  })

  it('shows the rows with their reasons, all or chosen', () => {
    const [all] = records(results.rows.stdout)
    expect(all?.['rows']).toMatchObject([
      { id: 2, email: '***', _reasons: 'between(amount, 0, 1000)', _part: 'data/orders.csv', _row: 1 },
      { id: 4, email: '***', _reasons: 'notNull(customer)', _part: 'data/orders.csv', _row: 3 },
    ])
    expect(results.chosen.stdout).toMatch(/notNull\(customer\) +data\/orders\.csv +3 +4 +null/)
    expect(results.chosen.stdout).not.toMatch(/between.*data\/orders\.csv/)
  })
})

describe('tidegate lineage', () => {
  it('follows a column up and down, with its expressions', () => {
    const { stdout } = results.column
    expect(stdout).toMatch(/Upstream\n {2}└─ clean\.cents {2}sum\(cents\)\n {5}└─ orders\.amount {2}\S.*amount/)
    expect(stdout).toMatch(/Downstream\n(?: .*\n)* {2}[├└]─ shouted\.cents/)
  })

  it('names the columns and runs of a whole node', () => {
    const [view] = records(results.node.stdout)
    expect(view).toMatchObject({ source: 'log', downstream: null })
    expect(view?.['upstream'].reached[0]).toMatchObject({ name: 'orders.orders', depth: 1 })
    expect(view?.['runs']).toHaveLength(1)
    expect(view?.['columns'].find(({ column }: { column: string }) => column === 'cents')).toMatchObject({
      how: 'derived',
    })
  })

  it('knows nothing of a time before the first run', () => {
    expect(results.before.stdout).toMatch(/nothing is recorded before it/)
  })
})

describe('tidegate plugins', () => {
  it('names what fills each slot, plugins and kinds, with their origin and the secrets as references', () => {
    const { stdout } = results.plugins
    expect(stdout).toMatch(/Workspace +tidegate\/disk +built in/)
    expect(stdout).toMatch(/plugins\[0\] +watch +pipeline\.config\.ts +Logger +\{"token":"secret\(TOWN_TOKEN\)"\}/)
    expect(stdout).toMatch(/source +csv +@tidegate\/files \d\S* +orders\.orders/)
    expect(stdout).toMatch(/target +shout +pipeline\.config\.ts +orders\.shouted/)
    const [{ plugins } = {}] = records(results.pluginsJson.stdout)
    expect(plugins.find(({ name }: { name: string }) => name === 'each')).toMatchObject({
      point: 'step',
      origin: { from: 'built in' },
    })
  })
})

describe('tidegate gc', () => {
  it('deletes what nothing reaches, and keeps what is committed', () => {
    expect(collected.code, collected.stderr).toBe(0)
    expect(collected.stdout).toMatch(/^Deleted \d+ files \(.*\); \d+ files stay\.\n$/)
    expect(records(after.stdout)[0]?.['sample']).toEqual([{ customer: 'ada', orders: 2, cents: 3050 }])
  })
})

it('never shows a secret nor steers a terminal that is not there, whatever the command', () => {
  const all = [first, changed, collected, after, ...Object.values(results)]
    .flatMap(({ stdout, stderr }) => [stdout, stderr])
    .join('')
  expect(all).toContain('[secret TOWN_TOKEN]')
  expect(all).not.toContain(token)
  expect(isPlain(all)).toBe(true)
})
