import type { Column } from '../../../kernel/columns/column.ts'
import { columnIndex } from '../../../kernel/measures/resolve.ts'
import type { Bits, RowRule } from '../../check.ts'
import { described } from '../../predicate.ts'
import { markRow, someAbsent } from './mark.ts'
import { createCheck } from './row-check.ts'
import type { NotNullFn } from './signatures.ts'

/** Every value is present. NaN is a value. Fails the rows in which the column is null. */
export const notNull = ((column, options) => {
  const name = `notNull(${column})`
  const rule: RowRule = {
    scope: 'row',
    compile(schema) {
      const index = columnIndex(schema, column, name)
      return (batch, failing) => mark(batch.columns[index] as Column, failing)
    },
  }
  described(rule, { predicate: { fails: { is: 'absent', column } } })
  return createCheck(name, [column], { column }, options, rule)
}) as NotNullFn

function mark(column: Column, failing: Bits): void {
  const n = column.length
  const validity = column.type.kind === 'null' ? new Uint8Array((n + 7) >> 3) : someAbsent(column)
  if (validity === undefined) return
  const whole = n >> 3
  for (let i = 0; i < whole; i++) failing[i] = (failing[i] as number) | (~(validity[i] as number) & 0xff)
  for (let row = whole << 3; row < n; row++) {
    if ((((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) markRow(failing, row)
  }
}
