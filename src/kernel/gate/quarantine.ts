import type { RejectedRow } from '../../plugins/source.ts'
import { type Batch, takeBatch } from '../columns/batch.ts'
import { type Column, FlatColumn, ValuesColumn } from '../columns/column.ts'
import { DictionaryColumn } from '../columns/text.ts'
import { TidegateError } from '../errors.ts'
import { hashText } from '../hash/hash.ts'
import { rowHashes, rowKey } from '../hash/row-hashes.ts'
import { didYouMean } from '../nearest.ts'
import { type Field, type TableSchema, types } from '../types.ts'
import type { GatePlan } from './gate-plan.ts'

const extra: readonly Field[] = [
  { name: '_key', type: types.string, nullable: false },
  { name: '_reasons', type: types.string, nullable: false },
  { name: '_part', type: types.string, nullable: false },
  { name: '_row', type: types.float64, nullable: false },
  { name: '_raw', type: types.string, nullable: true },
]

/** Whether a gate sets rows aside that fail a check. Rows that could not be parsed are another matter: their columns hold nothing. */
export function setsAside(plan: GatePlan): boolean {
  return plan.checks.some(
    ({ check, verdict }) => check.rule.scope !== 'dataset' && verdict !== 'drop' && verdict !== 'warn',
  )
}

/**
 * A row that is set aside gets columns beside its own (`_key`, `_reasons`, `_part`, `_row`, `_raw`), so a node whose checks set rows aside can
 * have none of these names: one of the two values would be lost. Nodes without such checks can, so that `clean.quarantine` may be read by
 * further nodes, and passed on by them. Throws `SCHEMA_MISMATCH`.
 */
export function refuseReserved(node: string, plan: GatePlan, schema: TableSchema): void {
  const taken = schema.fields.find((field) => extra.some((other) => other.name === field.name))?.name
  if (taken === undefined || !setsAside(plan)) return
  throw new TidegateError(
    'SCHEMA_MISMATCH',
    `Node "${node}" has a column "${taken}", which is the name of a column that quarantine gives to rows it sets aside`,
    {
      hint: `Rename the column in the step before, or here (for example to "${taken.slice(1)}"); or give the node's checks the verdict drop or warn.`,
      data: { node, column: taken, reserved: extra.map(({ name }) => name) },
    },
  )
}

/** The columns that a node declares as its `key` must be there. Throws `COLUMN_MISSING`. */
export function refuseUnknownKey(node: string, plan: GatePlan, schema: TableSchema): void {
  const names = schema.fields.map((field) => field.name)
  const unknown = plan.key?.find((column) => !names.includes(column))
  if (unknown === undefined) return
  throw new TidegateError('COLUMN_MISSING', `Node "${node}" has the key "${unknown}", but no such column`, {
    hint: didYouMean(unknown, names) ?? `Its columns: ${names.join(', ')}.`,
    data: { node, column: unknown },
  })
}

/** The schema of `node.quarantine`: the node's columns, nullable, and what stands beside them. */
export function quarantineSchema(schema: TableSchema): TableSchema {
  const own = schema.fields.filter((field) => !extra.some((other) => other.name === field.name))
  return { fields: [...own.map((field) => ({ ...field, nullable: true })), ...extra] }
}

/** Rows of a batch as quarantined rows. `numbers` are theirs in their part; `key` are the columns they are known by, if not by all. */
export function quarantineRows(
  batch: Batch,
  rows: Int32Array,
  reasons: readonly string[],
  part: string,
  numbers: Float64Array,
  key?: readonly string[],
): Batch {
  const taken = takeBatch(batch, rows)
  const keys = keysOf(taken, key)
  return assemble(batch.schema, taken.columns, { keys, reasons, part, numbers, raw: undefined })
}

/** Rows that could not be parsed, as quarantined rows of a node with this schema. */
export function quarantineRejected(schema: TableSchema, rejected: readonly RejectedRow[], part: string): Batch {
  const n = rejected.length
  const columns = schema.fields.map(
    () => new ValuesColumn(types.null, new Array(n).fill(null), new Uint8Array((n + 7) >> 3)),
  )
  return assemble({ fields: schema.fields.map((field) => ({ ...field, type: types.null })) }, columns, {
    keys: rejected.map((row) => hashText(row.raw)),
    reasons: rejected.map((row) => describeRejected(row, schema)),
    part,
    numbers: Float64Array.from(rejected, (row) => row.row),
    raw: rejected.map((row) => row.raw),
  })
}

/** `line 12, column 3: "x" is no number`; what is quoted of rows with a `pii` column is masked. */
export function describeRejected(row: RejectedRow, { fields }: TableSchema): string {
  const hidden = fields.some(({ meta }) => meta?.tags?.includes('pii'))
  // From the first quotation mark to the last: the value may hold some itself.
  const reason = hidden ? row.reason.replace(/"[\s\S]*"/, '***') : row.reason
  const place = [
    row.line === undefined ? undefined : `line ${row.line}`,
    row.column === undefined ? undefined : `column ${row.column}`,
  ].filter((part) => part !== undefined)
  return `${place.length === 0 ? `record ${row.row}` : place.join(', ')}: ${reason}`
}

function assemble(
  schema: TableSchema,
  columns: readonly Column[],
  beside: {
    readonly keys: readonly string[]
    readonly reasons: readonly string[]
    readonly part: string
    readonly numbers: Float64Array
    readonly raw: readonly string[] | undefined
  },
): Batch {
  const n = beside.numbers.length
  const own = schema.fields.flatMap((field, index) => (extra.some((other) => other.name === field.name) ? [] : [index]))
  const raw = beside.raw ?? new Array<null>(n).fill(null)
  return {
    schema: quarantineSchema(schema),
    length: n,
    columns: [
      ...own.map((index) => columns[index] as Column),
      new ValuesColumn(types.string, beside.keys),
      new ValuesColumn(types.string, beside.reasons),
      new DictionaryColumn(new Uint8Array(n), [beside.part]),
      new FlatColumn(types.float64, beside.numbers),
      new ValuesColumn(types.string, raw, beside.raw === undefined ? new Uint8Array((n + 7) >> 3) : undefined),
    ],
  }
}

/** By the declared columns; a row in which one of them is absent by its content, as all rows without a declared key. */
export function keysOf(batch: Batch, key: readonly string[] | undefined): readonly string[] {
  const rows = Array.from({ length: batch.length }, (_, row) => row)
  const byContent = rowHashes(batch)
  if (key === undefined) return rows.map((row) => rowKey(byContent, row))
  const indexes = key.map((name) => batch.schema.fields.findIndex((field) => field.name === name))
  const byKey = rowHashes(batch, indexes)
  const known = (row: number) => indexes.every((index) => batch.columns[index]?.at(row) != null)
  return rows.map((row) => rowKey(known(row) ? byKey : byContent, row))
}
