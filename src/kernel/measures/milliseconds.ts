import type { TemporalColumn } from '../columns/column.ts'
import { DAY } from './civil.ts'
import { doubles } from './doubles.ts'

/** Each cell of a date or timestamp column in epoch milliseconds, rounded down to a whole one. What stands at absent rows means nothing. */
export function milliseconds(column: TemporalColumn): Float64Array {
  const out = new Float64Array(doubles(column))
  const { type, values } = column
  const unit = type.kind === 'timestamp' ? type.unit : 'ms'
  if (type.kind === 'date' || unit === 's') {
    const times = type.kind === 'date' ? DAY : 1000
    for (let row = 0; row < out.length; row++) out[row] = (out[row] as number) * times
    return out
  }
  if (unit === 'ms') return out
  const per = unit === 'us' ? 1e3 : 1e6
  for (let row = 0; row < out.length; row++) {
    const value = out[row] as number
    out[row] =
      Math.abs(value) < Number.MAX_SAFE_INTEGER ? Math.floor(value / per) : divided(values[row] as bigint, BigInt(per))
  }
  return out
}

/** Rounded down, exactly. */
function divided(value: bigint, by: bigint): number {
  const whole = value / by
  return Number(value < 0n && whole * by !== value ? whole - 1n : whole)
}
