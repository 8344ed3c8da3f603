import { type Batch, type Check, type CheckOptions, createCheck, type Node } from 'tidegate'
import { callable, refuse } from './callable.ts'
import { packKeys } from './key-partial.ts'
import { keyReader } from './key-words.ts'
import { lookingAt, otherOf } from './row-count-equals.ts'
import type { Anything } from './row-types.ts'
import { compareRows } from './same-rows-fold.ts'

export interface SameRowsOptions<K extends string = string, C extends string = string> extends CheckOptions {
  /** What makes a row the same one on both sides; null is a value like others. */
  readonly key: K | readonly K[]
  /** The columns that are compared; by default all of this dataset besides the key. */
  readonly columns?: readonly C[]
  /** By how much numbers may differ, for all columns or by column; default 0. */
  readonly tolerance?: number | Readonly<Record<string, number>>
}

type SameRowsFn = <R extends object, const K extends keyof R & string, const C extends keyof R & string = never>(
  other: Node<R>,
  options: SameRowsOptions<K, C>,
) => Check<Anything<K | C>>

/**
 * Both datasets hold the same rows, reconciled by key. A row of this one is condemned where the other one does not have its key, where a compared
 * cell differs (the reason names each with both values) and where its key is no key, here or there. Rows that only the other one has miss
 * the check, whatever rows get; some of their keys are shown. Null equals null, NaN NaN, numbers by value whatever their type, times in every unit.
 * The order of rows counts for nothing. 16 bytes a row are kept with each part; at most a million rows of this dataset are in memory at once, both
 * sides being read again for the next ones. Throws `SCHEMA_MISMATCH` and `COLUMN_MISSING` where the columns do not fit.
 */
export const sameRows = callable(
  { check: 'sameRows', arguments: ['other'], options: ['key', 'columns', 'tolerance'] },
  (other: unknown, { key: given, columns, tolerance = 0, ...options }: SameRowsOptions) => {
    const key: readonly string[] = typeof given === 'string' ? [given] : (given ?? [])
    const details = [
      ...(columns === undefined ? [] : [`columns ${columns.join(' ')}`]),
      ...(tolerance === 0
        ? []
        : [`tolerance ${typeof tolerance === 'number' ? tolerance : JSON.stringify(tolerance)}`]),
    ]
    const name = `sameRows(${[...key, ...details].join(', ')})`
    if (key.length === 0) refuse(`${name}: there is no key.`, "Name the columns that tell rows apart: key: 'id'.")
    const limits = typeof tolerance === 'number' ? [tolerance] : Object.values(tolerance)
    if (!limits.every((limit) => limit >= 0)) refuse(`${name}: this is no tolerance.`, 'Give numbers from 0 on.')
    const known = columns === undefined ? [] : columns
    const strange =
      typeof tolerance === 'number'
        ? undefined
        : Object.keys(tolerance).find((column) => columns !== undefined && !known.includes(column))
    if (strange !== undefined) refuse(`${name}: "${strange}" is not compared.`, 'Name it in `columns`.')
    const toleranceOf = (column: string) => (typeof tolerance === 'number' ? tolerance : (tolerance[column] ?? 0))
    const check = createCheck(name, [...key, ...known], { key, columns: columns ?? null, tolerance }, options, {
      scope: 'condemning',
      version: 1,
      collect(schema) {
        const reader = keyReader(name, schema, key, { nulls: 'value' })
        const pieces: Int32Array[] = []
        return {
          add: (batch: Batch) => void pieces.push(reader.words(batch)),
          finish: () => packKeys([reader.kinds], [pieces]),
        }
      },
      condemn: (parts, { others }) =>
        compareRows({ name, key, columns, tolerance: toleranceOf }, parts, otherOf(name, others)),
    })
    return lookingAt(check, other)
  },
) as unknown as SameRowsFn
