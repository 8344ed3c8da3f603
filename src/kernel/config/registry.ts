import type { CheckOptions } from '../../plugins/check.ts'
import { between } from '../../plugins/defaults/checks/between.ts'
import { expression } from '../../plugins/defaults/checks/expression.ts'
import { matches } from '../../plugins/defaults/checks/matches.ts'
import { notNull } from '../../plugins/defaults/checks/not-null.ts'
import { oneOf } from '../../plugins/defaults/checks/one-of.ts'
import { rowCount } from '../../plugins/defaults/checks/row-count.ts'
import { satisfies } from '../../plugins/defaults/checks/satisfies.ts'
import type { DatasetCheckOptions } from '../../plugins/defaults/checks/signatures.ts'
import { unique } from '../../plugins/defaults/checks/unique.ts'
import { approxDistinct } from '../measures/approx-distinct.ts'
import { day, hour, month, week, year } from '../measures/calendar.ts'
import { count } from '../measures/count.ts'
import { countDistinct } from '../measures/count-distinct.ts'
import { first, last } from '../measures/first-last.ts'
import { mean } from '../measures/mean.ts'
import { max, min } from '../measures/min-max.ts'
import { quantile } from '../measures/quantile.ts'
import { sum } from '../measures/sum.ts'
import { stdev, variance } from '../measures/variance.ts'
import { each } from '../nodes/each.ts'
import { rollup } from '../nodes/rollup.ts'
import { step } from '../nodes/step.ts'
import { tumbling } from '../nodes/window.ts'
import { windowed } from '../nodes/windowed.ts'

/** What a YAML or JSON config may name without saying where it comes from. All of it is what a TypeScript config imports from `tidegate`. */
export interface Registry {
  /** `kind: each`: gets the options of the node. */
  readonly kinds: Readonly<Record<string, (options: never) => unknown>>
  /** `{ between: [delay, -120, 1440], atLeast: 0.99 }`: gets the arguments, and the other keys as options. */
  readonly checks: Named
  /** `{ mean: delay }`, `{ quantile: [delay, 0.5] }`, `count` */
  readonly measures: Named
  /** `{ day: date }` */
  readonly keys: Named
  /** `{ tumbling: 15 minutes }` */
  readonly windows: Named
}

export type Named = Readonly<Record<string, (...given: never[]) => unknown>>

export const coreRegistry: Registry = {
  kinds: { each, step, rollup, windowed },
  checks: {
    notNull,
    between,
    oneOf,
    matches: matchesText,
    unique: uniqueColumns,
    rowCount: rowCountOf,
    satisfies,
    expression,
  },
  measures: { count, sum, mean, min, max, variance, stdev, countDistinct, approxDistinct, quantile, first, last },
  keys: { hour, day, week, month, year },
  windows: { tumbling },
}

// Data has no regular expressions, no lists of arguments that differ from lists of columns, and no gaps between arguments.

/** `{ matches: [code, '^[A-Z]{3}$'] }`, or with flags `{ matches: [code, '/^[a-z]{3}$/i'] }` */
function matchesText(column: string, text: string, options?: CheckOptions) {
  const [, pattern = text, flags] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? []
  return matches(column, new RegExp(pattern, flags), options)
}

/** `{ unique: id }`, `{ unique: [year, month], lose: later }` */
function uniqueColumns(...given: readonly (string | CheckOptions)[]) {
  const columns = given.filter((part) => typeof part === 'string')
  return unique(columns, given.find((part) => typeof part === 'object') ?? {})
}

/** `{ rowCount: 1 }`, `{ rowCount: [1, 100], verdict: warn }` */
function rowCountOf(min: number, ...more: readonly (number | DatasetCheckOptions)[]) {
  const max = more.find((part) => typeof part === 'number')
  return rowCount(min, max, more.find((part) => typeof part === 'object') ?? {})
}
