import { isTidegateError, TidegateError } from 'tidegate'
import type { QueryPlan } from './read-plan.ts'
import { inexact } from './rescale.ts'

/** What DuckDB said, with the statement; errors that are ours already, and cancellations, pass. */
export function engineFault(cause: unknown, statement: string, signal?: AbortSignal): Error {
  if (isTidegateError(cause)) return cause as unknown as Error
  if (signal?.aborted)
    return signal.reason instanceof Error
      ? signal.reason
      : new TidegateError('RUN_ABORTED', 'The run was cancelled', { cause: signal.reason })
  const said = messageOf(cause)
  const memory = /out of memory/i.test(said)
  return new TidegateError('ENGINE_FAILED', `DuckDB refused: ${said}\n  in: ${shortened(statement)}`, {
    ...(memory ? { hint: 'Raise the memory setting, or give DuckDB a folder to spill to.' } : {}),
    data: { engine: 'duckdb', statement, said },
    cause,
  })
}

/** A cast that the schema asked for and a value did not survive: in the user's words. */
export function castFault(cause: unknown, plan: QueryPlan | undefined): Error | undefined {
  const said = messageOf(cause)
  if (plan === undefined || !said.startsWith('Conversion Error')) return undefined
  const column = plan.columns.find(({ field }) => said.includes(`source column ${field.name}`))
  const [, value] =
    /with value (.+?) can't be cast/.exec(said) ??
    /Could not cast value (.+?) to/.exec(said) ??
    /Casting value "(.+?)"/.exec(said) ??
    []
  return column === undefined || value === undefined ? undefined : inexact(column.field.name, value, column.field.type)
}

export function messageOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text.split('\n\n')[0] ?? text
}

function shortened(statement: string): string {
  const line = statement.replace(/\s+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 297)}...` : line
}
