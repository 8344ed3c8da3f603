import {
  type Batch,
  type Column,
  columnOf,
  display,
  type Field,
  Int64Column,
  isValid,
  keyHashes,
  type LogicalType,
  TidegateError,
  typeName,
} from 'tidegate'
import { type Comparable, comparable, compareExact } from './exact.ts'

/** Rows of two batches that belong together: row `own[i]` here and `other[i]` there, for i below `count`. */
export interface Pairs {
  readonly own: Int32Array
  readonly other: Int32Array
  readonly count: number
}

/** One column of one side, ready to be compared. */
export interface Side {
  readonly field: Field
  readonly column: Column
  readonly numbers: Comparable | undefined
  /** Four words a row, where equality is that of hashes. */
  readonly words: Uint32Array | undefined
}

const numeric: readonly LogicalType['kind'][] = ['int', 'float', 'decimal']

/** Throws `SCHEMA_MISMATCH` for columns whose values could never be equal. */
export function requireComparable(asker: string, own: Field, other: Field, otherName: string): void {
  const family = ({ kind }: LogicalType) => (numeric.includes(kind) ? 'number' : kind)
  const [a, b] = [family(own.type), family(other.type)]
  if (a === b || a === 'null' || b === 'null') return
  throw new TidegateError(
    'SCHEMA_MISMATCH',
    `${asker}: "${own.name}" is ${typeName(own.type)} here, but ${typeName(other.type)} in "${otherName}".`,
    {
      hint: 'Leave the column out of `columns`, or derive one of the same type in a step before.',
      data: { column: own.name },
    },
  )
}

export function sideOf(batch: Batch, name: string): Side {
  const column = columnOf(batch, name) as Column
  const field = batch.schema.fields.find((one) => one.name === name) as Field
  const { kind } = column.type
  const numbers = numeric.includes(kind) || kind === 'date' || kind === 'timestamp' ? comparable(column) : undefined
  const hashed = numbers === undefined && kind !== 'null'
  return { field, column, numbers, words: hashed ? keyHashes([column]) : undefined }
}

/** Sets `differs[i]` for each pair whose cells are not equal: null equals null alone, NaN NaN, numbers by value or within `tolerance`. */
export function markDifferences(own: Side, other: Side, pairs: Pairs, tolerance: number, differs: Uint8Array): void {
  const [here, there] = [presence(own.column), presence(other.column)]
  for (let i = 0; i < pairs.count; i++) {
    const [a, b] = [pairs.own[i] as number, pairs.other[i] as number]
    const present = here === undefined || here(a)
    if (present !== (there === undefined || there(b))) differs[i] = 1
    else if (present && !sameCell(own, a, other, b, tolerance)) differs[i] = 1
  }
}

function presence({ type, nullCount, validity }: Column): ((row: number) => boolean) | undefined {
  if (type.kind === 'null') return () => false
  return nullCount === 0 ? undefined : (row) => isValid(validity, row)
}

function sameCell(own: Side, a: number, other: Side, b: number, tolerance: number): boolean {
  if (own.words !== undefined && other.words !== undefined) {
    for (let word = 0; word < 4; word++) if (own.words[4 * a + word] !== other.words[4 * b + word]) return false
    return true
  }
  const [left, right] = [own.numbers as Comparable, other.numbers as Comparable]
  const [x, y] = [left.near[a] as number, right.near[b] as number]
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) && Number.isNaN(y)
  if (tolerance > 0 && numeric.includes(own.column.type.kind) && Math.abs(x - y) <= tolerance) return true
  if (!Number.isFinite(x) || !Number.isFinite(y)) return x === y
  if (left.slack === undefined && right.slack === undefined) return x === y
  // Doubles that lie far apart belong to different values; where they are near, the values themselves are compared.
  if (Math.abs(x - y) > Math.max(Math.abs(x), Math.abs(y)) * 2 ** -49) return false
  return compareExact(left.exact(a), right.exact(b)) === 0
}

/** `price 5 (there 6)`; a cell of a column tagged on either side is masked on both. */
export function differenceText(own: Side, a: number, other: Side, b: number): string {
  const tags = [...(own.field.meta?.tags ?? []), ...(other.field.meta?.tags ?? [])]
  const shown = ({ field, column }: Side, row: number) =>
    display(cellOf(column, row), { ...field, meta: { ...field.meta, tags } })
  return `${own.field.name} ${shown(own, a)} (there ${shown(other, b)})`
}

/** The cell as it is shown: 64-bit integers exactly. */
export function cellOf(column: Column, row: number): unknown {
  return column instanceof Int64Column && isValid(column.validity, row) ? column.values[row] : column.at(row)
}
