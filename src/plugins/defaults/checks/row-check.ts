import type { Batch } from '../../../kernel/columns/batch.ts'
import type { Column } from '../../../kernel/columns/column.ts'
import { TidegateError } from '../../../kernel/errors.ts'
import { fieldOf } from '../../../kernel/measures/resolve.ts'
import { didYouMean } from '../../../kernel/nearest.ts'
import { thresholdFault } from '../../../kernel/threshold.ts'
import type { Field, LogicalType } from '../../../kernel/types.ts'
import type { Bits, Check, CheckOptions, RowRule } from '../../check.ts'
import { described, type Predicate } from '../../predicate.ts'

/** Marks the failing rows of one column. */
export type Marker = (column: Column, failing: Bits) => void

/** A row check over one column. `make` gets its field, once per schema. */
export function columnCheck(given: {
  readonly name: string
  readonly column: string
  readonly parameters: unknown
  readonly options: CheckOptions | undefined
  readonly kinds: readonly LogicalType['kind'][]
  readonly needs: string
  readonly make: (field: Field) => Marker
  /** What it says, as data. */
  readonly fails?: Predicate
}): Check {
  const { name, column } = given
  const rule: RowRule = {
    scope: 'row',
    compile(schema) {
      const { index, field } = fieldOf(schema, column, name, given.kinds, given.needs)
      const mark = given.make(field)
      return (batch: Batch, failing) => mark(batch.columns[index] as Column, failing)
    },
  }
  const { fails } = given
  if (fails !== undefined) described(rule, { predicate: { fails } })
  return createCheck(name, [column], given.parameters, given.options, rule)
}

/** Puts a check together. Throws `CONFIG_INVALID` for thresholds that no dataset could meet or miss. */
export function createCheck(
  name: string,
  columns: readonly string[],
  parameters: unknown,
  options: CheckOptions = {},
  rule: Check['rule'],
): Check {
  const { verdict, atLeast, atMost, severity } = options
  refuseUnknown(name, options)
  const wrong = { atLeast: thresholdFault(atLeast, 'share'), atMost: thresholdFault(atMost, 'rows') }
  for (const [option, why] of Object.entries(wrong)) {
    if (why === undefined) continue
    throw new TidegateError('CONFIG_INVALID', `${name}: ${option} ${why}.`, {
      hint: 'Write a share as 0.99 or { share: 0.99 }, a number of rows as 10 or { rows: 10 }.',
      data: { check: name, [option]: options[option as keyof CheckOptions] },
    })
  }
  return Object.freeze<Check>({
    name,
    columns,
    rule,
    parameters,
    ...(verdict === undefined ? {} : { verdict }),
    ...(atLeast === undefined ? {} : { atLeast }),
    ...(atMost === undefined ? {} : { atMost }),
    ...(severity === undefined ? {} : { severity }),
  })
}

const checkOptions = ['verdict', 'severity', 'atLeast', 'atMost'] as const satisfies readonly (keyof CheckOptions)[]

/** A mistyped option must not be without effect. */
function refuseUnknown(name: string, options: CheckOptions): void {
  const extra = Object.keys(options).find((key) => !(checkOptions as readonly string[]).includes(key))
  if (extra === undefined) return
  throw new TidegateError('CONFIG_INVALID', `${name}: unknown option "${extra}".`, {
    hint: didYouMean(extra, checkOptions) ?? `The options of every check are ${checkOptions.join(', ')}.`,
    data: { check: name, option: extra },
  })
}

/** A parameter as it stands in a check's name: `-120`, `'SFO'`, `5n`. */
export function shown(value: string | number | bigint | boolean): string {
  if (typeof value === 'bigint') return `${value}n`
  return typeof value === 'string' ? `'${value}'` : String(value)
}

/** A parameter as JSON. */
export function json(value: string | number | bigint | boolean): string | number | boolean {
  return typeof value === 'bigint'
    ? `${value}n`
    : typeof value === 'number' && !Number.isFinite(value)
      ? String(value)
      : value
}
