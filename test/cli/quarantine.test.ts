import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Ended, project, records, tidegate } from './projects.ts'

const config = `
import { defineConfig, each, between, notNull, pipeline } from 'tidegate'
import { csv, toCsv } from '@tidegate/files'
import { z } from 'zod'

const Order = z.object({
  id: z.int32(),
  email: z.string().meta({ tags: ['pii'] }),
  note: z.string().nullable(),
  amount: z.number().nullable(),
})
const orders = csv({ path: 'data/orders.csv', schema: Order, otherwise: 'quarantine' })
const clean = each({
  from: orders,
  run: (t) => t,
  expect: [between('amount', 0, 1000), notNull('amount')],
  otherwise: 'quarantine',
  key: 'id',
})
const files = toCsv({ from: clean, path: 'out/orders.csv' })
export default defineConfig(() => ({ pipelines: { orders: pipeline({ orders, clean, files }) } }))
`
const lines = [
  'id,email,note,amount',
  '1,ann@example.org,first,30.5',
  '2,bob@example.org,"a ""quoted"", note",-4',
  '3,cyd@example.org,,12',
  'four,dan@example.org,x,9',
  '5,eve@example.org,last,',
]
let folder = ''
const run = (...args: string[]): Ended => tidegate(folder, args, { USER: 'ann' })
const ok = (...args: string[]): Ended => {
  const ended = run(...args)
  expect(ended.code, ended.stderr).toBe(0)
  return ended
}
const json = (...args: string[]) => records(ok(...args, '--json').stdout)[0] as Record<string, unknown>
const published = () => readFileSync(join(folder, 'out/orders.csv'), 'utf8').trim().split('\n')
const file = (name: string) => join(folder, name)

beforeAll(() => {
  folder = project({ 'pipeline.config.ts': config, 'data/orders.csv': `${lines.join('\n')}\n` })
  ok('run')
}, 60_000)

describe('rows in quarantine on the command line', () => {
  it('are counted by status, shown with when they were seen, exported, corrected with an editor and let in', () => {
    expect(json('quarantine', 'list')['quarantine']).toMatchObject([
      { node: 'orders', rows: 1, status: { open: 1 } },
      { node: 'clean', rows: 2, status: { open: 2 } },
    ])
    const shown = json('quarantine', 'show', 'clean')['rows'] as Record<string, unknown>[]
    expect(shown).toMatchObject([
      { id: 2, email: '***', _status: 'open', _first_seen: expect.stringMatching(/^20\d\d-.*Z$/) },
      { id: 5, email: '***', _status: 'open' },
    ])
    expect(ok('quarantine', 'show', 'clean').stdout).toMatch(/_status .*\n *open +between\(amount, 0, 1000\)/)

    const written = ok('quarantine', 'export', 'clean', 'bad.csv')
    expect(written.stderr).toContain('Left out, tagged pii: email')
    expect(run('quarantine', 'export', 'clean', 'bad.csv').code).toBe(2)
    const text = readFileSync(file('bad.csv'), 'utf8')
    expect(text).toMatch(/^_key,id,note,amount,_reasons,_part,_row,_status,_first_seen,_last_seen\n/)
    expect(text).not.toContain('example.org')
    writeFileSync(file('bad.csv'), text.replace(',-4,', ',4,'))

    expect(json('quarantine', 'apply', 'clean', 'bad.csv')).toMatchObject({
      part: 'corrections:1',
      corrected: 1,
      unchanged: 1,
      resolved: 0,
    })
    expect(published()).toHaveLength(3)
    expect(ok('plan').stdout).toContain('corrections to replay')
    ok('quarantine', 'replay', 'clean')
    expect(published()).toEqual([lines[0], lines[1], lines[3], '2,bob@example.org,"a ""quoted"", note",4'])
    expect(ok('quarantine', 'list').stdout).toMatch(/clean +committed +1 +4 +1 open, 1 replayed +1 +notNull\(amount\)/)
    expect(json('quarantine', 'show', 'clean', '--status', 'replayed')['rows']).toMatchObject([
      { id: 2, amount: -4, _status: 'replayed', _by: 'ann' },
    ])
  }, 120_000)

  it('are written with their tagged values where that is asked for, also as Parquet, and read back', () => {
    ok('quarantine', 'export', 'clean', 'bad.parquet', '--reveal')
    expect(json('head', 'bad.parquet')['rows']).toMatchObject([{ id: 5, email: 'eve@example.org' }])
    expect(json('quarantine', 'apply', 'clean', 'bad.parquet')).toMatchObject({
      corrected: 0,
      unchanged: 1,
      part: null,
    })
  }, 60_000)

  it('that could not be parsed are corrected as a row of the node', () => {
    const [row] = json('quarantine', 'show', 'orders')['rows'] as Record<string, unknown>[]
    expect(row).toMatchObject({ id: null, _raw: '***' })
    writeFileSync(
      file('mended.ndjson'),
      JSON.stringify({ _key: row?.['_key'], id: 4, email: 'dan@example.org', note: 'x', amount: 9 }),
    )
    expect(json('quarantine', 'apply', 'orders', 'mended.ndjson', '--by', 'dan')).toMatchObject({ corrected: 1 })
    ok('quarantine', 'replay', 'orders')
    expect(published()).toContain('4,dan@example.org,x,9')
  }, 60_000)

  it('are dismissed with a reason, and no longer count as open', () => {
    expect(run('quarantine', 'dismiss', 'clean').code).toBe(2)
    expect(json('quarantine', 'dismiss', 'clean', '--reason', 'notNull', '--why', 'test order')).toMatchObject({
      dismissed: 1,
    })
    expect(json('quarantine', 'show', 'clean')['rows']).toMatchObject([
      { id: 5, _status: 'dismissed', _why: 'test order', _by: 'ann' },
    ])
    expect(json('quarantine', 'list')['quarantine']).toMatchObject([
      { node: 'orders', rows: 0, status: { replayed: 1 } },
      { node: 'clean', rows: 1, status: { open: 0, dismissed: 1, replayed: 1 } },
    ])
  }, 60_000)

  it('are refused with the remedy where keys or columns are unknown', () => {
    writeFileSync(file('wrong.csv'), '_key,amount\nnobody,1\n')
    expect(run('quarantine', 'apply', 'clean', 'wrong.csv').stderr).toContain('has the key "nobody"')
    writeFileSync(file('wrong.csv'), '_key,amuont\nnobody,1\n')
    expect(run('quarantine', 'apply', 'clean', 'wrong.csv').stderr).toMatch(/column "amuont"[\s\S]*"amount"/)
    writeFileSync(file('wrong.csv'), 'amount\n1\n')
    expect(run('quarantine', 'apply', 'clean', 'wrong.csv').stderr).toContain('no column "_key"')
    expect(run('quarantine', 'show', 'clean', '--status', 'opne').code).toBe(2)
    expect(existsSync(file('.tidegate'))).toBe(true)
  }, 60_000)
})
