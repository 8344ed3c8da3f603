import {
  type DescribeRequest,
  type Field,
  type LogicalType,
  type PartRef,
  type TableSchema,
  types,
  unifySchemas,
} from 'tidegate'

/**
 * The schema of files that each state their own, all together in part order: the wider type where they differ, and nullable what one of them lacks.
 * @throws `SCHEMA_MIXED` where no type holds all values of both; what `describe` throws.
 */
export async function describeAllParts(
  parts: readonly PartRef[],
  request: DescribeRequest,
  describe: (part: PartRef, request: DescribeRequest) => Promise<TableSchema>,
): Promise<TableSchema> {
  let all: TableSchema | undefined
  for (const part of parts) {
    request.signal.throwIfAborted()
    const found = await describe(part, request)
    all = all === undefined ? found : together(all, found, part.id)
  }
  return all ?? { fields: [] }
}

/** Columns of the first in their order, then those that only the second has. */
function together(a: TableSchema, b: TableSchema, node: string): TableSchema {
  const absent = (field: Field, other: TableSchema): Field =>
    other.fields.some(({ name }) => name === field.name) ? field : { ...field, nullable: true }
  const onlyB = b.fields.filter(({ name }) => !a.fields.some((field) => field.name === name))
  const left = [...a.fields.map((field) => absent(field, b)), ...onlyB.map((field) => absent(field, a))]
  const right = left.map((field) => b.fields.find(({ name }) => name === field.name) ?? field)
  const wide = left.map((field, i) => wider(field.type, (right[i] as Field).type))
  const through = (fields: readonly Field[]): TableSchema => ({
    fields: fields.map((field, i) => ({ ...field, type: wide[i] ?? field.type })),
  })
  return unifySchemas(through(left), through(right), { node })
}

/** The narrowest type of the same sort that holds every value of both; undefined where they are the same, or nothing does. */
function wider(a: LogicalType, b: LogicalType): LogicalType | undefined {
  if (a.kind === 'int' && b.kind === 'int') {
    if (a.signed === b.signed) return a.bits >= b.bits ? a : b
    const [signed, unsigned] = a.signed ? [a, b] : [b, a]
    if (signed.bits > unsigned.bits) return signed
    return unsigned.bits === 64
      ? undefined
      : { kind: 'int', signed: true, bits: unsigned.bits === 8 ? 16 : unsigned.bits === 16 ? 32 : 64 }
  }
  if (a.kind === 'float' && b.kind === 'float') return a.bits >= b.bits ? a : b
  if (a.kind === 'int' && b.kind === 'float') return a.bits <= 32 ? types.float64 : undefined
  if (a.kind === 'float' && b.kind === 'int') return wider(b, a)
  if (a.kind === 'decimal' && b.kind === 'decimal') {
    const scale = Math.max(a.scale, b.scale)
    const precision = Math.max(a.precision - a.scale, b.precision - b.scale) + scale
    return precision <= 38 ? types.decimal(precision, scale) : undefined
  }
  if (a.kind === 'timestamp' && b.kind === 'timestamp' && a.zone === b.zone) return finer(a, b)
  return a.kind === 'time' && b.kind === 'time' ? finer(a, b) : undefined
}

/** Timestamps in nanoseconds end in the year 2262, so not all others fit into them; times of a day do. */
function finer<T extends Extract<LogicalType, { kind: 'time' | 'timestamp' }>>(a: T, b: T): T | undefined {
  if (a.unit === b.unit) return a
  const order = ['s', 'ms', 'us', 'ns']
  const found = order.indexOf(a.unit) > order.indexOf(b.unit) ? a : b
  return found.kind === 'timestamp' && found.unit === 'ns' ? undefined : found
}
