/**
 * CSV to typed columns: 1,000,000 rows of 7 mixed columns, one thread, against DuckDB reading the same file with the same types in the same run.
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
import { type Cost, costOf, medianCost, ratio, say } from './measure.ts'

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

async function ours(): Promise<void> {
  let read = 0
  for await (const chunk of source.open(
    { id: file, fingerprint: '' },
    { schema, batchRows: 65_536, random: () => 0, signal },
  ))
    if ('columns' in chunk) read += (chunk as { length: number }).length
  if (read !== rows) throw new Error(`${read} rows`)
}

const duck = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
const scan = `read_csv('${file}', header = true, auto_detect = false, columns = {
  id: 'BIGINT', time: 'TIMESTAMPTZ', city: 'VARCHAR', state: 'VARCHAR', amount: 'DOUBLE', quantity: 'INTEGER', email: 'VARCHAR' })`
const works = {
  ours,
  /** Every cell decoded into DuckDB's own vectors, which are then let go. */
  floor: () => duck.run(`FROM ${scan}`),
  table: () => duck.run(`CREATE OR REPLACE TABLE t AS FROM ${scan}`),
  objects: async () => (await duck.run(`FROM ${scan}`)).getColumnsObject(),
} satisfies Record<string, () => Promise<unknown>>

const costs: Record<keyof typeof works, Cost[]> = { ours: [], floor: [], table: [], objects: [] }
for (let round = 0; round < 5; round++)
  for (const name of Object.keys(works) as (keyof typeof works)[])
    costs[name].push(await costOf(async () => works[name]))
const of = (name: keyof typeof works) => medianCost(costs[name])
const ms = ({ wall, cpu }: Cost) => `${wall.toFixed(0)} ms (processor ${cpu.toFixed(0)})`
say(`CSV of ${megabytes.toFixed(0)} MB to typed columns`, ms(of('ours')))
say("  against DuckDB's decode floor", ratio(of('ours'), of('floor')), 'at most 2.8')
say("  against DuckDB's own table", ratio(of('ours'), of('table')))
say('  getColumnsObject against it', ratio(of('objects'), of('ours')), 'at least 2.5')
duck.closeSync()
rmSync(folder, { recursive: true })
