import {
  type Check,
  type Column,
  columnOf,
  createCheck,
  type DatasetCheckOptions,
  type Decision,
  doubles,
  fieldOf,
  isValid,
  mean,
  type Node,
  type OtherDataset,
} from 'tidegate'
import { callable, refuse } from './callable.ts'
import { type DatasetReference, isDatasetReference } from './like-dataset.ts'
import { normalQuantile } from './probability.ts'
import { lookingAt, otherOf } from './row-count-equals.ts'
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

interface MeanLikeFn {
  <K extends string>(column: K, reference: MeanReference, options?: MeanLikeOptions): Check<Holds<K, number | bigint>>
  <K extends string, R extends object>(
    column: K,
    reference: { readonly dataset: Node<R>; readonly column: keyof R & string },
    options?: MeanLikeOptions,
  ): Check<Holds<K, number | bigint>>
}

/**
 * The mean of the present values lies in the confidence interval of the reference's mean, `mean ± z * stdev / sqrt(count)`, by the normal
 * approximation (fit from some 30 values on). Passes without a value; NaN anywhere in the column fails. The reference may be a column of another
 * dataset, `{ dataset, column }`, whose finite values are taken (computed in doubles after Welford, Technometrics 4, 1962).
 */
export const meanLike = callable(
  { check: 'meanLike', arguments: ['column', 'reference'], options: ['confidence'], dataset: true },
  (column: string, reference: MeanReference | DatasetReference, { confidence = 0.95, ...options }: MeanLikeOptions) => {
    if (isDatasetReference(reference)) return meanLikeDataset(column, reference, confidence, options)
    const name = `meanLike(${column}, ${reference.mean} ± ${reference.stdev} of ${reference.count}, ${confidence})`
    const { mean: center, stdev, count } = reference
    if (!Number.isFinite(center) || !(stdev >= 0) || !(count >= 2) || !(confidence > 0 && confidence < 1))
      refuse(
        `${name}: this makes no confidence interval.`,
        'Give { mean, stdev, count }, two values or more, and a confidence like 0.95.',
      )
    return createCheck(name, [column], { column, reference, confidence }, options, {
      scope: 'dataset',
      measures: { mean: mean(column) },
      decide: ({ mean: found }) => judge(found as number | null, reference, confidence),
    })
  },
) as MeanLikeFn

function judge(value: number | null, { mean: center, stdev, count }: MeanReference, confidence: number): Decision {
  if (value === null) return { pass: true, observed: 'no value' }
  const reach = (normalQuantile((1 + confidence) / 2) * stdev) / Math.sqrt(count)
  return {
    pass: Math.abs(value - center) <= reach,
    observed: `mean ${value}, interval ${center - reach} to ${center + reach}`,
  }
}

function meanLikeDataset(
  column: string,
  reference: DatasetReference,
  confidence: number,
  options: DatasetCheckOptions,
): Check {
  const name = `meanLike(${column}, ${reference.column} of a dataset, ${confidence})`
  if (!(confidence > 0 && confidence < 1) || typeof reference.column !== 'string')
    refuse(`${name}: this makes no confidence interval.`, 'Give { dataset, column } and a confidence like 0.95.')
  const check = createCheck(name, [column], { column, of: reference.column, confidence }, options, {
    scope: 'dataset',
    measures: { mean: mean(column) },
    async decide({ mean: found }, { others }) {
      const other = otherOf(name, others)
      const there = await meanOf(name, other, reference.column)
      if (there.count < 2) return { pass: false, observed: `"${other.name}" has less than two values` }
      return judge(found as number | null, there, confidence)
    },
  })
  return lookingAt(check, reference.dataset)
}

async function meanOf(name: string, other: OtherDataset, column: string): Promise<MeanReference> {
  fieldOf(other.schema, column, `${name}, in "${other.name}"`, ['int', 'float', 'decimal'], 'a number')
  let [count, center, squares] = [0, 0, 0]
  for await (const batch of other.batches({ columns: [column] })) {
    const cells = columnOf(batch, column) as Column
    if (cells.type.kind === 'null') continue
    const values = doubles(cells)
    for (let row = 0; row < values.length; row++) {
      const value = values[row] as number
      if (!Number.isFinite(value) || !isValid(cells.validity, row)) continue
      count++
      const distance = value - center
      center += distance / count
      squares += distance * (value - center)
    }
  }
  return { mean: center, stdev: Math.sqrt(squares / (count - 1)), count }
}
