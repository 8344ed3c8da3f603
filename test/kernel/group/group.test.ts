import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareText } from '../../../src/kernel/group/compare.ts'
import { createGrouper } from '../../../src/kernel/group/grouper.ts'
import { sortGroups } from '../../../src/kernel/group/sort-groups.ts'
import { types } from '../../../src/kernel/types.ts'
import { batchesOf, batchOf, type Cells, column, cuts, fieldsOf, hows, keyText, tables } from '../hash/columns.ts'

const keyOf = (table: readonly Cells[], row: number) => table.map(({ cells }) => keyText(cells[row])).join('|')

describe('a grouper', () => {
  it('numbers groups as a map over rows would, for every split and encoding', () => {
    fc.assert(
      fc.property(tables({ rows: 60 }), cuts, hows, (table, at, how) => {
        const known = new Map<string, number>()
        const expected = table[0]!.cells.map((_, row) => {
          const key = keyOf(table, row)
          if (!known.has(key)) known.set(key, known.size)
          return known.get(key)!
        })
        const grouper = createGrouper(fieldsOf(table))
        expect(batchesOf(table, at, how).flatMap((batch) => Array.from(grouper.assign(batch.columns)))).toEqual(
          expected,
        )
        expect(grouper.count).toBe(known.size)
      }),
    )
  })
  it('gives back the keys of its groups, with their types', () => {
    fc.assert(
      fc.property(tables({ rows: 60 }), cuts, hows, (table, at, how) => {
        const grouper = createGrouper(fieldsOf(table))
        const batches = batchesOf(table, at, how)
        const groups = batches.flatMap((batch) => Array.from(grouper.assign(batch.columns)))
        const keys = grouper.keys()
        const whole = batchOf(table, 0, groups.length)
        keys.forEach((key, i) => {
          expect(key.type).toEqual(table[i]!.type)
          groups.forEach((group, row) => {
            const cell = whole.columns[i]!.at(row)
            expect(key.at(group)).toEqual(Object.is(cell, -0) ? 0 : cell)
          })
        })
      }),
    )
  })
  it('stays right when small ranges and small products are outgrown', () => {
    const n = 300_000
    const a = Array.from({ length: n }, (_, i) => (i % 3 === 0 ? i : (i * 7919) % 100_003))
    const b = Array.from({ length: n }, (_, i) => (i * 31) % 5003)
    const grouper = createGrouper([
      { name: 'a', type: types.int32, nullable: false },
      { name: 'b', type: types.int32, nullable: false },
    ])
    const groups: number[] = []
    for (let start = 0; start < n; start += 50_000) {
      const part = (cells: number[]) => column(types.int32, cells.slice(start, start + 50_000))
      groups.push(...grouper.assign([part(a), part(b)]))
    }
    const known = new Map<number, number>()
    a.forEach((value, i) => {
      const key = value * 5003 + b[i]!
      if (!known.has(key)) known.set(key, known.size)
      if (groups[i] !== known.get(key)) throw new Error(`row ${i}`)
    })
    expect(grouper.count).toBe(known.size)
  })
  it('without keys has one group', () => {
    expect(createGrouper([]).count).toBe(1)
    expect(createGrouper([]).keys()).toEqual([])
  })
})

describe('sorting groups', () => {
  it('orders text by code points, numbers with NaN after them, and null last', () => {
    const sorted = (cells: (string | number | null)[], type: typeof types.string | typeof types.float64) =>
      Array.from(sortGroups([column(type, cells)], cells.length), (row) => cells[row])
    expect(sorted(['b', null, '😀', '～', 'a', ''], types.string)).toEqual(['', 'a', 'b', '～', '😀', null])
    expect(sorted([3, Number.NaN, null, -1, Number.POSITIVE_INFINITY], types.float64)).toEqual([
      -1,
      3,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      null,
    ])
  })
  it('orders by the first key, then the second, and keeps the order of equal rows', () => {
    const order = sortGroups(
      [
        column(types.string, ['b', 'a', 'b', 'a', 'a'], { encoding: 'dictionary' }),
        column(types.int32, [1, 2, 0, 2, null]),
      ],
      5,
    )
    expect(Array.from(order)).toEqual([1, 3, 4, 2, 0])
  })
  it('is a permutation in ascending order, for every type and encoding', () => {
    fc.assert(
      fc.property(tables({ max: 2 }), hows, (table, [how]) => {
        const { columns, length } = batchOf(table, 0, table[0]!.cells.length, how)
        const order = sortGroups(columns, length)
        expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i))
        const compare = (a: number, b: number) => {
          for (const { cells } of table) {
            const [x, y] = [cells[a] ?? null, cells[b] ?? null]
            if (x === null || y === null) {
              if (x !== y) return x === null ? 1 : -1
            } else if (Number.isNaN(x) || Number.isNaN(y)) {
              if (!Object.is(x, y)) return Number.isNaN(x) ? 1 : -1
            } else if (x !== y)
              return typeof x === 'string' ? Buffer.compare(Buffer.from(x), Buffer.from(y as string)) : x < y ? -1 : 1
          }
          return a - b
        }
        for (let i = 1; i < length; i++) expect(compare(order[i - 1]!, order[i]!)).toBeLessThan(0)
      }),
    )
  })
  it('compares text as its UTF-8 bytes compare', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))))
      }),
    )
  })
})
