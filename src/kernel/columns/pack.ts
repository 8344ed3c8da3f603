import type { LogicalType } from '../types.ts'
import {
  BooleanColumn,
  type Codes,
  type Column,
  DecimalColumn,
  FlatColumn,
  type FlatValues,
  Int64Column,
  TemporalColumn,
  ValuesColumn,
} from './column.ts'
import { BytesColumn, DictionaryColumn } from './text.ts'

type Numbers = FlatValues | BigInt64Array | BigUint64Array
const makers = {
  Int8Array,
  Int16Array,
  Int32Array,
  Uint8Array,
  Uint16Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const

/** A typed array inside the one buffer of a message: class, byte offset, length. */
type View = readonly [keyof typeof makers, number, number]

/** A column as plain data: it survives `structuredClone`, and its values stand in the buffer of the message, in Arrow layout. */
export type PackedColumn = { readonly validity?: View } & (
  | { readonly as: 'flat' | 'boolean' | 'temporal' | 'decimal'; readonly type: LogicalType; readonly values: View }
  | {
      readonly as: 'int64'
      readonly type: LogicalType
      readonly values: View
      readonly sees: 'number' | 'bigint'
    }
  | { readonly as: 'bytes'; readonly type: LogicalType; readonly offsets: View; readonly bytes: View }
  /** `words` the first time that a dictionary is sent on this way. */
  | { readonly as: 'codes'; readonly codes: View; readonly dictionary: number; readonly words?: readonly string[] }
  | {
      readonly as: 'values'
      readonly type: LogicalType
      readonly values: readonly unknown[]
      readonly sees: 'number' | 'bigint'
    }
)

/** One way between two threads: dictionaries are sent once, and keep their identity on the other side. */
export interface ColumnPacker {
  /** Begins a message. */
  begin(): ColumnMessage
}

/** One message. Throws a `DataCloneError` for columns of a foreign class: the way must not be used any further then. */
export interface ColumnMessage {
  column(column: Column): PackedColumn
  /** A typed array that is no column. */
  array(values: Numbers): View
  /** Copies everything into one new buffer, which may be transferred. */
  finish(): ArrayBuffer
}

export function createColumnPacker(): ColumnPacker {
  const known = new Map<readonly string[], number>()
  return {
    begin() {
      const pieces: { readonly values: Numbers; readonly at: number }[] = []
      let size = 0
      const array = (values: Numbers): View => {
        const at = size
        pieces.push({ values, at })
        size = (size + values.byteLength + 7) & ~7
        return [values[Symbol.toStringTag], at, values.length]
      }
      const validityOf = ({ validity }: Column) => (validity === undefined ? {} : { validity: array(validity) })
      const column = (given: Column): PackedColumn => {
        const { type } = given
        const validity = validityOf(given)
        if (given instanceof FlatColumn) return { as: 'flat', type, values: array(given.values), ...validity }
        if (given instanceof BooleanColumn) return { as: 'boolean', type, values: array(given.values), ...validity }
        if (given instanceof TemporalColumn) return { as: 'temporal', type, values: array(given.values), ...validity }
        if (given instanceof DecimalColumn) return { as: 'decimal', type, values: array(given.words), ...validity }
        if (given instanceof Int64Column)
          return { as: 'int64', type, values: array(given.values), sees: given.sees, ...validity }
        if (given instanceof BytesColumn) return { as: 'bytes', type, ...bytesOf(given, array), ...validity }
        if (given instanceof DictionaryColumn) {
          const { codes, dictionary } = given
          const found = known.get(dictionary)
          if (found !== undefined) return { as: 'codes', codes: array(codes), dictionary: found, ...validity }
          known.set(dictionary, known.size)
          return { as: 'codes', codes: array(codes), dictionary: known.size - 1, words: dictionary, ...validity }
        }
        if (given instanceof ValuesColumn)
          return { as: 'values', type, values: given.values, sees: given.sees, ...validity }
        throw Object.assign(new Error(`a column of type ${type.kind} is of another copy of Tidegate`), {
          name: 'DataCloneError',
        })
      }
      return {
        column,
        array,
        finish() {
          const buffer = new ArrayBuffer(size)
          const into = new Uint8Array(buffer)
          for (const { values, at } of pieces)
            into.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at)
          return buffer
        },
      }
    },
  }
}

/** Text without what stands before and behind it in a shared buffer. */
function bytesOf(column: BytesColumn, array: (values: Numbers) => View) {
  const { offsets, bytes } = column
  const [first, last] = [offsets[0] as number, offsets[column.length] as number]
  return {
    offsets: array(first === 0 ? offsets : offsets.map((offset) => offset - first)),
    bytes: array(bytes.subarray(first, last)),
  }
}

export interface ColumnUnpacker {
  column(packed: PackedColumn, buffer: ArrayBuffer): Column
}

/** The other end of the way: must see every message that was sent on it, in order. */
export function createColumnUnpacker(): ColumnUnpacker {
  const dictionaries: (readonly string[])[] = []
  return {
    column(packed, buffer) {
      const validity = packed.validity === undefined ? undefined : (viewOf(packed.validity, buffer) as Uint8Array)
      if (packed.as === 'bytes')
        return new BytesColumn(
          packed.type,
          viewOf(packed.offsets, buffer) as Int32Array,
          viewOf(packed.bytes, buffer) as Uint8Array,
          validity,
        )
      if (packed.as === 'codes') {
        if (packed.words !== undefined) dictionaries[packed.dictionary] = packed.words
        const words = dictionaries[packed.dictionary]
        if (words === undefined) throw new Error(`dictionary ${packed.dictionary} was never sent`)
        return new DictionaryColumn(viewOf(packed.codes, buffer) as Codes, words, validity)
      }
      if (packed.as === 'values') return new ValuesColumn(packed.type, packed.values, validity, packed.sees)
      const values = viewOf(packed.values, buffer)
      // The class of the values was that of the same layout on the way here.
      if (packed.as === 'int64') return new Int64Column(packed.type, values as BigInt64Array, validity, packed.sees)
      if (packed.as === 'boolean') return new BooleanColumn(values as Uint8Array, validity)
      if (packed.as === 'temporal') return new TemporalColumn(packed.type, values as Int32Array, validity)
      if (packed.as === 'decimal') return new DecimalColumn(packed.type, values as BigUint64Array, validity)
      return new FlatColumn(packed.type, values as FlatValues, validity)
    },
  }
}

export function viewOf([name, offset, length]: View, buffer: ArrayBuffer): Numbers {
  return new makers[name](buffer, offset, length)
}

export type { View }
