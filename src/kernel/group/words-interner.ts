import {
  BooleanColumn,
  type Column,
  FlatColumn,
  type FlatValues,
  Int64Column,
  TemporalColumn,
} from '../columns/column.ts'
import { columnWords, type HashMode } from '../hash/column-words.ts'
import type { Field, LogicalType } from '../types.ts'
import { createIntTable } from './int-table.ts'
import { validityOf } from './interned-values.ts'
import type { Interner } from './interner.ts'

/** Integers that lie this close together get their ids from a table over their range. */
const RANGE = 1 << 20

/** Numbers, booleans and times by their 64 bits; integers in a small range (days, codes, counts) without hashing. */
export function createWordsInterner(field: Field, mode: HashMode): Interner {
  const table = createIntTable()
  const narrow =
    field.type.kind === 'int' ? field.type.bits < 64 : field.type.kind === 'date' || field.type.kind === 'boolean'
  let base = 0
  let window = new Int32Array(0)

  /** Makes the window cover [low, high]; false where that is too wide. */
  function cover(low: number, high: number): boolean {
    const from = window.length === 0 ? low : Math.min(base, low)
    const to = window.length === 0 ? high : Math.max(base + window.length - 1, high)
    if (to - from >= RANGE) return false
    if (window.length > 0 && from === base && to < base + window.length) return true
    const size = Math.min(RANGE, Math.max(1024, 2 * (to - from + 1)))
    const larger = new Int32Array(size)
    larger.set(window, window.length === 0 ? 0 : base - from)
    base = from
    window = larger
    return true
  }
  function idsInRange(values: Int32Array, validity: Uint8Array | undefined, out: Int32Array): boolean {
    let low = 0x7fffffff
    let high = -0x80000000
    for (let row = 0; row < values.length; row++) {
      const value = values[row] as number
      if (value < low) low = value
      if (value > high) high = value
    }
    if (low > high || !cover(low, high)) return low > high
    for (let row = 0; row < values.length; row++) {
      if (validity !== undefined && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
      const value = values[row] as number
      let id = window[value - base] as number
      if (id === 0) {
        id = table.add(value, value >> 31) + 1
        window[value - base] = id
      }
      out[row] = id
    }
    return true
  }
  return {
    get count() {
      return table.count + 1
    },
    ids(column) {
      const out = new Int32Array(column.length)
      const validity = column.nullCount === 0 ? undefined : column.validity
      const plain = narrow ? int32Values(column) : undefined
      if (plain !== undefined && idsInRange(plain, validity, out)) return out
      table.addAll(columnWords(column, mode).words, validity, out)
      return out
    },
    values: (ids) => wordsValues(field, table.words, ids),
  }
}

/** Values that fit a signed 32-bit integer as such. */
function int32Values(column: Column): Int32Array | undefined {
  const { values } = column as FlatColumn
  if (values instanceof Int32Array) return values
  return values instanceof Uint32Array ? undefined : new Int32Array(values)
}

const flatArrays = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const

/** The array that holds integers up to 32 bits or floats of this type. */
export function flatArray(type: LogicalType, length: number): FlatValues {
  const name =
    type.kind === 'int' ? `${type.signed ? '' : 'u'}int${type.bits}` : `float${type.kind === 'float' ? type.bits : 64}`
  return new flatArrays[name as keyof typeof flatArrays](length)
}

function wordsValues(field: Field, words: Int32Array, ids: Int32Array): Column {
  const n = ids.length
  const { type } = field
  const picked = new Int32Array(2 * n)
  for (let i = 0; i < n; i++) {
    const id = (ids[i] as number) - 1
    if (id < 0) continue
    picked[2 * i] = words[2 * id] as number
    picked[2 * i + 1] = words[2 * id + 1] as number
  }
  const validity = validityOf(ids)
  const low = () => Int32Array.from({ length: n }, (_, i) => picked[2 * i] as number)
  if (type.kind === 'boolean') return new BooleanColumn(new Uint8Array(low()), validity)
  if (type.kind === 'date') return new TemporalColumn(type, low(), validity)
  if (type.kind === 'time' || type.kind === 'timestamp')
    return new TemporalColumn(type, new BigInt64Array(picked.buffer), validity)
  if (type.kind === 'int' && type.bits === 64) {
    const values = type.signed ? new BigInt64Array(picked.buffer) : new BigUint64Array(picked.buffer)
    return new Int64Column(type, values, validity, field.sees ?? 'number')
  }
  const values = flatArray(type, n)
  values.set(type.kind === 'float' ? new Float64Array(picked.buffer) : low())
  return new FlatColumn(type, values, validity)
}
