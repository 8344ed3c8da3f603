import { DecimalColumn, type LogicalType, TidegateError, typeName } from 'tidegate'
import type { ColumnReader } from './column-reader.ts'
import { type Cursor, pass, readLength } from './cursor.ts'
import { createPresence, roomy } from './presence.ts'

type DecimalType = Extract<LogicalType, { kind: 'decimal' }>

/** Big-endian two's complement of any length, as an integer. */
export function readUnscaled(c: Cursor, size: number | undefined): bigint {
  const length = size ?? readLength(c)
  const from = pass(c, length)
  let value = 0n
  for (let i = from; i < from + length; i++) value = (value << 8n) | BigInt(c.bytes[i] as number)
  return BigInt.asIntN(length * 8, value)
}

/** Decimals in 128 bits. `size`: of a fixed type. @throws `TYPE_PRECISION` for more digits than the type says. */
export function createDecimalReader(
  type: DecimalType,
  size: number | undefined,
  c: Cursor,
  column: string,
): ColumnReader {
  const presence = createPresence()
  const limit = 10n ** BigInt(type.precision)
  // A value of so few bytes is below the limit.
  const safe = Math.floor((type.precision * Math.log2(10)) / 8)
  let words = new Uint32Array(0)

  function write(row: number, value: bigint): void {
    for (let i = 0; i < 4; i++) words[4 * row + i] = Number(BigInt.asUintN(32, value >> BigInt(32 * i)))
  }

  return {
    reserve(rows) {
      words = roomy(words, rows * 4)
    },
    read(row) {
      const length = size ?? readLength(c)
      if (length > 6 || length > safe || length === 0) return readLong(row, length)
      const from = pass(c, length)
      const { bytes } = c
      let value = ((bytes[from] as number) << 24) >> 24
      for (let i = from + 1; i < from + length; i++) value = value * 256 + (bytes[i] as number)
      const high = Math.floor(value / 2 ** 32)
      words[4 * row] = value - high * 2 ** 32
      words[4 * row + 1] = high
      words[4 * row + 2] = words[4 * row + 3] = value < 0 ? 0xffffffff : 0
    },
    absent(row) {
      words.fill(0, 4 * row, 4 * row + 4)
      presence.absent(row)
    },
    take(rows) {
      const own = words.slice(0, rows * 4)
      words = new Uint32Array(0)
      return new DecimalColumn(type, new BigUint64Array(own.buffer, 0, rows * 2), presence.take(rows))
    },
  }

  function readLong(row: number, length: number): void {
    if (length > 1024) c.fail(`a decimal takes ${length} bytes`)
    const value = readUnscaled(c, length)
    if (value >= limit || value <= -limit)
      throw new TidegateError(
        'TYPE_PRECISION',
        `A value of column '${column}' has more digits than ${typeName(type)} holds`,
        {
          hint: 'The file breaks its own schema: write it again with the true precision.',
          data: { column },
        },
      )
    write(row, value)
  }
}
