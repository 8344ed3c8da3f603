import {
  type Bits,
  type Check,
  type CheckOptions,
  columnIndex,
  createCheck,
  described,
  matches,
  oneOf,
  type RowRule,
} from 'tidegate'
import { absentIn, bitsFor, trim } from './bits.ts'
import { callable } from './callable.ts'
import { remember, ternaryRule } from './logic.ts'
import type { Anything, Holds, Widened } from './row-types.ts'
import { json, type Plain, shown } from './text.ts'

type IsNullFn = <K extends string>(column: K, options?: CheckOptions) => Check<Anything<K>>
type NotOneOfFn = <K extends string, const V extends Plain>(
  column: K,
  values: readonly V[],
  options?: CheckOptions,
) => Check<Holds<K, Widened<V>>>
type NotMatchesFn = <K extends string>(column: K, pattern: RegExp, options?: CheckOptions) => Check<Holds<K, string>>

/** The value is absent. NaN is a value, so it fails. Never unknown, also inside `not` and `any`. */
export const isNull = callable({ check: 'isNull', arguments: ['column'] }, (column: string, options: CheckOptions) => {
  const name = `isNull(${column})`
  const compile: Parameters<typeof remember>[1] = (schema) => {
    const index = columnIndex(schema, column, name)
    return (batch, failing) => {
      const absent = absentIn(batch, [index])
      for (let i = 0; i < absent.length; i++) failing[i] = ~(absent[i] as number) & 0xff
      trim(failing, batch.length)
    }
  }
  const rule = described(ternaryRule(compile), { predicate: { fails: { is: 'not', of: { is: 'absent', column } } } })
  return remember(createCheck(name, [column], { column }, options, rule), compile)
}) as IsNullFn

/**
 * The value is none of `values`: text by code points, numbers by value (-0 is 0, NaN fails only where it is listed), times as epoch
 * milliseconds. Null passes. Throws `CONFIG_INVALID` for an empty list.
 */
export const notOneOf = callable(
  { check: 'notOneOf', arguments: ['column', 'values'] },
  (column: string, values: readonly Plain[], options: CheckOptions) =>
    opposite(
      `notOneOf(${column}, ${values.map(shown).join(' | ')})`,
      oneOf(column, values),
      { column, values: values.map(json) },
      options,
    ),
) as NotOneOfFn

/** The text contains no match of `pattern`, read as `matches` reads it (configs write it as text, `'/^x/i'` with flags). Null passes. */
export const notMatches = callable(
  { check: 'notMatches', arguments: ['column', 'pattern'] },
  (column: string, given: RegExp | string, options: CheckOptions) => {
    const [, source = given as string, flags = ''] =
      typeof given === 'string' ? (/^\/(.+)\/([a-z]*)$/s.exec(given) ?? []) : []
    const pattern = typeof given === 'string' ? new RegExp(source, flags) : given
    return opposite(
      `notMatches(${column}, ${pattern})`,
      matches(column, pattern),
      { column, pattern: pattern.source, flags: pattern.flags },
      options,
    )
  },
) as NotMatchesFn

/** Fails the present rows that the given check of one column passes. */
function opposite(name: string, check: Check<never>, parameters: unknown, options: CheckOptions): Check {
  const rule: RowRule = {
    scope: 'row',
    compile(schema) {
      const judge = (check.rule as RowRule).compile(schema)
      const indexes = check.columns.map((column) => columnIndex(schema, column, name))
      return (batch, failing: Bits) => {
        const inner = bitsFor(batch.length)
        judge(batch, inner)
        const absent = absentIn(batch, indexes)
        for (let i = 0; i < inner.length; i++) inner[i] = ~((inner[i] as number) | (absent[i] as number)) & 0xff
        trim(inner, batch.length)
        for (let i = 0; i < inner.length; i++) failing[i] = (failing[i] as number) | (inner[i] as number)
      }
    },
  }
  const { predicate } = check.rule as RowRule
  if (predicate !== undefined) described(rule, { predicate: { fails: { is: 'not', of: predicate.fails } } })
  return createCheck(name, check.columns, parameters, options, rule)
}
