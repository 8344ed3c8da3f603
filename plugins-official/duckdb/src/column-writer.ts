import { type Column, type Field, type FlatValues, type LogicalType, sameType, TidegateError, typeName } from 'tidegate'
import { decimalWidth } from './column-reader.ts'
import type { Api, Bindings, Chunk, Vector } from './native.ts'
import { duckValue, unscaledOf } from './nested.ts'
import { rescaleTime } from './rescale.ts'
import { textWriter } from './text-writer.ts'

/** DuckDB takes at most so many rows at a time. */
export const windowRows = 2048

/** Puts rows `start ..` of the current column into a vector. */
export interface ColumnWriter {
  /** The column of the next batch. */
  begin(column: Column): void
  write(vector: Vector, start: number, rows: number, chunk: Chunk, index: number): void
}

interface Buffers {
  readonly values?: unknown
  readonly words?: BigUint64Array
}

export function writerOf(field: Field, native: { readonly api: Api; readonly bindings: Bindings }): ColumnWriter {
  const { bindings } = native
  switch (field.type.kind) {
    case 'null':
      return { begin() {}, write() {} }
    case 'string':
    case 'binary':
      return textWriter(bindings)
    case 'decimal':
      return decimalWriter(field, bindings)
    case 'list':
    case 'struct':
      return nestedWriter(field, native.api)
    default:
      return fixedWriter(field, bindings)
  }
}

type Values = FlatValues | BigInt64Array | BigUint64Array

/** Typed arrays are DuckDB's own layout: copied as memory. */
function fixedWriter(field: Field, bindings: Bindings): ColumnWriter {
  let values: Values = new Int32Array(0)
  return {
    begin(column) {
      const own = (column as Buffers).values
      const rescales =
        column.type.kind === field.type.kind && (field.type.kind === 'time' || field.type.kind === 'timestamp')
      if (!ArrayBuffer.isView(own) || (!rescales && !sameType(column.type, field.type)))
        throw mismatch(field, column.type)
      values = own as Values
      if (rescales) {
        values = rescaleTime(
          values as BigInt64Array,
          column.type,
          { name: field.name, type: carried(field.type) },
          column.validity,
        )
      }
    },
    write(vector, start, rows) {
      const width = values.BYTES_PER_ELEMENT
      bindings.copy_data_to_vector(
        vector,
        0,
        values.buffer as ArrayBuffer,
        values.byteOffset + start * width,
        rows * width,
      )
    },
  }
}

/** The unit in which DuckDB carries a time or timestamp. */
function carried(type: LogicalType): LogicalType {
  if (type.kind === 'time' && type.unit !== 'ns') return { kind: 'time', unit: 'us' }
  if (type.kind === 'timestamp' && type.zone !== undefined) return { kind: 'timestamp', unit: 'us', zone: type.zone }
  return type
}

function decimalWriter(field: Field, bindings: Bindings): ColumnWriter {
  const { precision, scale } = field.type as { readonly precision: number; readonly scale: number }
  const width = decimalWidth(precision)
  const scratch = new Uint8Array(windowRows * width)
  const narrow = width === 2 ? new Int16Array(scratch.buffer) : new Int32Array(scratch.buffer)
  let words = new BigUint64Array(0)
  return {
    begin(column) {
      words = ((column as Buffers).words as BigUint64Array<ArrayBuffer> | undefined) ?? wordsOf(column, scale)
    },
    write(vector, start, rows) {
      if (width === 16)
        return bindings.copy_data_to_vector(
          vector,
          0,
          words.buffer as ArrayBuffer,
          words.byteOffset + start * 16,
          rows * 16,
        )
      const halves = new Int32Array(words.buffer, words.byteOffset + start * 16, rows * 4)
      const step = width === 8 ? 2 : 1
      for (let row = 0; row < rows; row++) {
        narrow[row * step] = halves[row * 4] as number
        if (step === 2) narrow[row * 2 + 1] = halves[row * 4 + 1] as number
      }
      return bindings.copy_data_to_vector(vector, 0, scratch.buffer, 0, rows * width)
    },
  }
}

function wordsOf(column: Column, scale: number): BigUint64Array<ArrayBuffer> {
  const words = new BigUint64Array(2 * column.length)
  for (let row = 0; row < column.length; row++) {
    const value = column.at(row)
    if (value === null) continue
    const unscaled = unscaledOf(value as number, scale)
    words[2 * row] = BigInt.asUintN(64, unscaled)
    words[2 * row + 1] = BigInt.asUintN(64, unscaled >> 64n)
  }
  return words
}

/** Lists and structs go cell by cell. */
function nestedWriter(field: Field, api: Api): ColumnWriter {
  let current: Column | undefined
  return {
    begin(column) {
      current = column
    },
    write(_vector, start, rows, chunk, index) {
      const vector = chunk.getColumnVector(index)
      for (let row = 0; row < rows; row++)
        vector.setItem(row, duckValue(api, field.name, field.type, current?.at(start + row)))
      vector.flush()
    },
  }
}

function mismatch(field: Field, given: LogicalType): TidegateError {
  return new TidegateError(
    'SCHEMA_MISMATCH',
    `column '${field.name}' is ${typeName(given)} in a batch, but the schema says ${typeName(field.type)}`,
  )
}
