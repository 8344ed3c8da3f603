import type { ColumnTable } from 'arquero'
import * as aq from 'arquero'
import fc from 'fast-check'
import { buildColumn } from '../../../src/kernel/columns/build.ts'
import type { Column } from '../../../src/kernel/columns/column.ts'
import { DictionaryColumn } from '../../../src/kernel/columns/text.ts'
import { ObservedTable } from '../../../src/kernel/observed/observed-table.ts'
import { createTrail } from '../../../src/kernel/observed/watch/provenance.ts'
import { type LogicalType, types } from '../../../src/kernel/types.ts'

type Cell = unknown

interface Kind {
  readonly cells: readonly Cell[]
  readonly make: (cells: readonly Cell[]) => unknown
}

const typed = (type: LogicalType, cells: readonly Cell[], sees?: 'bigint'): Kind => ({
  cells: [...cells, null],
  make: (given) => buildColumn(type, [...given], { node: 'test', column: 'drawn' }, sees),
})
const array = (cells: readonly Cell[]): Kind => ({ cells, make: (given) => [...given] })

const words = [
  '',
  'a',
  'ab',
  'abcdefgh',
  'abcdefghi',
  'abcdefghj',
  'ä',
  '\u{ffee}',
  '\u{1f600}',
  'a|"b',
  '"a"',
  '1',
  'NaN',
]
const long = ['customer-000001', 'customer-000002', 'customer-000002-b', 'customer-000010', 'customer-000010']
const day = 86_400_000

function dictionary(cells: readonly Cell[]): DictionaryColumn {
  const entries = ['unused', ...words].reverse()
  const codes = Uint8Array.from(cells, (cell) => (cell === null ? 200 : entries.indexOf(cell as string)))
  return new DictionaryColumn(codes, entries, buildColumn(types.string, [...cells], where).validity)
}
const where = { node: 'test', column: 'drawn' }

/** Columns of every physical kind, and arrays that people put into tables. */
export const kinds: Readonly<Record<string, Kind>> = {
  int8: typed(types.int8, [0, 1, -1, 127, -128]),
  uint16: typed(types.uint16, [0, 1, 65_535]),
  int32: typed(types.int32, [0, 1, -5, 2_000_000_000, -2_000_000_000]),
  int64: typed(types.int64, [0, 1, -1, 2 ** 52, -(2 ** 40)]),
  uint64: typed(types.uint64, [0n, 1n, 2n ** 64n - 1n, 2n ** 63n], 'bigint'),
  bigint: typed(types.int64, [0n, 1n, -7n, 2n ** 62n, 2n ** 62n + 1n, -(2n ** 62n)], 'bigint'),
  small: typed(types.int64, [0n, 1n, -7n], 'bigint'),
  float64: typed(types.float64, [0, -0, 1, 1.5, -2, 0.1, 1e300, 5e-324, -5e-324, Number.NaN, Infinity, -Infinity]),
  float32: typed(types.float32, [0, -0, 1.5, -1.5, Number.NaN]),
  decimal: typed(types.decimal(12, 2), [0, 0.1, 0.29, 4.56, -1.5]),
  boolean: typed(types.boolean, [true, false]),
  date: typed(types.date, [0, day, -day, 19_000 * day]),
  timestamp: typed(types.timestamp('ms'), [0, 1, -1, 1.7e12]),
  micros: typed(types.timestamp('us'), [0, 0.5, -0.001, -1.5, 1.7e12 + 0.25]),
  nanos: typed(types.timestamp('ns'), [0, 1.5, -1.5, 1.7e12]),
  time: typed(types.time('s'), [0, 3_600_000]),
  text: typed(types.string, words),
  long: typed(types.string, long),
  dictionary: { cells: [...words, null], make: dictionary },
  binary: typed(types.binary, [Uint8Array.of(), Uint8Array.of(2), Uint8Array.of(10), Uint8Array.of(1, 2)]),
  list: typed(types.list(types.string), [[], ['a'], ['a', 'b'], ['ab']]),
  nothing: typed(types.null, [null]),
  doubles: { cells: [0, -0, 1, -1.5, Number.NaN], make: (cells) => Float64Array.from(cells as number[]) },
  bigints: { cells: [0n, 1n, -(2n ** 60n)], make: (cells) => BigInt64Array.from(cells as bigint[]) },
  numbers: array([0, -0, 1, 2.5, Number.NaN, null, undefined]),
  present: array([0, 1, 2, null]),
  strings: array([...words, null, undefined]),
  surrogates: array(['a', '\ud800', '\udc00', '\ufffd', null]),
  dates: array([new Date(0), new Date(day), new Date(Number.NaN), null]),
  mixed: array([0, 1, 1n, '1', 'a', true, null, undefined, Number.NaN, new Date(1), 2 ** 60, BigInt(2 ** 60), 'true']),
  objects: array([{ a: 1 }, { a: 1, b: 'x' }, ['a', [null]], /a/, null, undefined]),
}

export interface Drawn {
  readonly plain: ColumnTable
  readonly observed: ColumnTable
}

/** The same rows twice: as plain Arquero holds them, and in columns under observation. */
export function pairOf(columns: Readonly<Record<string, readonly [kind: string, cells: readonly Cell[]]>>): Drawn {
  const names = Object.keys(columns)
  const made = Object.fromEntries(
    names.map((name) => [name, kinds[columns[name]?.[0] as string]?.make(columns[name]?.[1] ?? [])]),
  )
  const plain = Object.fromEntries(names.map((name) => [name, plainOf(made[name])]))
  const observation = { trail: createTrail(), rowWise: false, node: undefined }
  return { plain: aq.table(plain as never, names), observed: ObservedTable.over(made as never, names, observation) }
}

function plainOf(column: unknown): unknown {
  return ArrayBuffer.isView(column) ? column : [...(column as Column)]
}

/** Tables of up to `most` rows with columns of these names, each of a kind drawn from `from`. */
export function drawn(
  names: readonly string[],
  most: number,
  from: readonly string[] = Object.keys(kinds),
): fc.Arbitrary<Drawn> {
  return fc
    .tuple(fc.nat({ max: most }), fc.tuple(...names.map(() => fc.constantFrom(...from))))
    .chain(([rows, chosen]) => cellsOf(names, chosen, rows))
}

/** Two tables with columns of the same kinds. */
export function drawnTwice(names: readonly string[], most: number): fc.Arbitrary<readonly [Drawn, Drawn]> {
  return fc
    .tuple(
      fc.nat({ max: most }),
      fc.nat({ max: most }),
      fc.tuple(...names.map(() => fc.constantFrom(...Object.keys(kinds)))),
    )
    .chain(([one, other, chosen]) => fc.tuple(cellsOf(names, chosen, one), cellsOf(names, chosen, other)))
}

function cellsOf(names: readonly string[], chosen: readonly string[], rows: number): fc.Arbitrary<Drawn> {
  const cells = chosen.map((kind) =>
    fc.tuple(
      fc.constant(kind),
      fc.array(fc.constantFrom(...(kinds[kind] as Kind).cells), { minLength: rows, maxLength: rows }),
    ),
  )
  return fc
    .tuple(...cells)
    .map((columns) => pairOf(Object.fromEntries(names.map((name, i) => [name, columns[i]])) as never))
}

/** What a verb gives, or that it throws: names, rows as `scan` meets them with and without an order, every cell as it is, groups. */
export function outcome(run: () => ColumnTable): unknown {
  try {
    return contentOf(run())
  } catch {
    return 'throws'
  }
}

function contentOf(table: ColumnTable) {
  const names = table.columnNames()
  const cells = (row: unknown) => names.map((name) => table.column(name)?.at(row as number))
  const scanned: unknown[] = []
  table.scan((row) => scanned.push(cells(row)))
  const rows: unknown[] = []
  table.scan((row) => rows.push(cells(row)), true)
  const groups = table.groups()
  const partitions = groups === null ? [] : table.partitions().map((part) => [...(part as number[])].map(cells))
  return { names, scanned, rows, partitions, ordered: table.isOrdered(), size: groups?.size ?? 0 }
}
