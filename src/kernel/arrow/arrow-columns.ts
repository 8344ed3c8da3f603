import * as arrow from '@uwdata/flechette'
import {
  BooleanColumn,
  type Column,
  DecimalColumn,
  FlatColumn,
  Int64Column,
  isValid,
  TemporalColumn,
  ValuesColumn,
} from '../columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../columns/text.ts'
import { decodeStrings } from '../columns/utf8.ts'
import { TidegateError } from '../errors.ts'
import { type Field, type LogicalType, typeName } from '../types.ts'
import { arrowType, extraction } from './arrow-types.ts'
import { listOf, nestedBuffers, structOf } from './nested.ts'

const none = new Uint8Array(0)
const encoder = new TextEncoder()

/** A typed column as an Arrow column over the same buffers. `dictionary` forces or forbids dictionary encoding of text. */
export function toArrowColumn(column: Column, dictionary: boolean): arrow.Column<unknown> {
  const type = column.type
  if (type.kind === 'string')
    return dictionary ? dictionaryColumn(column) : single(arrow.utf8(), column, textBuffers(column))
  if (column instanceof BytesColumn) return single(arrow.binary(), column, rebased(column))
  if (column instanceof FlatColumn) return single(arrowType(type), column, { values: column.values })
  if (column instanceof BooleanColumn) return single(arrow.bool(), column, { values: pack(column.values) })
  if (column instanceof Int64Column) return single(arrowType(type), column, { values: column.values })
  if (column instanceof DecimalColumn) return single(arrowType(type), column, { values: column.words })
  if (column instanceof TemporalColumn) return single(arrowType(type), column, { values: temporalValues(column) })
  if (type.kind === 'null') return single(arrow.nullType(), column, {}, column.length)
  return single(
    arrowType(type),
    column,
    nestedBuffers(column, (child) => toArrowColumn(child, false).data[0] as arrow.Batch<unknown>),
  )
}

/** The reverse, over the buffers of the file. */
export function fromArrowColumn(field: Field, column: arrow.Column<unknown>): Column {
  return fromArrowBatch(field, column.data[0] as unknown as ArrowBatch)
}

function fromArrowBatch(field: Field, batch: ArrowBatch): Column {
  const type = field.type
  const validity = batch.nullCount > 0 ? batch.validity : undefined
  const length = batch.length
  const values = batch.values as never
  switch (type.kind) {
    case 'null':
      return new ValuesColumn(
        type,
        new Array(length).fill(null),
        length === 0 ? undefined : new Uint8Array((length + 7) >> 3),
      )
    case 'boolean':
      return new BooleanColumn(unpack(batch.values as Uint8Array, length), validity)
    case 'int':
      return type.bits === 64
        ? new Int64Column(type, sub(values, length), validity, field.sees ?? 'number')
        : new FlatColumn(type, sub(values, length), validity)
    case 'float':
      return new FlatColumn(type, sub(values, length), validity)
    case 'decimal':
      return new DecimalColumn(type, sub(values, 2 * length), validity)
    case 'date':
      return new TemporalColumn(type, sub(values, length), validity)
    case 'time':
      return new TemporalColumn(type, rescaled(sub(values as BigInt64Array, length), type.unit, false), validity)
    case 'timestamp':
      return new TemporalColumn(type, sub(values, length), validity)
    case 'string':
      if (batch.dictionary !== undefined)
        return new DictionaryColumn(sub(values, length), textOf(batch.dictionary), validity)
      return new BytesColumn(type, offsetsOf(batch), batch.values as Uint8Array, validity)
    case 'binary':
      return new BytesColumn(type, offsetsOf(batch), batch.values as Uint8Array, validity)
    case 'list':
      return listOf(field, { length, validity, offsets: offsetsOf(batch) }, (item) =>
        fromArrowBatch(item, batch.children[0] as ArrowBatch),
      )
    case 'struct':
      return structOf(field, { length, validity }, (inner, index) =>
        fromArrowBatch(inner, batch.children[index] as ArrowBatch),
      )
  }
}

/** Not by flechette itself, which takes a byte order mark at the beginning of a text away. */
function textOf(dictionary: { readonly data: readonly ArrowBatch[] }): readonly string[] {
  return dictionary.data.flatMap((words) => decodeStrings(offsetsOf(words), words.values as Uint8Array))
}

/** The fields of flechette's `Batch` that are read here (its declarations hide `dictionary`). */
interface ArrowBatch {
  readonly length: number
  readonly nullCount: number
  readonly validity: Uint8Array
  readonly values: unknown
  readonly offsets: Int32Array
  readonly children: readonly ArrowBatch[]
  readonly dictionary?: { readonly data: readonly ArrowBatch[] }
}

function offsetsOf(batch: ArrowBatch): Int32Array {
  return batch.length === 0 ? new Int32Array(1) : batch.offsets.subarray(0, batch.length + 1)
}

/** Buffers of a file may be padded beyond the column's length. */
function sub<A extends { readonly length: number; subarray(start: number, end: number): A }>(
  values: A,
  length: number,
): A {
  return values.length === length ? values : values.subarray(0, length)
}

function single(
  type: arrow.DataType,
  column: Column,
  buffers: object,
  nullCount = column.nullCount,
): arrow.Column<unknown> {
  const Batch = arrow.batchType(type, extraction) as new (options: object) => arrow.Batch<unknown>
  const validity = nullCount > 0 ? (column.validity ?? none) : none
  return new arrow.Column([new Batch({ length: column.length, nullCount, type, validity, ...buffers })], type)
}

function dictionaryColumn(column: Column): arrow.Column<unknown> {
  const { codes, dictionary } = column instanceof DictionaryColumn ? column : encodeDictionary(column)
  const type = arrow.dictionary(arrow.utf8(), arrow.int32())
  const batch = single(type, column, { values: codes instanceof Int32Array ? codes : Int32Array.from(codes) })
  const entries = textBuffers(new ValuesColumn({ kind: 'string' }, dictionary))
  const Utf8 = arrow.batchType(arrow.utf8(), extraction) as new (options: object) => arrow.Batch<unknown>
  const words = new arrow.Column(
    [new Utf8({ length: dictionary.length, nullCount: 0, type: type.dictionary, validity: none, ...entries })],
    type.dictionary,
  )
  ;(batch.data[0] as unknown as { setDictionary(words: arrow.Column<unknown>): void }).setDictionary(words)
  return batch
}

function encodeDictionary(column: Column): { readonly codes: Int32Array; readonly dictionary: readonly string[] } {
  const codes = new Int32Array(column.length)
  const seen = new Map<string, number>()
  for (let row = 0; row < column.length; row++) {
    const value = column.at(row)
    if (value === null) continue
    const code = seen.get(value as string) ?? seen.size
    seen.set(value as string, code)
    codes[row] = code
  }
  return { codes, dictionary: [...seen.keys()] }
}

function textBuffers(column: Column): { readonly offsets: Int32Array; readonly values: Uint8Array } {
  if (column instanceof BytesColumn) return rebased(column)
  const { length } = column
  const offsets = new Int32Array(length + 1)
  const cells = new Array<string>(length)
  let ascii = 0
  for (let row = 0; row < length; row++) {
    const cell = (column.at(row) as string | null) ?? ''
    cells[row] = cell
    ascii += cell.length
    offsets[row + 1] = ascii
  }
  const values = encoder.encode(cells.join(''))
  // One UTF-16 unit a byte throughout: the offsets counted in units are right.
  if (values.length === ascii) return { offsets, values }
  let size = 0
  for (let row = 0; row < length; row++) offsets[row + 1] = size += Buffer.byteLength(cells[row] as string)
  if (size > 0x7fffffff)
    throw new TidegateError(
      'TYPE_UNSUPPORTED',
      `${size} bytes of text in one batch exceed what one Arrow column holds (2 GiB)`,
      { hint: 'Use a smaller `batchRows`.' },
    )
  return { offsets, values: Buffer.from(cells.map((cell) => cell.toWellFormed?.() ?? cell).join('')) }
}

function rebased(column: BytesColumn): { readonly offsets: Int32Array; readonly values: Uint8Array } {
  const first = column.offsets[0] as number
  const last = column.offsets[column.length] as number
  const values = column.bytes.subarray(first, last)
  return { offsets: first === 0 ? column.offsets : column.offsets.map((offset) => offset - first), values }
}

function temporalValues(column: TemporalColumn): Int32Array | BigInt64Array {
  return column.type.kind === 'time' ? rescaled(column.values as BigInt64Array, column.type.unit, true) : column.values
}

/** time(s) and time(ms) are stored as microseconds, see `arrowType`. */
function rescaled(values: BigInt64Array, unit: 's' | 'ms' | 'us' | 'ns', up: boolean): BigInt64Array {
  const factor = unit === 's' ? 1_000_000n : unit === 'ms' ? 1000n : 1n
  if (factor === 1n) return values
  return values.map((value) => (up ? value * factor : value / factor))
}

/** Only the lowest bit of a byte counts: what stands at absent rows is anything. */
function pack(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array((bytes.length + 7) >> 3)
  for (let i = 0; i < bytes.length; i++) out[i >> 3] = (out[i >> 3] as number) | (((bytes[i] as number) & 1) << (i & 7))
  return out
}

function unpack(bits: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length)
  for (let i = 0; i < length; i++) out[i] = isValid(bits, i) ? 1 : 0
  return out
}

/** Whether text of this column is better stored as codes. */
export function prefersDictionary(column: Column): boolean {
  return column instanceof DictionaryColumn && column.dictionary.length <= Math.max(1024, column.length >> 1)
}

export function unsupported(type: LogicalType): TidegateError {
  return new TidegateError('TYPE_UNSUPPORTED', `Arrow files cannot carry ${typeName(type)}`)
}
