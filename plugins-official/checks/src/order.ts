import {
  type Batch,
  type Bits,
  type Check,
  type CheckOptions,
  type Column,
  type CondemningRule,
  compareText,
  createCheck,
  fieldOf,
  isValid,
  type TableSchema,
  TidegateError,
} from 'tidegate'
import { copied } from './bits.ts'
import { callable } from './callable.ts'
import { comparable, compareExact, type Exact } from './exact.ts'
import type { Holds } from './row-types.ts'

export interface OrderOptions extends CheckOptions {
  /** Equal values in a row fail as well. */
  readonly strict?: boolean
}

type OrderFn = <K extends string>(column: K, options?: OrderOptions) => Check<Holds<K, number | bigint | string>>

/**
 * No value is less than the present one before it, in part and row order over the whole dataset; with `strict` none is equal to it either. The
 * later row of such a pair fails, and the row after it is compared with it in turn. Null passes and is passed over; NaN fails and is passed over.
 * Numbers and times are compared exactly, text by code points.
 */
export const increasing = ordered('increasing', 1)

/** No value is greater than the present one before it; otherwise as `increasing`. */
export const decreasing = ordered('decreasing', -1)

function ordered(word: string, sign: 1 | -1): OrderFn {
  return callable(
    { check: word, arguments: ['column'], options: ['strict'] },
    (column: string, { strict = false, ...options }: OrderOptions) => {
      const name = `${word}(${column}${strict ? ', strict' : ''})`
      return createCheck(name, [column], { column, strict }, options, orderRule(name, column, sign, strict))
    },
  ) as OrderFn
}

/** A value that outlives its batch: text, a double that says it all (an infinity), or an exact number. */
type Held = string | number | Exact

/** What the fold needs of a part besides the bits: its first and last value, if it has any. */
interface Ends {
  readonly firstRow: number
  readonly first: Held
  readonly last: Held
}

function orderRule(name: string, column: string, sign: 1 | -1, strict: boolean): CondemningRule {
  const breaks = (before: Held, after: Held) => {
    const side = compareHeld(after, before) * sign
    return strict ? side <= 0 : side < 0
  }
  return {
    scope: 'condemning',
    version: 1,
    collect: (schema) => createCollector(schema, column, name, breaks),
    async condemn(parts) {
      const condemned = new Map<number, Bits>()
      let last: Held | undefined
      for (const [index, part] of parts.entries()) {
        const { ends, bits } = unpack(await part.partial(), part.rows, name)
        if (ends !== undefined) {
          if (last !== undefined && breaks(last, ends.first)) setBit(bits, ends.firstRow)
          last = ends.last
        }
        if (bits.some((byte) => byte !== 0)) condemned.set(index, bits)
      }
      return condemned
    },
  }
}

function createCollector(schema: TableSchema, column: string, name: string, breaks: (a: Held, b: Held) => boolean) {
  const kinds = ['int', 'float', 'decimal', 'date', 'time', 'timestamp', 'string'] as const
  const { index } = fieldOf(schema, column, name, kinds, 'something with an order')
  const failing: number[] = []
  let rows = 0
  let firstRow = -1
  let first: Held | undefined
  let last: Held | undefined
  return {
    add(batch: Batch): void {
      const cells = batch.columns[index] as Column
      const read = cells.type.kind === 'null' ? undefined : reader(cells)
      for (let row = 0; read !== undefined && row < batch.length; row++) {
        if (!isValid(cells.validity, row)) continue
        const value = read(row)
        if (value === undefined) {
          failing.push(rows + row)
          continue
        }
        if (last === undefined) {
          first = value
          firstRow = rows + row
        } else if (breaks(last, value)) failing.push(rows + row)
        last = value
      }
      rows += batch.length
    },
    finish(): Uint8Array {
      const bits = new Uint8Array((rows + 7) >> 3)
      for (const row of failing) setBit(bits, row)
      return pack(first === undefined ? undefined : { firstRow, first, last: last as Held }, bits)
    },
  }
}

/** Cells as values to hold; undefined for NaN. */
function reader(column: Column): (row: number) => Held | undefined {
  if (column.type.kind === 'string') return (row) => column.at(row) as string
  const { near, exact, slack } = comparable(column)
  if (slack !== undefined) return exact
  return (row) => {
    const value = near[row] as number
    return Number.isNaN(value) ? undefined : value
  }
}

function compareHeld(a: Held, b: Held): number {
  if (typeof a === 'string') return compareText(a, b as string)
  return typeof a === 'number' ? (a < (b as number) ? -1 : Number(a > (b as number))) : compareExact(a, b as Exact)
}

function setBit(bits: Bits, row: number): void {
  bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
}

/** The ends as JSON, its length before it, the bits behind it. */
function pack(ends: Ends | undefined, bits: Bits): Uint8Array {
  const text =
    ends === undefined ? '' : JSON.stringify({ ...ends, first: written(ends.first), last: written(ends.last) })
  const head = new TextEncoder().encode(text)
  const out = new Uint8Array(4 + head.length + bits.length)
  new DataView(out.buffer).setUint32(0, head.length, true)
  out.set(head, 4)
  out.set(bits, 4 + head.length)
  return out
}

type Written = readonly ['text', string] | readonly ['double', string] | readonly ['exact', string, number]

function written(value: Held): Written {
  if (typeof value === 'string') return ['text', value]
  return typeof value === 'number' ? ['double', String(value)] : ['exact', String(value.digits), value.exponent]
}

function read(value: Written): Held {
  if (value[0] === 'text') return value[1]
  return value[0] === 'double' ? Number(value[1]) : { digits: BigInt(value[1]), exponent: value[2] }
}

function unpack(bytes: Uint8Array, rows: number, name: string): { ends: Ends | undefined; bits: Bits } {
  const size = bytes.length < 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  if (bytes.length !== 4 + size + ((rows + 7) >> 3)) {
    throw new TidegateError(
      'WORKSPACE_CORRUPT',
      `${name}: what is kept of a part has ${bytes.length} bytes, which does not fit its ${rows} rows.`,
      {
        hint: 'Run with --full to compute the records again.',
        data: { check: name },
      },
    )
  }
  const bits = copied(bytes, 4 + size)
  if (size === 0) return { ends: undefined, bits }
  const ends = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)))
  return { ends: { firstRow: ends.firstRow, first: read(ends.first), last: read(ends.last) }, bits }
}
