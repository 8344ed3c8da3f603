import type { Batch } from '../kernel/columns/batch.ts'
import type { Json } from '../kernel/context.ts'
import { display, isoText } from '../kernel/display.ts'
import type { Field } from '../kernel/types.ts'
import { typeName } from '../kernel/types.ts'
import type { Paint } from './text/paint.ts'
import { type Cell, tableLines } from './text/table.ts'
import { cut, widthOf } from './text/width.ts'

const widest = 40

/** The rows of a batch as an aligned table; columns that do not cut are named underneath. */
export function batchLines(
  batch: Batch,
  options: { readonly width: number; readonly paint: Paint; readonly columns?: readonly string[] },
): string[] {
  const order = options.columns ?? batch.schema.fields.map(({ name }) => name)
  const columns = order.flatMap((name) => {
    const index = batch.schema.fields.findIndex((field) => field.name === name)
    const field = batch.schema.fields[index]
    if (field === undefined) return []
    const texts = Array.from({ length: batch.length }, (_, row) =>
      cut(cellText(batch.columns[index]?.at(row), field), widest),
    )
    return [{ field, texts, width: Math.max(widthOf(field.name), 4, ...texts.map(widthOf)) }]
  })
  const shown: typeof columns = []
  let room = options.width
  for (const column of columns) {
    if (room < column.width) break
    shown.push(column)
    room -= column.width + 2
  }
  const hidden = columns.slice(shown.length).map(({ field }) => field.name)
  const rows = Array.from({ length: batch.length }, (_, row) =>
    shown.map(
      ({ texts }): Cell => (texts[row] === 'null' ? { text: 'null', style: options.paint.dim } : (texts[row] ?? '')),
    ),
  )
  const lines = tableLines(
    shown.map(({ field }) => ({ title: field.name, align: isNumber(field) ? 'right' : 'left' })),
    rows,
    options,
  )
  return hidden.length === 0
    ? lines
    : [...lines, options.paint.dim(cut(`and ${hidden.length} more: ${hidden.join(', ')}`, options.width))]
}

/** Text stands without quotes where that cannot be mistaken. */
function cellText(value: unknown, field: Field): string {
  const text = display(value, field)
  return typeof value === 'string' &&
    text === JSON.stringify(value) &&
    /^[^\s"\\][^"\\]*$/.test(value) &&
    value !== 'null' &&
    !/\s$/.test(value)
    ? value
    : text
}

function isNumber({ type, meta }: Field): boolean {
  return (
    (type.kind === 'int' || type.kind === 'float' || type.kind === 'decimal') && meta?.tags?.includes('pii') !== true
  )
}

/** The rows of a batch as JSON: instants as ISO 8601, what JSON cannot carry as text, tagged values masked. */
export function batchRecords(batch: Batch): readonly Readonly<Record<string, Json>>[] {
  return Array.from({ length: batch.length }, (_, row) =>
    Object.fromEntries(
      batch.schema.fields.map((field, index) => [field.name, cellJson(batch.columns[index]?.at(row), field)]),
    ),
  )
}

function cellJson(value: unknown, field: Field): Json {
  if (value === null || value === undefined) return null
  if (field.meta?.tags?.includes('pii') === true) return display(value, field)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return String(value)
    if (field.type.kind === 'timestamp') return isoText(value)
    return field.type.kind === 'date' ? display(value, field) : value
  }
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (value instanceof Uint8Array || typeof value !== 'object') return display(value, field)
  return JSON.parse(
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)),
  ) as Json
}

export interface FieldRecord {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  readonly tags: readonly string[]
}

export function fieldRecord({ name, type, nullable, meta }: Field): FieldRecord {
  return { name, type: typeName(type), nullable, tags: meta?.tags ?? [] }
}
