import type { Batch } from '../columns/batch.ts'
import { buildColumn } from '../columns/build.ts'
import { type Column, Int64Column } from '../columns/column.ts'
import { conversion } from '../columns/conversion.ts'
import { castColumn } from '../columns/convert.ts'
import { fillAbsent } from '../columns/fill.ts'
import { firstAbsent } from '../columns/validity.ts'
import { absentValue } from '../columns/where.ts'
import { TidegateError } from '../errors.ts'
import { type Field, sameType, type TableSchema } from '../types.ts'
import { compareSchemas } from './compare.ts'

export interface Reading {
  readonly node?: string
  readonly part?: string
  /** `refuse` (default): an absent value where the schema allows none is an error. `leave`: the caller's gate judges it. */
  readonly nulls?: 'refuse' | 'leave'
}

/**
 * Reads a batch through a pinned schema: columns in its order, missing nullable ones null, missing ones with a fallback filled, types widened or
 * narrowed with every value checked, 64-bit integers seen as the schema says. Where nothing differs the batch itself comes back, and all that is
 * paid is one scan of 64-bit integers seen as number, remembered by the column.
 * @throws `SCHEMA_MISMATCH` listing all changes where the schemas are incompatible; `TYPE_PRECISION` naming column, row and value.
 */
export function conform(batch: Batch, to: TableSchema, reading: Reading = {}): Batch {
  const from = batch.schema.fields
  let same = from.length === to.fields.length
  const columns = to.fields.map((field, i) => {
    const index = from[i]?.name === field.name ? i : from.findIndex(({ name }) => name === field.name)
    const column = index < 0 ? undefined : (batch.columns[index] as Column)
    if (
      column === undefined
        ? !field.nullable && field.fallback === undefined
        : conversion(column.type, field.type) === 'incompatible'
    ) {
      throw incompatible(batch.schema, to, reading)
    }
    const read = readField(column, field, batch.length, reading)
    same &&= read === column && index === i
    return read
  })
  if (!same) return { schema: to, length: batch.length, columns }
  return sameFields(batch.schema, to) ? batch : { schema: to, length: batch.length, columns: batch.columns }
}

function readField(
  column: Column | undefined,
  field: Field,
  length: number,
  { node, part, nulls = 'refuse' }: Reading,
): Column {
  if (column !== undefined && isAsDeclared(column, field)) return column
  const where = { node, part, column: field.name, meta: field.meta }
  const cast =
    column === undefined
      ? buildColumn(field.type, new Array<null>(length).fill(null), where, field.sees)
      : castColumn(column, field.type, where, field.sees)
  const read = fillAbsent(cast, field, where)
  const row = field.nullable || nulls === 'leave' ? -1 : firstAbsent(read.validity, length)
  if (row >= 0) throw absentValue(where, row)
  return read
}

/** The path of nearly every batch: type and sight as declared, nothing absent. */
function isAsDeclared(column: Column, field: Field): boolean {
  if (column.validity !== undefined && !(field.nullable && field.fallback === undefined)) return false
  if (column instanceof Int64Column) {
    return (
      sameType(column.type, field.type) &&
      (field.sees === 'bigint' ? column.sees === 'bigint' : column.sees === 'number' && column.firstInexact() < 0)
    )
  }
  return column.type.kind !== 'list' && column.type.kind !== 'struct' && sameType(column.type, field.type)
}

function sameFields(a: TableSchema, b: TableSchema): boolean {
  return a === b || JSON.stringify(a.fields.map(canonical)) === JSON.stringify(b.fields.map(canonical))
}

function canonical({ name, nullable, sees, fallback, meta }: Field): readonly unknown[] {
  return [name, nullable, sees ?? null, fallback ?? null, meta ?? null]
}

function incompatible(from: TableSchema, to: TableSchema, { node, part }: Reading): TidegateError {
  const { changes } = compareSchemas(from, to)
  const subject = part === undefined ? 'A table' : `Part "${part}"`
  const list = changes.filter(({ kind }) => kind !== 'surplus').map(({ text }) => `  - ${text}`)
  const message = `${subject}${node === undefined ? '' : ` of node "${node}"`} does not fit the schema:\n${list.join('\n')}`
  return new TidegateError('SCHEMA_MISMATCH', message, {
    hint: 'Correct the part, or change the declared schema; a column that may be missing is .nullable().',
    data: { changes, ...(node === undefined ? {} : { node }), ...(part === undefined ? {} : { part }) },
  })
}
