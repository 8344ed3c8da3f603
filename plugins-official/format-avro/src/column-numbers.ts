import { BooleanColumn, FlatColumn, Int64Column, type LogicalType, TemporalColumn } from 'tidegate'
import type { ColumnReader } from './column-reader.ts'
import { type Cursor, pass, readInt, readLong } from './cursor.ts'
import { createPresence, roomy, trimmed } from './presence.ts'

export function createBooleanReader(c: Cursor): ColumnReader {
  const presence = createPresence()
  let values = new Uint8Array(0)
  return {
    reserve(rows) {
      values = roomy(values, rows)
    },
    read(row) {
      const byte = c.bytes[pass(c, 1)] as number
      if (byte > 1) c.fail(`a boolean is the byte ${byte}`)
      values[row] = byte
    },
    absent: presence.absent,
    take(rows) {
      const own = trimmed(values, rows)
      values = new Uint8Array(0)
      return new BooleanColumn(own, presence.take(rows))
    },
  }
}

/** int32, dates, and times in milliseconds. */
export function createIntReader(type: LogicalType, c: Cursor): ColumnReader {
  if (type.kind === 'time') return createLongReader(type, c, undefined)
  const presence = createPresence()
  let values = new Int32Array(0)
  return {
    reserve(rows) {
      values = roomy(values, rows)
    },
    read(row) {
      values[row] = readInt(c)
    },
    absent: presence.absent,
    take(rows) {
      const own = trimmed(values, rows)
      values = new Int32Array(0)
      const validity = presence.take(rows)
      return type.kind === 'date' ? new TemporalColumn(type, own, validity) : new FlatColumn(type, own, validity)
    },
  }
}

/** 64-bit integers, times and timestamps, as pairs of 32-bit words. */
export function createLongReader(type: LogicalType, c: Cursor, sees: 'bigint' | undefined): ColumnReader {
  const presence = createPresence()
  let words = new Int32Array(0)
  return {
    reserve(rows) {
      words = roomy(words, rows * 2)
    },
    read(row) {
      readLong(c)
      words[2 * row] = c.low
      words[2 * row + 1] = c.high
    },
    absent(row) {
      words[2 * row] = 0
      words[2 * row + 1] = 0
      presence.absent(row)
    },
    take(rows) {
      const own = trimmed(words, rows * 2)
      words = new Int32Array(0)
      const values = new BigInt64Array(own.buffer as ArrayBuffer, own.byteOffset, rows)
      const validity = presence.take(rows)
      if (type.kind === 'int') return new Int64Column(type, values, validity, sees ?? 'number')
      return new TemporalColumn(type, values, validity)
    },
  }
}

export function createFloatReader(kind: 'float' | 'double', c: Cursor): ColumnReader {
  const presence = createPresence()
  const double = kind === 'double'
  const size = double ? 8 : 4
  let values: Float64Array | Float32Array = double ? new Float64Array(0) : new Float32Array(0)
  return {
    reserve(rows) {
      values = roomy(values, rows)
    },
    read(row) {
      const from = c.at
      c.at = from + size
      if (c.at > c.end) c.fail('it ends in the middle of a value')
      values[row] = double ? c.view.getFloat64(from, true) : c.view.getFloat32(from, true)
    },
    absent: presence.absent,
    take(rows) {
      const own = trimmed(values, rows)
      values = double ? new Float64Array(0) : new Float32Array(0)
      return new FlatColumn({ kind: 'float', bits: double ? 64 : 32 }, own, presence.take(rows))
    },
  }
}
