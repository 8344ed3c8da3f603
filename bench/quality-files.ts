/**
 * Sixteen rules on a Parquet and a CSV file of ten mixed columns, one row of a hundred bad: `checkFile`, which pushes rules down, against the best DuckDB
 * SQL for the same rules that we could write, and a pipeline whose rows go on into a step. Each side opens an engine of its own with the same number of
 * threads and closes it, as a command does. Processor time is what counts on a busy machine. `--full`: ten million rows.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDuckDB } from '@tidegate/duckdb'
import { checkFile, csv, parquet } from '@tidegate/files'
import { diskWorkspace, each, type Node, pipeline, run } from 'tidegate'
import { type Cost, costOf, medianCost, ratio, say } from './measure.ts'
import { failing, rowsSql, rulesFor } from './quality/suite.ts'

const rows = process.argv.includes('--full') ? 10_000_000 : 1_000_000
const rounds = rows > 1_000_000 ? 3 : 5
const threads = availableParallelism()
const folder = mkdtempSync(join(tmpdir(), 'tidegate-bench-'))
const rules = rulesFor(rows)

/**
 * The forms of the SQL that were tried: everything in one statement, with the window beside the scan of the row rules, so that it does not hold that scan to
 * one thread; the same over rows that are kept; one scan with the window inside; keys counted by hash is no faster.
 */
function sqlOver(from: string): Readonly<Record<string, string>> {
  const { increasing = '', ...single } = failing
  const counts = Object.entries(single).map(([name, sql]) => `count(*) FILTER (WHERE ${sql}) AS ${name}`)
  const ordered = `count(*) FILTER (WHERE ${increasing}) AS increasing`
  const repeated = (column: string, source: string) =>
    `(SELECT coalesce(sum(n), 0) AS unique_${column} FROM (SELECT count(*) AS n FROM ${source} GROUP BY ${column} HAVING n > 1))`
  const keys = (source: string) => `${repeated('id', source)}, ${repeated('email', source)}`
  const apart = (source: string) =>
    `SELECT * FROM (SELECT ${counts.join(', ')}, avg(amount) AS mean, count(*) AS rows FROM ${source}), ` +
    `(SELECT ${ordered} FROM (SELECT ordered, lag(ordered) OVER () AS before FROM ${source})), ${keys(source)}`
  const inside =
    `SELECT * FROM (SELECT ${counts.join(', ')}, ${ordered}, avg(amount) AS mean, count(*) AS rows ` +
    `FROM (SELECT *, lag(ordered) OVER () AS before FROM ${from})), ${keys(from)}`
  return {
    'the window beside the scan': apart(from),
    'rows kept in a table': `CREATE OR REPLACE TABLE kept AS FROM ${from}; ${apart('kept')}`,
    'the window in the scan': inside,
  }
}

async function sqlCost(sql: string): Promise<Cost> {
  return costOf(async () => async () => {
    const duck = await openDuckDB({ threads, memory: 4e9 })
    const [first, second] = sql.split('; ')
    if (second !== undefined) await duck.run(first as string)
    await duck.rows(second ?? (first as string))
    duck.close()
  })
}

/** Rows with their gate go on into a step; what fails is set aside, and nothing halts. */
async function pipelineCost(file: string, read: typeof parquet | typeof csv, round: number): Promise<Cost> {
  return costOf(async () => async () => {
    const source = (read as (options: object) => Node)({ path: file, expect: rules, otherwise: 'warn' })
    const step = each({
      from: source,
      run: (batch: { derive(values: object): unknown }) =>
        batch.derive({ twice: (d: { amount: number }) => d.amount * 2 }),
    } as never)
    const workspace = diskWorkspace({ folder: join(folder, `run-${round}-${file.length}`) })
    const config = { pipelines: { bench: pipeline({ source, step }) }, workspace, durability: 'process' }
    await run(config as never, 'bench' as never)
  })
}

try {
  const files = { parquet: join(folder, 'rows.parquet'), csv: join(folder, 'rows.csv') }
  const duck = await openDuckDB({ threads })
  await duck.run(`CREATE TABLE t AS ${rowsSql(rows)}`)
  await duck.run(`COPY t TO '${files.parquet}' (FORMAT parquet, COMPRESSION zstd)`)
  await duck.run(`COPY t TO '${files.csv}' (FORMAT csv, HEADER)`)
  duck.close()
  for (const [kind, file] of Object.entries(files)) {
    const from = kind === 'parquet' ? `read_parquet('${file}')` : `read_csv('${file}')`
    const forms = Object.entries(sqlOver(from))
    const costs = new Map<string, Cost[]>(forms.map(([name]) => [name, []]))
    const note = (name: string, cost: Cost) => costs.set(name, [...(costs.get(name) ?? []), cost])
    for (let round = 0; round < rounds; round++) {
      for (const [name, sql] of forms) note(name, await sqlCost(sql))
      for (const samples of [0, 3])
        note(
          `ours ${samples}`,
          await costOf(async () => () => checkFile(file, rules, { samples, threads, memory: 4e9 })),
        )
      if (round < 2) note('step', await pipelineCost(file, kind === 'parquet' ? parquet : csv, round))
    }
    const found = await checkFile(file, rules, { threads, memory: 4e9 })
    const left = found.outcomes.filter(({ way }) => way !== 'pushed')
    const median = (name: string) => medianCost(costs.get(name) as Cost[])
    const shown = ({ wall, cpu }: Cost) => `${wall.toFixed(0)} ms, processor ${cpu.toFixed(0)}`
    const best = forms.map(([name]) => name).sort((a, b) => median(a).cpu - median(b).cpu)[0] as string
    for (const [name] of forms) say(`${kind}: DuckDB SQL, ${name}`, shown(median(name)))
    say(
      `${kind}: checkFile, ${rules.length - left.length} of ${rules.length} rules pushed down`,
      shown(median('ours 0')),
    )
    say(`${kind}: no row needed / best SQL`, ratio(median('ours 0'), median(best)), 'at most 1.1')
    say(`${kind}: with three sample rows a rule / best SQL`, ratio(median('ours 3'), median(best)))
    say(`${kind}: rows go on into a step`, shown(median('step')))
    say(`${kind}: rows go on into a step / best SQL`, ratio(median('step'), median(best)), 'at most 1.5')
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
