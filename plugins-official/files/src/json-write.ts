import {
  type Batch,
  type Column,
  type Field,
  type LogicalType,
  type TableSchema,
  TidegateError,
  typeName,
} from 'tidegate'
import { cellTexts } from './cell-texts.ts'
import { assertCarried, isNested } from './json-read.ts'

/**
 * Objects of one batch as JSON texts, in row order: every column a key, absent cells `null`, 64-bit integers and decimals as exact numbers, dates and
 * times as ISO 8601 text.
 * @throws `TYPE_UNSUPPORTED` naming the column: binary, and NaN or infinite numbers, for which JSON has no word.
 */
export function createJsonWriter(schema: TableSchema): (batch: Batch) => string[] {
  for (const field of schema.fields) assertCarried(field)
  const keys = schema.fields.map((field, i) => `${i === 0 ? '{' : ','}${JSON.stringify(field.name)}:`)
  return (batch) => {
    const columns = batch.columns.map((column, i) => jsonTexts(column, schema.fields[i] as Field))
    const out = new Array<string>(batch.length)
    for (let row = 0; row < batch.length; row++) {
      let text = columns.length === 0 ? '{' : ''
      for (let i = 0; i < columns.length; i++)
        text += (keys[i] as string) + ((columns[i] as readonly (string | null)[])[row] ?? 'null')
      out[row] = `${text}}`
    }
    return out
  }
}

function jsonTexts(column: Column, field: Field): readonly (string | null)[] {
  const { kind } = field.type
  if (isNested(field.type)) {
    return Array.from(column, (value) =>
      value === null ? null : JSON.stringify(toJsonValue(field.type, value, field)),
    )
  }
  const texts = cellTexts(column)
  if (kind === 'float') for (const text of texts) if (text !== null && !/\d$/.test(text)) throw noNumber(field, text)
  if (kind === 'int' || kind === 'float' || kind === 'decimal' || kind === 'boolean' || kind === 'null') return texts
  const known = new Map<string | null, string | null>([[null, null]])
  return texts.map((text) => {
    const done = known.get(text)
    if (done !== undefined) return done
    const made = JSON.stringify(text)
    if (known.size < 4096) known.set(text, made)
    return made
  })
}

/** What `toNestedValue` reads back. */
function toJsonValue(type: LogicalType, value: unknown, field: Field): unknown {
  if (value === null || value === undefined) return null
  if (type.kind === 'list') return Array.from(value as ArrayLike<unknown>, (item) => toJsonValue(type.of, item, field))
  if (type.kind === 'struct') {
    const row = new Map(Object.entries(value))
    return Object.fromEntries(
      type.fields.map(({ name, type: inner }) => [name, toJsonValue(inner, row.get(name), field)]),
    )
  }
  if (type.kind === 'float' && !Number.isFinite(value)) throw noNumber(field, String(value))
  if (type.kind === 'int') return integer(value as number | bigint, type, field)
  if (type.kind === 'date' || type.kind === 'timestamp' || type.kind === 'time') return isoText(type, value as number)
  return value
}

function integer(value: number | bigint, type: LogicalType, field: Field): number {
  if (Number.isSafeInteger(Number(value))) return Number(value)
  throw new TidegateError(
    'TYPE_UNSUPPORTED',
    `JSON: column "${field.name}" holds ${value} inside a ${typeName(field.type)}, beyond 2^53`,
    {
      hint: 'Use Parquet for it, or derive text first.',
      data: { column: field.name, type: typeName(type) },
    },
  )
}

/** From epoch milliseconds (or milliseconds since midnight). */
function isoText(type: LogicalType, milliseconds: number): string {
  const days = Math.floor(milliseconds / 86_400_000)
  const whole = Math.floor(milliseconds)
  const column =
    type.kind === 'date'
      ? { type, values: Int32Array.of(days) }
      : {
          type: { ...type, unit: 'ns' },
          values: BigInt64Array.of(BigInt(whole) * 1_000_000n + BigInt(Math.round((milliseconds - whole) * 1e6))),
        }
  return cellTexts({ ...column, length: 1, validity: undefined } as unknown as Column)[0] as string
}

function noNumber(field: Field, text: string): TidegateError {
  return new TidegateError('TYPE_UNSUPPORTED', `JSON has no ${text}, which column "${field.name}" holds`, {
    hint: 'Make it null in a step, or write CSV or Parquet.',
    data: { column: field.name },
  })
}
