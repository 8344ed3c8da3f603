import {
  type Bits,
  type Check,
  type CheckOptions,
  type Column,
  columnCheck,
  isValid,
  markRow,
  someAbsent,
} from 'tidegate'
import { callable, refuse } from './callable.ts'
import { comparable, compareExact, type Exact, exactly } from './exact.ts'
import type { Holds, Widened } from './row-types.ts'
import { json, shown } from './text.ts'

export interface BoundOptions extends CheckOptions {
  /** The bound itself fails. */
  readonly strict?: boolean
}

type BoundFn = <K extends string, V extends number | bigint>(
  column: K,
  bound: V,
  options?: BoundOptions,
) => Check<Holds<K, Widened<V>>>

/**
 * `value >= bound`, or `>` with `strict`. Null passes, NaN fails. 64-bit integers, decimals and times are compared exactly (a bound of 0.1 is the
 * decimal 0.1), dates and times in epoch milliseconds, times of day in milliseconds since midnight. Throws `CONFIG_INVALID` for NaN.
 */
export const min = bound('min', 1)

/** `value <= bound`, or `<` with `strict`; otherwise as `min`. */
export const max = bound('max', -1)

function bound(word: 'min' | 'max', sign: 1 | -1): BoundFn {
  const form = { check: word, arguments: ['column', 'bound'], options: ['strict'] }
  return callable(form, (column: string, limit: number | bigint, { strict = false, ...options }: BoundOptions) => {
    const name = `${word}(${column}, ${shown(limit)}${strict ? ', strict' : ''})`
    if ((typeof limit !== 'number' && typeof limit !== 'bigint') || Number.isNaN(limit))
      refuse(`${name}: the bound is no number.`, 'Give a number or a bigint.')
    return columnCheck({
      name,
      column,
      parameters: { column, bound: json(limit), strict },
      options,
      kinds: ['int', 'float', 'decimal', 'date', 'time', 'timestamp'],
      needs: 'a number, date or time',
      make: () => (cells, failing) => mark(cells, limit, sign, strict, failing),
      fails: { is: 'not', of: { is: 'within', column, [word]: limit, strict, exact: true } },
    })
  }) as BoundFn
}

function mark(column: Column, limit: number | bigint, sign: 1 | -1, strict: boolean, failing: Bits): void {
  if (column.type.kind === 'null') return
  const { near, slack, exact } = comparable(column)
  const validity = someAbsent(column)
  const low = Number(limit)
  const close = Number.isFinite(low) ? (slack ?? 0) * Math.abs(low) : 0
  const asExact = Number.isFinite(low) ? exactly(limit) : undefined
  const unsure = slack !== undefined || (typeof limit === 'bigint' && BigInt(low) !== limit)
  for (let row = 0; row < near.length; row++) {
    const value = near[row] as number
    const difference = (value - low) * sign
    if (difference > close) continue
    if (value === low || Math.abs(difference) <= close) {
      const side = unsure && asExact !== undefined ? sideOf(exact(row), asExact) * sign : 0
      if (strict ? side > 0 : side >= 0) continue
    }
    if (validity === undefined || isValid(validity, row)) markRow(failing, row)
  }
}

function sideOf(value: Exact, limit: Exact): number {
  return compareExact(value, limit)
}
