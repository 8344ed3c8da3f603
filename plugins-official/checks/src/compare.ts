import {
  type Batch,
  type Bits,
  type BooleanColumn,
  type Check,
  type CheckOptions,
  type Column,
  compareText,
  createCheck,
  described,
  type Field,
  fieldOf,
  Int64Column,
  isValid,
  markRow,
  sameType,
  TemporalColumn,
  TidegateError,
  typeName,
} from 'tidegate'
import { bitsFor, orAbsent } from './bits.ts'
import { callable, refuse } from './callable.ts'
import { type Comparable, comparable, compareExact } from './exact.ts'
import { remember, ternaryRule } from './logic.ts'
import type { Holds } from './row-types.ts'

const operators = ['<', '<=', '==', '!=', '>=', '>'] as const
export type Operator = (typeof operators)[number]

export interface CompareOptions extends CheckOptions {
  /** For numbers and times and `==`, `!=`, `<=`, `>=`: how far apart two values may be and still count as equal. Computed in doubles. */
  readonly tolerance?: number
  /** `unknown` (default): a row with a null on either side passes. `value`: null equals null and differs from every value, and has no order. */
  readonly nulls?: 'unknown' | 'value'
}

/** Rows in which both columns hold numbers, or both text, or both booleans (times are numbers). */
export type Pair<K extends string> = Holds<K, number | bigint> | Holds<K, string> | Holds<K, boolean>
type CompareFn = <A extends string, B extends string>(
  left: A,
  operator: Operator,
  right: B,
  options?: CompareOptions,
) => Check<Pair<A | B>>

const families: Readonly<Record<string, string>> = {
  int: 'number',
  float: 'number',
  decimal: 'number',
  date: 'moment',
  timestamp: 'moment',
  time: 'time',
  string: 'text',
  boolean: 'boolean',
}

/**
 * Compares two columns of a row. Numbers are compared exactly whatever their types (a float that is not whole stands for the shortest decimal
 * that reads back as it, so 0.1 equals the decimal 0.1), dates and times as moments, text by code points, false before true. NaN fails all but
 * `!=`. Columns that have no order in common are a `SCHEMA_MISMATCH`.
 */
function compared(left: string, operator: Operator, right: string, given: CompareOptions): Check {
  const { tolerance, nulls = 'unknown', ...options } = given
  const more = [
    tolerance === undefined ? '' : `, tolerance ${tolerance}`,
    nulls === 'value' ? ', nulls are values' : '',
  ]
  const name = `compare(${left} ${operator} ${right}${more.join('')})`
  if (!operators.includes(operator)) refuse(`${name}: there is no such operator.`, `Known: ${operators.join(' ')}.`)
  if (nulls !== 'unknown' && nulls !== 'value')
    refuse(`${name}: nulls is ${String(nulls)}.`, "It is 'unknown' or 'value'.")
  if (tolerance !== undefined && (operator === '<' || operator === '>' || !(tolerance >= 0)))
    refuse(`${name}: this tolerance has no meaning.`, 'Give 0 or more, and one of == != <= >=.')
  const compile: Parameters<typeof remember>[1] = (schema) => {
    const kinds = Object.keys(families) as Field['type']['kind'][]
    const [a, b] = [left, right].map((column) => fieldOf(schema, column, name, kinds, 'something with an order')) as [
      ReturnType<typeof fieldOf>,
      ReturnType<typeof fieldOf>,
    ]
    const family = familyOf(a.field, b.field, name, tolerance)
    const judge = family === 'text' ? markText : family === 'boolean' ? markCells : markNumbers
    return (batch, failing, unknown) => {
      const [x, y] = [batch.columns[a.index] as Column, batch.columns[b.index] as Column]
      if (x.type.kind !== 'null' && y.type.kind !== 'null') judge(x, y, operator, tolerance, failing)
      settleNulls(batch, x, y, nulls === 'value' ? operator : undefined, failing, unknown)
    }
  }
  const parameters = { left, operator, right, nulls, ...(tolerance === undefined ? {} : { tolerance }) }
  const rule = ternaryRule(compile)
  if (tolerance === undefined)
    described(rule, { predicate: { fails: { is: 'not', of: { is: 'compared', left, operator, right, nulls } } } })
  return remember(createCheck(name, [...new Set([left, right])], parameters, options, rule), compile)
}

export const compare = callable(
  { check: 'compare', arguments: ['left', 'operator', 'right'], options: ['tolerance', 'nulls'] },
  compared,
) as CompareFn

function familyOf(a: Field, b: Field, name: string, tolerance: number | undefined): string | undefined {
  const [left, right] = [families[a.type.kind], families[b.type.kind]]
  const family = left ?? right
  const unfit = left !== undefined && right !== undefined && left !== right
  if (!unfit && (tolerance === undefined || (family !== 'text' && family !== 'boolean'))) return family
  throw new TidegateError(
    'SCHEMA_MISMATCH',
    unfit
      ? `${name}: "${a.name}" is ${typeName(a.type)} and "${b.name}" is ${typeName(b.type)}, which have no order in common.`
      : `${name}: "${a.name}" is ${typeName(a.type)}, which knows no tolerance.`,
    { hint: 'Compare numbers with numbers, times with times, text with text.', data: { columns: [a.name, b.name] } },
  )
}

/** Which ways round two values may stand. */
const passing = {
  '<': { below: true, equal: false, above: false },
  '<=': { below: true, equal: true, above: false },
  '==': { below: false, equal: true, above: false },
  '!=': { below: true, equal: false, above: true },
  '>=': { below: false, equal: true, above: true },
  '>': { below: false, equal: false, above: true },
} as const

/** `side` is NaN for values without an order, which only `!=` passes. */
function fails(operator: Operator, side: number): boolean {
  const { below, equal, above } = passing[operator]
  return !(side < 0 ? below : side === 0 ? equal : side > 0 ? above : operator === '!=')
}

function markNumbers(x: Column, y: Column, operator: Operator, tolerance: number | undefined, failing: Bits): void {
  const [left, right] = [wordsOf(x), wordsOf(y)]
  if (tolerance === undefined && left !== undefined && right !== undefined && sameType(x.type, y.type))
    markWords(left, right, operator, failing)
  else markByNearness(x, y, operator, tolerance, failing)
}

function markByNearness(x: Column, y: Column, operator: Operator, tolerance: number | undefined, failing: Bits): void {
  const [a, b] = [comparable(x), comparable(y)]
  const slack = a.slack === undefined ? b.slack : Math.max(a.slack, b.slack ?? 0)
  if (slack === undefined && tolerance === undefined) markDoubles(a.near, b.near, operator, failing)
  else markClose(x, y, a, b, slack, operator, tolerance, failing)
}

/** Signed 64-bit integers and times as their words: of one type they compare as they are stored. */
function wordsOf(column: Column): Int32Array | undefined {
  const { values } = column as { readonly values?: unknown }
  const signed = (column instanceof Int64Column || column instanceof TemporalColumn) && values instanceof BigInt64Array
  return signed ? new Int32Array(values.buffer, values.byteOffset, values.length * 2) : undefined
}

function markWords(left: Int32Array, right: Int32Array, operator: Operator, failing: Bits): void {
  const { below, equal, above } = passing[operator]
  for (let at = 0; at < left.length; at += 2) {
    const high = left[at + 1] as number
    const other = right[at + 1] as number
    const side = high === other ? ((left[at] as number) >>> 0) - ((right[at] as number) >>> 0) : high - other
    if (side < 0 ? below : side > 0 ? above : equal) continue
    markRow(failing, at >> 1)
  }
}

function markDoubles(left: Float64Array, right: Float64Array, operator: Operator, failing: Bits): void {
  const { below, equal, above } = passing[operator]
  const neither = operator === '!='
  for (let row = 0; row < left.length; row++) {
    const [a, b] = [left[row] as number, right[row] as number]
    if (!(a < b ? below : a === b ? equal : a > b ? above : neither)) markRow(failing, row)
  }
}

/** Values that are as near as doubles can say are compared exactly. */
function markClose(
  x: Column,
  y: Column,
  a: Comparable,
  b: Comparable,
  slack: number | undefined,
  operator: Operator,
  tolerance: number | undefined,
  failing: Bits,
): void {
  for (let row = 0; row < x.length; row++) {
    const left = a.near[row] as number
    const right = b.near[row] as number
    let side = left === right ? 0 : left - right
    if (tolerance !== undefined && Math.abs(side) <= tolerance) side = 0
    else if (slack !== undefined && Math.abs(side) <= slack * Math.abs(right) && Number.isFinite(right)) {
      if (isValid(x.validity, row) && isValid(y.validity, row)) side = compareExact(a.exact(row), b.exact(row))
    }
    if (fails(operator, side)) markRow(failing, row)
  }
}

function markText(x: Column, y: Column, operator: Operator, _: number | undefined, failing: Bits): void {
  for (let row = 0; row < x.length; row++) {
    const [left, right] = [x.at(row) as string | null, y.at(row) as string | null]
    if (left !== null && right !== null && fails(operator, compareText(left, right))) markRow(failing, row)
  }
}

function markCells(x: Column, y: Column, operator: Operator, _: number | undefined, failing: Bits): void {
  const [left, right] = [x as BooleanColumn, y as BooleanColumn]
  for (let row = 0; row < x.length; row++)
    if (fails(operator, (left.values[row] as number) - (right.values[row] as number))) markRow(failing, row)
}

/** Rows with a null: unknown, or with an operator as values. */
function settleNulls(
  batch: Batch,
  x: Column,
  y: Column,
  operator: Operator | undefined,
  failing: Bits,
  unknown: Bits,
): void {
  const absent = bitsFor(batch.length)
  orAbsent(absent, x)
  orAbsent(absent, y)
  for (let byte = 0; byte < absent.length; byte++) {
    const rows = absent[byte] as number
    if (rows === 0) continue
    failing[byte] = (failing[byte] as number) & ~rows
    if (operator === undefined) unknown[byte] = (unknown[byte] as number) | rows
    else markNulls(x, y, operator, byte, rows, failing)
  }
}

function markNulls(x: Column, y: Column, operator: Operator, byte: number, rows: number, failing: Bits): void {
  for (let bit = 0; bit < 8; bit++) {
    const row = 8 * byte + bit
    if (((rows >> bit) & 1) === 1 && fails(operator, isPresent(x, row) === isPresent(y, row) ? 0 : Number.NaN))
      markRow(failing, row)
  }
}

function isPresent(column: Column, row: number): boolean {
  return column.type.kind !== 'null' && isValid(column.validity, row)
}
