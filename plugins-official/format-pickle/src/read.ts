import {
  buildField,
  type Column,
  DecimalColumn,
  type Field,
  Int64Column,
  type OpenRequest,
  type RejectedRow,
  type SourceChunk,
  TemporalColumn,
  TidegateError,
  takeBatch,
} from 'tidegate'
import type { PickleColumn, PickleTable } from './columns.ts'
import { type Budget, convert } from './convert.ts'
import { typeOfColumn } from './infer.ts'

interface Place {
  readonly field: Field
  readonly column: PickleColumn | undefined
  readonly native: Column | undefined
}

/** Types as the data have them: of numpy arrays their own, otherwise found from all values. Every column may hold None. */
export function fieldsOf(table: PickleTable, shown: string, budget: Budget): readonly Field[] {
  return table.columns.map((column) => {
    const type = typeOfColumn(column, table, shown, budget)
    const sees =
      type.kind === 'int' && type.bits === 64 && isWide(column, table.rows) ? { sees: 'bigint' as const } : {}
    return { name: column.name, type, nullable: true, ...sees }
  })
}

/** Whether integers lie beyond 2^53: they are seen as bigint then. */
function isWide(column: PickleColumn, rows: number): boolean {
  const native = column.native?.()
  if (native instanceof Int64Column) return native.firstInexact() >= 0
  for (let row = 0; row < rows; row++) if (typeof column.at(row) === 'bigint') return true
  return false
}

/** Rows as batches, and those that do not fit the schema with their reason. */
export function* readTable(
  table: PickleTable,
  shown: string,
  budget: Budget,
  request: Pick<OpenRequest, 'schema' | 'columns' | 'batchRows' | 'signal'>,
): Iterable<SourceChunk> {
  const places = placesOf(table, shown, budget, request)
  for (let start = 0; start < table.rows; start += request.batchRows) {
    request.signal.throwIfAborted()
    const end = Math.min(table.rows, start + request.batchRows)
    const faults = new Map<number, string>()
    const columns = places.map((place) => readColumn(place, start, end, budget, faults))
    const schema = { fields: places.map(({ field }, i) => ({ ...field, type: (columns[i] as Column).type })) }
    const batch = { schema, length: end - start, columns }
    if (faults.size === 0) {
      yield batch
      continue
    }
    const rejected = [...faults]
      .sort(([a], [b]) => a - b)
      .map(([row, reason]): RejectedRow => ({ row, reason, raw: rawOf(table, row) }))
    yield { rejected }
    const left: number[] = []
    for (let row = start; row < end; row++) if (!faults.has(row)) left.push(row - start)
    if (left.length > 0) yield takeBatch(batch, Int32Array.from(left))
  }
}

function placesOf(
  table: PickleTable,
  shown: string,
  budget: Budget,
  { schema, columns }: Pick<OpenRequest, 'schema' | 'columns'>,
): readonly Place[] {
  const wanted = (schema?.fields ?? fieldsOf(table, shown, budget)).filter(
    ({ name }) => columns?.includes(name) ?? true,
  )
  const places = wanted.map((field): Place => {
    const column = table.columns.find(({ name }) => name === field.name)
    if (column === undefined && !field.nullable && field.fallback === undefined)
      throw new TidegateError('COLUMN_MISSING', `"${shown}" has no column '${field.name}'`, {
        hint: `Its columns are ${table.columns.map(({ name }) => name).join(', ')}.`,
        data: { path: shown, column: field.name },
      })
    return { field, column, native: column?.native?.() }
  })
  if (places.length > 0) return places
  // Rows can be counted without any column, but a batch needs one to be as long as they are many.
  return [
    {
      field: { name: table.columns[0]?.name ?? 'row', type: { kind: 'null' }, nullable: true },
      column: undefined,
      native: undefined,
    },
  ]
}

function readColumn(
  { field, column, native }: Place,
  start: number,
  end: number,
  budget: Budget,
  faults: Map<number, string>,
): Column {
  if (native !== undefined) return native.slice(start, end)
  const values = new Array<unknown>(end - start).fill(null)
  for (let row = start; row < end && column !== undefined; row++) {
    const converted = convert(column.at(row), field.type, budget, 0, field.sees)
    if ('why' in converted) fault(row, converted.why)
    else if (converted.value !== null) values[row - start] = converted.value
    else if (!field.nullable && field.fallback === undefined) fault(row, 'is None or missing, but not nullable')
  }
  return finished(field, values)

  function fault(row: number, why: string): void {
    if (!faults.has(row)) faults.set(row, `${field.name}: ${why}`)
  }
}

function finished(field: Field, values: readonly unknown[]): Column {
  const { type } = field
  const n = values.length
  if (type.kind === 'decimal') {
    const words = new BigUint64Array(2 * n)
    for (let row = 0; row < n; row++) {
      const unscaled = (values[row] as bigint | null) ?? 0n
      words[2 * row] = unscaled
      words[2 * row + 1] = unscaled >> 64n
    }
    return new DecimalColumn(type, words, validityOf(values))
  }
  if (type.kind === 'date')
    return new TemporalColumn(
      type,
      Int32Array.from(values, (day) => (day as number | null) ?? 0),
      validityOf(values),
    )
  if (type.kind === 'time' || type.kind === 'timestamp')
    return new TemporalColumn(
      type,
      BigInt64Array.from(values, (units) => (units as bigint | null) ?? 0n),
      validityOf(values),
    )
  return buildField(field, values)
}

function validityOf(values: readonly unknown[]): Uint8Array | undefined {
  if (!values.includes(null)) return undefined
  const bits = new Uint8Array((values.length + 7) >> 3)
  for (let row = 0; row < values.length; row++)
    if (values[row] !== null) bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
  return bits
}

const longestRaw = 4096

/** What the row holds, for people: plain values as text, others by their kind. */
function rawOf(table: PickleTable, row: number): string {
  let raw = ''
  for (const { name, at } of table.columns) {
    const value = at(row)
    const plain = value === null || typeof value !== 'object'
    const text = plain ? String(value) : 'value' in value ? String(value.value) : `<${value.constructor.name}>`
    raw += `${raw === '' ? '' : '\t'}${name}=${text}`
    if (raw.length > longestRaw) break
  }
  return raw.slice(0, longestRaw)
}
