import type { ColumnTable } from 'arquero'
import { z } from 'zod'
import type { StepContext } from '../../plugins/step-kind.ts'
import type { Context } from '../context.ts'
import type { None } from '../table-types.ts'

/** What the code of a step may know besides its tables. */
export interface CodeContext<out P = None> extends Context {
  /** The node's `params`. */
  readonly params: P
}

/** The code of a step over whole tables may also save artifacts: they are the node's output `files`. */
export interface WholeCodeContext<out P = None> extends CodeContext<P>, Pick<StepContext, 'saveFile'> {}

/** An option that holds a function; `F` says which. */
export function codeOption<F>(): z.ZodType<F, F> {
  return z.custom<F>((value) => typeof value === 'function', 'expected a function')
}

/** Values besides tables. They reach expressions as `$` and code as `context.params`, and are part of the recipe. */
export const paramsOption = z.record(z.string(), z.unknown()).optional()

/**
 * The context with the node's params. Made on top of `context`, never copied from it: reading `now` there is observed.
 */
export function codeContext(context: StepContext, params: object | undefined): WholeCodeContext<object> {
  return Object.create(context, { params: { value: params ?? {}, enumerable: true } }) as WholeCodeContext<object>
}

/**
 * The table with params for its expressions. Arquero keeps them on the table itself, so they go onto a copy: several
 * nodes may be handed the same table.
 */
export function withParams<T extends ColumnTable>(table: T, params: object | undefined): T {
  return params === undefined ? table : (table.create({}).params(params) as T)
}
