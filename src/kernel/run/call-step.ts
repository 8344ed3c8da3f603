import type { ColumnTable } from 'arquero'
import type { StepContext } from '../../plugins/step-kind.ts'
import type { Batch } from '../columns/batch.ts'
import { toBatch } from '../columns/from-table.ts'
import { isTidegateError, TidegateError } from '../errors.ts'
import type { TableSchema } from '../types.ts'
import type { Stopwatch } from './stopwatch.ts'

/** True for an Arquero table of any installed copy (`instanceof` fails across copies). */
export function isTable(value: unknown): value is ColumnTable {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as ColumnTable).columnNames === 'function' &&
    typeof (value as ColumnTable).numRows === 'function'
  )
}

export function isBatch(value: unknown): value is Batch {
  return (
    typeof value === 'object' &&
    value !== null &&
    'schema' in value &&
    'columns' in value &&
    Array.isArray(value.columns)
  )
}

/** What a step returned, as a batch of its output schema. */
export function resultBatch(node: string, result: unknown, schema: TableSchema | undefined): Batch {
  if (isTable(result)) return toBatch(result, { node, nulls: 'leave', ...(schema === undefined ? {} : { schema }) })
  if (isBatch(result)) return result
  if (result === undefined || result === null) {
    throw new TidegateError('STEP_NO_RESULT', `Step "${node}" returned nothing`, {
      hint: 'Return the table: `run: (t) => t.filter(...)` or `{ return t.filter(...) }`.',
      data: { node },
    })
  }
  throw new TidegateError('STEP_NOT_A_TABLE', `Step "${node}" returned ${describe(result)}, not an Arquero table`, {
    hint: 'Return a table: use `table({ column: values })` to make one of plain values.',
    data: { node },
  })
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length} values`
  if (typeof value === 'object') return 'an object'
  return `${typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value)} (${typeof value})`
}

/** Runs user code; what it throws becomes `STEP_FAILED` with the node, the part and the native cause. */
export async function callStep<T>(
  context: StepContext,
  part: string | undefined,
  stopwatch: Stopwatch,
  act: () => T | Promise<T>,
): Promise<T> {
  try {
    return await stopwatch.race(act)
  } catch (cause) {
    context.signal.throwIfAborted()
    if (cause instanceof TidegateError) throw cause
    const where = part === undefined || part === 'all' ? '' : ` on ${part}`
    throw new TidegateError(
      'STEP_FAILED',
      `Step "${context.node}" failed${where}: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        hint: 'The error comes from the code of the step; the cause has its stack.',
        data: { node: context.node, ...(part === undefined ? {} : { part }) },
        cause,
      },
    )
  }
}

/** Says whose failure it is: what names no node is the failure of the node at work, not of the one whose rows it was given. */
export async function blamed<T>(node: string, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Error) || (isTidegateError(error) && error.data['node'] !== undefined)) throw error
    if (!isTidegateError(error))
      throw new TidegateError('STEP_FAILED', `Node "${node}" failed: ${error.message}`, {
        hint: 'The cause has the native error.',
        data: { node },
        cause: error,
      })
    throw new TidegateError(error.code, error.message, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      data: { ...error.data, node },
      cause: error.cause,
    })
  }
}
