import {
  type Check,
  type CheckOptions,
  createCheck,
  described,
  type Predicate,
  type RowPredicate,
  type RowRule,
} from 'tidegate'
import { callable, refuse } from './callable.ts'
import { conjunction, disjunction, negated, remember, type Ternary, ternaryOf, ternaryRule } from './logic.ts'
import { underCondition } from './row-condition.ts'
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
  combined(
    'not',
    [rule],
    options,
    ([judge]) => negated(judge as Ternary),
    ([fails]) => ({ is: 'not', of: fails as Predicate }),
  ),
) as NotFn

/** The row must keep every rule: it fails where one of them fails. */
export const all = callable({ check: 'all', arguments: ['rules'] }, (rules: readonly Check[], options: CheckOptions) =>
  combined('all', rules, options, conjunction, (of) => ({ is: 'some', of })),
) as ManyFn

/** The row must keep at least one rule: it fails where all of them fail, and passes where one is unknown. */
export const any = callable({ check: 'any', arguments: ['rules'] }, (rules: readonly Check[], options: CheckOptions) =>
  combined('any', rules, options, disjunction, (of) => ({ is: 'every', of })),
) as ManyFn

/**
 * The rule speaks only of rows that keep the condition; where the condition is unknown, it is not kept. Shares of a row rule are shares of these
 * rows; a rule about the whole dataset is about these rows: `when(oneOf('kind', ['sale']), meanBetween('price', { min: 10 }))`. The verdict and
 * thresholds are those given here. Throws `CONFIG_INVALID` for a condition that is no row rule.
 */
export const when = callable(
  { check: 'when', arguments: ['condition', 'rule'] },
  (first: Check, second: Check, options: CheckOptions) => {
    const [condition, rule] = [ruleOf('when', first), ruleOf('when', second)]
    requireRowRule('when', condition)
    requirePlain('when', rule)
    const name = `when(${condition.name}, ${rule.name})`
    const columns = [...new Set([...condition.columns, ...rule.columns])]
    const parameters = [condition, rule].map(({ name, parameters }) => [name, parameters])
    const made = described(underCondition(condition, rule, rule.name), { predicate: under(condition, rule) })
    const check = createCheck(name, columns, parameters, options, made)
    const whole = rule.others === undefined ? check : Object.freeze({ ...check, others: rule.others })
    if (rule.rule.scope !== 'row') return whole
    return remember(whole, (schema) => disjunction([negated(ternaryOf(condition, schema)), ternaryOf(rule, schema)]))
  },
) as WhenFn

function combined(
  word: string,
  given: readonly unknown[],
  options: CheckOptions,
  combine: (judges: readonly Ternary[]) => Ternary,
  says: (fails: readonly Predicate[]) => Predicate,
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
  const fails = rules.flatMap((rule) => failureOf(rule) ?? [])
  const rule = ternaryRule(compile, code)
  if (fails.length === rules.length) described(rule, { predicate: { fails: says(fails) } })
  return remember(createCheck(name, columns, parameters, options, rule), compile)
}

function failureOf({ rule }: Check): Predicate | undefined {
  return (rule as RowRule).predicate?.fails
}

/** The rule fails rows that keep the condition. */
function under(condition: Check, rule: Check): RowPredicate | undefined {
  const [unkept, fails] = [failureOf(condition), rule.rule.scope === 'row' ? failureOf(rule) : undefined]
  if (unkept === undefined || fails === undefined) return undefined
  const among: Predicate = { is: 'not', of: unkept }
  return { fails: { is: 'every', of: [among, fails] }, among }
}

function requireRowRule(word: string, check: Check): void {
  if (check.rule.scope !== 'row')
    refuse(`${word}: ${check.name} is a rule about the whole dataset.`, 'Combine rules about single rows.')
  requirePlain(word, check)
}

function requirePlain(word: string, check: Check): void {
  const own = (['verdict', 'severity', 'atLeast', 'atMost'] as const).find((key) => check[key] !== undefined)
  if (own !== undefined)
    refuse(`${word}: ${check.name} has ${own}, which would have no effect.`, `Give ${own} to ${word}.`)
}
