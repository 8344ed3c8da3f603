import { type LogicalType, typeName } from 'tidegate'
import { type Moment, parseDate, parseTime, parseTimestamp } from './moment.ts'

/** A value inside a list or struct that is not of its type: where, and what it is. */
export class NestedMismatch extends Error {}

const encoder = new TextEncoder()

/**
 * A parsed JSON value as the engine holds lists and structs: plain JavaScript, dates and times in epoch milliseconds, absent keys `null`; keys that
 * the type does not name are left out. @throws `NestedMismatch`.
 */
export function toNestedValue(type: LogicalType, value: unknown, path: string): unknown {
  if (type.kind === 'list') {
    if (!Array.isArray(value)) throw mismatch(type, value, path)
    return value.map((item, i) => (item === null ? null : toNestedValue(type.of, item, `${path}[${i}]`)))
  }
  if (type.kind === 'struct') {
    if (typeof value !== 'object' || Array.isArray(value) || value === null) throw mismatch(type, value, path)
    const given = new Map(Object.entries(value))
    return Object.fromEntries(
      type.fields.map((field) => {
        const cell = given.get(field.name) ?? null
        if (cell === null && !field.nullable)
          throw new NestedMismatch(`${path}.${field.name}: null or missing, but not nullable`)
        return [field.name, cell === null ? null : toNestedValue(field.type, cell, `${path}.${field.name}`)]
      }),
    )
  }
  const scalar = scalarOf(type, value)
  if (scalar === undefined) throw mismatch(type, value, path)
  return scalar
}

function scalarOf(type: LogicalType, value: unknown): unknown {
  switch (type.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'string':
      return typeof value === 'string' && value.isWellFormed() ? value : undefined
    case 'float':
    case 'decimal':
      return typeof value === 'number' ? value : undefined
    case 'int': {
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined
      const high = 2 ** (type.signed ? type.bits - 1 : type.bits)
      return value < high && value >= (type.signed ? -high : 0) ? value : undefined
    }
    case 'date':
    case 'time':
    case 'timestamp':
      return typeof value === 'string' ? millisecondsOf(type.kind, value) : undefined
    default:
      return undefined
  }
}

function millisecondsOf(kind: 'date' | 'time' | 'timestamp', text: string): number | undefined {
  const moment: Moment = { seconds: 0, nanos: 0 }
  const bytes = encoder.encode(text)
  const parse = kind === 'date' ? parseDate : kind === 'time' ? parseTime : parseTimestamp
  return parse(bytes, 0, bytes.length, moment) ? moment.seconds * 1000 + moment.nanos / 1e6 : undefined
}

function mismatch(type: LogicalType, value: unknown, path: string): NestedMismatch {
  return new NestedMismatch(`${path}: ${JSON.stringify(value).slice(0, 60)} where ${typeName(type)} is expected`)
}
