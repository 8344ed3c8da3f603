import { type Check, createCheck, type DatasetCheckOptions, mean } from 'tidegate'
import { callable, refuse } from './callable.ts'
import { normalQuantile } from './probability.ts'
import type { Holds } from './row-types.ts'

export interface MeanReference {
  readonly mean: number
  /** Sample standard deviation (n - 1). */
  readonly stdev: number
  readonly count: number
}

export interface MeanLikeOptions extends DatasetCheckOptions {
  /** Between 0 and 1; default 0.95. */
  readonly confidence?: number
}

type MeanLikeFn = <K extends string>(
  column: K,
  reference: MeanReference,
  options?: MeanLikeOptions,
) => Check<Holds<K, number | bigint>>

/**
 * The mean of the present values lies in the confidence interval of the reference's mean, `mean ± z * stdev / sqrt(count)`, by the normal
 * approximation (fit from some 30 values on). Passes without a value; NaN anywhere in the column fails.
 */
export const meanLike = callable(
  { check: 'meanLike', arguments: ['column', 'reference'], options: ['confidence'], dataset: true },
  (column: string, reference: MeanReference, { confidence = 0.95, ...options }: MeanLikeOptions) => {
    const name = `meanLike(${column}, ${reference.mean} ± ${reference.stdev} of ${reference.count}, ${confidence})`
    const { mean: center, stdev, count } = reference
    if (!Number.isFinite(center) || !(stdev >= 0) || !(count >= 2) || !(confidence > 0 && confidence < 1))
      refuse(
        `${name}: this makes no confidence interval.`,
        'Give { mean, stdev, count }, two values or more, and a confidence like 0.95.',
      )
    const reach = (normalQuantile((1 + confidence) / 2) * stdev) / Math.sqrt(count)
    return createCheck(name, [column], { column, reference, confidence }, options, {
      scope: 'dataset',
      measures: { mean: mean(column) },
      decide({ mean: found }) {
        const value = found as number | null
        const within = `interval ${center - reach} to ${center + reach}`
        return {
          pass: value === null || Math.abs(value - center) <= reach,
          observed: value === null ? 'no value' : `mean ${value}, ${within}`,
        }
      },
    })
  },
) as MeanLikeFn
