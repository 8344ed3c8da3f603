import {
  type Bits,
  type Check,
  type CheckOptions,
  type CondemningRule,
  createCheck,
  described,
  markRow,
  TidegateError,
} from 'tidegate'
import { bitsFor, copied } from './bits.ts'
import { callable } from './callable.ts'
import { breaks, createSweep, type Held, placeBits } from './order-sweep.ts'
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
      return createCheck(
        name,
        [column],
        { column, strict },
        options,
        described(orderRule(name, column, sign, strict), { condemns: { is: 'unordered', column, sign, strict } }),
      )
    },
  ) as OrderFn
}

/** What the fold needs of a part besides the bits: its first and last value, if it has any. */
interface Ends {
  readonly firstRow: number
  readonly first: Held
  readonly last: Held
}

function orderRule(name: string, column: string, sign: 1 | -1, strict: boolean): CondemningRule {
  const order = { sign, strict }
  return {
    scope: 'condemning',
    version: 1,
    collect(schema) {
      const sweep = createSweep(schema, column, name, order)
      const found: { readonly start: number; readonly bits: Bits; readonly length: number }[] = []
      let rows = 0
      return {
        add(batch) {
          const bits = sweep.add(batch, undefined)
          if (bits !== undefined) found.push({ start: rows, bits, length: batch.length })
          rows += batch.length
        },
        finish() {
          const all = bitsFor(rows)
          for (const { start, bits, length } of found) placeBits(all, start, bits, length)
          const { first, last } = sweep
          return pack(
            first === undefined ? undefined : { firstRow: first.row, first: first.value, last: last as Held },
            all,
          )
        },
      }
    },
    async condemn(parts) {
      const condemned = new Map<number, Bits>()
      let last: Held | undefined
      for (const [index, part] of parts.entries()) {
        const { ends, bits } = unpack(await part.partial(), part.rows, name)
        if (ends !== undefined) {
          if (last !== undefined && breaks(last, ends.first, order)) markRow(bits, ends.firstRow)
          last = ends.last
        }
        if (bits.some((byte) => byte !== 0)) condemned.set(index, bits)
      }
      return { rows: condemned }
    },
    inMemory(schema) {
      const sweep = createSweep(schema, column, name, order)
      const found: (Bits | undefined)[] = []
      return { add: (batch, gone) => void found.push(sweep.add(batch, gone)), finish: () => found }
    },
  }
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
