import {
  type Bits,
  type Check,
  type CheckOptions,
  type CondemnedPart,
  type CondemningRule,
  createCheck,
  type GateFacts,
  type RowVerdict,
  TidegateError,
  unique,
} from 'tidegate'
import { hasBit } from '../bits.ts'
import { callable, refuse } from '../callable.ts'
import type { Anything } from '../row-types.ts'
import { createRanks, isBetter } from './rank.ts'

/** The row whose value in a column is the largest, or the smallest. */
export type Best<K extends string = string> = { readonly largest: K } | { readonly smallest: K }

export interface DeduplicateOptions<K extends string = string> extends Omit<CheckOptions, 'verdict'> {
  /** Which row of equal ones stays. Default `first`, in part and row order. */
  readonly keep?: 'first' | 'last' | Best<K>
  /** What the others get. Default `drop`. */
  readonly verdict?: RowVerdict
}

type DeduplicateFn = <K extends string, B extends string = never>(
  columns: K | readonly K[],
  options?: DeduplicateOptions<B>,
) => Check<Anything<K | B>>

/** `keep: largest('updated')` */
export function largest<const K extends string>(column: K): { readonly largest: K } {
  return { largest: column }
}

/** `keep: smallest('version')` */
export function smallest<const K extends string>(column: K): { readonly smallest: K } {
  return { smallest: column }
}

/**
 * Of rows with the same values in `columns` one stays: the first, the last, or the one with the largest or smallest value of a column (a number, date
 * or time; of equal ones the first; an absent value or NaN loses to every other). The others fail, and are dropped unless the verdict says otherwise.
 * It is decided over the whole dataset: a better row that arrives later takes the place of one that was kept. A row with a null among the columns is
 * equal to no other. Keys are compared by 128-bit hashes, as `unique` does; 64-bit integers and times are compared exactly, decimals as the nearest
 * double. Throws `CONFIG_INVALID` for a row to keep that it does not know.
 */
export const deduplicate = callable(
  { check: 'deduplicate', arguments: ['columns'], options: ['keep'] },
  (given: string | readonly string[], { keep = 'first', verdict = 'drop', ...options }: DeduplicateOptions) => {
    const columns = typeof given === 'string' ? [given] : given
    const best = bestOf(keep)
    const name = `deduplicate(${columns.join(', ')}, keep: ${best === undefined ? String(keep) : `${best.word} ${best.column}`})`
    const repeated = unique(columns, { lose: keep === 'first' ? 'later' : 'all' }).rule as CondemningRule
    const checked = best === undefined ? columns : [...columns, best.column]
    const dropsAs = name.replace(/^deduplicate\(.*, keep: /s, 'deduplicate(keep: ')
    const rule: CondemningRule =
      keep === 'first'
        ? { ...repeated, dropsAs }
        : {
            scope: 'condemning',
            version: repeated.version,
            dropsAs,
            collect(schema) {
              const keys = repeated.collect(schema)
              const ranks = best === undefined ? undefined : createRanks(schema, best.column, name)
              return {
                add(batch) {
                  keys.add(batch)
                  ranks?.add(batch)
                },
                finish: () => joined(keys.finish(), ranks?.finish()),
              }
            },
            condemn: (parts, facts) => condemnOthers(repeated, parts, facts, best?.sign, name),
          }
    return createCheck(name, checked, { columns, keep }, { ...options, verdict }, rule)
  },
) as DeduplicateFn

function bestOf(
  keep: unknown,
): { readonly column: string; readonly sign: 1 | -1; readonly word: 'largest' | 'smallest' } | undefined {
  if (keep === 'first' || keep === 'last') return undefined
  const [[word, column] = [], ...more] = typeof keep === 'object' && keep !== null ? Object.entries(keep) : []
  if (more.length === 0 && (word === 'largest' || word === 'smallest') && typeof column === 'string')
    return { column, sign: word === 'largest' ? 1 : -1, word }
  return refuse(
    `deduplicate: it cannot keep ${JSON.stringify(keep)}.`,
    "It keeps 'first', 'last', largest('column') or smallest('column').",
  )
}

/** Hashes of keys, 16 bytes a row, and behind them ranks, 16 bytes a row. */
function joined(keys: Uint8Array, ranks: Float64Array | undefined): Uint8Array {
  if (ranks === undefined) return keys
  const out = new Uint8Array(keys.length + ranks.byteLength)
  out.set(keys)
  out.set(new Uint8Array(ranks.buffer, ranks.byteOffset, ranks.byteLength), keys.length)
  return out
}

interface Held {
  part: number
  row: number
  rank: readonly [number, number]
}

/** First all rows of repeated keys are found; of them, usually few, the best of each key is pardoned. */
async function condemnOthers(
  repeated: CondemningRule,
  parts: readonly CondemnedPart[],
  facts: GateFacts,
  sign: 1 | -1 | undefined,
  name: string,
) {
  const size = sign === undefined ? 16 : 32
  const keysOf = async ({ rows, partial }: CondemnedPart) => {
    const bytes = new Uint8Array(await partial()) // aligned, whatever it was cut out of
    if (bytes.length !== size * rows)
      throw new TidegateError(
        'WORKSPACE_CORRUPT',
        `${name}: the keys of a part have ${bytes.length} bytes instead of ${size * rows}.`,
        { hint: 'Run with --full to compute the records again.', data: { check: name } },
      )
    return bytes
  }
  const keys = parts.map((part) => ({
    rows: part.rows,
    partial: async () => (await keysOf(part)).subarray(0, 16 * part.rows),
  }))
  const { rows: all } = await repeated.condemn(keys, facts)
  const best = new Map<string, Held>()
  for (const [index, part] of parts.entries()) {
    const bits = all.get(index)
    if (bits === undefined) continue
    const { buffer } = await keysOf(part)
    const hashes = new Uint16Array(buffer, 0, 8 * part.rows)
    const ranks = sign === undefined ? undefined : new Float64Array(buffer, 16 * part.rows, 2 * part.rows)
    for (let row = 0; row < part.rows; row++) {
      if (!hasBit(bits, row)) continue
      const key = String.fromCharCode(...hashes.subarray(8 * row, 8 * row + 8))
      const rank = [ranks?.[2 * row] ?? 0, ranks?.[2 * row + 1] ?? 0] as const
      const held = best.get(key)
      if (held === undefined) best.set(key, { part: index, row, rank })
      else if (sign === undefined || isBetter(held.rank, rank, sign)) Object.assign(held, { part: index, row, rank })
    }
  }
  const found = new Map<number, Bits>([...all].map(([index, bits]) => [index, bits.slice()]))
  for (const { part, row } of best.values()) {
    const bits = found.get(part) as Bits
    bits[row >> 3] = (bits[row >> 3] as number) & ~(1 << (row & 7))
  }
  return { rows: new Map([...found].filter(([, bits]) => bits.some((byte) => byte !== 0))) }
}
