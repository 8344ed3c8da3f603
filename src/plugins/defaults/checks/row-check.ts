import type { Batch } from '../../../kernel/columns/batch.ts'
import type { Column } from '../../../kernel/columns/column.ts'
import { TidegateError } from '../../../kernel/errors.ts'
import { fieldOf } from '../../../kernel/measures/resolve.ts'
import type { Field, LogicalType } from '../../../kernel/types.ts'
import type { Bits, Check, CheckOptions } from '../../check.ts'

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
}): Check {
  const { name, column } = given
  return createCheck(name, [column], given.parameters, given.options, {
    scope: 'row',
    compile(schema) {
      const { index, field } = fieldOf(schema, column, name, given.kinds, given.needs)
      const mark = given.make(field)
      return (batch: Batch, failing) => mark(batch.columns[index] as Column, failing)
    },
  })
}

/** Puts a check together. Throws `CONFIG_INVALID` for thresholds that no dataset could meet or miss. */
export function createCheck(
  name: string,
  columns: readonly string[],
  parameters: unknown,
  options: CheckOptions = {},
  rule: Check['rule'],
): Check {
  const { verdict, atLeast, atMost } = options
  if (atLeast !== undefined && !(atLeast >= 0 && atLeast <= 1)) {
    throw new TidegateError(
      'CONFIG_INVALID',
      `${name}: atLeast is ${atLeast}, but it is a share of the rows between 0 and 1.`,
      {
        hint: 'Write 99 % as 0.99.',
        data: { check: name, atLeast },
      },
    )
  }
  if (atMost !== undefined && !(Number.isInteger(atMost) && atMost >= 0)) {
    throw new TidegateError('CONFIG_INVALID', `${name}: atMost is ${atMost}, but it is a number of rows.`, {
      hint: 'Write a whole number from 0 on; a share of the rows is given by atLeast.',
      data: { check: name, atMost },
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
