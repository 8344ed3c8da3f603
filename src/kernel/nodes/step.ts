import { type ColumnTable, desc, Table } from 'arquero'
import { z } from 'zod'
import type { StepInput, StepKind } from '../../plugins/step-kind.ts'
import type { Awaitable } from '../context.ts'
import { createNode, type Node, splitOptions } from '../node.ts'
import type { Desc, None, Schema } from '../table-types.ts'
import { codeContext, codeOption, paramsOption, type WholeCodeContext, withParams } from './code.ts'
import type { Checked, From, Made, Result, StepGate, Tables } from './gate.ts'
import { inputsOf } from './inputs.ts'

type Run = (tables: never, context: WholeCodeContext<object>) => Awaitable<ColumnTable>
/** What `desc('delay')` makes, of a column's name. */
const descending = z
  .custom<{ readonly expr: string }>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      'expr' in value &&
      'desc' in value &&
      typeof value.expr === 'string',
    `expected a column's name, desc('name') or { desc: 'name' }`,
  )
  .transform(({ expr }) => ({ desc: expr }))
const order = z.union([z.string(), z.object({ desc: z.string() }), descending])
const options = z.object({
  run: codeOption<Run>(),
  params: paramsOption,
  ordered: z.boolean().optional(),
  orderBy: z.array(order).min(1).optional(),
})

/** `'delay'` ascending, `desc('delay')` or `{ desc: 'delay' }` descending. */
export type OrderBy<R> = (keyof R & string) | { readonly desc: keyof R & string } | Desc<R>

export const stepKind: StepKind<typeof options> = {
  point: 'step',
  name: 'step',
  shape: 'whole',
  options,
  needs: {},
  code: ({ run }) => [run],
  create: ({ run, params, ordered, orderBy }) => ({
    shape: 'whole',
    rehearse: true,
    ordered: ordered === true || orderBy !== undefined,
    async compute(inputs, context) {
      const tables = await tablesOf(inputs, params)
      return sorted(await run(tables as never, codeContext(context, params)), orderBy)
    },
  }),
}

function sorted(table: ColumnTable, orderBy: readonly z.output<typeof order>[] | undefined): ColumnTable {
  // What is no table is left to the engine, which names the step in its error.
  if (orderBy === undefined || !(table instanceof Table)) return table
  const keys = orderBy.map((key) => (typeof key === 'string' ? key : desc(key.desc)))
  return table.orderby(...keys).reify()
}

/** One table for the single input `''`, otherwise a table for each name. */
async function tablesOf(
  inputs: Readonly<Record<string, StepInput>>,
  params: object | undefined,
): Promise<ColumnTable | Record<string, ColumnTable>> {
  const single = inputs['']
  if (single !== undefined) return withParams(await single.table(), params)
  const tables: Record<string, ColumnTable> = {}
  for (const [name, input] of Object.entries(inputs)) tables[name] = withParams(await input.table(), params)
  return tables
}

/**
 * Whole tables in, one table out. `from` is one node (`run` gets its table) or a record of nodes (`run` gets a record
 * of tables). The order of the rows has no meaning unless `orderBy` sorts them or `ordered` says that `run` did.
 * Without `schema` the row of the node is the row of what `run` returns.
 */
export function step<const F extends From, T extends Result<S>, S extends Schema = never, P extends object = None>(
  def: StepGate<Checked<NoInfer<T>, S>> & {
    readonly from: F
    readonly schema?: S
    readonly params?: P
    readonly ordered?: boolean
    readonly orderBy?: readonly OrderBy<Checked<NoInfer<T>, S>>[]
    readonly run: (tables: Tables<F, P>, context: WholeCodeContext<P>) => Awaitable<T>
  },
): Node<Made<T, S>> {
  const { gate, rest } = splitOptions(def)
  const { from, schema, ...own } = rest
  return createNode<Made<T, S>>({
    uses: stepKind,
    inputs: inputsOf('step', 'from', from, 'whole'),
    options: own,
    schema,
    gate,
    params: own.params,
  })
}
