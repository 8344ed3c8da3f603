import { resolve } from 'node:path'
import { type Audited, auditRules } from '@tidegate/duckdb'
import {
  type Batch,
  buildColumn,
  type Check,
  concatBatches,
  isTidegateError,
  type Place,
  type TableSchema,
  takeBatch,
  types,
} from 'tidegate'
import type { Input, Resources } from '../commands/input.ts'
import { markOf, statFile } from '../file-stat.ts'
import { csvRows } from './csv-rows.ts'
import type { LyingRows } from './lying-rows.ts'
import type { Finding } from './outcome.ts'
import { parquetRows } from './parquet-rows.ts'

export interface PushRequest extends Resources {
  readonly cwd: string
  readonly samples: number
  readonly place: Place
  readonly signal: AbortSignal
}

export interface Pushed {
  readonly rows: number
  readonly findings: ReadonlyMap<Check, Finding>
  /** Why the other checks are not pushed down. */
  readonly left: ReadonlyMap<Check, string>
}

/** What DuckDB can decide where the rows lie. Errors of the file are left to the run, which words them for people. */
export async function pushDown(input: Input, checks: readonly Check[], request: PushRequest): Promise<Pushed> {
  const none = (why: string): Pushed => ({
    rows: 0,
    findings: new Map(),
    left: new Map(checks.map((check) => [check, why])),
  })
  const [part, ...more] = input.parts
  if (part === undefined || more.length > 0) return none('it is not one file')
  if (input.options['in'] !== undefined) return none('the file does not lie on this disk')
  const read = { parquet: parquetRows, csv: csvRows, tsv: csvRows }[input.format.name]
  if (read === undefined) return none(`DuckDB does not read ${input.format.name} as Tidegate does`)
  if (new Set(checks.map(({ name }) => name)).size < checks.length) return none('two checks have one name')
  const file = resolve(request.cwd, part.id)
  const mark = () => markOf(statFile(file, part.id))
  let rows: LyingRows | string | undefined
  try {
    const before = mark()
    rows = await read({ input, part, file, ...request })
    if (typeof rows === 'string') return none(rows)
    const misfit = misfitOf(checks, rows.schema)
    if (misfit !== undefined) return none(misfit)
    const { samples, signal } = request
    const audit = await auditRules(rows.duck, rows.relation, checks, { samples, signal, given: rows.given })
    if (audit.found.size === 0) return { rows: 0, findings: new Map(), left: audit.left }
    const doubt = await rows.doubt(audit.rows)
    if (doubt !== undefined) return none(doubt)
    const findings = await withSamples(audit.found, audit.rows, rows)
    return mark() === before ? { rows: audit.rows, findings, left: audit.left } : none('the file changes')
  } catch (error) {
    request.signal.throwIfAborted()
    if (!isTidegateError(error)) throw error
    return none(`DuckDB says: ${error.message}`)
  } finally {
    if (typeof rows === 'object') await rows.close()
  }
}

/** A check that does not fit the columns fails in process, in its own words. */
function misfitOf(checks: readonly Check[], schema: TableSchema): string | undefined {
  for (const { name, rule } of checks)
    try {
      if (rule.scope === 'row') rule.compile(schema)
      else if (rule.scope === 'condemning') rule.collect(schema)
      else for (const measure of Object.values(rule.measures)) measure.create(schema)
    } catch {
      return `${name} does not fit the columns`
    }
  return undefined
}

async function withSamples(
  found: ReadonlyMap<Check, Audited>,
  total: number,
  rows: LyingRows,
): Promise<Map<Check, Finding>> {
  const numbers = [...new Set([...found.values()].flatMap((audited) => audited.numbers))].sort((a, b) => a - b)
  const batches: Batch[] = []
  if (numbers.length > 0) for await (const batch of rows.read(numbers)) batches.push(batch)
  const all = concatBatches(batches[0]?.schema ?? rows.schema, batches)
  const places = new Map(numbers.map((number, place) => [number, place]))
  return new Map(
    [...found].map(([check, audited]): [Check, Finding] => {
      const { failed, of, decision } = audited
      const own = Int32Array.from(audited.numbers, (number) => places.get(number) as number)
      const samples = own.length === 0 ? undefined : reasoned(takeBatch(all, own), check.name)
      return [check, { failed, of: failed === 0 ? total : of, missed: decision?.pass === false, samples }]
    }),
  )
}

/** As the gate would have set them aside: the reason first. */
function reasoned(batch: Batch, reason: string): Batch {
  const reasons = buildColumn(types.string, new Array(batch.length).fill(reason), { column: '_reasons' })
  return {
    length: batch.length,
    schema: { fields: [{ name: '_reasons', type: types.string, nullable: false }, ...batch.schema.fields] },
    columns: [reasons, ...batch.columns],
  }
}
