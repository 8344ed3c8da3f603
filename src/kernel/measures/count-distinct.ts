import { type Column, isValid } from '../columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../columns/text.ts'
import { createBytesTable } from '../group/bytes-table.ts'
import { createInterner } from '../group/interner.ts'
import { createPairTable } from '../group/pair-table.ts'
import { keyHashes } from '../hash/row-hashes.ts'
import { type Field, types } from '../types.ts'
import { allKinds, type ColumnAccumulator, columnMeasure, countColumn, stateField } from './accumulate.ts'
import { withoutOptions } from './options.ts'
import type { CountDistinctFn } from './signatures.ts'

/**
 * The distinct present values as int64. -0 equals 0, NaN is one value. The state holds 16 bytes for each distinct value of a group, their
 * 128-bit hash: two values of a billion agree by chance with a probability below 1e-20.
 */
export const countDistinct = withoutOptions('countDistinct', (column: string) =>
  columnMeasure({
    kind: 'countDistinct',
    column,
    version: 1,
    kinds: allKinds,
    needs: 'a value',
    make,
  }),
) as CountDistinctFn

function make(field: Field): ColumnAccumulator {
  const values = createInterner(field)
  const hashes = createBytesTable()
  const pairs = createPairTable()
  /** The hash of each interned value, as its number in `hashes` + 1; 0 is null. */
  let hashOf = new Int32Array(1)

  function hashNew(): void {
    const from = hashOf.length
    if (values.count === from) return
    const fresh = Int32Array.from({ length: values.count - from }, (_, i) => from + i)
    const bytes = bytesOf(keyHashes([values.values(fresh)]))
    const larger = new Int32Array(values.count)
    larger.set(hashOf)
    for (let i = 0; i < fresh.length; i++) larger[from + i] = hashes.add(bytes, 16 * i, 16 * i + 16) + 1
    hashOf = larger
  }
  function codesOf(column: DictionaryColumn): Int32Array {
    const ids = values.ids(column)
    hashNew()
    for (let row = 0; row < ids.length; row++) ids[row] = hashOf[ids[row] as number] as number
    return ids
  }
  function hashesOf(column: Column): Int32Array {
    const ids = new Int32Array(column.length)
    if (column.type.kind === 'null') return ids
    const bytes = bytesOf(keyHashes([column]))
    for (let row = 0; row < ids.length; row++) {
      if (isValid(column.validity, row)) ids[row] = hashes.add(bytes, 16 * row, 16 * row + 16) + 1
    }
    return ids
  }
  const countOf = (count: number) => {
    const distinct = new Float64Array(count)
    for (let pair = 0; pair < pairs.count; pair++) {
      const group = pairs.pairs[2 * pair] as number
      if (pairs.pairs[2 * pair + 1] !== 0) distinct[group] = (distinct[group] as number) + 1
    }
    return distinct
  }
  return {
    stateFields: [stateField('hashes', types.binary)],
    result: { type: types.int64, nullable: false },
    add(column, groups, count) {
      const ids = column instanceof DictionaryColumn ? codesOf(column) : hashesOf(column)
      pairs.ids(groups, ids, count, hashes.count + 1)
    },
    merge([state], groups, count) {
      const { bytes, offsets } = state as BytesColumn
      const from = offsets[0] as number
      const total = ((offsets[groups.length] as number) - from) / 16
      const left = new Int32Array(total)
      const right = new Int32Array(total)
      let at = 0
      for (let i = 0; i < groups.length; i++) {
        for (let start = offsets[i] as number; start < (offsets[i + 1] as number); start += 16, at++) {
          left[at] = groups[i] as number
          right[at] = hashes.add(bytes, start, start + 16) + 1
        }
      }
      pairs.ids(left, right, count, hashes.count + 1)
    },
    state(count) {
      const offsets = new Int32Array(count + 1)
      countOf(count).forEach((distinct, group) => {
        offsets[group + 1] = (offsets[group] as number) + 16 * distinct
      })
      const bytes = new Uint8Array(offsets[count] as number)
      const next = offsets.slice()
      for (let pair = 0; pair < pairs.count; pair++) {
        const group = pairs.pairs[2 * pair] as number
        const hash = (pairs.pairs[2 * pair + 1] as number) - 1
        if (hash < 0) continue
        bytes.set(hashes.bytes.subarray(16 * hash, 16 * hash + 16), next[group])
        next[group] = (next[group] as number) + 16
      }
      return [new BytesColumn(types.binary, offsets, bytes)]
    },
    finish: (count) => countColumn(countOf(count)),
  }
}

function bytesOf(hashes: Uint32Array): Uint8Array {
  return new Uint8Array(hashes.buffer, hashes.byteOffset, hashes.byteLength)
}
