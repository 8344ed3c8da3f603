import { type Batch, BytesColumn, type Measure, type TableSchema, types, ValuesColumn } from 'tidegate'
import { copied } from './bits.ts'

/** The state of a measure over all rows of a dataset. */
export interface Whole<V> {
  add(batch: Batch): void
  /** Takes in the state of later rows. */
  merge(bytes: Uint8Array): void
  bytes(): Uint8Array
  result(): V
}

/** A measure that only checks use: of all rows together, never of groups. Its state is bytes. */
export function wholeMeasure<V>(given: {
  readonly name: string
  readonly columns: readonly string[]
  readonly version: number
  readonly open: (schema: TableSchema) => Whole<V>
}): Measure<unknown, V> {
  const { name, columns, version } = given
  return {
    name,
    columns,
    version,
    create(schema) {
      const whole = given.open(schema)
      return {
        stateFields: [{ name: 'state', type: types.binary, nullable: false }],
        result: { type: types.struct([]), nullable: false },
        add: (batch) => whole.add(batch),
        merge([column]) {
          const { offsets, bytes } = column as BytesColumn
          for (let i = 0; i + 1 < offsets.length; i++) whole.merge(bytes.subarray(offsets[i], offsets[i + 1]))
        },
        state() {
          const bytes = whole.bytes()
          return [new BytesColumn(types.binary, Int32Array.of(0, bytes.length), bytes)]
        },
        finish: () => new ValuesColumn(types.struct([]), [whole.result()]),
      }
    },
  }
}

/** A state of some numbers. */
export function numbersOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(copied(bytes).buffer)
}

export function bytesOf(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.slice().buffer)
}

/** A state of anything JSON can say. */
export function jsonOf(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes))
}

export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}
