import { TidegateError } from '../errors.ts'
import type { FieldMeta } from '../types.ts'

/** Whose values are being read or written: what an error names. */
export interface Where {
  readonly node?: string | undefined
  readonly part?: string | undefined
  readonly column: string
  /** Values of a tagged column (such as `pii`) are never quoted. */
  readonly meta?: FieldMeta | undefined
  /** Maps the index of a value to its row, where they differ (elements of lists, rows kept by a filter). */
  readonly rowOf?: ((index: number) => number) | undefined
}

const longest = 60

/** A value as an error quotes it: short, in JavaScript notation, masked where the column is tagged. */
export function quote(value: unknown, meta?: FieldMeta): string {
  if (meta?.tags !== undefined && meta.tags.length > 0) return `(hidden: ${meta.tags.join(', ')})`
  const text = notation(value)
  return text.length <= longest ? text : `${text.slice(0, longest)}…`
}

function notation(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, longest + 1))
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner)) ?? '{}'
}

/** What a JavaScript value is, in the words of an error: `number`, `string`, `date`, `bytes`, `list`, `struct`, or what cannot be a cell. */
export function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value
  if (value instanceof Date) return 'date'
  if (value instanceof Uint8Array) return 'bytes'
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) return 'list'
  const proto = Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null
  return proto === null || proto === Object.prototype ? 'struct' : (proto.constructor?.name ?? 'object')
}

/** `Node "clean", column "delay"`: how every message about values begins. */
export function place(where: Where): string {
  const node = where.node === undefined ? '' : `node "${where.node}", `
  const part = where.part === undefined ? '' : `part "${where.part}", `
  const text = `${node}${part}column "${where.column}"`
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

function facts(where: Where, row?: number): Record<string, unknown> {
  return {
    column: where.column,
    ...(where.node === undefined ? {} : { node: where.node }),
    ...(where.part === undefined ? {} : { part: where.part }),
    ...(row === undefined ? {} : { row }),
  }
}

export function rowAt(where: Where, index: number): number {
  return where.rowOf === undefined ? index : where.rowOf(index)
}

/** `TYPE_PRECISION`: the value at `index` does not fit `type` without loss. Rows count from 0. */
export function lossy(where: Where, index: number, value: unknown, type: string, hint?: string): TidegateError {
  const row = rowAt(where, index)
  const message = `${place(where)}, row ${row}: ${quote(value, where.meta)} cannot be held by ${type} without loss.`
  return new TidegateError('TYPE_PRECISION', message, {
    hint: hint ?? `Round or cut the value in a step first, or declare a type for "${where.column}" that holds it.`,
    data: { ...facts(where, row), type },
  })
}

/** `SCHEMA_MISMATCH`: the value at `index` is of another kind than the declared type. */
export function wrongKind(where: Where, index: number, value: unknown, type: string): TidegateError {
  const row = rowAt(where, index)
  const message = `${place(where)}, row ${row}: ${quote(value, where.meta)} (${kindOf(value)}) is no ${type}.`
  return new TidegateError('SCHEMA_MISMATCH', message, {
    hint: `Convert the value in the step, or declare another type for "${where.column}".`,
    data: { ...facts(where, row), type },
  })
}

/** `SCHEMA_MISMATCH`: an absent value where the schema allows none. */
export function absentValue(where: Where, index: number): TidegateError {
  const row = rowAt(where, index)
  return new TidegateError(
    'SCHEMA_MISMATCH',
    `${place(where)}, row ${row}: the value is absent, and the schema allows none to be.`,
    {
      hint: `Declare "${where.column}" as .nullable() or with .default(...), or remove such rows before.`,
      data: facts(where, row),
    },
  )
}

/** `SCHEMA_MIXED`: two values of one column that no single type holds. */
export function mixed(where: Where, first: number, one: unknown, second: number, other: unknown): TidegateError {
  const show = (value: unknown) => `the ${kindOf(value)} ${quote(value, where.meta)}`
  const rows = [rowAt(where, first), rowAt(where, second)]
  const message = `${place(where)} holds ${show(one)} (row ${rows[0]}) and ${show(other)} (row ${rows[1]}): no one type fits both.`
  return new TidegateError('SCHEMA_MIXED', message, {
    hint: `Return values of one type in "${where.column}"; absent values are null.`,
    data: { ...facts(where), rows },
  })
}

/** `TYPE_UNSUPPORTED`: a value that no column can hold, such as a function or a Map. */
export function unsupported(where: Where, index: number, value: unknown): TidegateError {
  const row = rowAt(where, index)
  return new TidegateError('TYPE_UNSUPPORTED', `${place(where)}, row ${row}: a cell cannot hold a ${kindOf(value)}.`, {
    hint: 'Cells hold numbers, bigints, strings, booleans, dates, bytes, arrays and plain objects of these.',
    data: facts(where, row),
  })
}
