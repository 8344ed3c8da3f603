import type { Accumulator, Measure } from '../../plugins/measure.ts'
import { type Column, FlatColumn, Int64Column } from '../columns/column.ts'
import { type Field, type LogicalType, types } from '../types.ts'
import { fieldOf } from './resolve.ts'

/** What an accumulator over one column does; groups are always given. */
export interface ColumnAccumulator {
  readonly stateFields: readonly Field[]
  readonly result: Accumulator['result']
  add(column: Column, groups: Int32Array, count: number): void
  merge(state: readonly Column[], groups: Int32Array, count: number): void
  state(count: number): readonly Column[]
  finish(count: number): Column
}

/** A measure of one column. `make` gets the column's field and the measure's name. */
export function columnMeasure(given: {
  readonly kind: string
  readonly column: string
  readonly version: number
  readonly kinds: readonly LogicalType['kind'][]
  readonly needs: string
  readonly parameters?: Readonly<Record<string, number | string | boolean>>
  readonly make: (field: Field, name: string) => ColumnAccumulator
}): Measure {
  const { column, parameters } = given
  const name = `${given.kind}(${[column, ...Object.values(parameters ?? {})].join(', ')})`
  return {
    name,
    columns: [column],
    version: given.version,
    ...(parameters === undefined ? {} : { parameters }),
    create(schema) {
      const { index, field } = fieldOf(schema, column, name, given.kinds, given.needs)
      const made = given.make(field, name)
      return {
        stateFields: made.stateFields,
        result: made.result,
        add: (batch, groups, count) => made.add(batch.columns[index] as Column, groups ?? zeros(batch.length), count),
        merge: (state, groups, count) => made.merge(state, groups ?? zeros(state[0]?.length ?? 0), count),
        state: (count) => made.state(count),
        finish: (count) => made.finish(count),
      }
    },
  }
}

export const numericKinds = ['int', 'float', 'decimal'] as const
export const allKinds = [
  'boolean',
  'int',
  'float',
  'decimal',
  'string',
  'binary',
  'date',
  'time',
  'timestamp',
  'list',
  'struct',
] as const

let none = new Int32Array(65_536)

/** All rows in group 0. Shared: do not write. */
export function zeros(length: number): Int32Array {
  if (length > none.length) none = new Int32Array(length)
  return none.subarray(0, length)
}

/** The same array, or a larger copy that holds at least `count`. */
export function grown<A extends Float64Array | Int32Array | Uint8Array>(values: A, count: number): A {
  if (count <= values.length) return values
  const Type = values.constructor as new (length: number) => A
  const larger = new Type(Math.max(count, values.length * 2, 64))
  larger.set(values)
  return larger
}

export const stateField = (name: string, type: LogicalType, nullable = false): Field => ({ name, type, nullable })

export function floatColumn(values: Float64Array, validity?: Uint8Array): FlatColumn {
  return new FlatColumn(types.float64, values, validity)
}

/** Whole numbers below 2^53 as an int64 column seen as `number`. */
export function countColumn(values: Float64Array | Int32Array): Int64Column {
  return new Int64Column(types.int64, BigInt64Array.from(values, BigInt))
}

/** Validity of `count` rows of which those with `present[i] !== 0` are there; undefined when all are. */
export function validityFrom(present: ArrayLike<number>, count: number): Uint8Array | undefined {
  const validity = new Uint8Array((count + 7) >> 3)
  let all = true
  for (let i = 0; i < count; i++) {
    if ((present[i] ?? 0) !== 0) validity[i >> 3] = (validity[i >> 3] as number) | (1 << (i & 7))
    else all = false
  }
  return all ? undefined : validity
}
