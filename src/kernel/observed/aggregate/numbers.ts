import type { Dense } from './rows.ts'

/** Arquero's own steps for one field, group by group and in row order, so that every bit of a result is the same. `size` is the number of groups. */
export function validCounts({ groups, length }: Dense, size: number): Float64Array {
  const out = new Float64Array(size)
  if (groups === undefined) out[0] = length
  else for (let i = 0; i < length; i++) (out[groups[i] as number] as number)++
  return out
}

export function sums({ values, groups, length }: Dense, size: number): Float64Array {
  const out = new Float64Array(size)
  if (groups === undefined) {
    let sum = 0
    for (let i = 0; i < length; i++) sum += values[i] as number
    out[0] = sum
  } else {
    for (let i = 0; i < length; i++) {
      const group = groups[i] as number
      out[group] = (out[group] as number) + (values[i] as number)
    }
  }
  return out
}

export function products({ values, groups, length }: Dense, size: number): Float64Array {
  const out = new Float64Array(size).fill(1)
  for (let i = 0; i < length; i++) {
    const group = groups === undefined ? 0 : (groups[i] as number)
    out[group] = (out[group] as number) * (values[i] as number)
  }
  return out
}

export function extremes({ values, groups, length }: Dense, size: number, which: 'min' | 'max'): Float64Array {
  const least = which === 'min'
  const out = new Float64Array(size).fill(least ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY)
  for (let i = 0; i < length; i++) {
    const group = groups === undefined ? 0 : (groups[i] as number)
    const value = values[i] as number
    if (least ? value < (out[group] as number) : value > (out[group] as number)) out[group] = value
  }
  return out
}

export interface Means {
  readonly mean: Float64Array
  readonly valid: Float64Array
}

/** Running means, group by group, and how many values each group has. */
export function means({ values, groups, length }: Dense, size: number): Means {
  // Mean and count of a group side by side.
  const state = new Float64Array(2 * Math.max(1, size))
  if (groups !== undefined) {
    for (let i = 0; i < length; i++) {
      const at = 2 * (groups[i] as number)
      const count = (state[at + 1] as number) + 1
      const mean = state[at] as number
      state[at + 1] = count
      state[at] = mean + ((values[i] as number) - mean) / count
    }
  } else {
    let mean = 0
    for (let i = 0; i < length; i++) mean += ((values[i] as number) - mean) / (i + 1)
    state[0] = mean
    state[1] = length
  }
  const mean = new Float64Array(size)
  const valid = new Float64Array(size)
  for (let group = 0; group < size; group++) {
    mean[group] = state[2 * group] as number
    valid[group] = state[2 * group + 1] as number
  }
  return { mean, valid }
}

export interface Moments {
  readonly valid: Float64Array
  readonly mean: Float64Array
  /** Sum of squared deviations from the mean (Welford). */
  readonly deviation: Float64Array
}

export function moments({ values, groups, length }: Dense, size: number): Moments {
  const valid = new Float64Array(size)
  const mean = new Float64Array(size)
  const deviation = new Float64Array(size)
  if (groups === undefined) return size === 0 ? { valid, mean, deviation } : momentsOfAll(values, length)
  for (let i = 0; i < length; i++) {
    const group = groups[i] as number
    const value = values[i] as number
    const before = value - (mean[group] as number)
    const count = (valid[group] as number) + 1
    valid[group] = count
    const next = (mean[group] as number) + before / count
    mean[group] = next
    deviation[group] = (deviation[group] as number) + before * (value - next)
  }
  return { valid, mean, deviation }
}

function momentsOfAll(values: Float64Array, length: number): Moments {
  let mean = 0
  let deviation = 0
  for (let i = 0; i < length; i++) {
    const value = values[i] as number
    const before = value - mean
    mean += before / (i + 1)
    deviation += before * (value - mean)
  }
  return { valid: Float64Array.of(length), mean: Float64Array.of(mean), deviation: Float64Array.of(deviation) }
}
