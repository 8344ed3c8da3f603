/**
 * The bridge against DuckDB itself: 1,000,000 rows x 7 mixed columns, one thread each, best of 7 (other work on the machine only adds).
 * Run from the root of the repository: npm run bench -- bridge
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { openDuckDB } from '@tidegate/duckdb'
import type { Batch } from 'tidegate'

const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-'))
const file = join(folder, 'in.parquet')
const duck = await openDuckDB({ threads: 1, spillFolder: folder })
const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
const plain = await instance.connect()

const source = `SELECT i::INTEGER AS id, hash(i) % 1000000 / 100.0::DOUBLE AS amount, TIMESTAMP '2024-01-01' + INTERVAL (i) SECOND AS at, i % 3 = 0 AS paid,
  (hash(i + 1) % 100000)::BIGINT AS customer, ['north', 'east', 'south', 'west', 'the far islands'][1 + (hash(i + 2) % 5)::INTEGER] AS region,
  'order number ' || hash(i + 3) AS note FROM range(1000000) t(i)`
await duck.run(`COPY (${source}) TO '${file}' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)`)

/** Wall clock and processor time (all threads) of the best run: on a busy machine the second is the honest one. */
interface Cost {
  readonly wall: number
  readonly cpu: number
}

async function time(work: () => Promise<unknown>): Promise<Cost> {
  let best: Cost = { wall: Number.POSITIVE_INFINITY, cpu: Number.POSITIVE_INFINITY }
  for (let run = 0; run < 7; run++) {
    const start = performance.now()
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    best = { wall: Math.min(best.wall, performance.now() - start), cpu: Math.min(best.cpu, (user + system) / 1000) }
  }
  return best
}

const batches: Batch[] = []
async function read(from: string): Promise<Batch[]> {
  batches.length = 0
  for await (const batch of duck.readBatches(`FROM '${from}'`)) batches.push(batch)
  return batches
}

const objects = await time(async () => (await plain.run(`FROM '${file}'`)).getColumnsObject())
const floor = await time(() => plain.run(`FROM '${file}'`))
const bridge = await time(() => read(file))
line('Parquet to columns', bridge, floor, "times DuckDB's own decode (at most 5)")
line('  getColumnsObject', objects, bridge, 'times the bridge (at least 4)')
line('  DuckDB alone, into its own result', floor)

const schema = (batches[0] as Batch).schema
const [first, second] = [join(folder, 'a.parquet'), join(folder, 'b.parquet')]
const copy = (table: string, to: string) =>
  duck.run(`COPY ${table} TO '${to}' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)`)
const write = await time(async () => {
  await duck.registerBatches('mine', schema, batches)
  await copy('mine', first)
})
await duck.run(`CREATE TABLE own AS FROM '${file}'`)
const own = await time(() => copy('own', second))
line('columns to zstd Parquet', write, own, "times DuckDB's COPY of its own table (at most 2)")
line('  COPY', own)

const flights = 'node_modules/vega-datasets/data/flights-3m.parquet'
const decode = await time(() => plain.run(`FROM '${flights}'`))
const three = await time(async () => {
  for await (const _ of duck.readBatches(`FROM '${flights}'`));
})
line('3,000,000 flights, 5 columns', three, decode, "times DuckDB's own decode")

function line(what: string, cost: Cost, than?: Cost, of = ''): void {
  const ratio =
    than === undefined
      ? ''
      : `  ${(cost.wall / than.wall).toFixed(2)} (processor ${(cost.cpu / than.cpu).toFixed(2)}) ${of}`
  console.log(
    `${what.padEnd(36)}${cost.wall.toFixed(0).padStart(6)} ms${cost.cpu.toFixed(0).padStart(6)} ms processor${ratio}`,
  )
}
plain.closeSync()
duck.close()
await rm(folder, { recursive: true })
