/**
 * CSV to Parquet in bounded memory: a file of ten times the memory limit through `tidegate convert` and through DuckDB's `COPY` with the same limit,
 * threads, types and Parquet options, each in a process of its own that is bundled first, as installed packages are plain JavaScript too. `npm run bench -- convert`
 */
import { execFile } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { median, say } from './measure.ts'

export interface Outcome {
  /** Milliseconds, without starting the process. */
  readonly wall: number
  readonly cpu: number
  /** Resident megabytes: when everything is loaded, and at most. */
  readonly rest: number
  readonly peak: number
  readonly rows: number
}

const quick = process.argv.includes('--quick')
const limit = 256e6
const folder = mkdtempSync(join(tmpdir(), 'tidegate-convert-'))
const csv = join(folder, 'orders.csv')

function writeOrders(bytes: number): number {
  const cities = ['Berlin', 'Paris', 'Lima', 'Osaka', 'Accra', 'Quito', 'Oslo', 'Austin']
  const states = ['paid', 'open', 'cancelled']
  let seed = 1
  const random = () => {
    seed = (seed * 48271) % 2147483647
    return seed / 2147483647
  }
  const file = openSync(csv, 'w')
  let written = writeSync(file, 'id,time,city,state,amount,quantity,email\n')
  let rows = 0
  while (written < bytes) {
    let text = ''
    for (let i = 0; i < 20_000; i++, rows++) {
      const time = new Date(1.7e12 + Math.floor(random() * 3e10)).toISOString()
      text += `${rows + 1000000},${time},${cities[rows % 8]},${states[Math.floor(random() * 3)]},${(random() * 1000).toFixed(2)},${Math.floor(random() * 100)},user${Math.floor(random() * 1e9)}@example.com\n`
    }
    written += writeSync(file, text)
  }
  closeSync(file)
  return rows
}

const ways = ['duckdb', 'declared', 'inferred'] as const
type Way = (typeof ways)[number]

/** Beside the installed packages, so that it finds them. */
async function bundleChild(): Promise<string> {
  const cache = fileURLToPath(new URL('../node_modules/.cache/tidegate-bench', import.meta.url))
  mkdirSync(cache, { recursive: true })
  const outfile = join(cache, 'convert-child.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('convert-child.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['tidegate-source'],
    external: [
      '@duckdb/*',
      'arquero',
      'cosmiconfig',
      'jiti',
      'reflect-metadata',
      'tsyringe',
      'typescript',
      'yaml',
      'zod',
    ],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  })
  return outfile
}

async function outcomeOf(child: string, way: Way): Promise<Outcome> {
  const options = [child, way === 'duckdb' ? way : 'tidegate', folder, String(limit), way]
  const { stdout } = await promisify(execFile)(process.execPath, options)
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as Outcome
}

try {
  const rows = writeOrders(quick ? 300e6 : 10 * limit)
  writeFileSync(
    join(folder, 'schema.yaml'),
    'id: int64\ntime: date\ncity: string\nstate: string\namount: number\nquantity: int32\nemail: string\n',
  )
  const child = await bundleChild()
  const runs = { duckdb: [] as Outcome[], declared: [] as Outcome[], inferred: [] as Outcome[] }
  for (let i = 0; i < (quick ? 1 : 3); i++)
    for (const way of ways) {
      const outcome = await outcomeOf(child, way)
      if (outcome.rows !== rows) throw new Error(`${way}: ${outcome.rows} rows instead of ${rows}`)
      runs[way].push(outcome)
    }
  const middle = (way: Way, what: keyof Outcome) => median(runs[way].map((outcome) => outcome[what]))
  const seconds = (way: Way) =>
    `${(middle(way, 'wall') / 1000).toFixed(1)} s, ${(middle(way, 'cpu') / 1000).toFixed(1)} s processor`
  const against = (way: Way, what: 'wall' | 'cpu') => (middle(way, what) / middle('duckdb', what)).toFixed(2)
  const memory = (way: Way) => `${middle(way, 'peak').toFixed(0)} MB (${middle(way, 'rest').toFixed(0)} at rest)`
  say(
    `CSV of ${(statSync(csv).size / 1e6).toFixed(0)} MB to Parquet, limit ${limit / 1e6} MB: DuckDB COPY`,
    seconds('duckdb'),
  )
  say('  peak of the process', memory('duckdb'))
  for (const way of ['declared', 'inferred'] as const) {
    say(`  tidegate convert, verified, types ${way}`, seconds(way))
    say('  wall clock (processor) against COPY', `${against(way, 'wall')} (${against(way, 'cpu')})`, 'at most 1.2')
    say('  peak of the process', memory(way), `under ${limit / 1e6} MB`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
