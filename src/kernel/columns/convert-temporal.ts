import { type LogicalType, typeName } from '../types.ts'
import { day, perSecond } from './build-temporal.ts'
import { type Column, isValid, TemporalColumn } from './column.ts'
import { lossy, type Where } from './where.ts'

const secondsPerDay = BigInt(day / 1000)

/** Between date and timestamp, and between units (no other pair): exact in 64-bit arithmetic; a fraction of the target's unit is `TYPE_PRECISION`. */
export function convertTemporal(column: TemporalColumn, type: LogicalType, where: Where): Column {
  const from = column.type
  const { length, validity, values } = column
  const [multiply, divide] = ratio(perUnit(from), perUnit(type))
  if (multiply === divide && values instanceof BigInt64Array && type.kind !== 'date')
    return new TemporalColumn(type, values, validity)
  const out = type.kind === 'date' ? new Int32Array(length) : new BigInt64Array(length)
  for (let i = 0; i < length; i++) {
    if (!isValid(validity, i)) continue
    const scaled = BigInt(values[i] as number | bigint) * multiply
    const converted = scaled / divide
    if (out instanceof BigInt64Array) out[i] = converted
    else out[i] = Number(converted)
    if (converted * divide !== scaled || BigInt(out[i] as number | bigint) !== converted) {
      throw lossy(where, i, new Date(column.milliseconds(i)), typeName(type))
    }
  }
  return new TemporalColumn(type, out, validity)
}

/** Units a day has. */
function perUnit(type: LogicalType): bigint {
  return type.kind === 'timestamp' || type.kind === 'time' ? perSecond[type.unit] * secondsPerDay : 1n
}

function ratio(from: bigint, to: bigint): readonly [multiply: bigint, divide: bigint] {
  return to >= from ? [to / from, 1n] : [1n, from / to]
}
