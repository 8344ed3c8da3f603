/**
 * 16 rules on 10 mixed columns in memory, 1 % bad rows, against DuckDB SQL on one thread, zod row by row, Arquero expressions, and, where Python has
 * them, Great Expectations and Pandera; then 226 rules on 80 columns. Processor time of the best round, all in one run. `npm run bench -- quality`
 *
 * What the hardware allows for a million rows: about 77 MB of cells, of which a core reads 10 to 25 GB/s, so 3 to 8 ms for touching each once; 23 MB
 * of e-mail addresses are read byte by byte by the pattern (0.5 ns a byte at best) and hashed (0.25), 17 ms; a million keys noted in a bitmap that
 * does not fit the first caches, 5 to 10 ms. So 30 to 40 ms is the floor, and 10 times DuckDB's speed the most that could be had on one thread.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Duck, openDuckDB, quoteText } from '@tidegate/duckdb'
import { table as arqueroTable, type ColumnTable } from 'arquero'
import {
  type Batch,
  BytesColumn,
  concatBatches,
  DictionaryColumn,
  type Table,
  toTable,
  type ValidateOptions,
  validate,
} from 'tidegate'
import { say } from './measure.ts'
import { inPython } from './quality/python.ts'
import { byArquero, byZod } from './quality/row-by-row.ts'
import { aggregatesSql, failing, inMemory, rowsSql, rulesFor } from './quality/suite.ts'
import { wideAggregates, wideRules, wideSql } from './quality/wide.ts'

const quick = process.argv.includes('--quick')

/** Processor time of the best of some rounds, which take turns. */
async function best(
  rounds: number,
  contenders: Readonly<Record<string, () => unknown>>,
): Promise<Record<string, number>> {
  const least: Record<string, number> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [name, act] of Object.entries(contenders)) {
      const before = process.cpuUsage()
      await act()
      const { user, system } = process.cpuUsage(before)
      least[name] = Math.min(least[name] ?? Number.POSITIVE_INFINITY, (user + system) / 1000)
    }
  }
  return least
}

function tell(what: string, ours: number, theirs: number, wanted: string): void {
  say(what, `${ours.toFixed(0)} / ${theirs.toFixed(0)} ms = ${(theirs / ours).toFixed(1)}x`, wanted)
}

async function wholeTable(duck: Duck): Promise<{ readonly batch: Batch; readonly table: ColumnTable }> {
  const batches = await inMemory(duck)
  const batch = concatBatches(batches[0]?.schema ?? { fields: [] }, batches)
  return { batch, table: toTable(batch) }
}

/** As a program holds rows that came from JSON: numbers in typed arrays, text as plain JavaScript strings. */
function withPlainText(batch: Batch): ColumnTable {
  return arqueroTable(
    Object.fromEntries(
      batch.schema.fields.map(({ name }, i) => {
        const column = batch.columns[i]
        const isText = column instanceof BytesColumn || column instanceof DictionaryColumn
        return [name, isText ? [...column] : column]
      }),
    ) as never,
  )
}

async function suite(rows: number): Promise<void> {
  const title = `${rows.toLocaleString('en-US')} rows, 16 rules`
  const duck = await openDuckDB({ threads: 1 })
  await duck.run(`CREATE TABLE t AS ${rowsSql(rows)}`)
  const { batch, table } = await wholeTable(duck)
  const check = async (data: ColumnTable, options: ValidateOptions) =>
    validate(data as unknown as Table, rulesFor(rows) as never, options)
  await sameCounts(
    duck,
    rows,
    (await check(table, { otherwise: 'warn' })).outcomes.map(({ failed }) => failed),
  )
  const plain = withPlainText(batch)
  const rounds = rows > 1_000_000 ? 3 : quick ? 4 : 9
  const warn = { otherwise: 'warn' } as const
  const set = { otherwise: 'quarantine' } as const
  const split = async () => {
    const found = await validate(table as unknown as Table, rulesFor(rows) as never, { ...set, split: true })
    return [found.passed.numRows(), found.failed.numRows(), found] as const
  }
  const found = await best(rounds, {
    sql: () => duck.rows(aggregatesSql),
    typed: () => check(table, warn),
    strings: () => check(plain, warn),
    aggregates: () => check(table, set),
    split,
    both: async () => write((await split())[2].passed as unknown as ColumnTable),
  })
  const cost = (name: string) => found[name] ?? Number.NaN
  tell(`${title}: typed columns / DuckDB SQL`, cost('typed'), cost('sql'), 'at least 3x, goal 5x')
  tell(`${title}: plain JS strings / DuckDB SQL`, cost('strings'), cost('sql'), 'at least 2x')
  const duckSplit =
    (await best(rows > 1_000_000 || quick ? 1 : 3, { split: () => splitInDuck(duck) }))['split'] ?? Number.NaN
  say(
    `${title}: split, of aggregates with the same verdicts`,
    `${cost('split').toFixed(0)} / ${cost('aggregates').toFixed(0)} ms = ${(cost('split') / cost('aggregates')).toFixed(2)}`,
    'at most 1.5',
  )
  tell(`${title}: split, passing side a view / DuckDB`, cost('split'), duckSplit, 'at least 6x')
  tell(`${title}: split, both sides written / DuckDB`, cost('both'), duckSplit, 'at least 1.5x')
  if (rows <= 1_000_000) {
    await others(rows, plain, cost('typed'))
    await python(duck, cost('typed'))
  }
  duck.close()
}

/** All cells of the passing rows, gathered into columns of their own. */
async function write(passed: ColumnTable): Promise<number> {
  const rows = passed.indices(false) as Uint32Array
  const order = new Int32Array(rows.buffer, rows.byteOffset, rows.length)
  let cells = 0
  for (const name of passed.columnNames()) {
    const column = (passed.column(name) as unknown as Batch['columns'][number]).take(order)
    // Text is moved when its bytes are read.
    cells += column instanceof BytesColumn ? column.bytes.length : column.length
  }
  return cells
}

const bad = `(${Object.values(failing).join(' OR ')})`

async function splitInDuck(duck: Duck): Promise<void> {
  const reasons = Object.entries(failing).map(([name, sql]) => `CASE WHEN ${sql} THEN '${name}' END`)
  await duck.run(`CREATE OR REPLACE TEMP TABLE judged AS SELECT t.*, coalesce(${bad}, false) AS bad,
    t.id IN (SELECT id FROM t GROUP BY id HAVING count(*) > 1) AS twice_id,
    t.email IN (SELECT email FROM t GROUP BY email HAVING count(*) > 1) AS twice_email, before
    FROM (SELECT *, lag(ordered) OVER () AS before FROM t) t`)
  await duck.run(`CREATE OR REPLACE TABLE passed AS SELECT * EXCLUDE (bad, twice_id, twice_email, before) FROM judged
    WHERE NOT (bad OR twice_id OR twice_email)`)
  await duck.run(`CREATE OR REPLACE TABLE failed AS SELECT *, concat_ws('; ', ${reasons.join(', ')},
    CASE WHEN twice_id THEN 'unique_id' END, CASE WHEN twice_email THEN 'unique_email' END) AS reasons
    FROM judged WHERE bad OR twice_id OR twice_email`)
}

async function sameCounts(duck: Duck, rows: number, ours: readonly number[]): Promise<void> {
  const [row] = await duck.rows(aggregatesSql)
  const names = [...Object.keys(failing).slice(0, 10), 'unique_id', 'unique_email', 'compare', 'increasing']
  const theirs = names.map((name) => Number(row?.[name]))
  const different = names.filter((_, i) => theirs[i] !== ours[i])
  if (different.length > 0) throw new Error(`${rows} rows: ${different.join(', ')} count otherwise than SQL does`)
}

async function others(rows: number, plain: ColumnTable, ours: number): Promise<void> {
  const arrays = arqueroTable(
    Object.fromEntries(
      plain.columnNames().map((name) => [name, [...(plain.column(name) as never as Iterable<unknown>)]]),
    ),
  )
  const objects = arrays.objects() as Record<string, unknown>[]
  const found = await best(quick ? 1 : 2, { zod: () => byZod(objects), arquero: () => byArquero(arrays) })
  const title = `${rows.toLocaleString('en-US')} rows, 16 rules`
  tell(`${title}: typed columns / zod row by row`, ours, found['zod'] ?? Number.NaN, 'at least 6x')
  tell(`${title}: typed columns / Arquero expressions`, ours, found['arquero'] ?? Number.NaN, 'at least 8x')
}

async function python(duck: Duck, ours: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-'))
  try {
    const file = join(folder, 'orders.parquet')
    await duck.run(`COPY t TO ${quoteText(file)} (FORMAT parquet)`)
    const peers = [
      ['Great Expectations', 'great_expectations_suite.py', 'great_expectations, pandas', 'at least 50x'],
      ['Pandera on polars, one thread', 'pandera_suite.py', 'pandera.polars', 'at least 2x'],
    ] as const
    for (const [name, script, needs, wanted] of peers) {
      const timed = quick ? 'skipped with --quick' : inPython(script, needs, file, 3)
      if (typeof timed === 'string') say(name, timed)
      else tell(`16 rules: typed columns / ${name} ${timed.version}`, ours, timed.ms, wanted)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function wide(rows: number): Promise<void> {
  const duck = await openDuckDB({ threads: 1 })
  await duck.run(`CREATE TABLE w AS ${wideSql(rows)}`)
  const batches: Batch[] = []
  for await (const batch of duck.readBatches('SELECT * FROM w')) batches.push(batch)
  const found = await best(quick ? 2 : 4, {
    sql: () => duck.rows(wideAggregates),
    ours: () => validate(batches, wideRules, { otherwise: 'warn' }),
  })
  const title = `${rows.toLocaleString('en-US')} rows, ${wideRules.length} rules on 80 columns / DuckDB SQL`
  tell(title, found['ours'] ?? Number.NaN, found['sql'] ?? Number.NaN, 'at least 2x')
  duck.close()
}

await suite(quick ? 500_000 : 1_000_000)
await wide(quick ? 100_000 : 1_000_000)
if (!quick) await suite(10_000_000)
