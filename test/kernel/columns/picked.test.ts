import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BooleanColumn,
  type Column,
  FlatColumn,
  Int64Column,
  TemporalColumn,
} from '../../../src/kernel/columns/column.ts'
import { createColumnPacker, createColumnUnpacker } from '../../../src/kernel/columns/pack.ts'
import { Picked, pick } from '../../../src/kernel/columns/picked.ts'
import { BytesColumn, DictionaryColumn } from '../../../src/kernel/columns/text.ts'
import { types } from '../../../src/kernel/types.ts'

const rows = 1000
const numbers = <T>(at: (row: number) => T) => Array.from({ length: rows }, (_, row) => at(row))
const validity = Uint8Array.from({ length: rows / 8 }, (_, byte) => (byte * 37 + 11) & 0xff)
const columns: Readonly<Record<string, (validity?: Uint8Array) => Column>> = {
  'a float': (bits) => new FlatColumn(types.float64, Float64Array.from(numbers((row) => row / 3)), bits),
  'a short integer': (bits) => new FlatColumn(types.int16, Int16Array.from(numbers((row) => row - 500)), bits),
  'a long integer': (bits) => new Int64Column(types.int64, BigInt64Array.from(numbers((row) => BigInt(row))), bits),
  'a boolean': (bits) => new BooleanColumn(Uint8Array.from(numbers((row) => (row >> 2) & 1)), bits),
  'a date': (bits) => new TemporalColumn(types.date, Int32Array.from(numbers((row) => row * 3)), bits),
  'a time of day': (bits) =>
    new TemporalColumn({ kind: 'time', unit: 'us' }, BigInt64Array.from(numbers((row) => BigInt(row * 1000))), bits),
  'text as codes': (bits) => new DictionaryColumn(Uint8Array.from(numbers((row) => row % 3)), ['a', 'b', 'c'], bits),
  'text as bytes': (bits) =>
    new BytesColumn(
      types.string,
      Int32Array.from({ length: rows + 1 }, (_, row) => row),
      new Uint8Array(rows).fill(65),
      bits,
    ),
}

type Change = { readonly take: readonly number[] } | { readonly slice: readonly [number, number] }

/** Shares of the rows that there are, so that changes can follow each other. */
const change = fc.oneof(
  fc.record({
    take: fc.array(fc.double({ min: -0.1, max: 1, noNaN: true, maxExcluded: true }), {
      minLength: 0,
      maxLength: 900,
      size: 'max',
    }),
  }),
  fc.record({
    slice: fc.tuple(fc.double({ min: 0, max: 0.5, noNaN: true }), fc.double({ min: 0.5, max: 1, noNaN: true })),
  }),
)

function changed(column: Column, cells: readonly unknown[], change: Change): readonly [Column, readonly unknown[]] {
  const { length } = cells
  if ('slice' in change) {
    const [start, end] = change.slice.map((share) => Math.floor(share * length)) as [number, number]
    return [column.slice(start, end), cells.slice(start, end)]
  }
  const picked = change.take.map((share) => (share < 0 || length === 0 ? -1 : Math.floor(share * length)))
  return [column.take(Int32Array.from(picked)), picked.map((row) => (row < 0 ? null : cells[row]))]
}

describe('rows of a column that nobody has read yet', () => {
  test.each(Object.keys(columns))('are the rows that were taken, whatever is taken of them: %s', (kind) => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (absent, changes, early) => {
          let column = columns[kind]?.(absent ? validity : undefined) as Column
          let cells: readonly unknown[] = [...column]
          const seen: (readonly [Column, readonly unknown[]])[] = []
          for (const one of changes) {
            ;[column, cells] = changed(column, cells, one)
            if (early) expect([...column]).toEqual(cells)
            seen.push([column, cells])
          }
          // Last made, first read: none of them depends on what was read before.
          for (const [made, wanted] of seen.reverse()) expect([...made]).toEqual(wanted)
        },
      ),
      { numRuns: 40 },
    )
  })

  test.each(Object.keys(columns))('go to another thread as the rows that were taken: %s', (kind) => {
    const order = Int32Array.from(numbers((row) => (row % 7 === 0 ? -1 : rows - 1 - row)))
    const column = columns[kind]?.(validity) as Column
    const message = createColumnPacker().begin()
    const packed = message.column(column.take(order))
    expect([...createColumnUnpacker().column(packed, message.finish())]).toEqual([...column.take(order)])
  })

  test('are gathered once', () => {
    const column = columns['a float']?.().take(Int32Array.from(numbers((row) => row))) as FlatColumn
    expect(column.values).toBe(column.values)
    expect(column.values).toEqual(Float64Array.from(numbers((row) => row / 3)))
  })

  test('are gathered at once where they are few: they do not hold on to many', () => {
    const values = Float64Array.from(numbers((row) => row))
    expect(
      pick(
        values,
        Int32Array.from({ length: 499 }, (_, row) => row),
      ),
    ).toBeInstanceOf(Float64Array)
    const most = pick(
      values,
      Int32Array.from({ length: 600 }, (_, row) => row),
    ) as Picked<Float64Array>
    expect(most).toBeInstanceOf(Picked)
    expect(most.take(Int32Array.of(599, -1))).toEqual(Float64Array.of(599, 0))
    expect(most.slice(598, 600)).toEqual(Float64Array.of(598, 599))
  })
})
