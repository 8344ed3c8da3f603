import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { CommandContext } from 'tidegate'
import { convert as convertCommand } from '../plugins-official/files/src/commands/convert.ts'
import { costOf } from './measure.ts'

const [way, folder = '', limit = '', types = 'declared', to = 'tidegate.parquet'] = process.argv.slice(2)
const { signal } = new AbortController()
let rows = 0

async function copy(): Promise<() => Promise<unknown>> {
  const spill = join(folder, 'spill')
  mkdirSync(spill, { recursive: true })
  const duck = await (
    await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: `${limit}B`, temp_directory: spill })
  ).connect()
  const columns = `{'id': 'BIGINT', 'time': 'TIMESTAMPTZ', 'city': 'VARCHAR', 'state': 'VARCHAR', 'amount': 'DOUBLE', 'quantity': 'INTEGER', 'email': 'VARCHAR'}`
  return async () => {
    const result = await duck.run(
      `COPY (FROM read_csv('${join(folder, 'orders.csv')}', auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = ${columns}))
       TO '${join(folder, 'duckdb.parquet')}' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)`,
    )
    rows = result.rowsChanged
  }
}

async function convert(): Promise<() => Promise<unknown>> {
  // The engine's library is loaded at rest, as it is for the other.
  ;(await DuckDBInstance.create(':memory:')).closeSync()
  const told: Record<string, any>[] = []
  const nothing = () => {}
  const context = {
    cwd: folder,
    signal,
    variables: {},
    stdin: process.stdin,
    prefix: 'tidegate',
    screen: { json: true, record: (value: object) => told.push(value), note: nothing, lines: nothing },
    load: (name: string) => import(name),
    place: ({ memory, threads }: { memory: number; threads: number }) => ({
      folder,
      memory,
      threads,
      log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
      random: () => 0.5,
      now: new Date(0),
      runId: 'bench',
    }),
  } as unknown as CommandContext
  const options = types === 'declared' ? { schema: 'schema.yaml' } : {}
  return async () => {
    const memory = `${limit}B`
    const code = await convertCommand(['orders.csv', to], { ...options, memory, threads: 2, force: true }, context)
    const [done] = told
    const way = to.endsWith('.parquet') ? 'inside' : 'streamed'
    if (code !== 0 || done?.['verified'].way !== way) throw new Error(JSON.stringify(told))
    rows = done['rows']
  }
}

const resident = () => (process.resourceUsage().maxRSS * 1024) / 1e6
let rest = 0
const cost = await costOf(async () => {
  const act = way === 'duckdb' ? await copy() : await convert()
  rest = resident()
  return act
})
console.log(JSON.stringify({ ...cost, rest, peak: resident(), rows }))
process.exit(0)
