import { TidegateError } from '../../../kernel/errors.ts'
import { count } from '../../../kernel/measures/count.ts'
import type { DatasetRule } from '../../check.ts'
import { described } from '../../predicate.ts'
import { createCheck } from './row-check.ts'
import type { RowCountFn } from './signatures.ts'

/**
 * The rows that passed the row rules number at least `min` and at most `max`, over the whole dataset. Throws `CONFIG_INVALID` for bounds that
 * are no whole numbers or that no number meets.
 */
export const rowCount = ((min, max = Number.POSITIVE_INFINITY, options) => {
  const bounded = max !== Number.POSITIVE_INFINITY
  const name = `rowCount(${min}${bounded ? `, ${max}` : ''})`
  if (!Number.isInteger(min) || min < 0 || (bounded && !Number.isInteger(max)) || max < min) {
    throw new TidegateError('CONFIG_INVALID', `${name}: no number of rows lies in these bounds.`, {
      hint: 'Give whole numbers from 0 on, the lower one first.',
      data: { min, max: bounded ? max : null },
    })
  }
  const rule: DatasetRule = {
    scope: 'dataset',
    measures: { rows: count() },
    decide({ rows }) {
      const number = Number(rows)
      return { pass: number >= min && number <= max, observed: `${number} ${number === 1 ? 'row' : 'rows'}` }
    },
  }
  described(rule, { aggregates: { rows: { of: 'rows' } } })
  return createCheck(name, [], { min, max: bounded ? max : null }, options, rule)
}) as RowCountFn
