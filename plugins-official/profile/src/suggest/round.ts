/**
 * Bounds that a person would write: outward to a multiple of the power of ten below the range, so that at most a tenth to the full of the range is added on
 * a side. A lower bound of values from 0 on is not below 0, nor an upper one of values up to 0 above it.
 */
export function roundOutward(min: number, max: number): { readonly min: number; readonly max: number } {
  const span = max - min
  const step =
    span === 0 ? Math.max(1, 10 ** Math.floor(Math.log10(Math.abs(max) || 1))) : 10 ** Math.floor(Math.log10(span))
  const low = multiple(Math.floor(min / step), step)
  const high = multiple(Math.ceil(max / step), step)
  return { min: low <= min ? low : min, max: high >= max ? high : max }
}

/** `3 x 0.1` is 0.3: powers below one are divided by, which rounds once. */
function multiple(times: number, step: number): number {
  const value = step >= 1 ? times * step : times / Math.round(1 / step)
  return value === 0 ? 0 : value
}
