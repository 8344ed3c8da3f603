import type { ColumnTable } from 'arquero'
import type { ColumnLineage } from '../../plugins/step-kind.ts'
import { isTidegateError, TidegateError } from '../errors.ts'
import type { TableSchema } from '../types.ts'
import { lineageOf, observeEmpty } from './observe.ts'
import { createTrail } from './watch/provenance.ts'

export interface Rehearsal {
  /** Absent where the step returned a stream of tables, of which nothing can be told without data. */
  readonly table?: ColumnTable
  readonly lineage?: readonly ColumnLineage[]
}

/**
 * Runs a step's code once on tables without rows: finds expressions that cannot work before data is read, and yields output columns and their lineage.
 * With `rowWise`, the input named `''` shows one batch at a time.
 *
 * Throws `STEP_EXPRESSION`, `STEP_NOT_ROW_WISE`, `STEP_NO_RESULT`, `STEP_NOT_A_TABLE`, and `STEP_FAILED` for code that needs rows.
 *
 * Not found without rows: what happens inside `escape(...)` and in functions given to it; values that do not fit a function (`d.a.b` of an absent
 * `a`); how many columns `pivot` and `spread` make; code that builds a table by hand from what it read.
 */
export async function rehearse(
  node: string,
  run: (tables: Readonly<Record<string, ColumnTable>>) => unknown,
  inputs: Readonly<Record<string, TableSchema>>,
  rowWise: boolean,
): Promise<Rehearsal> {
  const trail = createTrail()
  const tables: Record<string, ColumnTable> = {}
  for (const [input, schema] of Object.entries(inputs)) {
    tables[input] = observeEmpty(schema, { input, rowWise: rowWise && input === '', node, trail })
  }
  let result: unknown
  try {
    result = await run(tables)
  } catch (cause) {
    throw isTidegateError(cause) ? cause : failure(node, cause)
  }
  if (isStream(result)) return {}
  const table = checkResult(node, result)
  return { table, lineage: lineageOf(table, inputs, trail) }
}

/** The table a step returned, or the error that says what it returned instead. */
export function checkResult(node: string, result: unknown): ColumnTable {
  if (result === undefined || result === null) {
    throw new TidegateError('STEP_NO_RESULT', `Step "${node}" returned ${String(result)}.`, {
      hint: 'Return the table: a function body in braces needs a `return`.',
    })
  }
  if (isTable(result)) return result
  throw new TidegateError('STEP_NOT_A_TABLE', `Step "${node}" returned ${nameOf(result)}, not an Arquero table.`, {
    hint: Array.isArray(result)
      ? 'Make a table of the rows: from(rows).'
      : 'Return what a verb such as derive or filter gives, or table({ ... }).',
  })
}

function failure(node: string, cause: unknown): TidegateError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new TidegateError('STEP_FAILED', `Step "${node}" threw in its rehearsal on tables without rows: ${why}`, {
    hint: 'If the code needs rows to work, say `rehearse: false` in the step; otherwise mend it.',
    cause,
  })
}

/** Tables of any installed copy of Arquero. */
function isTable(value: unknown): value is ColumnTable {
  if (typeof value !== 'object' || value === null) return false
  const { columnNames, column, numRows } = value as Readonly<Record<string, unknown>>
  return typeof columnNames === 'function' && typeof column === 'function' && typeof numRows === 'function'
}

function isStream(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object') return `the ${typeof value} ${String(value).slice(0, 40)}`
  const { name } = (value as object).constructor ?? {}
  return name === undefined || name === 'Object' ? 'a plain object' : `a ${name}`
}
