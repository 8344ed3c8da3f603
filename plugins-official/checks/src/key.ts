import {
  type Batch,
  type Bits,
  type Check,
  type CheckOptions,
  type CondemningRule,
  columnIndex,
  createCheck,
  described,
  unique,
} from 'tidegate'
import { absentIn, copied, hasBit } from './bits.ts'
import { callable } from './callable.ts'
import type { Anything } from './row-types.ts'

export interface KeyOptions extends CheckOptions {
  /** Which rows of a repeated key fail: every one of them (default), or all but the first in part and row order. */
  readonly lose?: 'all' | 'later'
}

type KeyFn = <K extends string>(columns: K | readonly K[], options?: KeyOptions) => Check<Anything<K>>

/**
 * The columns are a primary key: no row has a null among them, and no two rows of the dataset have the same values. NaN is a value and equals
 * itself, -0 equals 0. Keys are compared by 128-bit hashes, as `unique` does.
 */
export const key = callable(
  { check: 'key', arguments: ['columns'], options: ['lose'] },
  (given: string | readonly string[], { lose = 'all', ...options }: KeyOptions) => {
    const columns = typeof given === 'string' ? [given] : given
    const repeated = unique(columns, { lose }).rule as CondemningRule
    const name = `key(${columns.join(', ')}${lose === 'later' ? ', lose: later' : ''})`
    const rule: CondemningRule = {
      scope: 'condemning',
      version: repeated.version,
      collect(schema) {
        const indexes = columns.map((column) => columnIndex(schema, column, name))
        const inner = repeated.collect(schema)
        const rows: number[] = []
        let total = 0
        return {
          add(batch: Batch) {
            inner.add(batch)
            const absent = absentIn(batch, indexes)
            if (absent.some((byte) => byte !== 0))
              for (let row = 0; row < batch.length; row++) if (hasBit(absent, row)) rows.push(total + row)
            total += batch.length
          },
          finish: () => joined(bitsOf(rows, total), inner.finish()),
        }
      },
      async condemn(parts, facts) {
        const keys = parts.map(({ rows, partial }) => ({
          rows,
          partial: async () => copied(await partial(), bytesFor(rows)),
        }))
        const found = new Map((await repeated.condemn(keys, facts)).rows)
        for (const [index, { rows, partial }] of parts.entries()) {
          const absent = copied(await partial(), 0, bytesFor(rows))
          if (absent.every((byte) => byte === 0)) continue
          const own = found.get(index)
          found.set(index, own === undefined ? absent : absent.map((byte, i) => byte | (own[i] as number)))
        }
        return { rows: found }
      },
    }
    described(rule, { condemns: { is: 'repeated', columns, lose, absent: 'fails' } })
    return createCheck(name, columns, { columns, lose }, options, rule)
  },
) as KeyFn

function bytesFor(rows: number): number {
  return (rows + 7) >> 3
}

function bitsOf(rows: readonly number[], total: number): Bits {
  const bits = new Uint8Array(bytesFor(total))
  for (const row of rows) bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
  return bits
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}
