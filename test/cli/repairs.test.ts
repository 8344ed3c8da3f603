import { beforeAll, describe, expect, it } from 'vitest'
import { type Ended, project, records, tidegate } from './projects.ts'

const config = `
import { defineConfig, each, between, matches, pipeline } from 'tidegate'
import { csv, toCsv } from '@tidegate/files'
import { clamp, lowerCase, trim } from '@tidegate/checks'
import { z } from 'zod'

const Order = z.object({ id: z.int32(), email: z.string().meta({ tags: ['pii'] }), amount: z.number() })
const orders = csv({ path: 'data/orders.csv', schema: Order })
const clean = each({
  from: orders,
  run: (t) => t,
  expect: [
    matches('email', /^[a-z@.]+$/, { verdict: { repair: [trim(), lowerCase()] } }),
    between('amount', 0, 100, { verdict: { repair: clamp(0, 100), otherwise: 'drop' } }),
  ],
})
const files = toCsv({ from: clean, path: 'out/orders.csv' })
export default defineConfig({ pipelines: { orders: pipeline({ orders, clean, files }) } })
`
const lines = ['id,email,amount', '1, Ann@example.org,30', '2,bob@example.org,-4', '3,cyd1@example.org,12', '']
let folder = ''
let ran: Ended
const ok = (...args: string[]): Ended => {
  const ended = tidegate(folder, args)
  expect(ended.code, ended.stderr).toBe(0)
  return ended
}
const json = (...args: string[]) => records(ok(...args, '--json').stdout)[0] as Record<string, unknown>

beforeAll(() => {
  folder = project({ 'pipeline.config.ts': config, 'data/orders.csv': lines.join('\n') })
  ran = ok('run')
}, 60_000)

describe('repaired cells on the command line', () => {
  it('are listed before and after, with rule, repair and run; those of tagged columns masked', () => {
    expect(records(ran.stdout).find(({ type, node }) => type === 'node.finished' && node === 'clean')).toMatchObject({
      quarantined: 1,
      repaired: 2,
    })
    const { repairs, cells } = json('repairs', 'clean') as { repairs: object; cells: Record<string, unknown>[] }
    const email = 'matches(email, /^[a-z@.]+$/)'
    expect(repairs).toMatchObject({
      pipeline: 'orders',
      node: 'clean',
      state: 'committed',
      rows: 2,
      of: 3,
      cells: 3,
      checks: [
        { check: email, repaired: 1, failed: 1 },
        { check: 'between(amount, 0, 100)', repaired: 1, failed: 0 },
      ],
    })
    const run = records(ran.stdout)[0]?.['runId']
    expect(cells).toMatchObject([
      { row: 0, column: 'email', before: '***', after: '***', rule: email, repair: 'trim()', run },
      { row: 0, column: 'email', before: '***', after: '***', rule: email, repair: 'lowerCase()', run },
      {
        row: 1,
        column: 'amount',
        before: '-4',
        after: '0',
        rule: 'between(amount, 0, 100)',
        repair: 'clamp(0, 100)',
        run,
      },
    ])
    expect((json('repairs', 'clean', '--column', 'amount')['cells'] as unknown[]).length).toBe(1)
    expect(json('repairs', 'orders')).toMatchObject({ repairs: null, cells: [] })
  })

  it('are shown as a table, and as rows of node.repairs', () => {
    const { stdout } = ok('repairs', 'clean', '--rows', '2')
    expect(stdout).toMatch(/orders\.clean {2}3 cells of 2 rows repaired, of 3 rows {2}committed/)
    expect(stdout).toMatch(/between\(amount, 0, 100\): 1 row repaired, 0 failed still/)
    expect(stdout).toMatch(/2 cells shown/)
    expect(stdout).not.toContain('example.org')
    expect(ok('repairs', 'orders').stdout).toBe('No cell of orders was repaired (development).\n')
    const shown = ok('show', 'clean.repairs').stdout
    expect(shown).toMatch(/orders\.clean\.repairs/)
    expect(shown).toMatch(/clamp\(0, 100\)/)
    expect(shown).not.toContain('example.org')
    expect(ok('show', 'clean').stdout).toMatch(/1 of 3 rows failed, 1 repaired/)
  })
})
