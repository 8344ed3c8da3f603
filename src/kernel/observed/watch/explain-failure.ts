import type { Table } from 'arquero'
import { TidegateError } from '../../errors.ts'
import { callText } from '../expression/call-text.ts'
import { badExpression, type Place, quote, unknownColumn, where } from '../expression/errors.ts'

/**
 * What Arquero or code inside an expression threw, in the user's words. On a table without rows the call itself is at fault, otherwise a value may be.
 */
export function explainFailure(place: Place, args: readonly unknown[], cause: unknown, table: Table): TidegateError {
  const why = cause instanceof Error ? (cause.message.split('\n')[0] as string) : String(cause)
  const call = callText(place.verb, args)
  const unrecognized = /^Unrecognized column: (.*)$/.exec(why)
  if (unrecognized !== null) return unknownColumn(place, unrecognized[1] as string, table.columnNames(), call, cause)
  if (table.totalRows() === 0) return badExpression(place, { expression: call, why, cause })
  return new TidegateError('STEP_FAILED', `${where(place)}${quote(call)} threw: ${why}`, {
    hint: 'The expressions were well formed, so look at the values they met, such as null.',
    data: { verb: place.verb },
    cause,
  })
}

/** One key of `orderby`: the name, number or expression that is inspected, and what was `given` for it, which may say `desc` or a collation. */
export interface GivenKey {
  readonly key: unknown
  readonly given: unknown
}

/** The keys of one argument of `orderby`: a name, a function, a wrapped one, or an object of them (where Arquero ignores a `desc` around it). */
export function orderKeys(key: unknown): readonly GivenKey[] {
  const inner = (key as { readonly expr?: unknown } | null)?.expr ?? key
  if (typeof inner === 'object' && inner !== null && !Array.isArray(inner))
    return Object.values(inner).map((one: unknown) => ({ key: one, given: one }))
  return [{ key: typeof inner === 'string' || typeof inner === 'number' ? inner : key, given: key }]
}
