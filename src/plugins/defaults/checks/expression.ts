import { parse, table } from 'arquero'
import type { Batch } from '../../../kernel/columns/batch.ts'
import { TidegateError } from '../../../kernel/errors.ts'
import { columnIndex } from '../../../kernel/measures/resolve.ts'
import { inspect } from '../../../kernel/observed/expression/inspect.ts'
import type { TableSchema } from '../../../kernel/types.ts'
import type { Bits } from '../../check.ts'
import { markRow } from './mark.ts'
import { createCheck } from './row-check.ts'
import type { ExpressionFn } from './signatures.ts'

type Predicate = CallableFunction & { readonly escape?: unknown }

/**
 * An Arquero expression over one row (https://idl.uw.edu/arquero/api/expressions), evaluated by Arquero with its semantics: `null + 1` is 1 and
 * `null >= 0` is true. A row fails where the result is false, 0, NaN or empty text; null and undefined mean unknown and pass. Throws when the
 * schema is known: `COLUMN_MISSING`, `STEP_EXPRESSION` for what cannot work, `STEP_NOT_ROW_WISE` for aggregates and window functions; while
 * running `CHECK_FAILED` where the code throws.
 */
export const expression = ((name, given, options) => {
  const predicate = given as Predicate
  const code = typeof predicate.escape === 'function' ? predicate.escape : predicate
  return createCheck(name, columnsOf(predicate), { name }, options, {
    scope: 'row',
    code: [code],
    compile(schema) {
      requireSound(schema, predicate, name)
      return (batch, failing) => evaluate(batch, predicate, name, failing)
    },
  })
}) as ExpressionFn

function requireSound(schema: TableSchema, predicate: Predicate, name: string): void {
  const empty = table(schema.fields.map((field): [string, never[]] => [field.name, []]))
  try {
    inspect(
      { [name]: predicate },
      { place: { verb: `expression "${name}"`, node: undefined }, tables: [empty], rowWise: true },
    )
  } catch (error) {
    const column = error instanceof TidegateError ? error.data['column'] : undefined
    if (typeof column === 'string') columnIndex(schema, column, name)
    throw error
  }
}

function evaluate(batch: Batch, predicate: Predicate, name: string, failing: Bits): void {
  const cells = table(batch.schema.fields.map((field, i) => [field.name, batch.columns[i]] as [string, never]))
  let results: ArrayLike<unknown>
  try {
    results = cells.derive({ [name]: predicate } as never, { drop: true }).array(name) as ArrayLike<unknown>
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new TidegateError('CHECK_FAILED', `The expression "${name}" threw: ${why}`, {
      hint: 'Make it answer for every row, for example by testing for null first.',
      data: { check: name },
      cause,
    })
  }
  for (let row = 0; row < batch.length; row++) {
    const result = results[row]
    if (!result && result !== null && result !== undefined) markRow(failing, row)
  }
}

/** The columns an expression names, read with Arquero's parser; none for escaped functions and for what does not parse (told by `compile`). */
function columnsOf(predicate: Predicate): readonly string[] {
  if (predicate.escape !== undefined) return []
  const names = new Set<string>()
  try {
    collect(
      (parse({ _: predicate } as never, { ast: true } as never) as { readonly exprs: readonly unknown[] }).exprs,
      names,
    )
  } catch {
    return []
  }
  return [...names]
}

function collect(node: unknown, names: Set<string>): void {
  if (typeof node !== 'object' || node === null) return
  const { type, name } = node as { readonly type?: unknown; readonly name?: unknown }
  if (type === 'Column' && typeof name === 'string') names.add(name)
  for (const inner of Object.values(node)) collect(inner, names)
}
