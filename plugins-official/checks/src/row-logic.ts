import { type Check, type CheckOptions, createCheck } from 'tidegate'
import { callable, refuse } from './callable.ts'
import { conjunction, disjunction, negated, remember, type Ternary, ternaryOf, ternaryRule } from './logic.ts'
import type { AnyCheck, NeededBy } from './row-types.ts'
import { ruleOf } from './words.ts'

type NotFn = <C extends AnyCheck>(rule: C, options?: CheckOptions) => Check<NeededBy<C>>
type ManyFn = <const C extends AnyCheck>(rules: readonly C[], options?: CheckOptions) => Check<NeededBy<C>>
type WhenFn = <C extends AnyCheck, D extends AnyCheck>(
  condition: C,
  rule: D,
  options?: CheckOptions,
) => Check<NeededBy<C | D>>

/**
 * The row must not keep the rule. Where the rule is unknown, so is its opposite, and the row passes. Throws `CONFIG_INVALID` for a rule that is
 * no row rule or that has a verdict or threshold of its own, as do `all`, `any` and `when`.
 */
export const not = callable({ check: 'not', arguments: ['rule'] }, (rule: Check, options: CheckOptions) =>
  combined('not', [rule], options, ([judge]) => negated(judge as Ternary)),
) as NotFn

/** The row must keep every rule: it fails where one of them fails. */
export const all = callable({ check: 'all', arguments: ['rules'] }, (rules: readonly Check[], options: CheckOptions) =>
  combined('all', rules, options, conjunction),
) as ManyFn

/** The row must keep at least one rule: it fails where all of them fail, and passes where one is unknown. */
export const any = callable({ check: 'any', arguments: ['rules'] }, (rules: readonly Check[], options: CheckOptions) =>
  combined('any', rules, options, disjunction),
) as ManyFn

/** Rows that keep the condition must keep the rule. Where the condition is unknown, the row passes. */
export const when = callable(
  { check: 'when', arguments: ['condition', 'rule'] },
  (condition: Check, rule: Check, options: CheckOptions) =>
    combined('when', [condition, rule], options, ([first, second]) =>
      disjunction([negated(first as Ternary), second as Ternary]),
    ),
) as WhenFn

function combined(
  word: string,
  given: readonly unknown[],
  options: CheckOptions,
  combine: (judges: readonly Ternary[]) => Ternary,
): Check {
  if (!Array.isArray(given) || given.length === 0)
    refuse(`${word}: there is no rule to combine.`, `Write ${word}([isNull('a'), isNull('b')]).`)
  const rules = given.map((rule) => ruleOf(word, rule))
  for (const rule of rules) requireRowRule(word, rule)
  const name = `${word}(${rules.map((rule) => rule.name).join(', ')})`
  const columns = [...new Set(rules.flatMap((rule) => rule.columns))]
  const code = rules.flatMap(({ rule }) => ('code' in rule ? rule.code : undefined) ?? [])
  const compile = (schema: Parameters<typeof ternaryOf>[1]) => combine(rules.map((rule) => ternaryOf(rule, schema)))
  const parameters = rules.map((rule) => [rule.name, rule.parameters])
  return remember(createCheck(name, columns, parameters, options, ternaryRule(compile, code)), compile)
}

function requireRowRule(word: string, check: Check): void {
  if (check.rule.scope !== 'row')
    refuse(`${word}: ${check.name} is a rule about the whole dataset.`, 'Combine rules about single rows.')
  const own = (['verdict', 'atLeast', 'atMost'] as const).find((key) => check[key] !== undefined)
  if (own !== undefined)
    refuse(`${word}: ${check.name} has ${own}, which would have no effect.`, `Give ${own} to ${word}.`)
}
