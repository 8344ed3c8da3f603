import { type Check, createCheck, type DatasetCheckOptions, type Node } from 'tidegate'
import { callable, refuse } from './callable.ts'
import { type CellCounts, categoryCounts, cutCounts } from './cells-of.ts'
import {
  chiSquare,
  kolmogorovSmirnov,
  kullbackLeibler,
  stabilityIndex,
  totalVariation,
  type Verdict,
} from './distances.ts'
import { type DatasetReference, isDatasetReference, likeDataset } from './like-dataset.ts'
import type { Holds } from './row-types.ts'
import { listed } from './text.ts'

const binned = { chiSquare, totalVariation, psi: stabilityIndex, kl: kullbackLeibler } as const
/** Two-sample Kolmogorov-Smirnov, chi-square, total variation, population stability index, Kullback-Leibler divergence. */
export type DistributionTest = 'ks' | keyof typeof binned

/** A sample of numbers. */
export interface ReferenceSample {
  readonly values: readonly number[]
}
/** Bins [edge 0, edge 1), [edge 1, edge 2) ... and the last edge in the last bin; what lies outside has no count in the reference. */
export interface ReferenceHistogram {
  readonly edges: readonly number[]
  readonly counts: readonly number[]
}
/** Categories of text and how often each occurs, as counts or shares. */
export interface ReferenceCategories {
  readonly categories: Readonly<Record<string, number>>
}

export interface DistributionOptions extends DatasetCheckOptions {
  readonly test: DistributionTest
  /** `ks`, `chiSquare`: the p-value is at least this; default 0.05 where `max` is not given. */
  readonly pValue?: number
  /** The distance is at most this; needed for the tests that have no p-value. */
  readonly max?: number
  /** Numbers against a dataset: into how many bins of about equal weight its values are divided; default 10. `ks` needs none. */
  readonly bins?: number
}

type Comparable<V> = V extends number | bigint ? number | bigint : V

interface DistributedLikeFn {
  <K extends string>(
    column: K,
    reference: ReferenceSample | ReferenceHistogram,
    options: DistributionOptions,
  ): Check<Holds<K, number | bigint>>
  <K extends string>(column: K, reference: ReferenceCategories, options: DistributionOptions): Check<Holds<K, string>>
  <K extends string, R extends object, C extends keyof R & string>(
    column: K,
    reference: { readonly dataset: Node<R>; readonly column: C },
    options: DistributionOptions,
  ): Check<Holds<K, Comparable<NonNullable<R[C]>>>>
}

/**
 * The present values are distributed like a reference. `ks` needs a sample; the others a histogram or categories, and values outside them count as a
 * further cell that the reference does not have. Null counts for nothing and a dataset without a value passes; NaN fails. Memory is bounded by the
 * reference. Throws `CONFIG_INVALID` for a reference that does not fit the test.
 *
 * The reference may be a column of another dataset, `{ dataset, column }`: it is read again when it changes. Numbers then count to 13 significant bits,
 * bins are the reference's quantiles (the first and the last one open), and categories are those of the reference.
 */
export const distributedLike = callable(
  {
    check: 'distributedLike',
    arguments: ['column', 'reference'],
    options: ['test', 'pValue', 'max', 'bins'],
    dataset: true,
  },
  (
    column: string,
    reference: Reference | DatasetReference,
    { test, pValue, max, bins, ...options }: DistributionOptions,
  ) => {
    const name = `distributedLike(${column}, ${listed({ test, pValue, max, bins })})`
    requireBounds(name, test, pValue, max)
    const least = pValue ?? (max === undefined ? 0.05 : undefined)
    const decision = ({ statistic, p }: Verdict) => ({
      pass: (max === undefined || statistic <= max) && (least === undefined || (p as number) >= least),
      observed: `${test} ${statistic}${p === undefined ? '' : `, p ${p}`}`,
    })
    if (isDatasetReference(reference)) {
      if (bins !== undefined && (test === 'ks' || !(Number.isInteger(bins) && bins >= 2)))
        refuse(`${name}: nothing is divided so.`, 'Give a whole number of bins from 2 on, for another test than ks.')
      const parameters = {
        column,
        of: reference.column,
        test,
        pValue: least ?? null,
        max: max ?? null,
        bins: bins ?? 10,
      }
      const judge = test === 'ks' ? undefined : binned[test]
      return likeDataset({
        name,
        column,
        reference,
        test: judge,
        bins: bins ?? 10,
        parameters,
        options,
        decide: decision,
      })
    }
    if (bins !== undefined) refuse(`${name}: the reference has its own bins.`, 'Leave bins out.')
    const { measure, judge } =
      test === 'ks' ? sample(name, column, reference) : cells(name, column, reference, binned[test])
    return createCheck(name, [column], { column, reference, test, pValue: least ?? null, max: max ?? null }, options, {
      scope: 'dataset',
      measures: { cells: measure },
      decide({ cells: found }) {
        const own = found as CellCounts
        if (own.counts.every((count) => count === 0) && own.outside === 0) return { pass: true, observed: 'no value' }
        const verdict = judge(own)
        if (verdict === undefined) return { pass: false, observed: `${own.outside} NaN` }
        return decision(verdict)
      },
    })
  },
) as unknown as DistributedLikeFn

type Reference = ReferenceSample | ReferenceHistogram | ReferenceCategories

function requireBounds(
  name: string,
  test: DistributionTest,
  pValue: number | undefined,
  max: number | undefined,
): void {
  if (test !== 'ks' && !Object.hasOwn(binned, test))
    refuse(`${name}: there is no such test.`, `Known: ks, ${Object.keys(binned).join(', ')}.`)
  const tests = test === 'ks' || test === 'chiSquare'
  if (!tests && (max === undefined || pValue !== undefined))
    refuse(`${name}: ${test} is a distance without a p-value.`, 'Give max, and no pValue.')
  if ((max !== undefined && !(max >= 0)) || (pValue !== undefined && !(pValue >= 0 && pValue <= 1)))
    refuse(`${name}: nothing could be judged by these bounds.`, 'max is 0 or more, pValue lies between 0 and 1.')
}

function sample(name: string, column: string, reference: Reference) {
  if (!('values' in reference) || reference.values.length === 0 || !reference.values.every(Number.isFinite))
    refuse(`${name}: the test needs a sample of finite numbers.`, 'Give { values: [...] }.')
  const cuts = Float64Array.from(new Set(Float64Array.from(reference.values, (value) => value + 0).sort()))
  const weights = new Float64Array(cuts.length)
  for (const value of reference.values) {
    const at = cuts.indexOf(value)
    weights[at] = (weights[at] as number) + 1
  }
  return {
    measure: cutCounts(name, column, cuts),
    judge: ({ counts, outside }: CellCounts): Verdict | undefined =>
      outside > 0 ? undefined : kolmogorovSmirnov(counts, weights),
  }
}

function cells(
  name: string,
  column: string,
  reference: Reference,
  judge: (counts: Float64Array, weights: Float64Array) => Verdict,
) {
  if ('categories' in reference) {
    const weights = weightsOf(name, Object.values(reference.categories))
    return {
      measure: categoryCounts(name, column, Object.keys(reference.categories)),
      judge: ({ counts, outside }: CellCounts) => judge(Float64Array.of(...counts, outside), weights),
    }
  }
  if (!('edges' in reference)) refuse(`${name}: the test needs bins.`, 'Give { edges, counts } or { categories }.')
  const cuts = Float64Array.from(reference.edges)
  if (
    cuts.length !== reference.counts.length + 1 ||
    cuts.some((cut, i) => !(Number.isFinite(cut) && (i === 0 || cut > (cuts[i - 1] as number))))
  )
    refuse(
      `${name}: the edges are not ascending, or not one more than the counts.`,
      'Give edges [0, 1, 2] for two counts.',
    )
  const weights = weightsOf(name, reference.counts)
  return {
    measure: cutCounts(name, column, cuts),
    judge: ({ counts, outside }: CellCounts): Verdict | undefined =>
      outside > 0 ? undefined : judge(binsOf(counts), weights),
  }
}

/** The reference's weights, and 0 for what is outside of them. */
function weightsOf(name: string, counts: readonly number[]): Float64Array {
  const weights = Float64Array.of(...counts, 0)
  if (!weights.every((weight) => Number.isFinite(weight) && weight >= 0) || !weights.some((weight) => weight > 0))
    refuse(
      `${name}: the reference's counts are negative, no numbers or all 0.`,
      'Give how often each bin or category occurs.',
    )
  return weights
}

/** Cells between and on the edges as bins, and what lies outside them as a last one. */
function binsOf(cells: Float64Array): Float64Array {
  const bins = (cells.length - 1) / 2 - 1
  const out = new Float64Array(bins + 1)
  for (let i = 0; i < bins; i++) out[i] = (cells[2 * i + 1] as number) + (cells[2 * i + 2] as number)
  out[bins - 1] = (out[bins - 1] as number) + (cells[2 * bins + 1] as number)
  out[bins] = (cells[0] as number) + (cells[2 * bins + 2] as number)
  return out
}
