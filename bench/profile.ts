/**
 * A profile of 1,000,000 rows of 10 mixed columns in memory, everything in it, against DuckDB's SUMMARIZE of the same rows in an in-memory table on one
 * thread: processor time, the best of several alternating runs. `npm run bench -- profile`
 */
import { openDuckDB } from '@tidegate/duckdb'
import { profile } from '@tidegate/profile'
import type { Batch } from 'tidegate'
import { type Cost, costOf, say } from './measure.ts'

const rows = 1_000_000
const rounds = process.argv.includes('--quick') ? 2 : 5
const duck = await openDuckDB({ threads: 1 })
await duck.run(`CREATE TABLE t AS SELECT
  i + 1000000 AS id,
  (i * 7919 % 1000)::INTEGER AS quantity,
  (hash(i) % 100000000) / 1e5 AS amount,
  CASE WHEN hash(i + 1) % 10 = 0 THEN NULL ELSE exp((hash(i + 2) % 1000000) / 2e5) END AS score,
  (hash(i + 3) % 100000)::INTEGER AS customer,
  TIMESTAMP '2024-01-01' + INTERVAL (hash(i + 4) % 31536000) SECOND AS time,
  ['Berlin', 'Paris', 'Lima', 'Osaka', 'Accra', 'Quito', 'Oslo', 'Austin'][1 + (hash(i + 5) % 8)::INTEGER] AS city,
  'user' || (hash(i + 6) % 1000000000) || '@example.com' AS email,
  chr((65 + hash(i + 7) % 26)::INTEGER) || '-' || (hash(i + 8) % 10000) AS code,
  hash(i + 9) % 10 < 3 AS paid
FROM range(${rows}) r(i)`)
const batches: Batch[] = []
for await (const batch of duck.readBatches('SELECT * FROM t')) batches.push(batch)

const costs: Record<'ours' | 'theirs', Cost[]> = { ours: [], theirs: [] }
for (let round = 0; round < rounds; round++) {
  costs.ours.push(await costOf(async () => () => profile(batches)))
  costs.theirs.push(await costOf(async () => () => duck.run('SUMMARIZE t')))
}
const best = (list: readonly Cost[]) => Math.min(...list.map(({ cpu }) => cpu))
const [ours, theirs] = [best(costs.ours), best(costs.theirs)]
say(`profile of ${rows.toLocaleString('en-US')} rows x 10 columns, processor`, `${ours.toFixed(0)} ms`)
say("DuckDB's SUMMARIZE, one thread, in-memory table", `${theirs.toFixed(0)} ms`)
say('  ratio', (ours / theirs).toFixed(2), 'at most 1.5')
duck.close()
