import { callText } from '../expression/call-text.ts'
import { notRowWise, type Place } from '../expression/errors.ts'

const rollup = 'Use a "rollup" node; it is incremental and sees all rows.'
const step = 'Use a "step" or "sql" node, which sees the whole table.'
const sideOnLeft = 'Join from the batch: batch.join(side, ...), batch.join_left(side, ...), batch.semijoin(side, ...).'

/** Verbs that see more than one row, each with the way to do it. */
const hints: Readonly<Record<string, string>> = {
  groupby: rollup,
  rollup,
  count: rollup,
  reduce: rollup,
  pivot: step,
  dedupe: 'Use the check unique(...), or a "step" or "sql" node, which sees the whole table.',
  orderby: `Rows keep the order of the input here. ${step}`,
  slice: step,
  sample: 'Filter by a hash of a key, or use a "step" node, which sees the whole table.',
  reify: 'Call reify() without row numbers, or filter.',
  impute: `Give constants without \`expand\`, or use a "step" node, which sees the whole table.`,
  spread: 'Give `limit` or `as`, so that the number of columns does not depend on the values of a batch.',
  concat: step,
  union: step,
  intersect: 'Use batch.semijoin(side, ...).',
  except: 'Use batch.antijoin(side, ...).',
  join_right:
    'Rows of the other table without a match would come out once a batch. Use join_left, or a "step" or "sql" node.',
  join_full:
    'Rows of the other table without a match would come out once a batch. Use join_left, or a "step" or "sql" node.',
}

/** The error for a verb that a row-wise step must not use, quoting the call. */
export function refusal(place: Place, args: readonly unknown[]) {
  return notRowWise(place, `\`${callText(place.verb, args)}\``, undefined, hints[place.verb] ?? step)
}

/** The error for a two-table verb with the batch as the other table. */
export function refusalOfOther(place: Place, args: readonly unknown[]) {
  return notRowWise(place, `\`${callText(place.verb, args)}\` with the batch as the other table`, undefined, sideOnLeft)
}

/** The error for `assign` with a table that was not made from the batch. */
export function refusalOfAssign(place: Place) {
  return notRowWise(
    place,
    '`assign` of a side table',
    undefined,
    'Its rows would be laid beside those of a batch by position. Join it by a key.',
  )
}
