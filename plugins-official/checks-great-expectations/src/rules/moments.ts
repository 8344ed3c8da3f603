export interface Moments {
  readonly count: number
  /** NaN of nothing. */
  readonly mean: number
  /** Of the sample (n - 1); NaN of fewer than two. */
  readonly stdev: number
}

/** Two passes over the values: the mean by a compensated sum, then the squares of what is left. */
export function describe(values: Float64Array): Moments {
  const mean = sumOf(values) / values.length
  let squares = 0
  for (const value of values) squares += (value - mean) ** 2
  return {
    count: values.length,
    mean,
    stdev: values.length < 2 ? Number.NaN : Math.sqrt(squares / (values.length - 1)),
  }
}

/** Neumaier's compensated sum. */
export function sumOf(values: Float64Array): number {
  let sum = 0
  let carry = 0
  for (const value of values) {
    const next = sum + value
    carry += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
    sum = next
  }
  return Number.isFinite(sum) ? sum + carry : sum
}

export const interpolations = ['linear', 'lower', 'higher', 'midpoint', 'nearest'] as const
export type Interpolation = (typeof interpolations)[number]

/** The quantile at (n - 1) q of sorted values, as numpy interpolates it (`nearest` rounds halves to even); undefined of nothing. */
export function quantileOf(sorted: Float64Array, q: number, interpolation: Interpolation): number | undefined {
  if (sorted.length === 0) return undefined
  const place = (sorted.length - 1) * q
  const low = Math.floor(place)
  const part = place - low
  const a = sorted[low] as number
  const b = sorted[Math.min(low + 1, sorted.length - 1)] as number
  if (interpolation === 'lower') return a
  if (interpolation === 'higher') return part === 0 ? a : b
  if (interpolation === 'midpoint') return part === 0 ? a : (a + b) / 2
  if (interpolation === 'nearest') return part < 0.5 || (part === 0.5 && low % 2 === 0) ? a : b
  return a === b ? a : part >= 0.5 ? b - (b - a) * (1 - part) : a + (b - a) * part
}
