import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { provide, Workspace } from 'tidegate'
import { loadConfig } from '../src/kernel/config/load-config.ts'
import { createKernel } from '../src/kernel/kernel.ts'
import { runPipeline } from '../src/kernel/run/run-pipeline.ts'
import { createDiskWorkspace } from '../src/plugins/defaults/disk-workspace.ts'
import { type Cost, costOf, median, medianCost, ratio, say } from './measure.ts'

/**
 * The showcase end to end against one DuckDB script that does the same reads, rules, joins, roll-ups and writes. One thread each (our JavaScript
 * runs on one thread; DuckDB inside it is given one); process start and module loading are left out of both. The two take turns.
 */
const rounds = process.argv.includes('--quick') ? 1 : 7
const folder = process.cwd()
const flights = join(folder, 'node_modules/vega-datasets/data/flights-3m.parquet')
const airports = join(folder, 'node_modules/vega-datasets/data/airports.csv')
const ours: Cost[] = []
const theirs: Cost[] = []
const shares = new Map<string, number[]>()
for (let round = 0; round <= rounds; round++) {
  const scratch = await mkdtemp(join(tmpdir(), 'tidegate-bench-'))
  try {
    const own = await costOf(() => tidegate(folder, scratch))
    const duck = await costOf(() => duckdb(flights, airports, scratch))
    // The first round warms both up.
    if (round > 0) {
      ours.push(own)
      theirs.push(duck)
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
const [own, duck] = [medianCost(ours), medianCost(theirs)]
say('showcase, tidegate', `${own.wall.toFixed(0)} ms (processor ${own.cpu.toFixed(0)})`)
say('showcase, one DuckDB script', `${duck.wall.toFixed(0)} ms (processor ${duck.cpu.toFixed(0)})`)
say('showcase, tidegate / DuckDB', ratio(own, duck), 'at most 3, goal 1')
for (const [node, times] of shares) say(`  until ${node} was done`, `${median(times).toFixed(0)} ms`)

async function tidegate(folder: string, scratch: string): Promise<() => Promise<void>> {
  const loaded = await loadConfig({ cwd: folder })
  const source = loaded.source
  const config = (given: never) => ({
    ...(typeof source === 'function' ? source(given) : source),
    threads: 1,
    workspace: provide(Workspace, {
      name: 'bench/disk',
      create: () => createDiskWorkspace({ folder: join(scratch, 'workspace') }),
    })(),
  })
  const kernel = await createKernel(config as never, { ...loaded, pipelines: ['flights'] })
  return async () => {
    const started = performance.now()
    const stop = kernel.events.on((event) => {
      if (event.type !== 'node.progress' && event.type !== 'run.committed') return
      const name = event.type === 'run.committed' ? 'the commit' : (event.node ?? '')
      lastSeen.set(name, performance.now() - started)
    })
    const lastSeen = new Map<string, number>()
    const outcome = await runPipeline(kernel, 'flights', { full: true })
    stop()
    if (outcome.errors[0] !== undefined) throw outcome.errors[0]
    for (const [name, at] of lastSeen) shares.set(name, [...(shares.get(name) ?? []), at])
    await kernel.dispose()
  }
}

async function duckdb(flights: string, airports: string, scratch: string): Promise<() => Promise<void>> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  return async () => {
    await connection.run(
      `CREATE TABLE airports AS SELECT * FROM read_csv('${airports}', header = true, all_varchar = true)`,
    )
    await connection.run(
      `CREATE TABLE bad_airports AS SELECT * FROM airports QUALIFY row_number() OVER (PARTITION BY iata) > 1`,
    )
    await connection.run(`CREATE TABLE checked AS SELECT *, delay > 15 AS late, origin IS NULL AS c1, NOT (distance BETWEEN 1 AND 6000) AS c2, NOT (delay BETWEEN -120 AND 1440) AS c3
      FROM (SELECT date, delay::INTEGER AS delay, distance::INTEGER AS distance, origin, destination FROM read_parquet('${flights}'))`)
    await connection.run(
      `COPY (SELECT * FROM checked WHERE c1 OR c2 OR c3) TO '${scratch}/quarantine.parquet' (FORMAT parquet)`,
    )
    await connection.run(`CREATE TABLE enriched AS SELECT f.* EXCLUDE (c1, c2, c3), o.city AS originCity, o.state AS originState, d.city AS destinationCity
      FROM (SELECT * FROM checked WHERE NOT coalesce(c1, false) AND NOT coalesce(c2, false) AND NOT coalesce(c3, false)) f
      LEFT JOIN airports o ON f.origin = o.iata LEFT JOIN airports d ON f.destination = d.iata`)
    await connection.run(`SELECT count(*), count(*) FILTER (WHERE originCity IS NULL) FROM enriched`)
    await connection.run(
      `CREATE TABLE daily AS SELECT date_trunc('day', date) AS date, origin, count(*) AS flights, avg(delay) AS delay, max(distance) AS longest FROM enriched GROUP BY ALL ORDER BY ALL`,
    )
    await connection.run(
      `CREATE TABLE routes AS SELECT originCity, destinationCity, count(*) AS flights, avg(delay) AS delay FROM enriched GROUP BY ALL ORDER BY ALL`,
    )
    await connection.run(`COPY daily TO '${scratch}/daily.parquet' (FORMAT parquet, COMPRESSION zstd)`)
    await connection.run(
      `COPY (SELECT * FROM routes ORDER BY flights DESC LIMIT 100) TO '${scratch}/top.parquet' (FORMAT parquet, COMPRESSION zstd)`,
    )
    connection.closeSync()
    instance.closeSync()
  }
}
