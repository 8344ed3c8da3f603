import * as aq from 'arquero'
import { toBatch, toTable } from '../columns/from-table.ts'
import { TidegateError } from '../errors.ts'
import { didYouMean } from '../nearest.ts'
import { fromZod } from '../schema/from-zod.ts'
import { resolveSchema } from '../schema/resolve.ts'
import type { Table } from '../table.ts'
import type { Schema, SchemaRow, Timestamp } from '../table-types.ts'

type Columns = Readonly<Record<string, ArrayLike<unknown>>>
/** Times may be written as plain numbers; what may be absent as null or undefined. */
type Written<V> = V extends Timestamp ? number | Date : V extends null ? null | undefined : V
type SchemaColumns<S extends Schema> = { readonly [K in keyof SchemaRow<S>]: ArrayLike<Written<SchemaRow<S>[K]>> }
type Widened<V> = V extends number
  ? V extends Timestamp
    ? Timestamp
    : number
  : V extends string
    ? string
    : V extends bigint
      ? bigint
      : V extends boolean
        ? boolean
        : V
type WidenedRow<C> = { [K in keyof C]: C[K] extends ArrayLike<infer V> ? Widened<V> : never }

/**
 * A table from columns. With a schema the columns are typed exactly as it says, and a value that does not fit is
 * `SCHEMA_MISMATCH` or `TYPE_PRECISION`; without one it is Arquero's own `table`, and types follow from the values'
 * kinds when the table is committed.
 *
 * ```ts
 * table(z.object({ symbol: z.string(), time: z.date() }), { symbol: ['A'], time: [0] })
 * ```
 */
export function table<S extends Schema>(schema: S, columns: SchemaColumns<S>): Table<SchemaRow<S>>
export function table<const C extends Columns>(columns: C): Table<WidenedRow<C>>
export function table(first: Schema | Columns, columns?: Columns): Table {
  // The typed view of Arquero's own class; its phantom members exist in types only.
  if (columns === undefined) return aq.table(first as Columns) as unknown as Table
  const { schema } = resolveSchema(fromZod(first as Schema), undefined)
  const known = schema.fields.map(({ name }) => name)
  const unknown = Object.keys(columns).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new TidegateError('SCHEMA_MISMATCH', `the schema of the table has no column "${unknown}"`, {
      hint: didYouMean(unknown, known) ?? `It has ${known.join(', ')}.`,
      data: { column: unknown },
    })
  }
  return toTable(toBatch(aq.table(columns), { node: 'table(...)', schema })) as unknown as Table
}
