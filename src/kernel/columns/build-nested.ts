import { type Field, type LogicalType, typeName } from '../types.ts'
import type { Build } from './build.ts'
import { type Column, DecimalColumn, ValuesColumn } from './column.ts'
import { safeDigits } from './decimal.ts'
import { markAbsent } from './validity.ts'
import { absentValue, kindOf, lossy, type Where, wrongKind } from './where.ts'

export function buildNull(values: ArrayLike<unknown>, where: Where): ValuesColumn {
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== null && values[i] !== undefined) throw wrongKind(where, i, values[i], 'null')
  }
  return nullValues(values.length)
}

/** `n` absent values of type null. */
export function nullValues(n: number): ValuesColumn {
  return new ValuesColumn({ kind: 'null' }, new Array<null>(n).fill(null), new Uint8Array((n + 7) >> 3))
}

/** Lists: all elements are built as one column of the element type, which checks and normalises them, and are handed back row by row. */
export function buildList(
  type: Extract<LogicalType, { kind: 'list' }>,
  values: ArrayLike<unknown>,
  where: Where,
  sees: 'number' | 'bigint',
  build: Build,
): ValuesColumn {
  const n = values.length
  const out = new Array<unknown>(n).fill(null)
  const elements: unknown[] = []
  const rows: number[] = []
  let validity: Uint8Array | undefined
  for (let i = 0; i < n; i++) {
    const value = values[i]
    if (value === null || value === undefined) {
      validity = markAbsent(validity, n, i)
    } else if (kindOf(value) !== 'list') {
      throw wrongKind(where, i, value, typeName(type))
    } else {
      for (const element of value as Iterable<unknown>) {
        elements.push(element)
        rows.push(i)
      }
    }
  }
  const child = checked(build(type.of, elements, inside(where, rows), sees), inside(where, rows))
  let next = 0
  for (let i = 0; i < n; i++) {
    const value = values[i]
    if (value === null || value === undefined) continue
    out[i] = Array.from(value as ArrayLike<unknown>, () => child.at(next++))
  }
  return new ValuesColumn(type, out, validity, sees)
}

/** Structs: one column per field; a key that the type does not name is refused. */
export function buildStruct(
  type: Extract<LogicalType, { kind: 'struct' }>,
  values: ArrayLike<unknown>,
  where: Where,
  build: Build,
): ValuesColumn {
  const n = values.length
  const names = new Set(type.fields.map((field) => field.name))
  const rows: number[] = []
  let validity: Uint8Array | undefined
  for (let i = 0; i < n; i++) {
    const value = values[i]
    if (value === null || value === undefined) validity = markAbsent(validity, n, i)
    else if (kindOf(value) !== 'struct' || Object.keys(value).some((key) => !names.has(key)))
      throw wrongKind(where, i, value, typeName(type))
    else rows.push(i)
  }
  const children = type.fields.map((field) => structField(field, values, rows, where, build))
  const out = new Array<unknown>(n).fill(null)
  rows.forEach((row, i) => {
    out[row] = Object.fromEntries(type.fields.map((field, f) => [field.name, (children[f] as Column).at(i)]))
  })
  return new ValuesColumn(type, out, validity)
}

function structField(
  field: Field,
  values: ArrayLike<unknown>,
  rows: readonly number[],
  where: Where,
  build: Build,
): Column {
  const there: Where = {
    ...inside(where, rows),
    column: `${where.column}.${field.name}`,
    meta: field.meta ?? where.meta,
  }
  const cells = rows.map((row) => (values[row] as Readonly<Record<string, unknown>>)[field.name])
  const missing = field.nullable ? -1 : cells.findIndex((cell) => cell === null || cell === undefined)
  if (missing >= 0) throw absentValue(there, missing)
  return checked(build(field.type, cells, there, field.sees), there)
}

function inside(where: Where, rows: readonly number[]): Where {
  return { ...where, rowOf: (index) => (where.rowOf ?? ((row: number) => row))(rows[index] as number) }
}

/** Nested cells are kept as what a step sees, so nested decimals must be exact as numbers. */
function checked(child: Column, where: Where): Column {
  if (!(child instanceof DecimalColumn)) return child
  const limit = BigInt(safeDigits)
  for (let i = 0; i < child.length; i++) {
    const unscaled = child.unscaled(i)
    if (unscaled > limit || unscaled < -limit) throw lossy(where, i, unscaled, 'a nested decimal (at most 15 digits)')
  }
  return child
}
