import { type LogicalType, TidegateError, typeName, types } from 'tidegate'
import type { PickleColumn, PickleTable } from './columns.ts'
import type { Budget } from './convert.ts'
import { DecimalText, Float, Moment, PyCall, PyDict, type PyValue } from './values.ts'

const deepest = 32

/** The type of a column from all of its values. @throws `SCHEMA_MIXED` for values of several kinds. */
export function typeOfColumn(column: PickleColumn, { rows }: PickleTable, shown: string, budget: Budget): LogicalType {
  if (column.native !== undefined) return column.native().type
  function* values(): Iterable<PyValue> {
    for (let row = 0; row < rows; row++) yield column.at(row)
  }
  return typeOf(values(), column.name, shown, budget, 0)
}

function typeOf(values: Iterable<PyValue>, path: string, shown: string, budget: Budget, depth: number): LogicalType {
  let found: LogicalType | undefined
  let lists: PyValue[][] | undefined
  let dicts: PyDict[] | undefined
  const mixed = (other: string): never => {
    const first = lists !== undefined ? 'a list' : dicts !== undefined ? 'a dict' : typeName(found as LogicalType)
    throw new TidegateError('SCHEMA_MIXED', `"${shown}": the column '${path}' holds ${first} and ${other}`, {
      hint: 'Declare a schema: rows that do not fit it are set aside.',
      data: { path: shown, column: path },
    })
  }
  if (depth > deepest) budget.tooDeep()
  for (const value of values) {
    budget.visit()
    if (value === null) continue
    if (Array.isArray(value)) {
      if (found !== undefined || dicts !== undefined) mixed('a list')
      lists ??= []
      lists.push(value)
    } else if (value instanceof PyDict) {
      if (found !== undefined || lists !== undefined) mixed('a dict')
      dicts ??= []
      dicts.push(value)
    } else {
      const type = scalarType(value)
      if (type === undefined) return mixed(value instanceof PyCall ? value.name : 'something that is no value')
      if (lists !== undefined || dicts !== undefined) mixed(typeName(type))
      found = found === undefined ? type : (joined(found, type) ?? mixed(typeName(type)))
    }
  }
  if (lists !== undefined) return types.list(typeOf(itemsOf(lists), `${path}[]`, shown, budget, depth + 1))
  if (dicts === undefined) return found ?? types.null
  const all = dicts
  const names = new Set<PyValue>()
  for (const { keys } of new Set(all)) {
    for (const key of keys) {
      budget.visit()
      names.add(key)
    }
  }
  return types.struct(
    [...names].map((name) => {
      if (typeof name !== 'string') return mixed('a dict with keys that are no text')
      const inner = all.map((dict) => dict.get(name) ?? null)
      return { name, type: typeOf(inner, `${path}.${name}`, shown, budget, depth + 1), nullable: true }
    }),
  )
}

/** One after the other: together they may be far more than memory holds. */
function* itemsOf(lists: readonly PyValue[][]): Iterable<PyValue> {
  for (const list of lists) yield* list
}

const small = -(2n ** 63n)

function scalarType(value: PyValue): LogicalType | undefined {
  if (typeof value === 'boolean') return types.boolean
  if (typeof value === 'number') return types.int64
  if (typeof value === 'bigint') return value >= small && value < -small ? types.int64 : decimalType(value, 0)
  if (value instanceof Float) return types.float64
  if (typeof value === 'string') return types.string
  if (value instanceof Uint8Array) return types.binary
  if (value instanceof DecimalText) return decimalType(value.unscaled, value.scale)
  if (value instanceof PyCall && value.name === 'UUID') return types.string
  if (!(value instanceof Moment)) return undefined
  if (value.kind === 'date') return types.date
  if (value.kind === 'time') return types.time(value.unit)
  return types.timestamp(value.unit, ...(value.zoned ? ['UTC'] : []))
}

function decimalType(unscaled: bigint, scale: number): LogicalType | undefined {
  const digits = Math.max(String(unscaled).replace('-', '').length, scale)
  return digits > 38 ? undefined : types.decimal(digits, scale)
}

/** The type that holds the values of both. */
function joined(a: LogicalType, b: LogicalType): LogicalType | undefined {
  if (typeName(a) === typeName(b)) return a
  const kinds = [a.kind, b.kind].sort().join(' ')
  if (kinds === 'float int') return types.float64
  if (a.kind === 'decimal' || b.kind === 'decimal') {
    const [x, y] = [a, b].map((type) =>
      type.kind === 'decimal' ? type : type.kind === 'int' ? types.decimal(19, 0) : undefined,
    )
    if (x === undefined || y === undefined) return undefined
    const scale = Math.max(x.scale, y.scale)
    const precision = Math.max(x.precision - x.scale, y.precision - y.scale) + scale
    return precision > 38 ? undefined : types.decimal(precision, scale)
  }
  return undefined
}
