// The only door: rules about single rows, about the order of rows, about the whole dataset.
// biome-ignore-all assist/source/organizeImports: ordered for people who read what there is.

// ---- rows
export { isNull, notMatches, notOneOf } from './nulls-and-lists.ts'
export { type BoundOptions, max, min } from './bounds.ts'
export { length, type LengthOptions } from './length.ts'
export { type CellType, isType, type IsTypeOptions } from './is-type.ts'
export { parsesAs, type ParsesAsOptions, type TextForm } from './parses-as.ts'
export { compare, type CompareOptions, type Operator } from './compare.ts'
export { all, any, not, when } from './row-logic.ts'
export { satisfiesRow } from './satisfies-row.ts'

// ---- rows that the others condemn
export { decreasing, increasing, type OrderOptions } from './order.ts'
export { key, type KeyOptions } from './key.ts'
export { noOutliers, type OutlierOptions } from './outliers.ts'

// ---- the whole dataset
export type { Range } from './range.ts'
export {
  distinctBetween,
  maxBetween,
  meanBetween,
  medianBetween,
  minBetween,
  quantileBetween,
  stdevBetween,
  sumBetween,
} from './statistics.ts'
export { completeness } from './completeness.ts'
export { distinctValues, type Relation } from './distinct-values.ts'
export { mostCommon, type MostCommonOptions } from './most-common.ts'
export { lengthBetween, type LengthStatistic } from './length-statistics.ts'
export { type ColumnsOptions, hasColumns, hasTypes } from './shape.ts'
export { correlationBetween } from './correlation.ts'
export { meanLike, type MeanLikeOptions, type MeanReference } from './mean-like.ts'
export {
  distributedLike,
  type DistributionOptions,
  type DistributionTest,
  type ReferenceCategories,
  type ReferenceHistogram,
  type ReferenceSample,
} from './distributed-like.ts'
