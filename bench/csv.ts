/**
 * CSV to typed columns: 1,000,000 rows of 7 mixed columns, one thread, against DuckDB's `read_csv` with the same types in the same run.
 * `npm run bench -- csv`
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { types } from 'tidegate'
import { z } from 'zod'
import { createCsvSource } from '../plugins-official/files/src/csv.ts'
import { csvOptions } from '../plugins-official/files/src/csv-options.ts'

const rows = 1_000_000
const folder = mkdtempSync(join(tmpdir(), 'tidegate-csv-'))
const file = join(folder, 'orders.csv')
const cities = ['Berlin', 'Paris', 'Lima', 'Osaka', 'Accra', 'Quito', 'Oslo', 'Austin']
const states = ['paid', 'open', 'cancelled']
let seed = 1
const random = () => {
  seed = (seed * 48271) % 2147483647
  return seed / 2147483647
}
const lines = ['id,time,city,state,amount,quantity,email']
for (let i = 0; i < rows; i++) {
  const time = new Date(1.7e12 + Math.floor(random() * 3e10)).toISOString()
  lines.push(
    `${i + 1000000},${time},${cities[i % 8]},${states[Math.floor(random() * 3)]},${(random() * 1000).toFixed(2)},${Math.floor(random() * 100)},user${Math.floor(random() * 1e9)}@example.com`,
  )
}
writeFileSync(file, `${lines.join('\n')}\n`)
lines.length = 0
const megabytes = statSync(file).size / 1e6

const schema = {
  fields: Object.entries({
    id: types.int64,
    time: types.timestamp('ms'),
    city: types.string,
    state: types.string,
    amount: types.float64,
    quantity: types.int32,
    email: types.string,
  }).map(([name, type]) => ({ name, type, nullable: false })),
}
const { signal } = new AbortController()
const source = createCsvSource(z.strictObject(csvOptions).parse({ path: file }), { folder })

async function ours(): Promise<number> {
  const begun = performance.now()
  let read = 0
  for await (const chunk of source.open(
    { id: file, fingerprint: '' },
    { schema, batchRows: 65_536, random: () => 0, signal },
  ))
    if ('columns' in chunk) read += (chunk as { length: number }).length
  if (read !== rows) throw new Error(`${read} rows`)
  return performance.now() - begun
}

const duck = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
async function duckdb(): Promise<number> {
  const begun = performance.now()
  await duck.run(`CREATE OR REPLACE TABLE t AS FROM read_csv('${file}', header = true, auto_detect = false, columns = {
    id: 'BIGINT', time: 'TIMESTAMPTZ', city: 'VARCHAR', state: 'VARCHAR', amount: 'DOUBLE', quantity: 'INTEGER', email: 'VARCHAR' })`)
  return performance.now() - begun
}
/** Milliseconds of processor time, which other processes disturb less than the clock. */
async function processor(work: () => Promise<number>): Promise<readonly [clock: number, processor: number]> {
  const before = process.cpuUsage()
  const clock = await work()
  const { user, system } = process.cpuUsage(before)
  return [clock, (user + system) / 1000]
}

for (let round = 0; round < 5; round++) {
  const [[a, x], [b, y]] = [await processor(ours), await processor(duckdb)]
  console.log(
    `${megabytes.toFixed(0)} MB: tidegate ${a.toFixed(0)} ms (processor ${x.toFixed(0)}), duckdb ${b.toFixed(0)} ms (processor ${y.toFixed(0)}), ratio ${(x / y).toFixed(2)}`,
  )
}
rmSync(folder, { recursive: true })
