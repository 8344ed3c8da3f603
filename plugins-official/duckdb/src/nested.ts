import type { DuckDBValue } from '@duckdb/node-api'
import { type LogicalType, TidegateError, type TimeUnit, typeName, ValuesColumn } from 'tidegate'
import type { ColumnReader } from './column-reader.ts'
import { inexact } from './rescale.ts'

type Api = typeof import('@duckdb/node-api')

/**
 * Cells inside lists and structs, as the kernel's own storage has them: 64-bit integers, times and timestamps as bigint in the type's unit,
 * dates as milliseconds, decimals as number (`TYPE_PRECISION` where that is not exact), text as string, binary as Uint8Array.
 */
export function nestedReader(
  column: string,
  type: LogicalType,
  capacity: number,
): Omit<ColumnReader, 'append'> & { take(items: Iterable<unknown>, at: number): void } {
  let values = new Array<unknown>(capacity).fill(null)
  return {
    take(items, at) {
      let row = at
      for (const item of items) values[row++] = plain(column, type, item)
    },
    finish(length, validity) {
      const column = new ValuesColumn(type, values.slice(0, length), validity)
      values = new Array<unknown>(capacity).fill(null)
      return column
    },
  }
}

function plain(column: string, type: LogicalType, value: unknown): unknown {
  if (value === null || value === undefined) return null
  switch (type.kind) {
    case 'list':
      return (value as { readonly items: readonly unknown[] }).items.map((item) => plain(column, type.of, item))
    case 'struct': {
      const { entries } = value as { readonly entries: Readonly<Record<string, unknown>> }
      return Object.fromEntries(
        type.fields.map((field) => [field.name, plain(column, field.type, entries[field.name])]),
      )
    }
    case 'decimal': {
      const { value: unscaled } = value as { readonly value: bigint }
      const number = Number(`${unscaled}e-${type.scale}`)
      if (unscaledOf(number, type.scale) !== unscaled)
        throw inexact(column, `${unscaled}e-${type.scale} inside a list or struct`, type)
      return number
    }
    case 'date':
      return (value as { readonly days: number }).days * 86_400_000
    case 'time':
      return (
        (value as { readonly micros?: bigint; readonly nanos?: bigint }).micros ??
        (value as { readonly nanos: bigint }).nanos
      )
    case 'timestamp':
      return ticks(value)
    case 'binary':
      return (value as { readonly bytes: Uint8Array }).bytes
    case 'string':
      return typeof value === 'string' ? value : String(value)
    default:
      return value
  }
}

function ticks(value: unknown): bigint {
  const stamp = value as Readonly<Record<'seconds' | 'millis' | 'micros' | 'nanos', bigint | undefined>>
  return (stamp.micros ?? stamp.millis ?? stamp.seconds ?? stamp.nanos) as bigint
}

/** The reverse: a plain cell as a value of node-api. */
export function duckValue(api: Api, column: string, type: LogicalType, value: unknown): DuckDBValue {
  if (value === null || value === undefined) return null
  switch (type.kind) {
    case 'list':
      return api.listValue(Array.from(value as Iterable<unknown>, (item) => duckValue(api, column, type.of, item)))
    case 'struct': {
      const row = value as Readonly<Record<string, unknown>>
      return api.structValue(
        Object.fromEntries(
          type.fields.map((field) => [field.name, duckValue(api, column, field.type, row[field.name])]),
        ),
      )
    }
    case 'decimal':
      return api.decimalValue(unscaledOf(value as number | string, type.scale), type.precision, type.scale)
    case 'date':
      return api.dateValue(Math.round(Number(value) / 86_400_000))
    case 'time':
      return type.unit === 'ns'
        ? new api.DuckDBTimeNSValue(BigInt(value as bigint))
        : api.timeValue(toMicros(BigInt(value as bigint), type.unit))
    case 'timestamp':
      if (type.zone !== undefined) return new api.DuckDBTimestampTZValue(toMicros(BigInt(value as bigint), type.unit))
      return stampValue(api, type.unit, BigInt(value as bigint))
    case 'binary':
      return api.blobValue(value as Uint8Array)
    case 'int':
      return type.bits === 64 ? BigInt(value as number) : Number(value)
    case 'null':
      return null
    case 'boolean':
    case 'float':
    case 'string':
      return value as DuckDBValue
    default:
      throw new TidegateError('TYPE_UNSUPPORTED', `column '${column}': DuckDB cannot carry ${typeName(type)}`)
  }
}

function stampValue(api: Api, unit: TimeUnit, value: bigint): DuckDBValue {
  if (unit === 's') return new api.DuckDBTimestampSecondsValue(value)
  if (unit === 'ms') return new api.DuckDBTimestampMillisecondsValue(value)
  return unit === 'us' ? new api.DuckDBTimestampValue(value) : new api.DuckDBTimestampNanosecondsValue(value)
}

function toMicros(value: bigint, unit: TimeUnit): bigint {
  return unit === 's' ? value * 1_000_000n : unit === 'ms' ? value * 1000n : unit === 'us' ? value : value / 1000n
}

/** Digits of a decimal without its point, at that scale: from the shortest text of a number, or from the text as it is. */
export function unscaledOf(value: number | string, scale: number): bigint {
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(String(value)) ?? []
  const shift = scale + Number(exponent) - fraction.length
  const digits = BigInt(whole + fraction)
  const unscaled = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift)
  return sign === '-' ? -unscaled : unscaled
}
