import type { Cell, Family, Found } from '../cells/cells.ts'
import { mismatch } from '../cells/cells.ts'
import { compareCells, type Range } from '../cells/order.ts'
import type { Given } from '../suite/given.ts'
import { parseDate } from '../text/date-parse.ts'

type Bound = number | string | undefined

/** `min_value`, `max_value`, `strict_min`, `strict_max` as they stand. */
export interface Bounds {
  readonly min: Bound
  readonly max: Bound
  readonly strictMin: boolean
  readonly strictMax: boolean
}

export function readBounds(given: Given, needsOne = false): Bounds {
  const [min, max] = [given.bound('min_value'), given.bound('max_value')]
  if (needsOne && min === undefined && max === undefined) given.refuse('needs min_value or max_value')
  if (min !== undefined && max !== undefined && typeof min === typeof max && compareCells(min, max) > 0)
    given.refuse(`min_value ${min} is above max_value ${max}`)
  return { min, max, strictMin: given.flag('strict_min'), strictMax: given.flag('strict_max') }
}

/** The bounds as values of a column: texts beside times are read as times. @throws `SCHEMA_MISMATCH` for text beside numbers. */
export function rangeFor({ min, max, strictMin, strictMax }: Bounds, found: Found, check: string): Range {
  const fit = (bound: Bound) =>
    bound === undefined
      ? undefined
      : fitted(bound, found.family, () =>
          mismatch(check, found, `bounds of its own kind, not ${JSON.stringify(bound)}`),
        )
  return { min: fit(min), max: fit(max), strictMin, strictMax }
}

export function fitted(bound: number | string, family: Family, wrong: () => Error): Exclude<Cell, null> {
  if (family === 'instant' || family === 'time') {
    const time = typeof bound === 'string' ? parseDate(bound) : bound
    if (time === undefined) throw wrong()
    return time
  }
  if ((family === 'text' || family === 'other') !== (typeof bound === 'string')) throw wrong()
  return bound
}
