import type { Column } from '../columns/column.ts'
import { BytesColumn } from '../columns/text.ts'
import { keyHashes } from '../hash/row-hashes.ts'
import { types } from '../types.ts'
import { allKinds, type ColumnAccumulator, columnMeasure, countColumn, stateField } from './accumulate.ts'
import { createRegisters, estimate, type Registers } from './hyper-log-log.ts'
import { withoutOptions } from './options.ts'
import type { ApproxDistinctFn } from './signatures.ts'

/**
 * The distinct present values as int64, estimated by HyperLogLog with 4,096 registers: relative standard error 1.04 / sqrt(4096) = 1.63 %
 * (so within 5 % in 99.7 of 100 cases), nearly exact below a few hundred. At most 4 KiB a group. -0 equals 0, NaN is one value.
 */
export const approxDistinct = withoutOptions('approxDistinct', (column: string) =>
  columnMeasure({
    kind: 'approxDistinct',
    column,
    version: 1,
    kinds: allKinds,
    needs: 'a value',
    make,
  }),
) as ApproxDistinctFn

function make(): ColumnAccumulator {
  const sketches: (Registers | undefined)[] = []
  const sketchOf = (group: number) => {
    sketches[group] ??= createRegisters()
    return sketches[group]
  }
  function add(column: Column, groups: Int32Array): void {
    if (column.type.kind === 'null') return
    const hashes = keyHashes([column])
    const validity = column.nullCount === 0 ? undefined : column.validity
    for (let row = 0; row < column.length; row++) {
      if (validity !== undefined && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
      sketchOf(groups[row] as number).addHash(hashes[4 * row] as number, hashes[4 * row + 1] as number)
    }
  }
  return {
    stateFields: [stateField('registers', types.binary)],
    result: { type: types.int64, nullable: false },
    add,
    merge([state], groups) {
      const { bytes, offsets } = state as BytesColumn
      for (let i = 0; i < groups.length; i++) {
        if (offsets[i] === offsets[i + 1]) continue
        sketchOf(groups[i] as number).merge(bytes.subarray(offsets[i], offsets[i + 1]))
      }
    },
    state(count) {
      const parts = Array.from({ length: count }, (_, group) => sketches[group]?.toBytes() ?? new Uint8Array(0))
      return [binaryColumn(parts)]
    },
    finish: (count) =>
      countColumn(
        Float64Array.from({ length: count }, (_, group) => Math.round(estimate(sketches[group]?.histogram()))),
      ),
  }
}

/** One cell of bytes for each part. */
export function binaryColumn(parts: readonly Uint8Array[]): BytesColumn {
  const offsets = new Int32Array(parts.length + 1)
  parts.forEach((part, i) => {
    offsets[i + 1] = (offsets[i] as number) + part.length
  })
  const bytes = new Uint8Array(offsets[parts.length] as number)
  parts.forEach((part, i) => {
    bytes.set(part, offsets[i])
  })
  return new BytesColumn(types.binary, offsets, bytes)
}
