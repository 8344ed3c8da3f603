import type { ColumnTable } from 'arquero'
import type { ColumnLineage } from '../../plugins/step-kind.ts'
import type { Batch } from '../columns/batch.ts'
import type { Column } from '../columns/column.ts'
import { emptyBatch } from '../schema/empty.ts'
import type { TableSchema } from '../types.ts'
import { ObservedTable } from './observed-table.ts'
import { createTrail, describeColumns, type Trail } from './watch/provenance.ts'

export interface ObserveGiven {
  /** The input's name in the step: `''` for `from`, else its name in `with`. */
  readonly input: string
  /** The table shows one batch at a time: refuse what sees more than one row (`STEP_NOT_ROW_WISE`). */
  readonly rowWise: boolean
  /** The node's name, for messages. */
  readonly node?: string
  /** Only these columns, in this order. */
  readonly columns?: readonly string[]
  /** Shared by the inputs of one run of a step, where lineage is asked for afterwards. */
  readonly trail?: Trail
}

/**
 * A batch as an Arquero table for a step, without copying. Its verbs are watched: they refuse what is not row-wise where the input is, explain
 * faulty expressions (`STEP_EXPRESSION`), keep track of where columns come from, and join by index.
 */
export function observe(batch: Batch, given: ObserveGiven): ColumnTable {
  const trail = given.trail ?? createTrail()
  const names = given.columns ?? batch.schema.fields.map((field) => field.name)
  const data: Record<string, Column> = {}
  for (const name of names) {
    const index = batch.schema.fields.findIndex((field) => field.name === name)
    if (index < 0) continue
    const column = batch.columns[index] as Column
    // The same column in two places is told apart by giving the second one an identity of its own.
    const own = trail.columns.has(column) ? column.slice(0, column.length) : column
    trail.columns.set(own, { how: 'identity', sources: [{ input: given.input, column: name }] })
    data[name] = own
  }
  return ObservedTable.over(
    data,
    names.filter((name) => name in data),
    { trail, rowWise: given.rowWise, node: given.node },
  )
}

/** A table of `schema` without rows, for rehearsals. */
export function observeEmpty(schema: TableSchema, given: ObserveGiven): ColumnTable {
  return observe(emptyBatch(schema), given)
}

/**
 * Where each column of a step's result comes from. `inputs` are the step's inputs: schemas, or names of columns. `trail` is needed for results that
 * are no observed tables, such as `aq.table({ x: batch.column('x') })`. A column of unknown origin comes from everything.
 */
export function lineageOf(
  table: ColumnTable,
  inputs: Readonly<Record<string, TableSchema | readonly string[]>>,
  trail: Trail | undefined = table instanceof ObservedTable ? table.observation.trail : undefined,
): readonly ColumnLineage[] {
  return describeColumns(table, inputs, trail ?? createTrail())
}
