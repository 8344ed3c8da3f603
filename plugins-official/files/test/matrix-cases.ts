// Long because: the one table of types and edge values that the matrix is generated from.
import {
  type Batch,
  BooleanColumn,
  BytesColumn,
  type Column,
  DecimalColumn,
  DictionaryColumn,
  type Field,
  FlatColumn,
  Int64Column,
  type LogicalType,
  TemporalColumn,
  types,
  ValuesColumn,
} from 'tidegate'

/** One column of the matrix: a logical type and values at its edges. */
export interface MatrixCase {
  readonly name: string
  readonly type: LogicalType
  readonly sees?: 'bigint'
  /** What the values are, for the page. */
  readonly values: string
  readonly column: Column
  /** Formats that refuse these values although they carry the type. */
  readonly refusedBy?: readonly string[]
}

const max64 = 2n ** 63n - 1n
const min64 = -(2n ** 63n)
const perSecond = { s: 1n, ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n } as const
const nano = 1_700_000_000_123_456_789n
const text = [
  '',
  'plain',
  'a,b',
  'say "hi"',
  "it's",
  'two\nlines',
  'cr\r\nlf',
  ' padded ',
  '\ufefflike a BOM',
  'ünïcødé 漢字 🙂',
  'null',
  '1',
  '#',
  '\\n',
  'x'.repeat(5000),
]

export const cases: readonly MatrixCase[] = [
  { name: 'boolean', type: types.boolean, values: 'false, true', column: new BooleanColumn(Uint8Array.of(0, 1)) },
  flat('int8', types.int8, Int8Array.of(-128, -1, 0, 127)),
  flat('int16', types.int16, Int16Array.of(-32768, -1, 0, 32767)),
  flat('int32', types.int32, Int32Array.of(-2147483648, -1, 0, 2147483647)),
  {
    name: 'int64',
    type: types.int64,
    sees: 'bigint',
    values: 'min, max, neighbours of 2^53',
    refusedBy: ['excel'],
    column: new Int64Column(
      types.int64,
      BigInt64Array.of(min64, -1n, 0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, max64),
      undefined,
      'bigint',
    ),
  },
  flat('uint8', types.uint8, Uint8Array.of(0, 255)),
  flat('uint16', types.uint16, Uint16Array.of(0, 65535)),
  flat('uint32', types.uint32, Uint32Array.of(0, 4294967295)),
  {
    name: 'uint64',
    type: types.uint64,
    sees: 'bigint',
    values: '0, 2^53 + 1, 2^64 - 1',
    refusedBy: ['excel'],
    column: new Int64Column(types.uint64, BigUint64Array.of(0n, 2n ** 53n + 1n, 2n ** 64n - 1n), undefined, 'bigint'),
  },
  {
    ...flat('float32', types.float32, Float32Array.of(0, -0, 0.1, -1.5, 3.4028234663852886e38, 1.401298464324817e-45)),
    values: '0, -0, 0.1, min, max',
  },
  {
    ...flat(
      'float64',
      types.float64,
      Float64Array.of(0, -0, 0.1, -1.5, 5e-324, 1.7976931348623157e308, 9007199254740992),
    ),
    values: '0, -0, 0.1, min, max, 2^53',
  },
  {
    ...flat(
      'float64, not a number',
      types.float64,
      Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    ),
    values: 'NaN, ±Infinity',
    refusedBy: ['json', 'ndjson', 'excel'],
  },
  decimals('decimal(18, 2)', 18, 2, [0n, 1n, -1n, 999999999999999999n, -999999999999999999n]),
  decimals('decimal(38, 10)', 38, 10, [0n, 10n ** 38n - 1n, -(10n ** 38n) + 1n]),
  {
    name: 'string',
    type: types.string,
    values: 'empty, quotes, line breaks, Unicode, 5,000 characters',
    column: BytesColumn.ofStrings(text),
  },
  {
    name: 'string, dictionary',
    type: types.string,
    values: 'codes',
    column: new DictionaryColumn(Uint8Array.of(1, 0, 1, 2), ['b', 'a', 'ü']),
  },
  {
    name: 'binary',
    type: types.binary,
    values: 'empty, zeros, 255',
    column: new BytesColumn(types.binary, Int32Array.of(0, 0, 2, 4), Uint8Array.of(0, 0, 255, 10)),
  },
  {
    name: 'date',
    type: types.date,
    values: '0001-01-01 to 9999-12-31',
    refusedBy: ['excel'],
    column: new TemporalColumn(types.date, Int32Array.of(-719162, -1, 0, 2932896)),
  },
  ...(['s', 'ms', 'us', 'ns'] as const).map((unit) => times(unit)),
  ...(['s', 'ms', 'us', 'ns'] as const).flatMap((unit) => [stamps(unit), stamps(unit, 'UTC')]),
  stamps('us', 'Europe/Berlin'),
  values('list<int32>', types.list(types.int32), [[], [1, -2], [2147483647]]),
  values('list<string>', types.list(types.string), [[], ['', 'a,b'], ['ü']]),
  values('struct', types.struct([field('x', types.float64), field('name', types.string)]), [
    { x: 0.5, name: '' },
    { x: -0.25, name: 'ü' },
  ]),
]

/** The case as a batch, with or without an absent value at its end. */
export function batchOf({ name, type, sees, column }: MatrixCase, nulls: boolean): Batch {
  const made = nulls
    ? column.take(Int32Array.from({ length: column.length + 2 }, (_, i) => (i < column.length ? i : -1)))
    : column
  const own: Field = { name, type, nullable: nulls, ...(sees === undefined ? {} : { sees }) }
  // A column beside it keeps rows of nothing apart from no rows.
  const beside: Field = { name: 'row', type: types.int32, nullable: false }
  const rows = new FlatColumn(
    types.int32,
    Int32Array.from({ length: made.length }, (_, i) => i),
  )
  return { schema: { fields: [beside, own] }, length: made.length, columns: [rows, made] }
}

function flat(name: string, type: LogicalType, given: ConstructorParameters<typeof FlatColumn>[1]): MatrixCase {
  return { name, type, values: 'min, max, 0', column: new FlatColumn(type, given) }
}

function decimals(name: string, precision: number, scale: number, unscaled: readonly bigint[]): MatrixCase {
  const type = types.decimal(precision, scale)
  const words = BigUint64Array.from(
    unscaled.flatMap((value) => [BigInt.asUintN(64, value), BigInt.asUintN(64, value >> 64n)]),
  )
  const column = new DecimalColumn(type, words)
  return { name, type, values: `0, ${precision} digits, negative`, refusedBy: ['excel'], column }
}

function times(unit: keyof typeof perSecond): MatrixCase {
  const type = types.time(unit)
  const day = 86_400n * perSecond[unit]
  return {
    name: `time(${unit})`,
    type,
    values: 'midnight, the last unit of the day',
    column: new TemporalColumn(type, BigInt64Array.of(0n, 1n, day - 1n)),
  }
}

function stamps(unit: keyof typeof perSecond, zone?: string): MatrixCase {
  const type = types.timestamp(unit, zone)
  const at = nano / (perSecond.ns / perSecond[unit])
  // Instants are carried in microseconds by most formats: whole ones survive everywhere.
  const instants =
    zone !== undefined && unit === 'ns' ? [0n, at - (at % 1000n), -1_000_000_000_000n] : [0n, at, -(at / 10n), -1n]
  const name = `timestamp(${unit}${zone === undefined ? '' : `, ${zone}`})`
  return {
    name,
    ...(unit === 'ns' && zone === undefined ? { refusedBy: ['excel'] } : {}),
    type,
    values: `1970, 2023 to the ${unit}, before 1970`,
    column: new TemporalColumn(type, BigInt64Array.from(instants)),
  }
}

function values(name: string, type: LogicalType, given: readonly unknown[]): MatrixCase {
  return { name, type, values: 'empty, several', column: new ValuesColumn(type, given) }
}

function field(name: string, type: LogicalType): Field {
  return { name, type, nullable: false }
}
