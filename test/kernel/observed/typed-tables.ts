import type { ColumnTable } from 'arquero'
import * as aq from 'arquero'
import fc from 'fast-check'
import { buildColumn } from '../../../src/kernel/columns/build.ts'
import type { Column } from '../../../src/kernel/columns/column.ts'
import { DictionaryColumn } from '../../../src/kernel/columns/text.ts'
import { ObservedTable } from '../../../src/kernel/observed/observed-table.ts'
import { createTrail } from '../../../src/kernel/observed/watch/provenance.ts'
import { type LogicalType, types } from '../../../src/kernel/types.ts'

/** The same rows twice: as plain Arquero holds them, and in typed columns under observation. */
export interface Pair {
  readonly plain: ColumnTable
  readonly observed: ColumnTable
}

const words = ['', 'a', 'A b', ' éß ', 'x|y', '"|"', '😀z', '\u{1F600}', 'null', '1', 'abcabc', 'İ']
const hour = 3_600_000

interface Kind {
  readonly type: LogicalType
  readonly cells: readonly unknown[]
  readonly sees?: 'bigint'
}

/** One column of each kind, by name. */
export const kinds: Readonly<Record<string, Kind>> = {
  i8: { type: types.int8, cells: [0, 1, -1, 127] },
  i32: { type: types.int32, cells: [0, 1, -5, 2_000_000_000] },
  u32: { type: types.uint32, cells: [0, 1, 4_000_000_000] },
  i64: { type: types.int64, cells: [0, 1, -1, 2 ** 52, -(2 ** 40)] },
  big: { type: types.int64, cells: [0n, 1n, -7n, 2n ** 62n], sees: 'bigint' },
  f64: { type: types.float64, cells: [0, -0, 1, 1.5, -2, 0.1, 0.2, 1e300, Number.NaN, Infinity, -Infinity] },
  f32: { type: types.float32, cells: [0, -0, 1.5, Number.NaN] },
  dec: { type: types.decimal(12, 2), cells: [0, 0.1, 0.29, 4.56, -1.5] },
  flag: { type: types.boolean, cells: [true, false] },
  day: { type: types.date, cells: [0, 864e5, -864e5, 19_000 * 864e5] },
  ms: { type: types.timestamp('ms'), cells: [0, 1, -1, 1.7e12] },
  us: { type: types.timestamp('us'), cells: [0, 0.5, -0.001, 1.7e12 + 0.25] },
  ns: { type: types.timestamp('ns'), cells: [0, 1.5, -1.5, 1.7e12] },
  clock: { type: types.time('s'), cells: [0, hour, 23 * hour] },
  text: { type: types.string, cells: words },
  dict: { type: types.string, cells: words },
  few: { type: types.string, cells: ['b', 'a'] },
  list: { type: types.list(types.string), cells: [[], ['a'], ['a', 'b']] },
}

const loose = [0, -0, 1, Number.NaN, null, undefined, 'a', '1', 'null', true]

function dictionary(values: readonly unknown[], entries: readonly string[]): DictionaryColumn {
  const codes = Uint8Array.from(values, (value) => Math.max(0, entries.indexOf(value as string)))
  const plain = buildColumn(types.string, [...values], { node: 'test', column: 'dict' })
  return new DictionaryColumn(codes, entries, plain.validity)
}

function columnOf(name: string, values: readonly unknown[]): Column {
  const { type, sees } = kinds[name] as Kind
  if (name === 'dict') return dictionary(values, [...words].reverse())
  if (name === 'few') return dictionary(values, ['a', 'b'])
  return buildColumn(type, [...values], { node: 'test', column: name }, sees)
}

/** Tables of up to `size` rows with a column of each kind, with and without absent values; `any` is a plain array of mixed values. */
export function pairs(size: number, cells = (kind: Kind): readonly unknown[] => kind.cells): fc.Arbitrary<Pair> {
  const names = Object.keys(kinds)
  return fc
    .tuple(fc.nat({ max: size }), fc.subarray(names))
    .chain(([rows, nullable]) =>
      fc.tuple(
        fc.constant(rows),
        ...names.map((name) => {
          const pool = cells(kinds[name] as Kind)
          const withNull = nullable.includes(name) ? [...pool, null] : pool
          return fc.array(fc.constantFrom(...withNull), { minLength: rows, maxLength: rows })
        }),
        fc.array(fc.constantFrom(...loose), { minLength: rows, maxLength: rows }),
      ),
    )
    .map(([, ...drawn]) => pairOf(names, drawn as readonly (readonly unknown[])[]))
}

function pairOf(names: readonly string[], drawn: readonly (readonly unknown[])[]): Pair {
  const columns: Record<string, unknown> = {}
  names.forEach((name, i) => {
    columns[name] = columnOf(name, drawn[i] ?? [])
  })
  const any = [...(drawn[names.length] ?? [])]
  columns['any'] = any
  const plain = Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, [...(column as Column)]]))
  const observation = { trail: createTrail(), rowWise: false, node: undefined }
  return {
    plain: aq.table(plain),
    observed: ObservedTable.over(columns as never, [...names, 'any'], observation),
  }
}

/** What a verb gives, or that it throws: names, rows with every cell as it is, groups. */
export function outcome(run: () => ColumnTable): unknown {
  try {
    const table = run()
    const names = table.columnNames()
    const rows: unknown[] = []
    table.scan((row) => rows.push(names.map((name) => table.column(name)?.at(row as number))), true)
    const groups = table.groups()
    return {
      names,
      rows,
      ...(groups === null ? {} : { groups: { names: groups.names, rows: [...groups.rows], size: groups.size } }),
    }
  } catch {
    return 'throws'
  }
}
