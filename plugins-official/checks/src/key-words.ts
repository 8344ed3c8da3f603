import {
  type Batch,
  type Column,
  columnIndex,
  columnOf,
  FlatColumn,
  Int64Column,
  isValid,
  keyHashes,
  type LogicalType,
  type TableSchema,
  TemporalColumn,
  TidegateError,
  typeName,
  types,
} from 'tidegate'

/** Keys of rows, comparable between datasets of other physical types: four words a row, all zero where a column of the key is absent. */
export interface KeyReader {
  /** What kind of value each column holds; keys of different kinds are never equal. */
  readonly kinds: readonly string[]
  words(batch: Batch): Int32Array
}

/**
 * Hashes of 128 bits over the key's columns. Numbers agree by value whatever their width (5 in an int8, a uint64 and a float64), text in every
 * encoding, points in time in every unit. With `nulls: 'value'` an absent cell is a value like others, otherwise a key that has one is no key.
 */
export function keyReader(
  asker: string,
  schema: TableSchema,
  columns: readonly string[],
  { nulls = 'none' }: { readonly nulls?: 'none' | 'value' } = {},
): KeyReader {
  const indexes = columns.map((column) => columnIndex(schema, column, asker))
  const kinds = indexes.map((index, i) =>
    kindOf(asker, columns[i] as string, schema.fields[index]?.type as LogicalType),
  )
  return {
    kinds,
    words(batch) {
      const given = columns.map((column) => columnOf(batch, column) as Column)
      const alike = given.map(plain)
      const hashes = keyHashes(alike.map(({ column }) => column))
      const words = new Int32Array(hashes.buffer, hashes.byteOffset, hashes.length)
      for (const [position, { apart, huge }] of alike.entries()) {
        if (apart !== undefined) mark(words, apart, position + 1)
        if (huge !== undefined) mark(words, huge, -position - 1)
      }
      for (const column of given) if (nulls === 'none') clearAbsent(words, column)
      return words
    },
  }
}

/** Throws `SCHEMA_MISMATCH` where no value of the one could equal a value of the other. */
export function requireAlike(
  asker: string,
  own: { readonly columns: readonly string[]; readonly kinds: readonly string[] },
  other: { readonly name: string; readonly columns: readonly string[]; readonly kinds: readonly string[] },
): void {
  for (const [i, kind] of own.kinds.entries()) {
    const there = other.kinds[i] as string
    if (kind === there || kind === 'null' || there === 'null') continue
    throw new TidegateError(
      'SCHEMA_MISMATCH',
      `${asker}: "${own.columns[i]}" is ${kind}, but "${other.columns[i]}" of ${other.name} is ${there}.`,
      {
        hint: 'Name columns of the same kind, or derive one of them in the step before.',
        data: { column: own.columns[i], other: other.columns[i] },
      },
    )
  }
}

function kindOf(asker: string, column: string, type: LogicalType): string {
  if (type.kind === 'int' || type.kind === 'float') return 'a number'
  if (type.kind === 'string') return 'text'
  if (type.kind === 'timestamp') return 'a timestamp'
  if (type.kind !== 'list' && type.kind !== 'struct') return type.kind === 'null' ? 'null' : `a ${typeName(type)}`
  throw new TidegateError(
    'SCHEMA_MISMATCH',
    `${asker}: the column "${column}" is ${typeName(type)}, which is no key.`,
    {
      hint: 'Name columns of single values.',
      data: { column },
    },
  )
}

interface Alike {
  readonly column: Column
  /** Rows (bit 1) that are no integer of 64 bits, although their words might be one's. */
  readonly apart: Uint8Array | undefined
  /** Rows (bit 1) whose words are those of an integer from 2^63 on, below 2^64. */
  readonly huge?: Uint8Array | undefined
}

/** The column with numbers as 64-bit integers and points in time in microseconds. */
function plain(column: Column): Alike {
  if (column instanceof FlatColumn && column.type.kind === 'float') return wholeNumbers(column)
  if (column instanceof TemporalColumn && column.type.kind === 'timestamp') return microseconds(column)
  if (column instanceof Int64Column && column.values instanceof BigUint64Array)
    return { column, apart: undefined, huge: beyond(column) }
  return { column, apart: undefined }
}

function wholeNumbers({ values, validity }: FlatColumn): Alike {
  const words = new Int32Array(2 * values.length)
  const bits = new Int32Array(2)
  const double = new Float64Array(bits.buffer)
  let apart: Uint8Array | undefined
  let huge: Uint8Array | undefined
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number
    if (Math.floor(value) === value && value >= -0x8000000000000000 && value < 0x10000000000000000) {
      const high = Math.floor(value / 0x100000000)
      words[2 * row] = value - high * 0x100000000
      words[2 * row + 1] = high
      if (value >= 0x8000000000000000) huge = withBit(huge, row, values.length)
      continue
    }
    double[0] = value
    words[2 * row] = Number.isNaN(value) ? 0 : (bits[0] as number)
    words[2 * row + 1] = Number.isNaN(value) ? 0x7ff80000 : (bits[1] as number)
    apart = withBit(apart, row, values.length)
  }
  return { column: new Int64Column(types.int64, new BigInt64Array(words.buffer), validity), apart, huge }
}

function microseconds(column: TemporalColumn): Alike {
  const unit = column.type.kind === 'timestamp' ? column.type.unit : 'us'
  const values = BigInt64Array.from(column.values as BigInt64Array)
  let apart: Uint8Array | undefined
  const factor = unit === 's' ? 1_000_000n : 1000n
  for (let row = 0; unit !== 'us' && row < values.length; row++) {
    const value = values[row] as bigint
    if (unit !== 'ns') values[row] = value * factor
    else if (value % 1000n === 0n) values[row] = value / 1000n
    else apart = withBit(apart, row, values.length)
  }
  return { column: new Int64Column(types.int64, values, column.validity), apart }
}

function beyond({ values }: Int64Column): Uint8Array | undefined {
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length)
  let huge: Uint8Array | undefined
  for (let row = 0; row < values.length; row++)
    if ((words[2 * row + 1] as number) < 0) huge = withBit(huge, row, values.length)
  return huge
}

function withBit(bits: Uint8Array | undefined, row: number, rows: number): Uint8Array {
  const own = bits ?? new Uint8Array((rows + 7) >> 3)
  own[row >> 3] = (own[row >> 3] as number) | (1 << (row & 7))
  return own
}

function mark(words: Int32Array, apart: Uint8Array, as: number): void {
  const by = Math.imul(0x9e3779b9, as)
  for (let row = 0; row < words.length >> 2; row++)
    if ((((apart[row >> 3] as number) >> (row & 7)) & 1) === 1) words[4 * row] = (words[4 * row] as number) ^ by
}

function clearAbsent(words: Int32Array, column: Column): void {
  if (column.type.kind === 'null') words.fill(0)
  else if (column.nullCount > 0)
    for (let row = 0; row < column.length; row++)
      if (!isValid(column.validity, row)) words.fill(0, 4 * row, 4 * row + 4)
}
