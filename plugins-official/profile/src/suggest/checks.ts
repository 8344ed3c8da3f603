import { between, type Check, matches, notNull, oneOf, rowCount, unique } from 'tidegate'
import type { Rule } from './suggestion.ts'

/** The check that a suggested rule stands for. */
export function checkOf(rule: Rule): Check {
  switch (rule.check) {
    case 'notNull':
      return notNull(rule.column, rule.atLeast === undefined ? {} : { atLeast: rule.atLeast }) as Check
    case 'between':
      return between(rule.column, rule.min, rule.max) as Check
    case 'oneOf':
      return oneOf(rule.column, rule.values) as Check
    case 'matches':
      return matches(rule.column, rule.pattern) as Check
    case 'unique':
      return unique(rule.columns) as Check
    case 'rowCount':
      return rowCount(rule.min) as Check
  }
}
