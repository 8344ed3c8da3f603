import { type Field, type LogicalType, sameType, TidegateError, typeName, types } from 'tidegate'
import { quoteName } from './quote.ts'

/**
 * The one table of types. Left as DuckDB writes it, right the logical type; `reads` marks what is only read (with the cast that makes it so),
 * `writes` what is only written because DuckDB has no such unit (a schema brings it back on reading). Decimals, lists and structs follow by rule.
 */
const table: readonly {
  readonly duck: string
  readonly logical: LogicalType
  readonly only?: 'reads' | 'writes'
  readonly as?: string
}[] = [
  { duck: 'BOOLEAN', logical: types.boolean },
  { duck: 'TINYINT', logical: types.int8 },
  { duck: 'SMALLINT', logical: types.int16 },
  { duck: 'INTEGER', logical: types.int32 },
  { duck: 'BIGINT', logical: types.int64 },
  { duck: 'UTINYINT', logical: types.uint8 },
  { duck: 'USMALLINT', logical: types.uint16 },
  { duck: 'UINTEGER', logical: types.uint32 },
  { duck: 'UBIGINT', logical: types.uint64 },
  { duck: 'FLOAT', logical: types.float32 },
  { duck: 'DOUBLE', logical: types.float64 },
  { duck: 'VARCHAR', logical: types.string },
  { duck: 'BLOB', logical: types.binary },
  { duck: 'DATE', logical: types.date },
  { duck: 'TIME', logical: types.time('us') },
  { duck: 'TIME_NS', logical: types.time('ns') },
  { duck: 'TIME', logical: types.time('s'), only: 'writes' },
  { duck: 'TIME', logical: types.time('ms'), only: 'writes' },
  { duck: 'TIMESTAMP_S', logical: types.timestamp('s') },
  { duck: 'TIMESTAMP_MS', logical: types.timestamp('ms') },
  { duck: 'TIMESTAMP', logical: types.timestamp('us') },
  { duck: 'TIMESTAMP_NS', logical: types.timestamp('ns') },
  { duck: 'TIMESTAMP WITH TIME ZONE', logical: types.timestamp('us', 'UTC') },
  { duck: 'TIMESTAMPTZ', logical: types.timestamp('us', 'UTC'), only: 'reads' },
  { duck: 'INTEGER', logical: types.null, only: 'writes' },
  { duck: '"NULL"', logical: types.null, only: 'reads' },
  { duck: 'HUGEINT', logical: types.decimal(38, 0), only: 'reads', as: 'DECIMAL(38,0)' },
  { duck: 'UHUGEINT', logical: types.decimal(38, 0), only: 'reads', as: 'DECIMAL(38,0)' },
  { duck: 'UUID', logical: types.string, only: 'reads', as: 'VARCHAR' },
  { duck: 'JSON', logical: types.string, only: 'reads', as: 'VARCHAR' },
  { duck: 'ENUM', logical: types.string, only: 'reads', as: 'VARCHAR' },
]

/** How DuckDB writes the type that carries a logical type, such as `DECIMAL(18,2)`. Instants of any zone and unit are `TIMESTAMP WITH TIME ZONE` (microseconds). */
export function duckType(type: LogicalType): string {
  if (type.kind === 'decimal') return `DECIMAL(${type.precision},${type.scale})`
  if (type.kind === 'list') return `${duckType(type.of)}[]`
  if (type.kind === 'struct')
    return `STRUCT(${type.fields.map((field) => `${quoteName(field.name)} ${duckType(field.type)}`).join(', ')})`
  if (type.kind === 'timestamp' && type.zone !== undefined) return 'TIMESTAMP WITH TIME ZONE'
  const row = table.find((each) => each.only !== 'reads' && sameType(each.logical, type))
  if (row === undefined) throw new TidegateError('TYPE_UNSUPPORTED', `DuckDB cannot carry ${typeName(type)}`)
  return row.duck
}

export interface Reading {
  readonly type: LogicalType
  /** The cast that must stand in the query, as DuckDB writes the type. */
  readonly as?: string
  /** The function that must stand in the query. */
  readonly through?: string
}

/** The logical type of a DuckDB type written as text, such as `STRUCT(a INTEGER, b VARCHAR[])`. Throws `TYPE_UNSUPPORTED` for what has none. */
export function logicalType(duckTypeText: string): LogicalType {
  return readingOf(duckTypeText).type
}

/** As `logicalType`, with what the query must do so that the bridge can read it. */
export function readingOf(text: string): Reading {
  const duck = text.trim()
  const list = /\[(\d*)\]$/.exec(duck)
  if (list !== null) {
    const inner = readingOf(duck.slice(0, -list[0].length))
    const castElement = inner.as ?? (inner.through === undefined ? undefined : duckType(inner.type))
    if (list[1] === '' && castElement === undefined) return { type: types.list(inner.type) }
    return { type: types.list(inner.type), as: `${duckType(inner.type)}[]` }
  }
  const open = duck.indexOf('(')
  const name = (open < 0 ? duck : duck.slice(0, open)).trim().toUpperCase()
  const inside = open < 0 ? '' : duck.slice(open + 1, duck.lastIndexOf(')'))
  if (name === 'DECIMAL' || name === 'NUMERIC') {
    const [precision = '18', scale = '3'] = inside === '' ? [] : inside.split(',')
    return { type: types.decimal(Number(precision), Number(scale)) }
  }
  if (name === 'STRUCT') return structOf(inside)
  if (name === 'MAP') {
    const [key = '', value = ''] = splitTop(inside)
    const entry = types.struct([field('key', logicalType(key)), field('value', logicalType(value))])
    return { type: types.list(entry), through: 'map_entries' }
  }
  const row = table.find((each) => each.only !== 'writes' && each.duck === name)
  if (row === undefined) {
    throw new TidegateError('TYPE_UNSUPPORTED', `Tidegate has no type for DuckDB's ${duck}`, {
      hint: 'Cast the column in the query, for example to VARCHAR.',
      data: { type: duck },
    })
  }
  return row.as === undefined ? { type: row.logical } : { type: row.logical, as: row.as }
}

function structOf(inside: string): Reading {
  let casts = false
  const fields = splitTop(inside).map((part) => {
    const [, quoted, plain, rest = ''] = /^\s*(?:"((?:[^"]|"")*)"|(\S+))\s+([\s\S]*)$/.exec(part) ?? []
    const inner = readingOf(rest)
    casts ||= inner.as !== undefined || inner.through !== undefined
    return field(quoted?.replaceAll('""', '"') ?? plain ?? '', inner.type)
  })
  const type = types.struct(fields)
  return casts ? { type, as: duckType(type) } : { type }
}

function field(name: string, type: LogicalType): Field {
  return { name, type, nullable: true }
}

/** Splits at commas outside of brackets and quotes. */
function splitTop(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let quote = ''
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string
    if (quote !== '') quote = char === quote ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else if (char === '(') depth++
    else if (char === ')') depth--
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}
