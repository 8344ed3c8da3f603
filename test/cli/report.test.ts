import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { browser, pictureSize, screenshot } from '../browser.ts'
import { project, records, tidegate } from './projects.ts'

const config = `
import { between, count, defineConfig, each, fromTable, matches, notNull, pipeline, rollup, rowCount, table } from 'tidegate'
import { meanBetween } from '@tidegate/checks'
import { readFileSync } from 'node:fs'
import { z } from 'zod'

const Order = z.object({ id: z.int32(), email: z.string().meta({ tags: ['pii'] }), shop: z.string().nullable(), amount: z.number() })
const rows = JSON.parse(readFileSync('orders.json', 'utf8'))
const column = (name) => rows.map((row) => row[name])
const orders = fromTable(table(Order, { id: column('id'), email: column('email'), shop: column('shop'), amount: column('amount') }))
const clean = each({
  from: orders,
  run: (t) => t,
  expect: [notNull('shop'), between('amount', 0, 100), matches('shop', /^[A-Z]+$/, { severity: 'info', atLeast: 1 }), meanBetween('amount', { max: 60 })],
  otherwise: 'quarantine',
})
const shops = rollup({ from: clean, by: ['shop'], measure: { orders: count() }, expect: [rowCount(2)] })
export default defineConfig({ pipelines: { orders: pipeline({ orders, clean, shops }) } })
`
const order = (id: number, shop: string | null, amount: number) => ({
  id,
  email: `canary${id}@example.org`,
  shop,
  amount,
})
const orders = [order(1, 'A', 10), order(2, '<b>x</b>', 20), order(3, null, 30), order(4, 'B', 400)]
let folder = ''
const give = (rows: readonly object[]) => writeFileSync(join(folder, 'orders.json'), JSON.stringify(rows))
const page = (...args: string[]) => {
  const ended = tidegate(folder, ['report', '--out', 'report.html', ...args])
  expect(ended.code, ended.stderr).toBe(0)
  return readFileSync(join(folder, 'report.html'), 'utf8')
}

beforeAll(() => {
  folder = project({ 'pipeline.config.ts': config })
  for (const rows of [orders, [...orders, order(5, 'C', 50)], orders.slice(0, 3), orders]) {
    give(rows)
    const ended = tidegate(folder, ['run', '--quiet'])
    expect(ended.code, ended.stderr).toBe(0)
  }
})

describe('tidegate report', () => {
  it('says what was checked, what failed and why, with rows', () => {
    const html = page()
    expect(html).toContain('<p class="verdict odd">Committed; ')
    for (const text of ['notNull(shop)', '1 of 4 rows failed', 'between(amount, 0, 100)', '2 rows set aside'])
      expect(html).toContain(text)
    expect(html).toContain('4 rows in, 2 out, 2 quarantined, 0 dropped')
    expect(html).toMatch(/between\(amount, 0, 100\): 1 of 1 failed row.*400/s)
  })

  it('shows how it went before', () => {
    const html = page()
    expect(html).toContain('4 snapshots')
    expect(html).toContain('aria-label="mean(amount): last 15, between 15 and')
    expect(html).toContain('aria-label="quarantined: last 2, between 1 and 2"')
  })

  it('names what is missed by its severity', () => {
    expect(page()).toMatch(/matches\(shop, \/\^\[A-Z\]\+\$\/\).*! info/s)
  })

  it('shows no tagged value, also in profiles, and escapes what data contains', () => {
    const html = page('--profile')
    expect(html).toContain('Profile of clean')
    expect(html).not.toContain('canary')
    expect(html).toContain('***')
    expect(html).not.toContain('<b>x</b>')
    expect(html).toContain('&lt;b&gt;x&lt;/b&gt;')
  })

  it('needs nothing from anywhere', () => {
    const html = page('--profile')
    expect(html).not.toMatch(/<script|<link|<img|\burl\(|https?:\/\//i)
    expect(html).toContain("default-src 'none'")
  })

  it('prints the facts for programs', () => {
    const [report] = records(tidegate(folder, ['report', '--json']).stdout)
    expect(report).toMatchObject({ pipeline: 'orders', entry: { number: 4 } })
    expect(JSON.stringify(report)).not.toContain('canary')
  })

  it('tells of an earlier run, by its id or its entry', () => {
    const [now] = records(tidegate(folder, ['report', '--json']).stdout)
    const [before] = records(tidegate(folder, ['report', '--json', '--run', '2']).stdout)
    expect(before).toMatchObject({ entry: { number: 2 }, nodes: [{ counts: { rowsIn: 5 } }, {}, {}] })
    const id = now?.['entry'].runId as string
    expect(page('--run', id)).toContain(`entry 4`)
    const unknown = tidegate(folder, ['report', '--run', 'nobody'])
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('Kept are the entries 4, 3, 2, 1') })
  })

  it('shows thresholds, and the first failing row where none was set aside', () => {
    const html = page()
    expect(html).toContain('matches(shop, /^[A-Z]+$/), at least 100 %')
    expect(html).toMatch(/first: all, row 1: shop = &quot;&lt;b&gt;x&lt;/)
  })

  it('tells of an attempt that was withheld', () => {
    give([order(1, 'A', 10)])
    expect(tidegate(folder, ['run', '--quiet']).code).toBe(1)
    const html = page()
    expect(html).toContain('Withheld: shops')
    expect(html).toMatch(/rowCount\(2\).*✗ missed/s)
    give(orders)
    expect(tidegate(folder, ['run', '--quiet']).code).toBe(0)
  })

  it.skipIf(browser === undefined)(
    'is drawn by a browser, wide and narrow',
    async () => {
      page('--profile')
      for (const [width, height] of [
        [1200, 1600],
        [390, 844],
      ] as const) {
        const png = await screenshot(join(folder, 'report.html'), width, height)
        expect(pictureSize(png)).toEqual([width, height])
        expect(png.length, 'the page is blank').toBeGreaterThan(12_000)
      }
    },
    120_000,
  )
})
