import { type Column, columnOf, doubles, fieldOf, isValid, type TableSchema } from 'tidegate'
import { eachKey } from './cell-key.ts'
import { jsonBytes, jsonOf, type Whole, wholeMeasure } from './whole-measure.ts'

/**
 * How often each value occurs. Numbers are rounded down to 13 significant bits (0.02 %; whole ones up to 8,192 exactly), so that memory stays bounded
 * by their range and not by the rows; their keys ascend as they do.
 */
export interface ValueCounts {
  readonly kind: 'numbers' | 'categories'
  readonly counts: ReadonlyMap<number | string, number>
  readonly nan: number
}

const kinds = ['int', 'float', 'decimal', 'string', 'boolean'] as const

/** A measure of all rows together. */
export function valueCounts(name: string, column: string) {
  return wholeMeasure<ValueCounts>({
    name: `values(${column})`,
    columns: [column],
    version: 1,
    open: (schema) => openCounts(name, schema, column),
  })
}

export function openCounts(name: string, schema: TableSchema, column: string): Whole<ValueCounts> {
  const { field } = fieldOf(schema, column, name, kinds, 'a number, text or a boolean')
  const kind = ['int', 'float', 'decimal'].includes(field.type.kind) ? 'numbers' : 'categories'
  const counts = new Map<number | string, number>()
  let nan = 0
  const count = (key: number | string, rows: number) => void counts.set(key, (counts.get(key) ?? 0) + rows)
  return {
    add(batch) {
      const cells = columnOf(batch, column) as Column
      if (cells.type.kind === 'null') return
      if (kind === 'categories') eachKey(cells, count)
      else nan += countNumbers(cells, count)
    },
    merge(bytes) {
      const state = jsonOf(bytes) as {
        readonly nan: number
        readonly counts: readonly (readonly [number | string, number])[]
      }
      nan += state.nan
      for (const [key, rows] of state.counts) count(key, rows)
    },
    bytes: () => jsonBytes({ nan, counts: [...counts] }),
    result: () => ({ kind: field.type.kind === 'null' ? 'numbers' : kind, counts, nan }),
  }
}

/** The rows with NaN; the others are counted by the leading 24 bits of their double, in an order that follows the numbers. */
function countNumbers(cells: Column, count: (key: number, rows: number) => void): number {
  const values = doubles(cells)
  const value = new Float64Array(1)
  const words = new Uint32Array(value.buffer)
  let nan = 0
  for (let row = 0; row < values.length; row++) {
    if (!isValid(cells.validity, row)) continue
    value[0] = (values[row] as number) + 0 // -0 is 0
    if (Number.isNaN(value[0])) {
      nan++
      continue
    }
    const leading = (words[1] as number) >>> 8
    count(leading >= 0x800000 ? 0x800000 - leading - 1 : leading, 1)
  }
  return nan
}
