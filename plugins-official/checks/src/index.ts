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
export { type DeclaredRule, rule } from './rule.ts'

// ---- rows that the others condemn
export { decreasing, increasing, type OrderOptions } from './order.ts'
export { key, type KeyOptions } from './key.ts'
export { noOutliers, type OutlierOptions } from './outliers.ts'
export { references } from './references.ts'
export { sameRows, type SameRowsOptions } from './same-rows.ts'

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
export { rowCountEquals, type RowCountEqualsOptions } from './row-count-equals.ts'
export { fresh, type FreshOptions } from './fresh.ts'
export { withinHistory, type WithinHistoryOptions } from './within-history.ts'
export type { HistoryMethod } from './anomalies.ts'
export { meanLike, type MeanLikeOptions, type MeanReference } from './mean-like.ts'
export {
  distributedLike,
  type DistributionOptions,
  type DistributionTest,
  type ReferenceCategories,
  type ReferenceHistogram,
  type ReferenceSample,
} from './distributed-like.ts'

// ---- repairs: what a row gets that fails a rule
export { lowerCase, titleCase, trim, upperCase } from './repairs/texts.ts'
export { defaultTo, nullify, replace, setTo } from './repairs/values.ts'
export { clamp } from './repairs/clamp.ts'
export { round } from './repairs/round.ts'
export { parse } from './repairs/parse.ts'
export { type Best, deduplicate, type DeduplicateOptions, largest, smallest } from './repairs/deduplicate.ts'
