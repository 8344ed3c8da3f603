import type { NodeReport, RunReport } from 'tidegate'
import { expect, it } from 'vitest'
import { reportPage } from '../src/index.ts'

const node = (name: string, more: Partial<NodeReport> = {}): NodeReport => ({
  node: name,
  kind: 'each',
  shape: 'row-wise',
  status: 'committed',
  inputs: {},
  at: 0,
  runId: 'r1',
  counts: { rowsIn: 1, rowsOut: 1, quarantined: 0, dropped: 0, warned: 0 },
  schema: { fields: [] },
  checks: [],
  history: [],
  trend: [],
  lives: {},
  published: undefined,
  ...more,
})
const entry = { number: 1, at: 0, runId: 'r1' }
const report = (nodes: readonly NodeReport[], committed: RunReport['entry'] = entry): RunReport => ({
  env: 'test',
  pipeline: 'p',
  entry: committed,
  nodes,
})
const nothing = { status: 'empty', at: undefined, runId: undefined } as const
const verdictOf = (page: string) => /<p class="verdict[^"]*">(.*?)<\/p>/.exec(page)?.[0]

it('does not call committed what is not', () => {
  const pageOf = (given: RunReport) => verdictOf(reportPage(given))
  expect(pageOf({ ...report([node('a', nothing)]), entry: undefined })).toBe(
    '<p class="verdict odd">Nothing is committed yet; no checks; no row is set aside.</p>',
  )
  expect(pageOf(report([node('a'), node('b', nothing)]))).toBe(
    '<p class="verdict odd">Committed; not yet made: b; no checks; no row is set aside.</p>',
  )
  expect(pageOf(report([node('a', { status: 'withheld' }), node('b', nothing)]))).toMatch(/bad">Withheld: a; no checks/)
  expect(pageOf(report([node('a')]))).toMatch(/verdict ">Committed; no checks/)
})

it('escapes names wherever they stand, also hostile ones', () => {
  const name = '<img src=x onerror=alert(1)>"\'&\n; tried'
  const check = { columns: [name], scope: 'row', verdict: 'quarantine', severity: 'error' } as const
  const samples = { columns: ['part', name], rows: [[name, name]] }
  const page = reportPage({
    ...report([
      node(name, {
        kind: name,
        inputs: { from: name },
        checks: [{ ...check, name, pass: false, failed: 1, of: 1, observed: name, threshold: '', samples }],
      }),
    ]),
    env: name,
    pipeline: name,
  })
  expect(page).not.toContain('<img')
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;')
})
