import type { z } from 'zod'
import { type Column, FlatColumn, Int64Column } from '../../../kernel/columns/column.ts'
import { doubles } from '../../../kernel/measures/doubles.ts'
import { markRow, someAbsent, textMarker } from './mark.ts'
import type { Marker } from './row-check.ts'
import { isIn, type NumberRange, numberRange } from './zod-numbers.ts'

/** A cell as a step sees it, to what the schema wants to be given. */
export type CellReader = (cell: unknown) => unknown

/** The schema inside nullable, optional, default and readonly. */
function innermost(schema: z.ZodType): z.ZodType {
  const { innerType } = schema._zod.def as { readonly innerType?: z.ZodType }
  return innerType === undefined ? schema : innermost(innerType)
}

/** Absent cells become undefined where only that is accepted; times become `Date`s where a date is wanted. */
export function cellReader(schema: z.ZodType): CellReader {
  const absent = schema.safeParse(null).success || !schema.safeParse(undefined).success ? null : undefined
  const dates = innermost(schema)._zod.def.type === 'date'
  return (cell) => {
    if (cell === null) return absent
    return dates && typeof cell === 'number' ? new Date(cell) : cell
  }
}

/** Marks the rows whose cell does not parse. */
export function fieldMarker(schema: z.ZodType): Marker {
  const read = cellReader(schema)
  const absentFails = !schema.safeParse(read(null)).success
  const isBad = (cell: unknown) => !schema.safeParse(read(cell)).success
  const range = numberRange(isWrapped(schema) ? innermost(schema) : schema)
  const texts = textMarker(isBad, (column, failing) => markBad(column, failing, isBad))
  return (column, failing) => {
    if (absentFails) markAbsent(column, failing)
    const plain = column instanceof FlatColumn || (column instanceof Int64Column && column.sees === 'number')
    if (range !== undefined && plain) markOutside(column, range, failing)
    else texts(column, failing)
  }
}

/** Only wrappers that leave present values alone lie around the innermost schema. */
function isWrapped(schema: z.ZodType): boolean {
  const def = schema._zod.def as {
    readonly type: string
    readonly innerType?: z.ZodType
    readonly checks?: readonly unknown[]
  }
  if (def.innerType === undefined) return true
  return (
    ['nullable', 'optional', 'default', 'readonly'].includes(def.type) &&
    (def.checks ?? []).length === 0 &&
    isWrapped(def.innerType)
  )
}

function markAbsent(column: Column, failing: Uint8Array): void {
  if (column.nullCount === 0 && column.type.kind !== 'null') return
  for (let row = 0; row < column.length; row++) if (column.at(row) === null) markRow(failing, row)
}

function markBad(column: Column, failing: Uint8Array, isBad: (cell: unknown) => boolean): void {
  for (let row = 0; row < column.length; row++) {
    const cell = column.at(row)
    if (cell !== null && isBad(cell)) markRow(failing, row)
  }
}

function markOutside(column: Column, range: NumberRange, failing: Uint8Array): void {
  const values = doubles(column)
  const validity = someAbsent(column)
  for (let row = 0; row < values.length; row++) {
    if (isIn(values[row] as number, range)) continue
    if (validity === undefined || (((validity[row >> 3] as number) >> (row & 7)) & 1) === 1) markRow(failing, row)
  }
}
