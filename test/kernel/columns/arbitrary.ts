import fc from 'fast-check'
import { buildColumn } from '../../../src/kernel/columns/build.ts'
import { perSecond } from '../../../src/kernel/columns/build-temporal.ts'
import {
  BooleanColumn,
  type Column,
  DecimalColumn,
  FlatColumn,
  Int64Column,
  isValid,
  TemporalColumn,
} from '../../../src/kernel/columns/column.ts'
import { decimalText } from '../../../src/kernel/columns/decimal.ts'
import { BytesColumn, DictionaryColumn } from '../../../src/kernel/columns/text.ts'
import { type Field, type LogicalType, type TimeUnit, types } from '../../../src/kernel/types.ts'

export interface TypedColumn {
  readonly type: LogicalType
  readonly column: Column
  /** How the schema of a batch that holds the column names it. */
  readonly sees?: 'bigint'
}

export interface ColumnOptions {
  readonly minRows?: number
  readonly maxRows?: number
  /** Only values that a step sees without rounding (milliseconds, at most 15 decimal digits), so that copies by value lose nothing. */
  readonly exactlySeen?: boolean
  /** Without lists and structs. */
  readonly flat?: boolean
}

const units = fc.constantFrom<TimeUnit>('s', 'ms', 'us', 'ns')

/** Every logical type that is not nested, null left out. */
export const scalarTypes: fc.Arbitrary<LogicalType> = fc.oneof(
  fc.constantFrom<LogicalType>(
    types.boolean,
    types.int8,
    types.int16,
    types.int32,
    types.int64,
    types.uint8,
    types.uint16,
    types.uint32,
    types.uint64,
    types.float32,
    types.float64,
    types.string,
    types.binary,
    types.date,
  ),
  fc.tuple(fc.integer({ min: 1, max: 38 }), fc.nat(38)).map(([p, s]) => types.decimal(p, Math.min(p, s))),
  units.map((unit) => types.time(unit)),
  fc
    .tuple(units, fc.constantFrom(undefined, 'UTC', 'Europe/Berlin'))
    .map(([unit, zone]) => types.timestamp(unit, zone)),
)

/** Every logical type, nested ones one level deep. */
export const allTypes: fc.Arbitrary<LogicalType> = fc.oneof(
  { weight: 8, arbitrary: scalarTypes },
  { weight: 1, arbitrary: fc.constant(types.null) },
  { weight: 1, arbitrary: scalarTypes.map((of) => types.list(of)) },
  {
    weight: 1,
    arbitrary: fc.tuple(scalarTypes, scalarTypes).map(([a, b]) => types.struct([nested('a', a), nested('b', b)])),
  },
)

function nested(name: string, type: LogicalType): Field {
  return { name, type, nullable: true, ...(isInt64(type) ? { sees: 'bigint' } : {}) }
}

function isInt64(type: LogicalType): boolean {
  return type.kind === 'list' ? isInt64(type.of) : type.kind === 'int' && type.bits === 64
}

const day = 86_400_000
/** Years 0001 to 9999, or what 64 bits of nanoseconds hold. */
const range = {
  s: 253_402_300_799n,
  ms: 253_402_300_799_999n,
  us: 253_402_300_799_999_999n,
  ns: 2n ** 63n - 1n,
} as const

/** A value as `buildColumn` takes it. */
function written(type: LogicalType, exactly: boolean): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'int': {
      const bits = BigInt(type.bits)
      const [min, max] = type.signed ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n] : [0n, 2n ** bits - 1n]
      return type.bits === 64 ? fc.bigInt({ min, max }) : fc.integer({ min: Number(min), max: Number(max) })
    }
    case 'float':
      return type.bits === 32 ? fc.float() : fc.double()
    case 'decimal': {
      const digits = exactly ? Math.min(15, type.precision) : type.precision
      const max = 10n ** BigInt(digits) - 1n
      return fc.bigInt({ min: -max, max }).map((unscaled) => decimalText(unscaled, type.scale))
    }
    case 'string':
      return fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom('a', 'b', '', 'ä', '😀'))
    case 'binary':
      return fc.uint8Array({ maxLength: 6 })
    case 'date':
      return fc.integer({ min: -700_000, max: 2_900_000 }).map((days) => days * day)
    case 'time':
      return fc.integer({ min: 0, max: 86_399 }).map((seconds) => seconds * 1000)
    case 'timestamp':
      return fc.integer({ min: -9_000_000_000, max: 9_000_000_000 }).map((seconds) => seconds * 1000)
    case 'list':
      return fc.array(fc.option(written(type.of, true)), { maxLength: 3 })
    case 'struct':
      return fc.record(
        Object.fromEntries(type.fields.map((field) => [field.name, fc.option(written(field.type, true))])),
      )
  }
}

/** A column of `type`, absent values among the others, in any encoding, sometimes cut out of a longer one (buffers that do not begin at 0). */
export function columnOfType(type: LogicalType, options: ColumnOptions = {}): fc.Arbitrary<TypedColumn> {
  const { minRows = 0, maxRows = 20, exactlySeen = false } = options
  const cut = fc.nat(9)
  const cells = fc.array(fc.option(cell(type, exactlySeen), { freq: 4 }), { minLength: minRows, maxLength: maxRows })
  return fc
    .tuple(cells, cut, fc.constantFrom('bytes', 'strings', 'dictionary'), fc.boolean())
    .map(([values, before, encoding, wide]) => {
      const padded = [...new Array<unknown>(before).fill(null), ...values]
      const sees = isInt64(type) && (type.kind === 'list' || wide || !values.every(isSafe)) ? 'bigint' : 'number'
      const column = encode(type, padded, encoding, sees).slice(before, padded.length)
      return sees === 'bigint' ? { type, column, sees } : { type, column }
    })
}

function isSafe(value: unknown): boolean {
  return typeof value !== 'bigint' || (value <= 2n ** 53n && value >= -(2n ** 53n))
}

/** Times beyond what milliseconds say are given as counts of their unit. */
function cell(type: LogicalType, exactly: boolean): fc.Arbitrary<unknown> {
  if (exactly || (type.kind !== 'time' && type.kind !== 'timestamp')) {
    return isInt64(type) && type.kind === 'int'
      ? fc.oneof(written(type, exactly), fc.bigInt({ min: 0n, max: 2n ** 53n }))
      : written(type, exactly)
  }
  if (type.kind === 'time') return fc.bigInt({ min: 0n, max: 86_400n * perSecond[type.unit] - 1n })
  return fc.bigInt({ min: -range[type.unit], max: range[type.unit] })
}

function encode(type: LogicalType, values: readonly unknown[], encoding: string, sees: 'number' | 'bigint'): Column {
  const counted =
    values.some((value) => typeof value === 'bigint') && (type.kind === 'time' || type.kind === 'timestamp')
  if (counted) {
    const validity = buildColumn(
      types.boolean,
      values.map((value) => (value === null ? null : true)),
      { column: 'x' },
    ).validity
    return new TemporalColumn(
      type,
      BigInt64Array.from(values, (value) => (value as bigint | null) ?? 0n),
      validity,
    )
  }
  if (type.kind !== 'string' || encoding === 'any') return buildColumn(type, values, { column: 'x' }, sees)
  const texts = values.map((value) => (value as string | null) ?? '')
  const { validity } = buildColumn(
    types.boolean,
    values.map((value) => (value === null ? null : true)),
    { column: 'x' },
  )
  if (encoding === 'dictionary') {
    const dictionary = [...new Set(texts)]
    return new DictionaryColumn(
      Int32Array.from(texts, (text) => dictionary.indexOf(text)),
      dictionary,
      validity,
    )
  }
  const lazy = BytesColumn.ofStrings(texts, validity)
  return encoding === 'strings' ? lazy : new BytesColumn(types.string, lazy.offsets, lazy.bytes, validity)
}

/** Any type with a column of it: what round trips through engines and formats are tested with. */
export function typedColumns(options: ColumnOptions = {}): fc.Arbitrary<TypedColumn> {
  return (options.flat === true ? scalarTypes : allTypes).chain((type) => columnOfType(type, options))
}

/** The stored values, beyond what a step sees: counts of units, unscaled decimals, 64-bit integers as bigint, text, bytes; null where absent. */
export function physicalCells(column: Column): unknown[] {
  return Array.from({ length: column.length }, (_, row) =>
    isValid(column.validity, row) ? physicalCell(column, row) : null,
  )
}

function physicalCell(column: Column, row: number): unknown {
  if (column instanceof FlatColumn || column instanceof Int64Column || column instanceof TemporalColumn)
    return column.values[row]
  if (column instanceof DecimalColumn) return column.unscaled(row)
  if (column instanceof BooleanColumn) return column.values[row] === 1
  if (column instanceof BytesColumn && column.type.kind === 'string') {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
      column.bytes.subarray(column.offsets[row], column.offsets[row + 1]),
    )
  }
  const value = column.at(row)
  return value instanceof Uint8Array ? [...value] : value
}
