import fc from 'fast-check'
import {
  type Batch,
  BytesColumn,
  buildColumn,
  type Check,
  type Column,
  type CondemningRule,
  type DatasetRule,
  type Decision,
  DictionaryColumn,
  type Field,
  type LogicalType,
  type RowRule,
  sliceBatch,
  types,
  ValuesColumn,
} from 'tidegate'
import { gateFacts } from 'tidegate/testing'

/** Numbers, text, booleans; bigints for 64-bit integers, text for decimals, milliseconds for times. */
export type Cell = number | bigint | string | boolean | null

export const edge = 2 ** 53
const doublesOf = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    Number.NaN,
    1,
    0.1,
    0.3,
    edge,
    edge + 2,
    -edge,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ),
  fc.integer({ min: -4, max: 4 }),
  fc.double(),
)
const wide = fc.oneof(
  fc.bigInt({ min: -4n, max: 4n }),
  fc.bigInt({ min: BigInt(edge) - 2n, max: BigInt(edge) + 2n }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
)
const decimals = fc
  .oneof(
    fc.bigInt({ min: -40n, max: 40n }),
    fc.bigInt({ min: BigInt(edge) * 100n - 3n, max: BigInt(edge) * 100n + 3n }),
  )
  .map((unscaled) => {
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(3, '0')
    return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
  })
const texts = fc.oneof(
  fc.constantFrom('', 'a', 'b', '10', '😀', '～', 'zürich', 'x'.repeat(3000)),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
)
const moments = fc.integer({ min: -5, max: 5 }).map((n) => n * 1000)

export const kinds = {
  int8: [types.int8, fc.integer({ min: -4, max: 4 })],
  int32: [types.int32, fc.oneof(fc.integer({ min: -4, max: 4 }), fc.integer())],
  int64: [types.int64, wide],
  float64: [types.float64, doublesOf],
  float32: [types.float32, fc.constantFrom(0, -0, 1.5, -2.25, Number.NaN, 3)],
  decimal: [types.decimal(38, 2), decimals],
  string: [types.string, texts],
  boolean: [types.boolean, fc.boolean()],
  date: [types.date, fc.integer({ min: -3, max: 3 }).map((n) => n * 86_400_000)],
  timestamp: [types.timestamp('us'), moments],
  nanoseconds: [types.timestamp('ns', 'UTC'), moments],
} as const satisfies Record<string, readonly [LogicalType, fc.Arbitrary<Exclude<Cell, null>>]>
export type Kind = keyof typeof kinds

export interface Data {
  /** Columns c0, c1, ... */
  readonly types: readonly LogicalType[]
  readonly rows: readonly (readonly Cell[])[]
  /** How text is encoded, batch after batch. */
  readonly forms: readonly Form[]
  readonly cuts: readonly number[]
}
const forms = ['bytes', 'strings', 'dictionary', 'values', 'cut out'] as const
type Form = (typeof forms)[number]

/** Columns of one of the given kinds each, with absent cells, encodings and ends of batches or parts. */
export function data(...given: readonly (readonly Kind[])[]): fc.Arbitrary<Data> {
  return fc.tuple(...given.map((names) => fc.constantFrom(...names))).chain((names) =>
    fc.record({
      types: fc.constant(names.map((name) => kinds[name][0])),
      rows: fc.array(fc.tuple(...names.map((name) => fc.option(kinds[name][1] as fc.Arbitrary<Cell>, { freq: 5 }))), {
        maxLength: 40,
        size: 'max',
      }),
      forms: fc.array(fc.constantFrom(...forms), { minLength: 1, maxLength: 4 }),
      cuts: fc.array(fc.nat({ max: 40 }), { maxLength: 4 }),
    }),
  )
}

function fieldsOf(given: Data): Field[] {
  return given.types.map((type, i) => ({
    name: `c${i}`,
    type,
    nullable: true,
    ...(type.kind === 'int' && type.bits === 64 ? { sees: 'bigint' as const } : {}),
  }))
}

function encoded(type: LogicalType, cells: readonly Cell[], form: Form, field: Field): Column {
  const column = buildColumn(type, cells, { column: field.name }, field.sees)
  if (form === 'cut out') {
    const order = Int32Array.from({ length: cells.length + 6 }, (_, i) =>
      Math.min(Math.max(i - 3, 0), cells.length - 1),
    )
    return cells.length === 0 ? column : column.take(order).slice(3, cells.length + 3)
  }
  if (type.kind !== 'string') return column
  const strings = cells.map((cell) => (cell as string | null) ?? '')
  const lazy = BytesColumn.ofStrings(strings, column.validity)
  if (form === 'strings') return lazy
  if (form === 'bytes') return new BytesColumn(types.string, lazy.offsets, lazy.bytes, column.validity)
  if (form === 'values') return new ValuesColumn(types.string, cells, column.validity)
  const entries = ['never used', ...new Set(strings)]
  return new DictionaryColumn(
    Uint16Array.from(strings, (text) => entries.indexOf(text)),
    entries,
    column.validity,
  )
}

/** The rows in pieces that end at the cuts. */
export function pieces(given: Data): readonly Batch[] {
  const fields = fieldsOf(given)
  const ends = [...new Set([...given.cuts.map((cut) => cut % (given.rows.length + 1)), given.rows.length])].sort(
    (a, b) => a - b,
  )
  return ends.map((end, i) => {
    const rows = given.rows.slice(i === 0 ? 0 : ends[i - 1], end)
    const form = given.forms[i % given.forms.length]!
    const columns = fields.map((field, c) =>
      encoded(
        field.type,
        rows.map((row) => row[c] ?? null),
        form,
        field,
      ),
    )
    return { schema: { fields }, length: rows.length, columns }
  })
}

const bit = (bits: Uint8Array, row: number) => ((bits[row >> 3]! >> (row & 7)) & 1) === 1

/** As a workspace may give it: a Buffer, at an odd address. */
function oddly(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.alloc(1), bytes]).subarray(1)
}

/** A state as it is read back: bytes at an odd address. */
function stored(column: Column): Column {
  return column instanceof BytesColumn && column.type.kind === 'binary'
    ? new BytesColumn(column.type, column.offsets, new Uint8Array([0, ...column.bytes]).subarray(1), column.validity)
    : column
}

/** Which rows a row check fails. */
export function failing(check: Check, given: Data): boolean[] {
  const batches = pieces(given)
  const run = (check.rule as RowRule).compile(batches[0]!.schema)
  return batches.flatMap((batch) => {
    const bits = new Uint8Array((batch.length + 7) >> 3)
    run(batch, bits)
    return Array.from({ length: batch.length }, (_, row) => bit(bits, row))
  })
}

/** Which rows are condemned, each piece being a part of two batches. */
export async function condemned(check: Check, given: Data): Promise<boolean[]> {
  const rule = check.rule as CondemningRule
  const batches = pieces(given)
  const parts = batches.map((batch) => {
    const collector = rule.collect(batch.schema)
    collector.add(sliceBatch(batch, 0, batch.length >> 1))
    collector.add(sliceBatch(batch, batch.length >> 1, batch.length))
    const bytes = collector.finish()
    return { rows: batch.length, partial: async () => oddly(bytes) }
  })
  const found = (await rule.condemn(parts, gateFacts())).rows
  return batches.flatMap((batch, i) =>
    Array.from({ length: batch.length }, (_, row) => bit(found.get(i) ?? new Uint8Array(999), row)),
  )
}

/** What a dataset check says, each piece being a part. */
export function decided(check: Check, given: Data): { readonly pass: boolean; readonly observed: string } {
  const rule = check.rule as DatasetRule
  const batches = pieces(given)
  const values = Object.entries(rule.measures).map(([name, measure]) => {
    const total = measure.create(batches[0]!.schema)
    for (const batch of batches) {
      const own = measure.create(batch.schema)
      own.add(batch, undefined, 1)
      total.merge(own.state(1).map(stored), undefined, 1)
    }
    return [name, total.finish(1).at(0)] as const
  })
  return rule.decide(Object.fromEntries(values), gateFacts()) as Decision
}

/** The value times 10^400, exactly: whole doubles by value, others as they are written. Infinities and NaN have none. */
function scaled(value: number | bigint | string): bigint {
  if (typeof value === 'bigint') return value * 10n ** 400n
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value) * 10n ** 400n
  const [mantissa = '', power = '0'] = String(value).split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  return BigInt(whole + fraction) * 10n ** BigInt(400 + Number(power) - fraction.length)
}

/** The order of two present values, row by row: NaN where one is NaN. Text is compared by code points, decimals are text of type decimal. */
export function side(a: Cell, b: Cell, text = false): number {
  if (text) {
    const [x, y] = [[...String(a)], [...String(b)]].map((all) => all.map((one) => one.codePointAt(0)!)) as [
      number[],
      number[],
    ]
    const at = x.findIndex((point, i) => point !== y[i])
    return at < 0 ? x.length - y.length : at >= y.length ? 1 : x[at]! - y[at]!
  }
  const [x, y] = [a, b].map((value) => (typeof value === 'boolean' ? Number(value) : value)) as (
    | number
    | bigint
    | string
  )[]
  const endless = [x, y].some((value) => typeof value === 'number' && !Number.isFinite(value))
  if (endless) return x === y ? 0 : Number(x) - Number(y)
  const [left, right] = [scaled(x!), scaled(y!)]
  return left < right ? -1 : Number(left > right)
}
