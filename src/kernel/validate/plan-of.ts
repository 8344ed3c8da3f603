import type { Check } from '../../plugins/check.ts'
import { TidegateError } from '../errors.ts'
import { type GatePlan, planGate } from '../gate/gate-plan.ts'
import { didYouMean } from '../nearest.ts'
import type { ValidateOptions } from './validation.ts'

const known = ['otherwise', 'split', 'key', 'others', 'name', 'now', 'signal', 'atLeast', 'atMost']

/** The plan of a gate with these checks, as a node's. Throws `CONFIG_INVALID` for checks that are no list, and for options nobody reads. */
export function planOf(name: string, checks: readonly Check[], options: ValidateOptions): GatePlan {
  if (!Array.isArray(checks))
    throw new TidegateError('CONFIG_INVALID', 'validate: the checks are no list.', {
      hint: "Write validate(rows, [notNull('id')]).",
    })
  const extra = Object.keys(options).find((option) => !known.includes(option))
  if (extra !== undefined)
    throw new TidegateError('CONFIG_INVALID', `validate: unknown option "${extra}".`, {
      hint: didYouMean(extra, known) ?? `Its options are ${known.join(', ')}.`,
      data: { option: extra },
    })
  const { otherwise, atLeast, atMost, key } = options
  const gate = {
    expect: checks,
    ...(otherwise === undefined ? {} : { otherwise }),
    ...(atLeast === undefined ? {} : { atLeast }),
    ...(atMost === undefined ? {} : { atMost }),
    ...(key === undefined ? {} : { key }),
  }
  return planGate({ name, shape: 'row-wise', spec: { schema: undefined, gate } }, false)
}

/** Columns that more than one check names. */
export function columnsOfMany(checks: readonly Check[]): readonly string[] {
  const named = checks.flatMap(({ columns }) => [...new Set(columns)])
  return named.filter((name, i) => named.indexOf(name) < i)
}
