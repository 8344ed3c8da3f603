import { BooleanColumn, type Column, Int64Column, isValid } from '../../../kernel/columns/column.ts'
import { BytesColumn } from '../../../kernel/columns/text.ts'
import { TidegateError } from '../../../kernel/errors.ts'
import { createBytesTable } from '../../../kernel/group/bytes-table.ts'
import type { Field } from '../../../kernel/types.ts'
import type { Bits } from '../../check.ts'
import { markCells, markRow, someAbsent, textMarker } from './mark.ts'
import { columnCheck, json, type Marker, shown } from './row-check.ts'
import type { OneOfFn } from './signatures.ts'

type Value = string | number | bigint | boolean

/**
 * The value is one of `values`: text by its code points, numbers by value (-0 is 0; NaN passes only where it is listed), times as epoch
 * milliseconds. Null passes. Throws `CONFIG_INVALID` for an empty list; a column whose cells could equal none of the values is a `SCHEMA_MISMATCH`.
 */
export const oneOf = ((column: string, values: readonly Value[], options) => {
  const name = `oneOf(${column}, ${values.map(shown).join(' | ')})`
  if (values.length === 0) {
    throw new TidegateError('CONFIG_INVALID', `oneOf(${column}): the list of values is empty, so no row could pass.`, {
      hint: 'List at least one value.',
      data: { column },
    })
  }
  const kind = typeof values[0]
  const [kinds, needs] =
    kind === 'string'
      ? [['string'] as const, 'text']
      : kind === 'boolean'
        ? [['boolean'] as const, 'a boolean']
        : [['int', 'float', 'decimal', 'date', 'time', 'timestamp'] as const, 'a number, date or time']
  return columnCheck({
    name,
    column,
    parameters: { column, values: values.map(json) },
    options,
    kinds,
    needs,
    make: (field) => marker(field, values),
    fails: { is: 'not', of: { is: 'listed', column, values } },
  })
}) as OneOfFn

function marker({ type }: Field, values: readonly Value[]): Marker {
  if (type.kind === 'string') return textMarkerOf(values.map(String))
  const allowed = new Set(
    values.map((value) => (typeof value === 'bigint' && value === BigInt(Number(value)) ? Number(value) : value)),
  )
  return (column, failing) => {
    if (column instanceof Int64Column) return markWide(column, new Set(values.filter(isWhole).map(BigInt)), failing)
    if (column instanceof BooleanColumn) return markCells(column, failing, (value) => !allowed.has(value as boolean))
    markCells(column, failing, (value) => !allowed.has(value as number))
  }
}

function isWhole(value: Value): value is number | bigint {
  return typeof value === 'bigint' || Number.isInteger(value)
}

function markWide(column: Int64Column, allowed: ReadonlySet<bigint>, failing: Bits): void {
  for (let row = 0; row < column.length; row++) {
    if (!allowed.has(column.values[row] as bigint) && isValid(column.validity, row)) markRow(failing, row)
  }
}

function textMarkerOf(values: readonly string[]): Marker {
  const allowed = new Set(values)
  const table = createBytesTable()
  const encoder = new TextEncoder()
  for (const value of values) {
    const bytes = encoder.encode(value)
    table.add(bytes, 0, bytes.length)
  }
  const isBad = (text: string) => !allowed.has(text)
  return textMarker(isBad, (column: Column, failing) => {
    if (!(column instanceof BytesColumn && column.isEncoded))
      return markCells(column, failing, (value) => isBad(String(value)))
    const { bytes, offsets } = column
    const validity = someAbsent(column)
    for (let row = 0; row < column.length; row++) {
      if (table.find(bytes, offsets[row] as number, offsets[row + 1] as number) < 0 && isValid(validity, row))
        markRow(failing, row)
    }
  })
}
