import type { Table } from 'arquero'
import { BooleanColumn } from '../../columns/column.ts'
import { isValid } from '../../columns/validity.ts'
import type { Cells } from '../cells/cells.ts'
import { codesOf } from '../distinct/groups.ts'
import { type NumberCells, numbersOf } from '../vector/numbers.ts'

/** The rows that aggregates see, in the order in which they see them. */
export interface Rows {
  /** Undefined: all of them as they stand. */
  readonly rows: Uint32Array | undefined
  readonly total: number
  /** The group of each row of the table; undefined where all are one. */
  readonly keys: Int32Array | undefined
  readonly size: number
  /** Where `keys` are not the groups but the codes of a dictionary: the code of each group. */
  readonly codeOf?: Int32Array
  /** What was computed already, by what it was computed from. */
  readonly known: Map<unknown, unknown>
}

/** With `coded`, groups may stand for dictionary codes, which results are to be put in order of. */
export function rowsOf(table: Table, coded = false): Rows {
  const all = !table.isOrdered() && !table.isFiltered()
  const groups = table.groups() as { readonly keys: Uint32Array; readonly size: number } | null
  const codes = coded && all ? codesOf(groups) : undefined
  if (codes !== undefined && codes.codeOf.length > 1) {
    const { codes: keys, codeOf } = codes
    return { rows: undefined, total: table.totalRows(), keys, size: codeOf.length, codeOf, known: new Map() }
  }
  return {
    rows: all ? undefined : (table.indices() as Uint32Array),
    total: table.totalRows(),
    keys: groups === null || groups.size < 2 ? undefined : signed(groups.keys),
    size: groups === null ? 1 : groups.size,
    known: new Map(),
  }
}

/** The same memory; indices known to be below 2^31 are faster as such. */
function signed({ buffer, byteOffset, length }: Uint32Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length)
}

/** The valid cells among the rows, in order: those that are neither absent nor NaN. */
export interface Dense {
  readonly values: Float64Array
  /** The group of each; undefined where all are one. */
  readonly groups: Int32Array | undefined
  readonly length: number
}

/** Undefined for cells that arithmetic does not take as numbers one and all. */
export function denseNumbers(cells: Cells, given: Rows): Dense | undefined {
  const known = given.known.get(cells)
  if (known !== undefined) return known as Dense
  const numbers = arithmeticCells(cells)
  if (numbers === undefined) return undefined
  const dense = isDense(numbers, given)
    ? { values: asDoubles(numbers.values), groups: given.keys, length: given.total }
    : compact(numbers, given)
  given.known.set(cells, dense)
  return dense
}

/** Cells as arithmetic sees them. */
export function arithmeticCells(cells: Cells): NumberCells | undefined {
  return cells instanceof BooleanColumn ? cells : (numbersOf(cells) ?? arrayNumbers(cells))
}

function arrayNumbers(cells: Cells): NumberCells | undefined {
  if (!Array.isArray(cells)) return undefined
  const values = new Float64Array(cells.length)
  for (let i = 0; i < values.length; i++) {
    const value = cells[i] as unknown
    if (typeof value === 'number') values[i] = value
    else if (value === null || value === undefined) values[i] = Number.NaN
    else return undefined
  }
  return { values, validity: undefined }
}

function asDoubles(values: NumberCells['values']): Float64Array {
  return values instanceof Float64Array ? values : new Float64Array(values)
}

function isDense({ values, validity }: NumberCells, { rows }: Rows): boolean {
  if (rows !== undefined || validity !== undefined) return false
  if (!(values instanceof Float64Array)) return !(values instanceof Float32Array)
  return areFinite(values)
}

/** Zero times a value is NaN for NaN and infinities; four sums at once keep the processor busy. */
function areFinite(values: Float64Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0]
  const whole = values.length & ~3
  for (let i = 0; i < whole; i += 4) {
    a += (values[i] as number) * 0
    b += (values[i + 1] as number) * 0
    c += (values[i + 2] as number) * 0
    d += (values[i + 3] as number) * 0
  }
  for (let i = whole; i < values.length; i++) a += (values[i] as number) * 0
  return !Number.isNaN(a + b + c + d)
}

function compact(numbers: NumberCells, { rows, total, keys }: Rows): Dense {
  const all = asDoubles(numbers.values)
  const { validity } = numbers
  const n = rows === undefined ? total : rows.length
  const values = new Float64Array(n)
  const groups = keys === undefined ? undefined : new Int32Array(n)
  let length = 0
  for (let i = 0; i < n; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    const value = all[row] as number
    if (Number.isNaN(value)) continue
    if (validity !== undefined && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
    values[length] = value
    if (groups !== undefined) groups[length] = (keys as Int32Array)[row] as number
    length++
  }
  return { values, groups, length }
}

/** Whether the cell at each row of the table is valid; undefined where all are. */
export function validRows(cells: Cells, { known }: Rows): Uint8Array | undefined {
  const key = `valid ${identity(cells)}`
  if (!known.has(key)) known.set(key, findValid(cells))
  return known.get(key) as Uint8Array | undefined
}

const numbersOfObjects = new WeakMap<object, number>()
let nextNumber = 0

/** A number for an object, the same as long as it lives. */
export function identity(value: object): number {
  const number = numbersOfObjects.get(value) ?? nextNumber++
  numbersOfObjects.set(value, number)
  return number
}

function findValid(cells: Cells): Uint8Array | undefined {
  const { validity } = cells as { readonly validity?: Uint8Array | undefined }
  const numbers = numbersOf(cells)
  const out = new Uint8Array(cells.length)
  let all = true
  const listed = Array.isArray(cells) ? (cells as readonly unknown[]) : undefined
  const typed = numbers !== undefined || 'validity' in cells
  for (let i = 0; i < out.length; i++) {
    const valid = typed
      ? isValid(validity, i) && (numbers === undefined || !Number.isNaN(numbers.values[i]))
      : isPresent(listed === undefined ? cells.at(i) : listed[i])
    if (valid) out[i] = 1
    else all = false
  }
  return all ? undefined : out
}

function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined && !Number.isNaN(value)
}
