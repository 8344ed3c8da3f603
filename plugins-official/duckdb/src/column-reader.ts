import {
  BooleanColumn,
  type Column,
  DecimalColumn,
  type Field,
  FlatColumn,
  type FlatValues,
  Int64Column,
  TemporalColumn,
  ValuesColumn,
} from 'tidegate'
import type { Bindings, Vector } from './native.ts'
import { rescaleTime } from './rescale.ts'

/** Builds one column of a batch from the vectors of the chunks that make it up. */
export interface ColumnReader {
  /** Takes the first `rows` cells of a vector as rows `at ..` of the batch being built. */
  append(vector: Vector, rows: number, at: number, mask: Uint8Array | null): void
  finish(length: number, validity: Uint8Array | undefined): Column
  /** Bytes of text so far, for readers whose rows have no fixed size. */
  size?(): number
}

/** What a column is in the result of the query (`from`) and what is handed out (`field`). */
export interface ReadPlan {
  readonly field: Field
  readonly from: Field['type']
}

type Values = FlatValues | BigInt64Array | BigUint64Array

/** Columns whose vectors are already the typed array: copied as memory. */
export function fixedReader({ field, from }: ReadPlan, capacity: number, bindings: Bindings): ColumnReader {
  const { make, finish } = fixed({ field, from })
  let values = make(capacity)
  let bytes = bytesOf(values)
  const width = values.BYTES_PER_ELEMENT
  return {
    append(vector, rows, at) {
      bytes.set(bindings.vector_get_data(vector, rows * width), at * width)
    },
    finish(length, validity) {
      const made = trimmed(values, length)
      values = make(capacity)
      bytes = bytesOf(values)
      return finish(made, validity)
    },
  }
}

function fixed({ field, from }: ReadPlan): {
  make: (length: number) => Values
  finish: (values: Values, validity: Uint8Array | undefined) => Column
} {
  const type = from
  switch (type.kind) {
    case 'boolean':
      return {
        make: (n) => new Uint8Array(n),
        finish: (values, validity) => new BooleanColumn(values as Uint8Array, validity),
      }
    case 'int':
      if (type.bits === 64) {
        const sees = field.sees ?? 'number'
        return {
          make: (n) => (type.signed ? new BigInt64Array(n) : new BigUint64Array(n)),
          finish: (values, validity) => new Int64Column(type, values as BigInt64Array, validity, sees),
        }
      }
      return {
        make: (n) => new flatArrays[`${type.signed ? 'i' : 'u'}${type.bits as 8 | 16 | 32}`](n),
        finish: (values, validity) => new FlatColumn(type, values as FlatValues, validity),
      }
    case 'float':
      return {
        make: (n) => new flatArrays[`f${type.bits}`](n),
        finish: (values, validity) => new FlatColumn(type, values as FlatValues, validity),
      }
    case 'date':
      return {
        make: (n) => new Int32Array(n),
        finish: (values, validity) => new TemporalColumn(type, values as Int32Array, validity),
      }
    default:
      return {
        make: (n) => new BigInt64Array(n),
        finish: (values, validity) =>
          new TemporalColumn(field.type, rescaleTime(values as BigInt64Array, from, field, validity), validity),
      }
  }
}

const flatArrays = {
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const

/** Decimals of up to 4, 9 and 18 digits come as 16-, 32- and 64-bit integers and are widened to the two words of Arrow's decimal128. */
export function decimalReader({ from }: ReadPlan, capacity: number, bindings: Bindings): ColumnReader {
  const width = decimalWidth(from.kind === 'decimal' ? from.precision : 38)
  let words = new BigUint64Array(2 * capacity)
  let halves = new Int32Array(words.buffer)
  return {
    append(vector, rows, at) {
      const data = bindings.vector_get_data(vector, rows * width)
      if (width === 16) return new Uint8Array(words.buffer).set(data, at * 16)
      const source =
        width === 2
          ? new Int16Array(data.buffer, data.byteOffset, rows)
          : new Int32Array(data.buffer, data.byteOffset, (rows * width) >> 2)
      const step = width === 8 ? 2 : 1
      for (let i = 0, to = 4 * at; i < rows; i++, to += 4) {
        const low = source[i * step] as number
        const high = step === 2 ? (source[i * 2 + 1] as number) : low >> 31
        halves[to] = low
        halves[to + 1] = high
        halves[to + 2] = halves[to + 3] = high >> 31
      }
    },
    finish(length, validity) {
      const made = trimmed(words, 2 * length)
      words = new BigUint64Array(2 * capacity)
      halves = new Int32Array(words.buffer)
      return new DecimalColumn(from, made, validity)
    },
  }
}

/** Bytes of DuckDB's integer behind a decimal of that many digits. */
export function decimalWidth(precision: number): 2 | 4 | 8 | 16 {
  return precision <= 4 ? 2 : precision <= 9 ? 4 : precision <= 18 ? 8 : 16
}

/** A column in which nothing is present, whatever type the query gave it. */
export function nullReader({ field }: ReadPlan): ColumnReader {
  return {
    append() {},
    finish: (length) => new ValuesColumn(field.type, new Array(length).fill(null), new Uint8Array((length + 7) >> 3)),
  }
}

function bytesOf(values: Values): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** A short last batch does not hold on to the memory of a full one. */
function trimmed<A extends Values>(values: A, length: number): A {
  if (length === values.length) return values
  return (length * 2 < values.length ? values.slice(0, length) : values.subarray(0, length)) as A
}
