import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Batch, buildColumn, type LogicalType, sliceBatch, types } from 'tidegate'
import { validateWithGreatExpectations } from '../src/validate.ts'

export type Version = '0.18' | '1'
type Cell = number | string | boolean | null
export interface Case {
  readonly table: string
  readonly type: string
  readonly kwargs: Readonly<Record<string, unknown>>
}
/** What Great Expectations said: an answer, an exception while it looked (`raised`), or none because it refused the expectation (`refused`). */
export interface Told {
  readonly success?: boolean
  readonly result?: Readonly<Record<string, unknown>>
  readonly raised?: boolean
  readonly refused?: string
}

const read = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, 'golden', name), 'utf8'))
const given = read('cases.json') as { tables: Record<string, Record<string, [string, Cell[]]>>; cases: Case[] }
const kinds: Readonly<Record<string, LogicalType>> = {
  int: types.int64,
  float: types.float64,
  string: types.string,
  boolean: types.boolean,
  datetime: types.timestamp('ns'),
}

export const cases: readonly Case[] = given.cases
export const dates = read('dates.json') as Readonly<Record<string, number | null>>

/** By case, and then by result format. */
export function goldenOf(version: Version): readonly Readonly<Record<string, Told>>[] {
  return read(`${version}.json`).answers
}

function batchOf(columns: Record<string, [string, Cell[]]>): Batch {
  const fields = Object.entries(columns).map(([name, [kind]]) => ({ name, type: kinds[kind]!, nullable: true }))
  const built = Object.values(columns).map(([kind, cells], i) =>
    buildColumn(
      fields[i]!.type,
      cells.map((cell) => inKind(kind, cell)),
      { column: fields[i]!.name },
    ),
  )
  return { schema: { fields }, length: built[0]!.length, columns: built }
}

function inKind(kind: string, cell: Cell): unknown {
  if (kind === 'datetime') return cell === null ? null : Date.parse(`${cell}Z`)
  return kind === 'int' ? BigInt(cell as number) : cell
}

export const batches: Readonly<Record<string, Batch>> = Object.fromEntries(
  Object.entries(given.tables).map(([name, columns]) => [name, batchOf(columns)]),
)

export function suiteOf(version: Version, ...expectations: readonly Pick<Case, 'type' | 'kwargs'>[]): object {
  return version === '1'
    ? { name: 'golden', expectations }
    : {
        expectation_suite_name: 'golden',
        expectations: expectations.map(({ type, kwargs }) => ({ expectation_type: type, kwargs })),
      }
}

/** What we say of a case, with the data in batches that end at `cut`. */
export async function ask(version: Version, one: Case, format: string, cut = 0): Promise<Told> {
  const whole = batches[one.table]!
  const data = {
    async *batches() {
      yield sliceBatch(whole, 0, Math.min(cut, whole.length))
      yield sliceBatch(whole, Math.min(cut, whole.length), whole.length)
    },
  }
  try {
    const options = { resultFormat: format as 'BASIC' }
    const { results } = await validateWithGreatExpectations(cut === 0 ? whole : data, suiteOf(version, one), options)
    const { success, result, exception_info } = results[0]!
    return exception_info.raised_exception ? { success, result, raised: true } : { success, result }
  } catch (error) {
    return { refused: (error as Error).message }
  }
}
