import { type Column, DecimalColumn, doubles, Int64Column, TemporalColumn } from 'tidegate'

/** `digits * 10 ** exponent` */
export interface Exact {
  readonly digits: bigint
  readonly exponent: number
}

/**
 * A finite number exactly: whole ones by value, others as the shortest decimal that reads back as them, so that 0.1 is the decimal 0.1.
 */
export function exactly(value: number | bigint): Exact {
  if (typeof value === 'bigint') return { digits: value, exponent: 0 }
  if (Number.isInteger(value)) return { digits: BigInt(value), exponent: 0 }
  const [mantissa = '', power = '0'] = String(value).split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length }
}

/** Negative, 0 or positive. */
export function compareExact(a: Exact, b: Exact): number {
  if (a.exponent === b.exponent) return a.digits < b.digits ? -1 : Number(a.digits > b.digits)
  const least = Math.min(a.exponent, b.exponent)
  const left = a.digits * 10n ** BigInt(a.exponent - least)
  const right = b.digits * 10n ** BigInt(b.exponent - least)
  return left < right ? -1 : Number(left > right)
}

/** Milliseconds are 10 ** 0. */
export const unitExponent = { s: 3, ms: 0, us: -3, ns: -6 } as const

/** A column of numbers, dates or times (in milliseconds) to be compared. */
export interface Comparable {
  /** Nearest doubles: where two of them differ, the values differ in the same way, since rounding keeps order. */
  readonly near: Float64Array
  /** A finite cell exactly, for where doubles are equal. */
  exact(row: number): Exact
  /** How far two doubles may be apart, as a share of their size, although the values compare otherwise: undefined where even equal doubles are equal values. */
  readonly slack: number | undefined
}

export function comparable(column: Column): Comparable {
  if (column instanceof TemporalColumn) return temporal(column)
  const near = doubles(column)
  if (column instanceof Int64Column)
    return { near, slack: 0, exact: (row) => ({ digits: column.values[row] as bigint, exponent: 0 }) }
  if (column instanceof DecimalColumn) {
    const exponent = column.type.kind === 'decimal' ? -column.type.scale : 0
    return { near, slack: 0, exact: (row) => ({ digits: column.unscaled(row), exponent }) }
  }
  return { near, slack: undefined, exact: (row) => exactly(near[row] as number) }
}

function temporal(column: TemporalColumn): Comparable {
  const { type, values } = column
  const near = new Float64Array(column.length)
  if (type.kind === 'date') {
    for (let row = 0; row < near.length; row++) near[row] = Number(values[row]) * 86_400_000
    return { near, slack: undefined, exact: (row) => exactly(near[row] as number) }
  }
  const exponent = 'unit' in type ? unitExponent[type.unit] : 0
  const stored = doubles(column)
  const factor = 10 ** Math.abs(exponent)
  for (let row = 0; row < near.length; row++)
    near[row] = exponent < 0 ? (stored[row] as number) / factor : (stored[row] as number) * factor
  // Two roundings on the way: no order between neighbours.
  return { near, slack: 2 ** -50, exact: (row) => ({ digits: BigInt(values[row] as bigint), exponent }) }
}
