import { chiSquareTail, kolmogorovTail } from './probability.ts'

export interface Verdict {
  readonly statistic: number
  /** For tests that have one. */
  readonly p?: number
}

/**
 * The two-sample Kolmogorov-Smirnov distance between counted data and a sorted reference sample. `cells` are counts between the distinct reference
 * values, `weights` how often each stands in the reference. The largest difference lies at a reference value or just below one.
 */
export function kolmogorovSmirnov(cells: Float64Array, weights: Float64Array): Verdict {
  const [n, m] = [sum(cells), sum(weights)]
  let [below, reference, distance] = [0, 0, 0]
  for (let i = 0; i < weights.length; i++) {
    below += cells[2 * i] as number
    distance = Math.max(distance, Math.abs(below / n - reference / m))
    below += cells[2 * i + 1] as number
    reference += weights[i] as number
    distance = Math.max(distance, Math.abs(below / n - reference / m))
  }
  return { statistic: distance, p: kolmogorovTail(distance, n, m) }
}

/**
 * Pearson's chi-square of counts against expected shares (Philosophical Magazine 50, 1900), with one degree of freedom less than cells that are
 * expected. A value where none is expected makes it infinite.
 */
export function chiSquare(counts: Float64Array, weights: Float64Array): Verdict {
  const [n, m] = [sum(counts), sum(weights)]
  let [statistic, cells] = [0, 0]
  for (let i = 0; i < counts.length; i++) {
    const expected = ((weights[i] as number) / m) * n
    const difference = (counts[i] as number) - expected
    if (expected > 0) {
      statistic += (difference * difference) / expected
      cells++
    } else if (difference > 0) statistic = Number.POSITIVE_INFINITY
  }
  if (cells < 2) return { statistic, p: statistic === 0 ? 1 : 0 }
  return { statistic, p: chiSquareTail(statistic, cells - 1) }
}

/** Half the sum of differences of shares: 0 for equal, 1 for disjoint distributions (Levin, Peres and Wilmer, "Markov chains and mixing times", 4.1). */
export function totalVariation(counts: Float64Array, weights: Float64Array): Verdict {
  return { statistic: overShares(counts, weights, (p, q) => Math.abs(p - q) / 2) }
}

/** Kullback-Leibler divergence of the data from the reference in nats (Annals of Mathematical Statistics 22, 1951): infinite where the data has what the reference has not. */
export function kullbackLeibler(counts: Float64Array, weights: Float64Array): Verdict {
  return { statistic: overShares(counts, weights, (p, q) => (p === 0 ? 0 : p * Math.log(p / q))) }
}

/** Below this share a cell counts as this share, so that the index stays finite. */
const FLOOR = 1e-4

/** Population stability index: the sum of (p - q) * ln(p / q) (Siddiqi, "Credit risk scorecards", 2006), the symmetric divergence of Jeffreys. Shares below 0.0001 count as 0.0001. */
export function stabilityIndex(counts: Float64Array, weights: Float64Array): Verdict {
  return {
    statistic: overShares(counts, weights, (own, other) => {
      const [p, q] = [Math.max(own, FLOOR), Math.max(other, FLOOR)]
      return (p - q) * Math.log(p / q)
    }),
  }
}

function overShares(counts: Float64Array, weights: Float64Array, term: (p: number, q: number) => number): number {
  const [n, m] = [sum(counts), sum(weights)]
  let total = 0
  for (let i = 0; i < counts.length; i++) total += term((counts[i] as number) / n, (weights[i] as number) / m)
  return total
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0)
}
