import { quoteName, quoteText } from '@tidegate/duckdb'
import { type Field, type TableSchema, TidegateError, typeName } from 'tidegate'
import { z } from 'zod'

const scalar = z.union([z.number(), z.bigint(), z.string(), z.boolean(), z.date()])

const condition = z.union([
  scalar,
  z.null(),
  z.array(scalar).min(1),
  z
    .strictObject({
      eq: scalar,
      ne: scalar,
      gt: scalar,
      gte: scalar,
      lt: scalar,
      lte: scalar,
      in: z.array(scalar).min(1),
      isNull: z.boolean(),
    })
    .partial(),
])

export const filterOption = z.record(z.string(), condition)

/**
 * Conditions per column, all of which must hold: `{ delay: { gte: 0, lt: 60 }, origin: ['ATL', 'ORD'], city: null, paid: true }`.
 * A plain value stands for `eq`, a list for `in`, `null` for `isNull: true`. **Null** fulfils nothing but `isNull: true`. **NaN** fulfils nothing but
 * `ne`. Values of dates and timestamps are epoch milliseconds (UTC), a `Date`, or ISO text.
 */
export type Filter = z.output<typeof filterOption>
type Scalar = z.output<typeof scalar>

const operators = { eq: '=', ne: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

/** The conditions as SQL over the columns of one file. */
export function whereOf(filter: Filter, schema: TableSchema, part: string): string {
  const clauses = Object.entries(filter).flatMap(([column, given]) => {
    const field = schema.fields.find(({ name }) => name === column)
    if (field === undefined) {
      throw new TidegateError('COLUMN_MISSING', `"${part}" has no column '${column}', which the filter names`, {
        hint: `Its columns are ${schema.fields.map(({ name }) => name).join(', ')}.`,
        data: { column, part },
      })
    }
    return clausesOf(field, given)
  })
  return clauses.length === 0 ? 'true' : clauses.join(' AND ')
}

function clausesOf(field: Field, given: Filter[string]): string[] {
  const name = quoteName(field.name)
  if (given === null) return [`${name} IS NULL`]
  if (Array.isArray(given)) return [`${name} IN (${given.map((value) => literal(field, value)).join(', ')})`]
  if (typeof given !== 'object' || given instanceof Date) return [`${name} = ${literal(field, given)}`]
  return Object.entries(given).flatMap(([operator, value]) => {
    if (value === undefined) return []
    if (operator === 'isNull') return [`${name} IS ${value === true ? '' : 'NOT '}NULL`]
    if (operator === 'in')
      return [`${name} IN (${(value as readonly Scalar[]).map((each) => literal(field, each)).join(', ')})`]
    const clause = `${name} ${operators[operator as keyof typeof operators]} ${literal(field, value as Scalar)}`
    // DuckDB orders NaN above all numbers.
    return field.type.kind === 'float' && (operator === 'gt' || operator === 'gte')
      ? [clause, `NOT isnan(${name})`]
      : [clause]
  })
}

function literal(field: Field, value: Scalar): string {
  const { kind } = field.type
  if (kind === 'date' || kind === 'timestamp') {
    const at =
      value instanceof Date
        ? value.getTime()
        : typeof value === 'string'
          ? parsed(field, value)
          : typeof value === 'number'
            ? value
            : Number.NaN
    if (Number.isFinite(at)) return stamp(field, at)
  } else if (
    (kind === 'int' || kind === 'float' || kind === 'decimal') &&
    (typeof value === 'number' || typeof value === 'bigint')
  ) {
    return kind === 'float' && typeof value === 'number' ? `CAST(${quoteText(String(value))} AS DOUBLE)` : String(value)
  } else if (kind === 'string' && typeof value === 'string') return quoteText(value)
  else if (kind === 'boolean' && typeof value === 'boolean') return String(value)
  throw unfit(field, value)
}

/** Text without a zone is UTC. */
function parsed(field: Field, text: string): number {
  const at = Date.parse(/T.*(Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`)
  if (Number.isNaN(at)) throw unfit(field, text)
  return at
}

function stamp(field: Field, at: number): string {
  const micros = `make_timestamp(${BigInt(Math.round(at * 1000))})`
  return field.type.kind === 'timestamp' && field.type.zone !== undefined ? `CAST(${micros} AS TIMESTAMPTZ)` : micros
}

function unfit(field: Field, value: Scalar): TidegateError {
  return new TidegateError(
    'SCHEMA_MISMATCH',
    `The filter compares column '${field.name}' (${typeName(field.type)}) with ${typeof value === 'string' ? `"${value}"` : String(value)}`,
    {
      hint: `Give a value that a ${typeName(field.type)} can equal.`,
      data: { column: field.name, type: typeName(field.type) },
    },
  )
}
