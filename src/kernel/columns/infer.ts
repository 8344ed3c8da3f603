import { type Field, type LogicalType, types } from '../types.ts'
import { buildColumn } from './build.ts'
import type { Column } from './column.ts'
import { kindOf, mixed, unsupported, type Where } from './where.ts'

const ownTypes: readonly (readonly [abstract: new (length: number) => ArrayLike<unknown>, type: LogicalType])[] = [
  [Float64Array, types.float64],
  [Int32Array, types.int32],
  [BigInt64Array, types.int64],
  [BigUint64Array, types.uint64],
  [Float32Array, types.float32],
  [Int16Array, types.int16],
  [Int8Array, types.int8],
  [Uint8Array, types.uint8],
  [Uint8ClampedArray, types.uint8],
  [Uint16Array, types.uint16],
  [Uint32Array, types.uint32],
]

/**
 * The column of undeclared values. A typed array is its own type. Of a plain array the type follows from the *kind* of the values alone, never from
 * their size, number or order: number is float64 (also when all happen to be whole), bigint int64 seen as bigint, Date timestamp(ms), Uint8Array
 * binary, array a list and plain object a struct (fields sorted by name) of what they hold, nothing but absent values null.
 * @throws `SCHEMA_MIXED` for values of several kinds, `TYPE_UNSUPPORTED` for what no cell can hold.
 */
export function inferColumn(values: ArrayLike<unknown>, where: Where): Column {
  const type = inferType(values, where)
  return buildColumn(type, values, where, seesOf(type) ?? 'number')
}

/** 64-bit integers without a declaration are seen as what they were written as. */
function seesOf(type: LogicalType): 'bigint' | undefined {
  if (type.kind === 'list') return seesOf(type.of)
  return type.kind === 'int' && type.bits === 64 ? 'bigint' : undefined
}

export function inferType(values: ArrayLike<unknown>, where: Where): LogicalType {
  const own = ownTypes.find(([Values]) => values instanceof Values)
  if (own !== undefined) return own[1]
  const first = firstOfOneKind(values, where)
  if (first < 0) return types.null
  switch (kindOf(values[first])) {
    case 'number':
      return types.float64
    case 'bigint':
      return types.int64
    case 'boolean':
      return types.boolean
    case 'string':
      return types.string
    case 'date':
      return types.timestamp('ms')
    case 'bytes':
      return types.binary
    case 'list':
      return types.list(elementType(values, where))
    case 'struct':
      return types.struct(structFields(values, first, where))
    default:
      throw unsupported(where, first, values[first])
  }
}

/** The first present value, once it is known that all have its kind; -1 where all are absent. */
function firstOfOneKind(values: ArrayLike<unknown>, where: Where): number {
  let first = -1
  let kind = ''
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value === null || value === undefined) continue
    const is = typeof value === 'object' ? kindOf(value) : typeof value
    if (is === kind) continue
    if (first >= 0) throw mixed(where, first, values[first], i, value)
    first = i
    kind = is
  }
  return first
}

function elementType(values: ArrayLike<unknown>, where: Where): LogicalType {
  const elements: unknown[] = []
  const rows: number[] = []
  for (let i = 0; i < values.length; i++) {
    for (const element of (values[i] ?? []) as Iterable<unknown>) {
      elements.push(element)
      rows.push(i)
    }
  }
  return inferType(elements, { ...where, rowOf: (index) => (where.rowOf ?? ((row) => row))(rows[index] as number) })
}

function structFields(values: ArrayLike<unknown>, first: number, where: Where): readonly Field[] {
  const names = Object.keys(values[first] as object).sort()
  for (let i = first; i < values.length; i++) {
    const value = values[i]
    if (value === null || value === undefined) continue
    const keys = Object.keys(value as object)
    if (keys.length !== names.length || keys.some((key) => !names.includes(key)))
      throw mixed(where, first, values[first], i, value)
  }
  return names.map((name) => {
    const cells = Array.from(values, (value) => (value as Readonly<Record<string, unknown>> | null | undefined)?.[name])
    const type = inferType(cells, { ...where, column: `${where.column}.${name}` })
    const sees = seesOf(type)
    return sees === undefined ? { name, type, nullable: true } : { name, type, nullable: true, sees }
  })
}
