import type { ColumnTable } from 'arquero'
import * as aq from 'arquero'
import { desc } from 'arquero'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildColumn } from '../../../src/kernel/columns/build.ts'
import { type Column, FlatColumn, Int64Column } from '../../../src/kernel/columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../../../src/kernel/columns/text.ts'
import { idsOfAny } from '../../../src/kernel/observed/distinct/ids.ts'
import type { ObservedTable } from '../../../src/kernel/observed/observed-table.ts'
import { type LogicalType, types } from '../../../src/kernel/types.ts'
import { drawn, kinds, outcome, pairOf } from './drawn-tables.ts'
import { observed } from './tables.ts'

const build = (type: LogicalType, cells: readonly unknown[]) =>
  buildColumn(type, [...cells], { node: 'test', column: 'c' })
const columnOf = (table: ColumnTable, name: string) => table.column(name) as unknown as Column
/** Numbers that look drawn, the same in every run. */
const scattered = (i: number, below: number) => (Math.imul(i + 1, 0x9e3779b1) >>> 7) % below

/** A table of any columns, watched like a step's input. */
function watched(columns: Readonly<Record<string, unknown>>): ColumnTable {
  const some = observed({ nothing: [] }) as ObservedTable
  return some.create({ data: columns as never, names: Object.keys(columns) })
}

describe('physical types', () => {
  const table = watched({
    small: build(types.int8, [3, 1, 2]),
    price: build(types.decimal(10, 2), [0.3, 0.1, 0.2]),
    at: build(types.timestamp('us'), [3, 1.001, 2]),
    id: build(types.int64, [3, 1, 2]),
    name: new DictionaryColumn(Uint8Array.of(0, 1, 1), ['a', 'b']),
    own: Int16Array.of(3, 1, 2),
  })
  const kept = (out: ColumnTable) => [
    ...out.columnNames().map((name) => columnOf(out, name).type?.kind ?? columnOf(out, name).constructor.name),
    columnOf(out, 'name').constructor.name,
  ]
  const all = ['int', 'decimal', 'timestamp', 'int', 'string', 'Int16Array', 'DictionaryColumn']

  it('stay in orderby, slice, reify, dedupe, concat, union and of grouped rows', () => {
    expect(kept(table.orderby('id').reify())).toEqual(all)
    expect(kept(table.orderby(desc('name')).slice(0, 2))).toEqual(all)
    expect(kept(table.slice(1, 3))).toEqual(all)
    expect(kept(table.dedupe('name'))).toEqual(all)
    expect(kept(table.concat(table.slice(0, 1), table.orderby('id').reify()))).toEqual(all)
    expect(kept(table.union(table))).toEqual(all)
    expect(kept(table.groupby('name').slice(0, 1))).toEqual(all)
  })

  it('of integers and floats meet in one that holds both when tables are concatenated', () => {
    const one = (type: LogicalType, cells: readonly unknown[]) => watched({ x: build(type, cells) })
    const meet = (a: ColumnTable, b: ColumnTable) => columnOf(a.concat(b), 'x')
    expect(meet(one(types.int8, [1]), one(types.int32, [2])).type).toEqual(types.int32)
    expect(meet(one(types.int32, [1]), one(types.int64, [2])).type).toEqual(types.int64)
    expect(meet(one(types.uint16, [1]), one(types.int8, [-2])).type).toEqual(types.float64)
    expect([...meet(one(types.int32, [1]), one(types.float64, [2.5]))]).toEqual([1, 2.5])
    expect(meet(one(types.int32, [1]), one(types.string, ['a']))).toEqual([1, 'a'])
  })

  it('a column that the other table lacks is null in typed columns and undefined in arrays', () => {
    const left = watched({ x: build(types.int32, [1]), y: [1] })
    const both = left.concat(watched({ z: [1, 2] }))
    expect(both.objects()).toEqual([
      { x: 1, y: 1 },
      { x: null, y: undefined },
      { x: null, y: undefined },
    ])
    expect(columnOf(both, 'x')).toBeInstanceOf(FlatColumn)
  })
})

describe('what is shared and what is left undone', () => {
  it('a slice of a table as it stands shares buffers', () => {
    const values = Float64Array.of(1, 2, 3, 4)
    const table = watched({ x: new FlatColumn(types.float64, values) })
    expect((table.slice(1, 3).column('x') as unknown as FlatColumn).values.buffer).toBe(values.buffer)
  })

  it('orderby compares nothing before rows are read', () => {
    const cells = Object.defineProperty([1, 2], 0, {
      get: () => {
        throw new Error('read')
      },
    })
    const ordered = watched({ x: cells }).orderby('x')
    expect(ordered.isOrdered()).toBe(true)
    expect(() => ordered.indices()).toThrow('read')
  })

  it('the comparator of an ordered table is there for those who ask', () => {
    const table = watched({ x: build(types.int32, [2, 1, 2]) }).orderby(desc('x'))
    const compare = table.comparator() as unknown as (a: number, b: number) => number
    expect([compare(0, 1), compare(1, 0), compare(0, 2)]).toEqual([-1, 1, 0])
  })

  it('orderby sorts by the columns of its time, whatever takes their names later', () => {
    const table = watched({ x: build(types.int32, [3, 1, 2]), y: build(types.int32, [1, 2, 3]) })
    const renamed = table.orderby('x').select({ y: 'x' })
    expect(renamed.array('x')).toEqual([2, 3, 1])
  })
})

describe('tables of thousands of rows', () => {
  const n = 6000
  const names = Object.keys(kinds)

  it('are ordered, cut, made distinct and joined as plain Arquero does, for every kind of column', () => {
    for (const [k, kind] of names.entries()) {
      const cells = (salt: number, name: string) => {
        const pool = kinds[name]?.cells ?? []
        return Array.from({ length: n }, (_, i) => pool[scattered(i * 7 + salt, pool.length)])
      }
      const other = names[(k + 1) % names.length] as string
      const pair = pairOf({
        k: [kind, cells(1, kind)],
        l: [other, cells(2, other)],
        n: ['int32', Array.from({ length: n }, (_, i) => i)],
      })
      const verbs: readonly ((t: ColumnTable) => ColumnTable)[] = [
        (t) => t.orderby('k', desc('l')),
        (t) => t.orderby(desc('k')).slice(0, 40),
        (t) =>
          t
            .filter((d: any) => d.n % 3 > 0)
            .orderby('k', 'l')
            .slice(5, 30),
        (t) => t.dedupe('k'),
      ]
      for (const verb of verbs)
        expect(
          outcome(() => verb(pair.observed)),
          kind,
        ).toStrictEqual(outcome(() => verb(pair.plain)))
    }
  })

  it('with most values distinct, in many rows, keep order, first rows and groups', () => {
    const size = 1 << 18
    const number = (i: number) => (scattered(i % 8 === 0 ? i >> 1 : i, 1 << 24) - 1000.5) * 1e-3
    const text = (i: number) =>
      `https://example.org/orders/${scattered(i % 8 === 0 ? i >> 1 : i, 1 << 24).toString(36)}/lines`
    const large = 2n ** 60n
    const columns = {
      x: new FlatColumn(
        types.float64,
        Float64Array.from({ length: size }, (_, i) => number(i)),
      ),
      s: BytesColumn.ofStrings(
        Array.from({ length: size }, (_, i) => text(i)),
        new Uint8Array(size / 8).fill(0xfe),
      ),
      few: BytesColumn.ofStrings(Array.from({ length: size }, (_, i) => 'x'.repeat(scattered(i, 300)))),
      b: new Int64Column(
        types.int64,
        BigInt64Array.from({ length: size }, (_, i) => large + BigInt(scattered(i % 8 === 0 ? i >> 1 : i, 1 << 24))),
        undefined,
        'bigint',
      ),
    }
    const plain = aq.table(Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, [...column]])))
    const ours = watched(columns)
    for (const name of Object.keys(columns)) {
      expect(Buffer.compare(bytesOf(ours.orderby(name).indices()), bytesOf(plain.orderby(name).indices())), name).toBe(
        0,
      )
      const top = (t: ColumnTable) => t.orderby(desc(name)).slice(0, 1000).array(name)
      expect(top(ours)).toEqual(top(plain))
      expect(ours.dedupe(name).array('s')).toEqual(plain.dedupe(name).array('s'))
      const counted = (t: ColumnTable) => t.groupby(name).count().array('count')
      expect(counted(ours), name).toEqual(counted(plain))
    }
  }, 60_000)
})

function bytesOf(rows: ArrayLike<number>): Buffer {
  return Buffer.from(Uint32Array.from(rows).buffer)
}

describe('numbers of distinct cells', () => {
  it('are equal for two rows exactly where Arquero groups them together', () => {
    fc.assert(
      fc.property(drawn(['k'], 12), ({ observed: table, plain }) => {
        const { ids, count } = idsOfAny(table.column('k') as never, table.totalRows())
        const { keys } = plain.groupby('k').groups() as unknown as { readonly keys: Uint32Array }
        for (let i = 0; i < ids.length; i++) {
          expect(ids[i]).toBeLessThan(count)
          for (let j = 0; j < i; j++) expect(ids[i] === ids[j]).toBe(keys[i] === keys[j])
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('gathering text', () => {
  it('gives the texts at any rows, in any order, with and without bytes', () => {
    const texts = fc.array(fc.constantFrom('', 'a', 'abc', 'abcd', 'abcdefghi', 'ä', '\u{1f600}x'), {
      minLength: 1,
      maxLength: 9,
    })
    fc.assert(
      fc.property(texts, fc.array(fc.integer({ min: -1, max: 20 })), (strings, picks) => {
        const column = BytesColumn.ofStrings(strings)
        const rows = Int32Array.from(picks, (pick) => (pick < 0 ? -1 : pick % strings.length))
        const wanted = [...rows].map((row) => (row < 0 ? null : strings[row]))
        expect([...column.take(rows)]).toEqual(wanted)
        const encoded = new BytesColumn(types.string, column.offsets, column.bytes)
        expect([...encoded.take(rows)]).toEqual(wanted)
        expect([...encoded.slice(1, strings.length).take(new Int32Array(strings.length > 1 ? 2 : 0))]).toEqual(
          strings.length > 1 ? [strings[1], strings[1]] : [],
        )
      }),
    )
  })
})
