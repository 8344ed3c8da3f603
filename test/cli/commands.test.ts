import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { orders, token } from './orders.ts'
import { type Ended, isPlain, project, records, tidegate } from './projects.ts'

const variables = { TOWN_TOKEN: token }
let folder = ''
let first: Ended
const all: string[] = []
const call = (...args: readonly string[]): Ended => {
  const ended = tidegate(folder, args, variables)
  all.push(ended.stdout, ended.stderr)
  return ended
}

beforeAll(() => {
  folder = project(orders)
  first = call('run')
})

describe('tidegate run, piped', () => {
  it('prints one event a line and ends with 0', () => {
    expect(first.code, first.stderr).toBe(0)
    const events = records(first.stdout)
    expect(events[0]).toMatchObject({ type: 'run.started', pipeline: 'orders', env: 'development' })
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', status: 'succeeded' })
    expect(events.find(({ type, node }) => type === 'node.finished' && node === 'clean')).toMatchObject({ rowsIn: 4, rowsOut: 2, quarantined: 2 })
    expect(isPlain(first.stdout)).toBe(true)
  })

  it('has nothing to do the second time, and nothing to say with --quiet', () => {
    const second = call('run', 'orders')
    expect(records(second.stdout).at(-1)).toMatchObject({ type: 'run.finished', status: 'up to date' })
    const quiet = call('run', '--quiet')
    expect(quiet.code).toBe(0)
    expect(quiet.stdout).toBe('')
  })
})

describe('tidegate plan', () => {
  it('says that all is up to date, then what a changed file means, and runs nothing', () => {
    expect(call('plan').stdout).toMatch(/Everything is up to date: a run would do nothing\./)
    const file = join(folder, 'data/orders.csv')
    const before = readFileSync(file, 'utf8')
    writeFileSync(file, `${before}5,cyd,cyd@example.org,1\n`)
    const { stdout, code } = call('plan')
    expect(code).toBe(0)
    expect(stdout).toMatch(/clean +each +run +1 changed +1 part changed: data\/orders\.csv +fused into totals/)
    expect(stdout).toMatch(/shouted +shout +run .*atomic, the town square/)
    expect(isPlain(stdout)).toBe(true)
    const [{ plan } = {}] = records(call('plan', '--json', '--to', 'clean').stdout)
    expect(plan).toMatchObject({ pipeline: 'orders', env: 'development' })
    expect(plan.nodes.find(({ node }: { node: string }) => node === 'clean')).toMatchObject({ action: 'run', parts: { changed: 1, unchanged: 0 } })
    expect(plan.nodes.find(({ node }: { node: string }) => node === 'shouted')).toMatchObject({ action: 'skip' })
    writeFileSync(file, before)
    expect(records(call('show', 'clean', '--json').stdout)[0]).toMatchObject({ rows: 2 })
  })
})

describe('tidegate show', () => {
  it('shows schema, rows, checks and history, with personal data masked', () => {
    const { stdout, code } = call('show', 'orders.clean', '--rows', '1')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^orders\.clean {2}each, fused into totals \(development\)\n2 rows, 5 columns/)
    expect(stdout).toMatch(/email +string +pii/)
    expect(stdout).toMatch(/First 1 row\n.*\n +1 +ada +\*\*\* +10\.5 +1050/)
    expect(stdout).toMatch(/notNull\(customer\) +quarantined +1 of 4 rows failed/)
    expect(stdout).toMatch(/History\n.*\n +1 .* committed +2 +2 /)
    expect(stdout).not.toContain('@example.org')
    expect(isPlain(stdout)).toBe(true)
  })

  it('gives the same as a record', () => {
    const [view] = records(call('show', 'totals', '--json').stdout)
    expect(view).toMatchObject({ node: 'totals', kind: 'rollup', kept: true, rows: 1, committed: { entry: 1 } })
    expect(view?.['sample']).toEqual([{ customer: 'ada', orders: 2, cents: 3050 }])
    expect(view?.['history']).toHaveLength(1)
  })
})

describe('tidegate quarantine', () => {
  it('lists nodes with the reasons counted', () => {
    const { stdout } = call('quarantine', 'list')
    expect(stdout).toMatch(/orders\.clean +committed +2 +4 +1 +between\(amount, 0, 1000\)\n +1 +notNull\(customer\)/)
    expect(records(call('quarantine', 'list', '--json').stdout)[0]?.['quarantine']).toMatchObject([{ node: 'clean', rows: 2, of: 4 }])
  })

  it('shows the rows with their reasons, all or chosen', () => {
    const [all] = records(call('quarantine', 'show', 'clean', '--json').stdout)
    expect(all?.['rows']).toMatchObject([
      { id: 2, email: '***', _reasons: 'between(amount, 0, 1000)', _part: 'data/orders.csv', _row: 1 },
      { id: 4, email: '***', _reasons: 'notNull(customer)', _part: 'data/orders.csv', _row: 3 },
    ])
    const { stdout } = call('quarantine', 'show', 'clean', '--reason', 'notNull')
    expect(stdout).toMatch(/notNull\(customer\) +data\/orders\.csv +3 +4 +null/)
    expect(stdout).not.toMatch(/between.*data\/orders\.csv/)
  })
})

describe('tidegate lineage', () => {
  it('follows a column up and down, with its expressions', () => {
    const { stdout } = call('lineage', 'totals.cents')
    expect(stdout).toMatch(/Upstream\n {2}└─ clean\.cents {2}sum\(cents\)\n {5}└─ orders\.amount {2}\S.*amount/)
    expect(stdout).toMatch(/Downstream\n {2}├─ shouted\.cents/)
    expect(isPlain(stdout)).toBe(true)
  })

  it('names the columns and runs of a whole node', () => {
    const [view] = records(call('lineage', 'clean', '--up', '--json').stdout)
    expect(view).toMatchObject({ source: 'log', downstream: null })
    expect(view?.['upstream'].reached).toMatchObject([{ name: 'orders.orders', depth: 1 }, expect.anything()])
    expect(view?.['runs']).toHaveLength(1)
    expect(view?.['columns'].find(({ column }: { column: string }) => column === 'cents')).toMatchObject({ how: 'derived' })
  })

  it('knows nothing of a time before the first run', () => {
    expect(call('lineage', 'totals', '--as-of', '2001-01-01T00:00:00Z').stdout).toMatch(/nothing is recorded before it/)
    expect(call('lineage', 'totals', '--as-of', 'tomorrow')).toMatchObject({ code: 2, stderr: expect.stringMatching(/USAGE: --as-of: "tomorrow" is not a time/) })
  })
})

describe('tidegate plugins', () => {
  it('names what fills each slot, plugins and kinds, with their origin and the secrets as references', () => {
    const { stdout } = call('plugins')
    expect(stdout).toMatch(/Workspace +tidegate\/disk +built in/)
    expect(stdout).toMatch(/plugins\[0\] +watch +pipeline\.config\.ts +Logger +\{"token":"secret\(TOWN_TOKEN\)"\}/)
    expect(stdout).toMatch(/source +csv +@tidegate\/files \d\S* +orders\.orders/)
    expect(stdout).toMatch(/target +shout +pipeline\.config\.ts +orders\.shouted/)
    const [{ plugins } = {}] = records(call('plugins', '--json').stdout)
    expect(plugins.find(({ name }: { name: string }) => name === 'each')).toMatchObject({ point: 'step', origin: { from: 'built in' } })
  })
})

describe('tidegate gc', () => {
  it('counts with --dry-run, deletes without it, and keeps what is committed', () => {
    call('run', '--full', '--quiet')
    const count = records(call('gc', '--grace', '0', '--keep', '1', '--dry-run', '--json').stdout)[0]?.['garbage']
    expect(count).toMatchObject({ dryRun: true })
    const { stdout, code } = call('gc', '--grace', '0', '--keep', '1')
    expect(code).toBe(0)
    expect(stdout).toMatch(count.deleted === 0 ? /^Nothing to delete/ : new RegExp(`^Deleted ${count.deleted} files? `))
    expect(records(call('show', 'totals', '--json').stdout)[0]?.['sample']).toEqual([{ customer: 'ada', orders: 2, cents: 3050 }])
  })

  it('refuses a grace that is no length of time', () => {
    expect(call('gc', '--grace', 'soon')).toMatchObject({ code: 2, stderr: expect.stringMatching(/USAGE: --grace: "soon" is no length of time/) })
  })
})

it('never shows a secret, whatever the command', () => {
  expect(all.join('')).toContain('[secret TOWN_TOKEN]')
  expect(all.join('')).not.toContain(token)
})
