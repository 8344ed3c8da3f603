import { ColumnTable } from 'arquero'
import { TidegateError } from '../errors.ts'
import type { Field, FieldMeta, TableSchema } from '../types.ts'
import type { Batch } from './batch.ts'
import { buildColumn } from './build.ts'
import { type Column, FlatColumn, Int64Column, isColumn, ValuesColumn } from './column.ts'
import { castColumn } from './convert.ts'
import { fillAbsent } from './fill.ts'
import { foreignColumn } from './foreign.ts'
import { inferColumn } from './infer.ts'
import { type Indexed, toArray } from './to-array.ts'
import { firstAbsent } from './validity.ts'
import { absentValue, type Where } from './where.ts'

export interface Given {
  /** The node whose result this is; errors name it. */
  readonly node: string
  /** The declared schema: columns are built and cast as it says, further columns dropped. */
  readonly schema?: TableSchema
  /** `refuse` (default): an absent value where the schema allows none is an error. `leave`: the caller's gate judges it. */
  readonly nulls?: 'refuse' | 'leave'
}

/**
 * The rows of an Arquero table (its filter and order applied, its groups ignored) as a typed batch. Without filter and order nothing is copied.
 *
 * Without a schema the types do not depend on values: a typed column keeps its type and encoding, a typed array is its own type, a plain array is
 * typed by the kind of its values (`inferColumn`). Where a batch has only absent values the type is `null`, and reading all batches of the node
 * together (`unifySchemas`) gives it the first real one; `nullable` says whether this batch has absent values and is or-ed the same way. So the
 * schema of the whole depends neither on batch size nor on order.
 * @throws `COLUMN_MISSING`, `SCHEMA_MISMATCH`, `SCHEMA_MIXED`, `TYPE_PRECISION`, `TYPE_UNSUPPORTED`, each naming node and column.
 */
export function toBatch(table: ColumnTable, given: Given): Batch {
  const rows = rowsOf(table)
  const { node, schema, nulls = 'refuse' } = given
  const length = table.numRows()
  if (schema !== undefined) {
    const columns = schema.fields.map((field) => {
      const where: Where = { node, column: field.name, meta: field.meta, rowOf: undefined }
      const column = declared(source(table, field.name, where), field, rows, length, where, () => table.columnNames())
      const row = field.nullable || nulls === 'leave' ? -1 : firstAbsent(column.validity, length)
      if (row >= 0) throw absentValue(where, row)
      return column
    })
    return { schema, length, columns }
  }
  const columns = table
    .columnNames()
    .map((column) => undeclared(source(table, column, { node, column }) as Indexed, rows, { node, column }))
  const fields = table.columnNames().map((name, i): Field => {
    const column = columns[i] as Column
    const nullable = column.nullCount > 0
    const meta = metas.get(table.column(name) as object)
    return {
      name,
      type: column.type,
      nullable,
      ...((column instanceof Int64Column || column instanceof ValuesColumn) && column.sees === 'bigint'
        ? { sees: 'bigint' as const }
        : {}),
      ...(meta === undefined ? {} : { meta }),
    }
  })
  return { schema: { fields }, length, columns }
}

/** Facts of columns in tables that people made by a schema: tags have to follow the column. */
const metas = new WeakMap<object, FieldMeta>()

/** The batch as a plain Arquero table over its typed columns, without a copy; facts of its columns are remembered. */
export function toTable(batch: Batch): ColumnTable {
  for (const [i, { meta }] of batch.schema.fields.entries())
    if (meta !== undefined) metas.set(batch.columns[i] as Column, meta)
  const names = batch.schema.fields.map((field) => field.name)
  return new ColumnTable(Object.fromEntries(names.map((name, i) => [name, batch.columns[i]])) as never, names)
}

/** Rows that a table's filter and order leave, in order; undefined for all of them as they stand. */
function rowsOf(table: ColumnTable): Int32Array | undefined {
  if (!table.isOrdered() && (!table.isFiltered() || table.numRows() === table.totalRows())) return undefined
  const rows = table.indices(true) as Uint32Array
  return new Int32Array(rows.buffer, rows.byteOffset, rows.length)
}

function source(table: ColumnTable, name: string, where: Where): Indexed | undefined {
  const column = table.column(name) as unknown as Indexed | undefined
  if (column === undefined || column.length === table.totalRows()) return column
  const message = `Node "${where.node}" returned column "${name}" with ${column.length} rows in a table of ${table.totalRows()}.`
  throw new TidegateError('SCHEMA_MISMATCH', message, {
    hint: 'All columns of a table have the same length.',
    data: { column: name },
  })
}

function declared(
  column: Indexed | undefined,
  field: Field,
  rows: Int32Array | undefined,
  length: number,
  where: Where,
  names: () => string[],
): Column {
  const { type, sees } = field
  if (column === undefined && !field.nullable && field.fallback === undefined) {
    throw new TidegateError(
      'COLUMN_MISSING',
      `Node "${where.node}" returned no column "${field.name}", which its schema declares.`,
      {
        hint: `Return it, or declare it .nullable(); the table has ${
          names()
            .map((name) => `"${name}"`)
            .join(', ') || 'no columns'
        }.`,
        data: { column: field.name, columns: names() },
      },
    )
  }
  if (column === undefined)
    return fillAbsent(buildColumn(type, new Array(length).fill(null), where, sees), field, where)
  // What a step computes for a point in time are milliseconds, in a typed column as in an array.
  const computed = column instanceof FlatColumn && (type.kind === 'date' || 'unit' in type)
  if (isColumn(column) && !computed)
    return fillAbsent(castColumn(rows === undefined ? column : column.take(rows), type, where, sees), field, where)
  const cells = isArray(column) ? gathered(column, rows) : toArray(column, rows)
  return fillAbsent(buildColumn(type, cells, where, sees), field, where)
}

function undeclared(column: Indexed, rows: Int32Array | undefined, where: Where): Column {
  if (isColumn(column)) return rows === undefined ? column : column.take(rows)
  if (isArray(column)) return inferColumn(gathered(column, rows), where)
  return foreignColumn(column, rows, where)
}

type AnyArray = ArrayLike<unknown> & Indexed

function isArray(column: Indexed): column is AnyArray {
  return Array.isArray(column) || (ArrayBuffer.isView(column) && !(column instanceof DataView))
}

/** The cells at `rows` in an array of the same class. */
function gathered(values: AnyArray, rows: Int32Array | undefined): ArrayLike<unknown> {
  if (rows === undefined) return values
  const n = rows.length
  const out = Array.isArray(values)
    ? new Array<unknown>(n)
    : new (values.constructor as new (length: number) => unknown[])(n)
  for (let i = 0; i < n; i++) out[i] = values[rows[i] as number]
  return out
}
