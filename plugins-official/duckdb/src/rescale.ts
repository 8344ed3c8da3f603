import { type Field, isValid, type LogicalType, TidegateError, type TimeUnit, typeName } from 'tidegate'

const perSecond: Readonly<Record<TimeUnit, bigint>> = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n }

/**
 * Times and timestamps of one unit in another. Exact: what a coarser unit cannot hold, or what leaves 64 bits, is `TYPE_PRECISION`.
 * The same array when the units agree.
 */
export function rescaleTime(
  values: BigInt64Array,
  from: LogicalType,
  to: Pick<Field, 'name' | 'type'>,
  validity: Uint8Array | undefined,
): BigInt64Array {
  const target = to.type
  if (!('unit' in from) || !('unit' in target) || from.unit === target.unit) return values
  const up = perSecond[target.unit] / perSecond[from.unit]
  const down = perSecond[from.unit] / perSecond[target.unit]
  const out = new BigInt64Array(values.length)
  for (let row = 0; row < values.length; row++) {
    if (!isValid(validity, row)) continue
    const value = values[row] as bigint
    const scaled = up > 0n ? value * up : value / down
    const exact = up > 0n ? BigInt.asIntN(64, scaled) === scaled : scaled * down === value
    if (!exact) throw inexact(to.name, `${value} ${from.unit}`, target)
    out[row] = scaled
  }
  return out
}

export function inexact(column: string, value: string, type: LogicalType): TidegateError {
  return new TidegateError(
    'TYPE_PRECISION',
    `column '${column}': ${value} cannot be held exactly as ${typeName(type)}`,
    {
      hint: 'Declare a type that holds all values of the column, or change the value in a step before.',
      data: { column, value, type: typeName(type) },
    },
  )
}
