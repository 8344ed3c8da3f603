import {
  type BooleanColumn,
  type BytesColumn,
  type Column,
  type DecimalColumn,
  type DictionaryColumn,
  type Field,
  type FlatColumn,
  type Int64Column,
  isValid,
  type LogicalType,
  type TemporalColumn,
  TidegateError,
  typeName,
} from 'tidegate'
import { encodeValue } from './encode-value.ts'
import { ensure, type Output, writeBytes, writeInt, writeLong, writeNumber, writeUnscaled } from './output.ts'

/** Writes the cell of one row. */
export type Write = (row: number) => void

/** The writer of a column of one batch. @throws `TYPE_PRECISION` for a second that does not fit as milliseconds. */
export function columnWriter(field: Field, column: Column, out: Output): Write {
  const write = presentWriter(field, column, out)
  if (field.type.kind === 'null') return write
  const { validity } = column
  if (!field.nullable) return write
  return (row) => {
    ensure(out, 1)
    if (isValid(validity, row)) {
      out.bytes[out.at++] = 2
      write(row)
    } else out.bytes[out.at++] = 0
  }
}

function presentWriter(field: Field, column: Column, out: Output): Write {
  const { type } = field
  switch (type.kind) {
    case 'null':
      return () => {}
    case 'boolean': {
      const { values } = column as BooleanColumn
      return (row) => {
        ensure(out, 1)
        out.bytes[out.at++] = values[row] as number
      }
    }
    case 'int':
      return type.bits === 64
        ? wholeWriter(type, column as Int64Column, out)
        : smallWriter(type, column as FlatColumn, out)
    case 'float':
      return floatWriter(type.bits, column as FlatColumn, out)
    case 'decimal':
      return (row) => writeUnscaled(out, (column as DecimalColumn).unscaled(row))
    case 'string':
      return 'codes' in column ? codeWriter(column as DictionaryColumn, out) : bytesWriter(column as BytesColumn, out)
    case 'binary':
      return bytesWriter(column as BytesColumn, out)
    case 'date': {
      const { values } = column as TemporalColumn
      return (row) => writeInt(out, values[row] as number)
    }
    case 'time':
    case 'timestamp':
      return momentWriter(field, type, column as TemporalColumn, out)
    default:
      return (row) => encodeValue(type, column.at(row), out)
  }
}

function smallWriter(type: Extract<LogicalType, { kind: 'int' }>, { values }: FlatColumn, out: Output): Write {
  if (type.bits === 32 && !type.signed) return (row) => writeNumber(out, values[row] as number)
  return (row) => writeInt(out, values[row] as number)
}

function wholeWriter(type: Extract<LogicalType, { kind: 'int' }>, { values }: Int64Column, out: Output): Write {
  if (!type.signed) return (row) => writeUnscaled(out, values[row] as bigint)
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  return (row) => writeLong(out, words[2 * row] as number, words[2 * row + 1] as number)
}

function floatWriter(bits: 32 | 64, { values }: FlatColumn, out: Output): Write {
  if (bits === 32)
    return (row) => {
      ensure(out, 4)
      out.view.setFloat32(out.at, values[row] as number, true)
      out.at += 4
    }
  return (row) => {
    ensure(out, 8)
    out.view.setFloat64(out.at, values[row] as number, true)
    out.at += 8
  }
}

function codeWriter({ codes, dictionary }: DictionaryColumn, out: Output): Write {
  const encoder = new TextEncoder()
  const entries = new Map<number, Uint8Array>()
  return (row) => {
    const code = codes[row] as number
    let entry = entries.get(code)
    if (entry === undefined) {
      entry = encoder.encode(dictionary[code])
      entries.set(code, entry)
    }
    writeBytes(out, entry, 0, entry.length)
  }
}

function bytesWriter({ offsets, bytes }: BytesColumn, out: Output): Write {
  return (row) => writeBytes(out, bytes, offsets[row] as number, offsets[row + 1] as number)
}

/** Seconds become milliseconds, which is the coarsest that Avro has. */
function momentWriter(
  { name }: Field,
  type: Extract<LogicalType, { kind: 'time' | 'timestamp' }>,
  { values }: TemporalColumn,
  out: Output,
): Write {
  const big = values as BigInt64Array
  const words = new Int32Array(big.buffer, big.byteOffset, big.length * 2)
  if (type.unit !== 's') return (row) => writeLong(out, words[2 * row] as number, words[2 * row + 1] as number)
  return (row) => {
    const value = (big[row] as bigint) * 1000n
    if (BigInt.asIntN(64, value) !== value)
      throw new TidegateError(
        'TYPE_PRECISION',
        `A ${typeName(type)} of column '${name}' does not fit Avro's milliseconds`,
        {
          hint: 'Such a moment lies 292 million years away: correct it in a step.',
          data: { column: name },
        },
      )
    writeLong(out, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)))
  }
}
