import { type Field, type LogicalType, TidegateError, types } from 'tidegate'
import type { AvroRecord, AvroType, Logical } from './schema.ts'

/** What a column of an Avro type is, and which branch of its union, if any, means "absent". */
export interface Meaning {
  readonly type: LogicalType
  readonly nullable: boolean
}

/** The columns of a record. @throws `TYPE_UNSUPPORTED` naming the column that has no type here. */
export function fieldsOf(record: AvroRecord, shown: string): readonly Field[] {
  return record.fields.map(({ name, type }) => ({ name, ...meaningOf(type, name, shown) }))
}

export function meaningOf(type: AvroType, column: string, shown: string, within: readonly AvroType[] = []): Meaning {
  const inner = (one: AvroType, path: string) => meaningOf(one, path, shown, [...within, type])
  const refused = (why: string) =>
    new TidegateError('TYPE_UNSUPPORTED', `"${shown}": the column '${column}' ${why}`, {
      hint: "Leave it out with columns: ['...'], or write the file with another type.",
      data: { path: shown, column },
    })
  if (within.includes(type)) throw refused('is recursive, which no table can hold')
  switch (type.kind) {
    case 'union': {
      const some = type.branches.filter(({ kind }) => kind !== 'null')
      if (some.length > 1)
        throw refused(
          `is a union of ${type.branches.map(({ kind }) => kind).join(', ')}: one type and null can be read`,
        )
      const [only] = some
      if (only === undefined) return { type: types.null, nullable: true }
      const { type: meant, nullable } = inner(only, column)
      return { type: meant, nullable: nullable || some.length < type.branches.length }
    }
    case 'array':
      return { type: types.list(inner(type.items, `${column}[]`).type), nullable: false }
    case 'map': {
      const value = inner(type.values, `${column}.value`).type
      return {
        type: types.list(types.struct([pairKey, { name: 'value', type: value, nullable: true }])),
        nullable: false,
      }
    }
    case 'record': {
      const fields = type.fields.map((field) => ({
        name: field.name,
        ...inner(field.type, `${column}.${field.name}`),
      }))
      return { type: types.struct(fields), nullable: false }
    }
    default:
      if (type.kind !== 'enum' && type.logical?.name === 'decimal' && 'precision' in type.logical) {
        const { precision, scale } = type.logical
        if (precision > 38 && (type.kind === 'bytes' || type.kind === 'fixed'))
          throw refused(`is decimal(${precision},${scale}), and 38 digits are the most`)
      }
      return { type: scalarOf(type), nullable: type.kind === 'null' }
  }
}

const pairKey: Field = { name: 'key', type: types.string, nullable: false }

type Scalar = Exclude<AvroType, { kind: 'union' | 'array' | 'map' | 'record' }>

/** The logical types of the specification, and `time-nanos`, which Tidegate adds. */
const onInt: Readonly<Record<string, LogicalType>> = { date: types.date, 'time-millis': types.time('ms') }
const onLong: Readonly<Record<string, (zone: string) => LogicalType>> = {
  'time-micros': () => types.time('us'),
  'time-nanos': () => types.time('ns'),
  'timestamp-millis': (zone) => types.timestamp('ms', zone),
  'timestamp-micros': (zone) => types.timestamp('us', zone),
  'timestamp-nanos': (zone) => types.timestamp('ns', zone),
  'local-timestamp-millis': () => types.timestamp('ms'),
  'local-timestamp-micros': () => types.timestamp('us'),
  'local-timestamp-nanos': () => types.timestamp('ns'),
}

export function scalarOf(type: Scalar): LogicalType {
  switch (type.kind) {
    case 'null':
      return types.null
    case 'boolean':
      return types.boolean
    case 'int':
      return onInt[type.logical?.name ?? ''] ?? types.int32
    case 'long':
      return onLong[type.logical?.name ?? '']?.(zoneOf(type.logical)) ?? types.int64
    case 'float':
      return types.float32
    case 'double':
      return types.float64
    case 'string':
    case 'enum':
      return types.string
    default:
      if (isUuid(type)) return types.string
      return decimalOf(type) ?? types.binary
  }
}

function zoneOf(logical: Logical | undefined): string {
  return (logical !== undefined && 'zone' in logical ? logical.zone : undefined) ?? 'UTC'
}

/** A UUID in 16 bytes, which reads as its 36 characters. */
export function isUuid(type: AvroType): boolean {
  return type.kind === 'fixed' && type.size === 16 && type.logical?.name === 'uuid'
}

export function decimalOf(type: AvroType): Extract<LogicalType, { kind: 'decimal' }> | undefined {
  if ((type.kind !== 'bytes' && type.kind !== 'fixed') || type.logical === undefined) return undefined
  return 'precision' in type.logical ? types.decimal(type.logical.precision, type.logical.scale) : undefined
}
