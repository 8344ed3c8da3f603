import type { ColumnTable } from 'arquero'
import * as aq from 'arquero'
import type { Column } from '../../src/kernel/columns/column.ts'
import { observe } from '../../src/kernel/observed/observe.ts'
import { say } from '../measure.ts'

/** One verb to be timed: `act` on an observed table of typed columns and on a plain Arquero table of arrays. */
export interface Case {
  readonly name: string
  readonly tables: () => { readonly observed: ColumnTable; readonly plain: ColumnTable }
  readonly act: (table: ColumnTable, observed: boolean) => unknown
  /** The same in DuckDB on one thread, milliseconds. */
  readonly duckdb?: () => Promise<number>
  /** At least so many times as fast as plain Arquero. */
  readonly wanted?: number
  /** And so many times as fast as DuckDB. */
  readonly wantedOfDuckdb?: number
}

/** The same columns under observation and as Arquero holds them. */
export function bothOf(columns: Readonly<Record<string, Column>>) {
  const names = Object.keys(columns)
  const fields = names.map((name) => ({ name, type: (columns[name] as Column).type, nullable: true }))
  const all = Object.values(columns)
  const batch = { schema: { fields }, length: all[0]?.length ?? 0, columns: all }
  const plain = aq.table(Object.fromEntries(names.map((name) => [name, [...(columns[name] as Column)]])))
  return { observed: observe(batch, { input: '', rowWise: false }), plain }
}

/** Processor time, milliseconds, the least of several runs taken in turn with the others. */
function costOf(run: () => unknown): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** `--only <text>`: the cases whose names hold this text. */
const only = process.argv.includes('--only') ? (process.argv[process.argv.indexOf('--only') + 1] ?? '') : ''

export async function compare(cases: readonly Case[], times = 5): Promise<void> {
  for (const { name, tables, act, duckdb, wanted, wantedOfDuckdb } of cases) {
    if (!name.includes(only)) continue
    const { observed, plain } = tables()
    const [ours, theirs]: [number[], number[]] = [[], []]
    for (let i = 0; i < times; i++) {
      ours.push(costOf(() => act(observed.create({}), true)))
      if (i < 3) theirs.push(costOf(() => act(plain.create({}), false)))
    }
    const [a, b] = [Math.min(...ours), Math.min(...theirs)]
    const duck = await duckdb?.()
    const other = duck === undefined ? '' : `, DuckDB ${duck.toFixed(0)} (${(duck / a).toFixed(1)}x)`
    const ofDuckdb = wantedOfDuckdb === undefined ? '' : `, of DuckDB at least ${wantedOfDuckdb}x`
    say(
      name,
      `${a.toFixed(0)} / ${b.toFixed(0)} ms${other} = ${(b / a).toFixed(1)}x`,
      wanted === undefined ? '' : `at least ${wanted}x${ofDuckdb}`,
    )
  }
}
