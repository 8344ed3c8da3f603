import { buildColumn } from '../kernel/columns/build.ts'
import {
  BooleanColumn,
  type Codes,
  type Column,
  DecimalColumn,
  FlatColumn,
  Int64Column,
  isValid,
  TemporalColumn,
  ValuesColumn,
} from '../kernel/columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../kernel/columns/text.ts'
import { type Field, type LogicalType, type TimeUnit, types } from '../kernel/types.ts'

type Random = () => number

const units: readonly TimeUnit[] = ['s', 'ms', 'us', 'ns']

/** Every logical type, the parameters of each at their ends, nested ones two levels deep. */
export const everyType: readonly LogicalType[] = [
  ...[
    types.null,
    types.boolean,
    types.int8,
    types.int16,
    types.int32,
    types.int64,
    types.uint8,
    types.uint16,
    types.uint32,
    types.uint64,
  ],
  ...[
    types.float32,
    types.float64,
    types.string,
    types.binary,
    types.date,
    types.decimal(1, 0),
    types.decimal(18, 2),
    types.decimal(38, 10),
    types.decimal(38, 38),
  ],
  ...units.flatMap((unit) => [
    types.time(unit),
    types.timestamp(unit),
    types.timestamp(unit, 'UTC'),
    types.timestamp(unit, 'Europe/Berlin'),
  ]),
]

/** The same types inside lists and structs. */
export const everyNested: readonly LogicalType[] = [
  ...everyType.map((type) => types.list(type)),
  types.struct(everyType.map((type, i) => innerField(`f${i}`, type))),
  types.list(types.struct([innerField('a', types.string), innerField('b', types.list(types.timestamp('us', 'UTC')))])),
  types.struct([
    innerField('list', types.list(types.int64)),
    innerField('deep', types.struct([innerField('d', types.decimal(9, 4))])),
  ]),
]

function innerField(name: string, type: LogicalType): Field {
  return { name, type, nullable: true, ...(holdsInt64(type) ? { sees: 'bigint' } : {}) }
}

export function holdsInt64(type: LogicalType): boolean {
  return type.kind === 'list' ? holdsInt64(type.of) : type.kind === 'int' && type.bits === 64
}

/** A field of the type, 64-bit integers seen as bigint so that all of their values can be there. */
export function fieldOf(name: string, type: LogicalType): Field {
  return innerField(name, type)
}

const texts = [
  '',
  'a',
  'b',
  'ä',
  '😀',
  'zero\0byte',
  'a longer text that no small buffer holds',
  ' spaces ',
  '\ufeffmark',
  'line\nbreak',
]

/** A value of the type as `buildColumn` takes it, often one at an end of its range. */
export function randomValue(random: Random, type: LogicalType): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  switch (type.kind) {
    case 'null':
      return null
    case 'boolean':
      return random() < 0.5
    case 'int': {
      const bits = BigInt(type.bits)
      const [min, max] = type.signed ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n] : [0n, 2n ** bits - 1n]
      const value = pick([min, max, 0n, 1n, min + BigInt(Math.floor(random() * Number(max - min)))])
      const inside = value > max ? max : value // the random number was rounded to a double
      return type.bits === 64 ? inside : Number(inside)
    }
    case 'float': {
      const value = pick([
        0,
        -0,
        0.1,
        -1.5,
        1e30,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        random(),
      ])
      return type.bits === 32 ? Math.fround(value) : value
    }
    case 'decimal': {
      const digits = Math.min(15, type.precision)
      const unscaled = BigInt(Math.trunc((random() * 2 - 1) * 10 ** digits))
      return decimalText(unscaled, type.scale)
    }
    case 'string':
      return pick(texts)
    case 'binary':
      return Uint8Array.from({ length: Math.floor(random() * 5) }, () => Math.floor(random() * 256))
    case 'date':
      return Math.floor(random() * 3_000_000 - 700_000) * 86_400_000
    case 'time':
      return Math.floor(random() * 86_400) * 1000
    case 'timestamp':
      return Math.floor((random() * 2 - 1) * 9_000_000_000) * 1000
    case 'list':
      return Array.from({ length: Math.floor(random() * 4) }, () =>
        random() < 0.2 ? null : randomValue(random, type.of),
      )
    case 'struct':
      return Object.fromEntries(
        type.fields.map((field) => [field.name, random() < 0.2 ? null : randomValue(random, field.type)]),
      )
  }
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const point = digits.length - scale
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}${scale === 0 ? '' : `.${digits.slice(point)}`}`
}

/** `rows` values of the type, absent ones among them. */
export function randomValues(random: Random, type: LogicalType, rows: number, nulls = 0.25): unknown[] {
  return Array.from({ length: rows }, () => (random() < nulls ? null : randomValue(random, type)))
}

export function columnOfValues(field: Field, values: readonly unknown[]): Column {
  return buildColumn(field.type, values, { column: field.name }, field.sees)
}

/** The same column in every form it may come in. No result may depend on which of them it is. */
export function encodingsOf(column: Column): ReadonlyMap<string, Column> {
  const forms = new Map<string, Column>([['as it is', column]])
  const rows = column.length
  // Cut out of a longer one: buffers begin before it and end after it, and bits of validity stand at odd places.
  const order = Int32Array.from({ length: rows + 8 }, (_, i) =>
    i < 3 || i >= rows + 3 ? (rows === 0 ? -1 : i % rows) : i - 3,
  )
  forms.set('cut out of a longer one', column.take(order).slice(3, rows + 3))
  if (column.type.kind !== 'string') return forms
  const cells = Array.from(column, (cell) => cell as string | null)
  const { validity } = column
  const strings = cells.map((cell) => cell ?? '')
  const lazy = BytesColumn.ofStrings(strings, validity)
  forms.set('text as strings', BytesColumn.ofStrings(strings, validity))
  forms.set('text as bytes', new BytesColumn(types.string, lazy.offsets, lazy.bytes, validity))
  forms.set('text as bytes that do not begin at 0', lazy.take(order).slice(3, rows + 3))
  const entries = ['an entry that no row uses', ...new Set(strings), 'another one']
  const codesOf = (Type: { from(values: readonly number[]): Codes }): Codes =>
    Type.from(cells.map((cell) => (cell === null ? entries.length - 1 : entries.indexOf(cell))))
  for (const Type of [Uint8Array, Uint16Array, Int32Array]) {
    forms.set(`text as codes in ${Type.name}`, new DictionaryColumn(codesOf(Type), entries, validity))
  }
  forms.set(
    'text as codes, cut out of longer ones',
    new DictionaryColumn(codesOf(Int32Array), entries, validity).take(order).slice(3, rows + 3),
  )
  return forms
}

/** The stored values, beyond what a step sees: counts of units, unscaled decimals, 64-bit integers, text, bytes; null where absent. */
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
  const value = column instanceof ValuesColumn ? column.values[row] : column.at(row)
  return value instanceof Uint8Array ? [...value] : plain(value)
}

/** Bytes inside lists and structs as plain arrays, so that views of different buffers compare equal. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value]
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}
