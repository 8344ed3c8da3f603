import { type Bits, hasBit } from '../bits.ts'
import type { Batch } from '../columns/batch.ts'
import { type Column, DecimalColumn, FlatColumn, Int64Column, TemporalColumn, ValuesColumn } from '../columns/column.ts'
import { decimalText } from '../columns/decimal.ts'
import { BytesColumn, DictionaryColumn } from '../columns/text.ts'
import { isoText } from '../display.ts'
import { type TableSchema, types } from '../types.ts'
import { keysOf } from './quarantine.ts'
import type { Edit } from './repair-rows.ts'

/** The schema of `node.repairs`: one row for each cell that a repair changed. */
export const repairsSchema: TableSchema = {
  fields: [
    { name: 'key', type: types.string, nullable: false },
    { name: 'part', type: types.string, nullable: false },
    { name: 'row', type: types.float64, nullable: false },
    { name: 'column', type: types.string, nullable: false },
    { name: 'before', type: types.string, nullable: true },
    { name: 'after', type: types.string, nullable: true },
    { name: 'rule', type: types.string, nullable: false },
    { name: 'repair', type: types.string, nullable: false },
  ],
}

/** The schema for a node of that schema: texts of cells may hold the value of any column, and are tagged like all of them. */
export function taggedRepairs(schema: TableSchema): TableSchema {
  const tags = [...new Set(schema.fields.flatMap((field) => field.meta?.tags ?? []))]
  if (tags.length === 0) return repairsSchema
  const told = (name: string) => name === 'before' || name === 'after'
  return { fields: repairsSchema.fields.map((field) => (told(field.name) ? { ...field, meta: { tags } } : field)) }
}

/** Changed cells of one batch, row by row: `repairsSchema` without the part, `row` counting in the batch. */
export type Audit = Batch

const auditSchema: TableSchema = { fields: repairsSchema.fields.filter(({ name }) => name !== 'part') }

/**
 * `batch` holds the rows as they came, `rows` numbers them, `key` are the columns they are known by, if not by all. Only edits of rows whose bit in `left` is 0 are told: the others do not go on with what
 * they were repaired to. Rows ascend; within a row edits stand in the order in which they were made.
 */
export function auditOf(
  batch: Batch,
  rows: Int32Array,
  edits: readonly Edit[],
  left: Bits,
  key: readonly string[] | undefined,
): Audit {
  const found: { readonly row: number; readonly edit: Edit; readonly at: number }[] = []
  for (const edit of edits)
    for (let at = 0; at < edit.rows.length; at++) {
      const row = edit.rows[at] as number
      if (!hasBit(left, row)) found.push({ row, edit, at })
    }
  found.sort((a, b) => a.row - b.row)
  const keys = found.length === 0 ? [] : keysOf(batch, key)
  const cells = new Map(edits.map((edit) => [edit, { before: cellTexts(edit.before), after: cellTexts(edit.after) }]))
  const names = batch.schema.fields.map(({ name }) => name)
  const texts = (of: (one: (typeof found)[number]) => string) => BytesColumn.ofStrings(found.map(of))
  const optional = (side: 'before' | 'after') =>
    new ValuesColumn(types.string, ...withAbsent(found.map(({ edit, at }) => cells.get(edit)?.[side](at) ?? null)))
  return {
    schema: auditSchema,
    length: found.length,
    columns: [
      texts(({ row }) => keys[row] as string),
      new FlatColumn(
        types.float64,
        Float64Array.from(found, ({ row }) => rows[row] as number),
      ),
      texts(({ edit }) => names[edit.column] as string),
      optional('before'),
      optional('after'),
      texts(({ edit }) => edit.check),
      texts(({ edit }) => edit.repair),
    ],
  }
}

/** Rows of `node.repairs`, once it is known which part the batch belongs to and what numbers its rows have there. */
export function repairedRows(audit: Audit, part: string, numberOf: (row: number) => number): Batch {
  const [key, row, ...rest] = audit.columns as readonly [Column, FlatColumn, ...Column[]]
  const numbers = new FlatColumn(
    types.float64,
    Float64Array.from(row.values, (value) => numberOf(value)),
  )
  const parts = new DictionaryColumn(new Uint8Array(audit.length), [part])
  return { schema: repairsSchema, length: audit.length, columns: [key, parts, numbers, ...rest] }
}

/** Every cell of rows that a rule dropped: what it held, and nothing after. `numbers` are theirs in their part. */
export function droppedCells(
  rows: Batch,
  given: {
    readonly part: string
    readonly numbers: Float64Array
    readonly key: readonly string[] | undefined
    readonly rules: readonly string[]
    readonly repairs: readonly string[]
  },
): Batch {
  const { fields } = rows.schema
  const length = rows.length * fields.length
  const keys = keysOf(rows, given.key)
  const cells = rows.columns.map(cellTexts)
  const each = <T>(of: (row: number, column: number) => T): T[] =>
    Array.from({ length }, (_, i) => of(Math.floor(i / fields.length), i % fields.length))
  const texts = (of: (row: number, column: number) => string) => BytesColumn.ofStrings(each(of))
  return {
    schema: repairsSchema,
    length,
    columns: [
      texts((row) => keys[row] as string),
      new DictionaryColumn(new Uint8Array(length), [given.part]),
      new FlatColumn(types.float64, Float64Array.from(each((row) => given.numbers[row] as number))),
      texts((_, column) => fields[column]?.name as string),
      new ValuesColumn(types.string, ...withAbsent(each((row, column) => cells[column]?.(row) ?? null))),
      new ValuesColumn(types.string, new Array(length).fill(null), new Uint8Array((length + 7) >> 3)),
      texts((row) => given.rules[row] as string),
      texts((row) => given.repairs[row] as string),
    ],
  }
}

function withAbsent(values: readonly (string | null)[]): [(string | null)[], Uint8Array | undefined] {
  if (!values.includes(null)) return [[...values], undefined]
  const bits = new Uint8Array((values.length + 7) >> 3)
  for (const [i, value] of values.entries())
    if (value !== null) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7))
  return [[...values], bits]
}

/**
 * Cells as text that says exactly what they hold: text as it is, numbers in JavaScript notation (-0 as `-0`), 64-bit integers and decimals by their
 * digits, dates and times in ISO 8601, bytes in hexadecimal, lists and structs as JSON.
 */
export function cellTexts(column: Column): (row: number) => string | null {
  const { type } = column
  return (row) => {
    const value = column.at(row)
    if (value === null) return null
    if (typeof value === 'string') return value
    if (column instanceof Int64Column) return String(column.values[row])
    if (column instanceof DecimalColumn && type.kind === 'decimal') return decimalText(column.unscaled(row), type.scale)
    if (column instanceof TemporalColumn) return temporalText(column, row)
    if (Object.is(value, -0)) return '-0'
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
    if (typeof value !== 'object') return String(value)
    return JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'bigint'
        ? String(inner)
        : inner instanceof Uint8Array
          ? Buffer.from(inner).toString('hex')
          : typeof inner === 'number' && !Number.isFinite(inner)
            ? String(inner)
            : inner,
    )
  }
}

const fractionDigits = { s: 0, ms: 3, us: 6, ns: 9 } as const

function temporalText(column: TemporalColumn, row: number): string {
  const { type } = column
  const value = column.values[row] as number | bigint
  if (type.kind === 'date') return isoText(column.milliseconds(row)).slice(0, -14)
  if (type.kind !== 'time' && type.kind !== 'timestamp') return String(value)
  const digits = fractionDigits[type.unit]
  const per = 10n ** BigInt(digits)
  const units = BigInt(value)
  const seconds = units / per - (units % per < 0n ? 1n : 0n)
  const fraction = digits === 0 ? '' : `.${String(units - seconds * per).padStart(digits, '0')}`
  const text = isoText(Number(seconds) * 1000)
  if (!text.endsWith('.000Z')) return String(value)
  const whole = text.slice(0, -5)
  return type.kind === 'time'
    ? `${whole.slice(11)}${fraction}`
    : `${whole}${fraction}${type.zone === undefined ? '' : 'Z'}`
}
