import { type LogicalType, typeName, types } from '../types.ts'

/** One row of the types page. `type` stands for its whole family where the page says so. */
export interface TypeRow {
  readonly type: LogicalType
  readonly sees: string
  readonly writes: string
  readonly arrow: string
  readonly duckdb: string
  /** The declaration whose natural type this is, as a user writes it. */
  readonly zod: string
}

const whole = 'whole numbers, bigints'
const moment = 'number: epoch milliseconds'
const moments = 'epoch milliseconds, `Date`'

/** The one table of types: what the documentation shows and what the tests check against the code. */
export const typesTable: readonly TypeRow[] = [
  { type: types.boolean, sees: 'boolean', writes: 'booleans', arrow: 'Bool', duckdb: 'BOOLEAN', zod: 'z.boolean()' },
  { type: types.int8, sees: 'number', writes: whole, arrow: 'Int8', duckdb: 'TINYINT', zod: 'int8()' },
  { type: types.int16, sees: 'number', writes: whole, arrow: 'Int16', duckdb: 'SMALLINT', zod: 'int16()' },
  { type: types.int32, sees: 'number', writes: whole, arrow: 'Int32', duckdb: 'INTEGER', zod: 'z.int32()' },
  {
    type: types.int64,
    sees: 'bigint; number with `z.int()` (`TYPE_PRECISION` beyond 2^53)',
    writes: whole,
    arrow: 'Int64',
    duckdb: 'BIGINT',
    zod: 'z.int64()',
  },
  { type: types.uint8, sees: 'number', writes: whole, arrow: 'Uint8', duckdb: 'UTINYINT', zod: 'uint8()' },
  { type: types.uint16, sees: 'number', writes: whole, arrow: 'Uint16', duckdb: 'USMALLINT', zod: 'uint16()' },
  { type: types.uint32, sees: 'number', writes: whole, arrow: 'Uint32', duckdb: 'UINTEGER', zod: 'z.uint32()' },
  {
    type: types.uint64,
    sees: 'bigint; number with `z.int()` (`TYPE_PRECISION` beyond 2^53)',
    writes: whole,
    arrow: 'Uint64',
    duckdb: 'UBIGINT',
    zod: 'z.uint64()',
  },
  {
    type: types.float32,
    sees: 'number',
    writes: 'numbers that float32 holds (`Math.fround`)',
    arrow: 'Float32',
    duckdb: 'FLOAT',
    zod: 'z.float32()',
  },
  { type: types.float64, sees: 'number', writes: 'numbers', arrow: 'Float64', duckdb: 'DOUBLE', zod: 'z.number()' },
  {
    type: types.decimal(18, 2),
    sees: 'number (nearest); sums and equality are exact',
    writes: 'numbers (by their shortest decimal text), bigints, decimal strings',
    arrow: 'Decimal128',
    duckdb: 'DECIMAL(18,2)',
    zod: 'decimal(18, 2)',
  },
  {
    type: types.string,
    sees: 'string',
    writes: 'well-formed strings',
    arrow: 'Utf8, Dictionary',
    duckdb: 'VARCHAR, ENUM',
    zod: 'z.string()',
  },
  { type: types.binary, sees: 'Uint8Array', writes: '`Uint8Array`', arrow: 'Binary', duckdb: 'BLOB', zod: 'binary()' },
  {
    type: types.date,
    sees: moment,
    writes: `${moments}, at midnight UTC`,
    arrow: 'Date32',
    duckdb: 'DATE',
    zod: 'z.iso.date()',
  },
  {
    type: types.time('ms'),
    sees: 'number: milliseconds since midnight',
    writes: 'milliseconds since midnight',
    arrow: 'Time64',
    duckdb: 'TIME',
    zod: 'z.iso.time()',
  },
  {
    type: types.timestamp('ms'),
    sees: moment,
    writes: moments,
    arrow: 'Timestamp',
    duckdb: 'TIMESTAMP_MS',
    zod: 'z.date()',
  },
  {
    type: types.timestamp('us'),
    sees: `${moment}, with fractions`,
    writes: moments,
    arrow: 'Timestamp',
    duckdb: 'TIMESTAMP',
    zod: "timestamp({ unit: 'us' })",
  },
  {
    type: types.timestamp('us', 'UTC'),
    sees: `${moment}, with fractions`,
    writes: moments,
    arrow: 'Timestamp',
    duckdb: 'TIMESTAMP WITH TIME ZONE',
    zod: "timestamp({ unit: 'us', zone: 'UTC' })",
  },
  {
    type: types.list(types.string),
    sees: 'array',
    writes: 'arrays',
    arrow: 'List',
    duckdb: 'VARCHAR[]',
    zod: 'z.array(z.string())',
  },
  {
    type: types.struct([{ name: 'x', type: types.float64, nullable: false }]),
    sees: 'object',
    writes: 'plain objects without further keys',
    arrow: 'Struct',
    duckdb: 'STRUCT(x DOUBLE)',
    zod: 'z.object({ x: z.number() })',
  },
]

/** The table as Markdown, as it stands in the documentation. */
export function typesMarkdown(): string {
  const rows = typesTable.map(({ type, sees, writes, arrow, duckdb, zod }) =>
    [`\`${typeName(type)}\``, sees, writes, arrow, duckdb, `\`${zod}\``].join(' | '),
  )
  const head = 'type | a step sees | a step may write | Arrow | DuckDB | declared as'
  return [head, '--- | --- | --- | --- | --- | ---', ...rows].map((row) => `| ${row} |`).join('\n')
}
