import { type Column, ValuesColumn } from '../columns/column.ts'
import { canonicalJson } from '../hash/canonical-json.ts'
import type { HashMode } from '../hash/column-words.ts'
import type { Field } from '../types.ts'
import { createBinaryInterner, createDecimalInterner, createTextInterner } from './text-interner.ts'
import { createWordsInterner } from './words-interner.ts'

/**
 * Dense ids for the distinct values of one column over many batches, the same for every encoding. Null has id 0; NaN equals NaN; -0 equals 0
 * and stands as 0.
 */
export interface Interner {
  /** Ids given so far, null's included: all are below it. */
  readonly count: number
  /** The id of each row's value. */
  ids(column: Column): Int32Array
  /** The cells of the values `ids`, in that order. */
  values(ids: Int32Array): Column
}

/** With mode `content`, -0 and 0 are two values. */
export function createInterner(field: Field, mode: HashMode = 'key'): Interner {
  switch (field.type.kind) {
    case 'string':
      return createTextInterner()
    case 'binary':
      return createBinaryInterner()
    case 'decimal':
      return createDecimalInterner(field.type)
    case 'null':
    case 'list':
    case 'struct':
      return createValuesInterner(field)
    default:
      return createWordsInterner(field, mode)
  }
}

/** Lists and structs are equal where their canonical JSON is. */
function createValuesInterner(field: Field): Interner {
  const known = new Map<string, number>()
  const cells: unknown[] = [null]
  return {
    get count() {
      return cells.length
    },
    ids(column) {
      const out = new Int32Array(column.length)
      for (let row = 0; row < column.length; row++) {
        const value = column.at(row)
        if (value === null) continue
        const text = canonicalJson(value)
        let id = known.get(text)
        if (id === undefined) {
          id = cells.length
          known.set(text, id)
          cells.push(value)
        }
        out[row] = id
      }
      return out
    },
    values: (ids) =>
      valuesColumn(
        field,
        Array.from(ids, (id) => cells[id] ?? null),
      ),
  }
}

/** A column of plain values whose validity follows from them. */
export function valuesColumn(field: Pick<Field, 'type'>, values: readonly unknown[]): ValuesColumn {
  const validity = new Uint8Array((values.length + 7) >> 3)
  values.forEach((value, i) => {
    if (value !== null && value !== undefined) validity[i >> 3] = (validity[i >> 3] as number) | (1 << (i & 7))
  })
  return new ValuesColumn(field.type, values, validity)
}
