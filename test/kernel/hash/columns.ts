import fc from 'fast-check'
import type { Batch } from '../../../src/kernel/columns/batch.ts'
import {
  BooleanColumn,
  type Column,
  DecimalColumn,
  FlatColumn,
  Int64Column,
  TemporalColumn,
  ValuesColumn,
} from '../../../src/kernel/columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../../../src/kernel/columns/text.ts'
import { flatArray } from '../../../src/kernel/group/words-interner.ts'
import { type Field, type LogicalType, types } from '../../../src/kernel/types.ts'

/** Cells in a neutral form: numbers, text, booleans; bigints for 64-bit integers, timestamps (stored unit) and decimals (unscaled); days for dates. */
export type Cell = number | bigint | string | boolean | null

/** One bit a row; with `always`, a bitmap even where nothing is absent. */
function validityOf(cells: readonly Cell[], always: boolean): Uint8Array | undefined {
  if (!always && cells.every((cell) => cell !== null)) return undefined
  const bits = new Uint8Array((cells.length + 7) >> 3)
  cells.forEach((cell, i) => {
    if (cell !== null) bits[i >> 3]! |= 1 << (i & 7)
  })
  return bits
}

export type Encoding = 'plain' | 'dictionary' | 'strings' | 'values'

/** A column of these cells. `padding` rows are put before and after and sliced off again, so that buffers do not begin at the first row. */
export function column(
  type: LogicalType,
  cells: readonly Cell[],
  how: { encoding?: Encoding; validity?: boolean; padding?: number } = {},
): Column {
  const padding = Array.from({ length: how.padding ?? 0 }, () => cells[0] ?? null)
  const all = [...padding, ...cells, ...padding]
  const made = build(type, all, how.encoding ?? 'plain', validityOf(all, how.validity ?? false))
  return padding.length === 0 ? made : made.slice(padding.length, padding.length + cells.length)
}

function build(
  type: LogicalType,
  cells: readonly Cell[],
  encoding: Encoding,
  validity: Uint8Array | undefined,
): Column {
  if (type.kind === 'string') return text(cells as readonly (string | null)[], encoding, validity)
  if (type.kind === 'boolean') return new BooleanColumn(Uint8Array.from(cells, Number), validity)
  if (type.kind === 'date') return new TemporalColumn(type, Int32Array.from(cells, Number), validity)
  const big = () => BigInt64Array.from(cells, (cell) => (cell as bigint | null) ?? 0n)
  if (type.kind === 'timestamp') return new TemporalColumn(type, big(), validity)
  if (type.kind === 'int' && type.bits === 64) return new Int64Column(type, big(), validity, 'bigint')
  if (type.kind === 'decimal') {
    const words = cells.flatMap((cell) => [
      BigInt.asUintN(64, (cell as bigint | null) ?? 0n),
      BigInt.asUintN(64, ((cell as bigint | null) ?? 0n) >> 64n),
    ])
    return new DecimalColumn(type, BigUint64Array.from(words), validity)
  }
  const values = flatArray(type, cells.length)
  values.set(cells.map(Number))
  return new FlatColumn(type, values, validity)
}

function text(cells: readonly (string | null)[], encoding: Encoding, validity: Uint8Array | undefined): Column {
  if (encoding === 'dictionary') {
    const dictionary = ['unused', ...new Set(cells.filter((cell) => cell !== null))]
    return new DictionaryColumn(
      Uint16Array.from(cells, (cell) => (cell === null ? 0 : dictionary.indexOf(cell))),
      dictionary,
      validity,
    )
  }
  if (encoding === 'values') return new ValuesColumn(types.string, cells, validity)
  const strings = BytesColumn.ofStrings(
    cells.map((cell) => cell ?? ''),
    validity,
  )
  return encoding === 'strings' ? strings : new BytesColumn(types.string, strings.offsets, strings.bytes, validity)
}

const cellsOf: Readonly<Record<string, readonly [LogicalType, fc.Arbitrary<Cell>]>> = {
  int8: [types.int8, fc.integer({ min: -3, max: 3 })],
  int32: [types.int32, fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer())],
  uint32: [types.uint32, fc.nat({ max: 0xffffffff })],
  int64: [
    types.int64,
    fc.oneof(fc.bigInt({ min: -5n, max: 5n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  ],
  float64: [types.float64, fc.oneof(fc.constantFrom(0, -0, Number.NaN, 1.5, Number.POSITIVE_INFINITY), fc.double())],
  float32: [types.float32, fc.constantFrom(0, -0, Number.NaN, 1.5, -2.25)],
  boolean: [types.boolean, fc.boolean()],
  date: [types.date, fc.integer({ min: -800_000, max: 800_000 })],
  timestamp: [types.timestamp('us'), fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n })],
  decimal: [
    types.decimal(38, 2),
    fc.oneof(fc.bigInt({ min: -9n, max: 9n }), fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n })),
  ],
  string: [
    types.string,
    fc.oneof(fc.constantFrom('', 'a', 'b', 'zürich', '😀', '～'), fc.string({ unit: 'grapheme', maxLength: 40 })),
  ],
}
export type TypeName = keyof typeof cellsOf & string
export const typeNames = Object.keys(cellsOf)

export interface Cells {
  readonly type: LogicalType
  readonly cells: readonly Cell[]
}

/** Columns of random types and cells, all of one length. */
export function tables(
  given: { names?: readonly string[]; max?: number; rows?: number } = {},
): fc.Arbitrary<readonly Cells[]> {
  return fc.nat({ max: given.rows ?? 40 }).chain((rows) =>
    fc
      .array(fc.constantFrom(...(given.names ?? typeNames)), { minLength: 1, maxLength: given.max ?? 3 })
      .chain((names) =>
        fc.tuple(
          ...names.map((name) => {
            const [type, cell] = cellsOf[name]!
            return fc
              .array(fc.option(cell, { freq: 4 }), { minLength: rows, maxLength: rows })
              .map((cells): Cells => ({ type, cells }))
          }),
        ),
      ),
  )
}

export const encodings = fc.record({
  encoding: fc.constantFrom<Encoding>('plain', 'dictionary', 'strings', 'values'),
  validity: fc.boolean(),
  padding: fc.nat({ max: 9 }),
})
type How = { encoding: Encoding; validity: boolean; padding: number }

export function fieldsOf(table: readonly Cells[]): Field[] {
  return table.map(({ type }, i) => ({
    name: `c${i}`,
    type,
    nullable: true,
    ...(type.kind === 'int' && type.bits === 64 ? { sees: 'bigint' as const } : {}),
  }))
}

/** Rows [start, end) as a batch, encoded as told. */
export function batchOf(table: readonly Cells[], start: number, end: number, how?: How): Batch {
  const columns = table.map(({ type, cells }) => column(type, cells.slice(start, end), how))
  return { schema: { fields: fieldsOf(table) }, length: end - start, columns }
}

/** The rows in batches that end at the given shares of the table, each with an encoding of its own. */
export function batchesOf(table: readonly Cells[], cuts: readonly number[], hows: readonly How[]): Batch[] {
  const rows = table[0]!.cells.length
  const ends = [...new Set([...cuts.map((cut) => cut % (rows + 1)), rows])].sort((a, b) => a - b)
  return ends.map((end, i) => batchOf(table, i === 0 ? 0 : ends[i - 1]!, end, hows[i % Math.max(1, hows.length)]))
}

export const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 4 })
export const hows = fc.array(encodings, { minLength: 1, maxLength: 4 })

/** A cell as text that agrees exactly when key values do: -0 is 0, NaN is NaN. */
export function keyText(cell: Cell | undefined): string {
  return typeof cell === 'string' ? `'${cell}'` : String(cell)
}
