import type { ColumnTable } from 'arquero'
import { z } from 'zod'
import type { StepKind } from '../../plugins/step-kind.ts'
import type { Awaitable } from '../context.ts'
import { createNode, type Node, type Row, splitOptions } from '../node.ts'
import type { Table } from '../table.ts'
import type { None, Schema } from '../table-types.ts'
import { type CodeContext, codeContext, codeOption, paramsOption, withParams } from './code.ts'
import type { Checked, Inputs, Made, Result, StepGate, Tables } from './gate.ts'
import { inputsOf } from './inputs.ts'

type Run = (
  batch: ColumnTable,
  sides: Readonly<Record<string, ColumnTable>>,
  context: CodeContext<object>,
) => Awaitable<ColumnTable>
const options = z.object({ run: codeOption<Run>(), params: paramsOption })

export const eachKind: StepKind<typeof options> = {
  point: 'step',
  name: 'each',
  shape: 'row-wise',
  options,
  needs: {},
  code: ({ run }) => [run],
  create: ({ run, params }) => ({
    shape: 'row-wise',
    run: (batch, sides, context) => run(withParams(batch, params), sides, codeContext(context, params)),
  }),
}

/**
 * Row by row: `from` streams, part by part and batch by batch; the tables of `with` are whole. Verbs that see more than
 * one row (`dedupe`, `slice`, aggregates, ...) are refused with `STEP_NOT_ROW_WISE`, since their result would depend on
 * where batches end. Without `schema` the row of the node is the row of what `run` returns.
 *
 * ```ts
 * const late = each({
 *   from: flights,
 *   params: { limit: 15 },
 *   run: (batch) => batch.derive({ late: (d, $) => d.delay > $.limit }),
 * })
 * ```
 */
export function each<
  R extends Row,
  T extends Result<S>,
  const W extends Inputs = None,
  S extends Schema = never,
  P extends object = None,
>(
  def: StepGate<Checked<NoInfer<T>, S>> & {
    readonly from: Node<R>
    readonly with?: W
    readonly schema?: S
    readonly params?: P
    readonly run: (batch: Table<R, None, P>, sides: Tables<W>, context: CodeContext<P>) => Awaitable<T>
  },
): Node<Made<T, S>> {
  const { gate, rest } = splitOptions(def)
  const { from, with: sides, schema, ...own } = rest
  return createNode<Made<T, S>>({
    uses: eachKind,
    inputs: [...inputsOf('each', 'from', from, 'stream'), ...inputsOf('each', 'with', sides ?? {}, 'whole')],
    options: own,
    schema,
    gate,
    params: own.params,
  })
}
