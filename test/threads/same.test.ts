import { describe, expect, test } from 'vitest'
import { project, runOf, threadsSeen } from './lab.ts'

/** Two parts, steps, row rules of every verdict, rows that a hook decides about, dataset checks, a condemning check, roll-ups, a side table. */
const config = `
import { writeFileSync } from 'node:fs'
import { threadId } from 'node:worker_threads'
import { threads } from '@tidegate/executor-threads'
import { between, count, defineConfig, defineSource, each, max, mean, notNull, oneOf, pipeline, rollup, rowCount, satisfies, step, sum, table, unique } from 'tidegate'
import { z } from 'zod'
const Row = z.object({ id: z.int32(), k: z.string(), v: z.number().nullable(), at: z.date() })
const sizes = { one: 30_000, two: 7_001, none: 0 }
const numbers = defineSource({
  name: 'test/numbers',
  options: z.object({}),
  create: () => ({
    listing: 'complete',
    async *discover() { for (const id of Object.keys(sizes)) yield { id, fingerprint: id } },
    describe: async () => ({ fields: [{ name: 'id', type: { kind: 'int', bits: 32, signed: true }, nullable: false }, { name: 'k', type: { kind: 'string' }, nullable: false }, { name: 'v', type: { kind: 'float', bits: 64 }, nullable: true }, { name: 'at', type: { kind: 'timestamp', unit: 'ms', zone: 'UTC' }, nullable: false }] }),
    async *open(part, { batchRows }) {
      const n = sizes[part.id]
      for (let from = 0; from < n; from += batchRows) {
        const ids = Array.from({ length: Math.min(batchRows, n - from) }, (_, i) => from + i)
        if (from === 0) yield { rejected: [{ row: 0, reason: 'odd', raw: '?' }] }
        yield table(Row, { id: ids, k: ids.map((i) => 'k' + (i % 17)), v: ids.map((i) => (i % 50 === 0 ? null : (i * 7919) % 1000 / 7)), at: ids.map((i) => i * 1e6) })
      }
    },
  }),
})
const seen = () => writeFileSync(new URL('./seen/' + threadId, import.meta.url), '')
const src = numbers({ schema: Row, otherwise: 'quarantine', expect: [notNull('v'), rowCount(1)] })
const names = rollup({ from: src, by: ['k'], measure: { rows: count() } })
const clean = each({
  from: src,
  version: '1',
  run: (t) => { seen(); let out = t; for (let i = 0; i < 6; i++) out = out.derive({ w: (d) => d.v * 2 + d.id / 3, u: (d) => op.lower(d.k) }); return out },
  expect: [between('v', 0, 140, { verdict: 'drop' }), between('w', 1, 12_000, { verdict: 'warn', atLeast: 0.5 }), unique('id', { lose: 'later', verdict: 'quarantine' }), between('id', 3, 29_990, { verdict: 'quarantine' }), satisfies(z.object({ k: z.string().refine((k) => k !== 'k7') }))],
})
const named = each({ from: clean, with: { names }, version: '1', run: (t, { names }) => t.join_left(names, 'k').filter((d) => d.id % 3 !== 0), expect: [notNull('rows'), between('rows', 0, 1e9)] })
const totals = rollup({ from: named, by: ['k', 'u'], measure: { n: count(), w: sum('w'), v: mean('v'), top: max('id') } })
const all = rollup({ from: clean, by: {}, measure: { n: count(), w: sum('w') } })
const best = step({ from: totals, run: (t) => t.filter((d) => d.n > 10) })
const bad = each({ from: clean.quarantine, run: (t) => t.select('id', '_reasons', '_row') })
const size = () => Number(process.env['TEST_THREADS'])
export default defineConfig(() => ({
  batchRows: Number(process.env['TEST_BATCH']),
  ...(size() === 0 ? {} : { executor: threads({ threads: size() }) }),
  hooks: { onQualityViolation: ({ phase, check }) => (phase === 'row' ? 'quarantine' : undefined) },
  pipelines: { p: pipeline({ src, names, clean, named, totals, all, best, bad }) },
}))
`.replace('import { between', "import { op } from 'arquero'\nimport { between")

/** 0: on the main thread. */
const combinations = [
  ['65536', '0'],
  ['1000', '0'],
  ['1000', '1'],
  ['1000', '2'],
  ['1000', '4'],
  ['4096', '4'],
] as const

describe('the same pipeline', () => {
  test('makes the same records and rows at any number of threads and any size of batches', async () => {
    const folder = await project(config)
    const made: Record<string, unknown> = {}
    for (const [batch, size] of combinations) {
      const ran = await runOf(folder, { TEST_THREADS: size, TEST_BATCH: batch })
      expect(ran.error).toBeUndefined()
      made[`${size} threads, ${batch} rows`] = ran.made
    }
    const [first, ...others] = Object.entries(made)
    expect(JSON.stringify(first?.[1])).toContain('"quarantined":')
    for (const [how, what] of others) expect({ how, what }).toEqual({ how, what: first?.[1] })
    expect((await threadsSeen(folder)).length).toBeGreaterThan(2)
  }, 120_000)
})
