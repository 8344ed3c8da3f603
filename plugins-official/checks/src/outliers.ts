import {
  type Batch,
  type Bits,
  type Check,
  type CheckOptions,
  type Column,
  type CondemningRule,
  createCheck,
  doubles,
  fieldOf,
  isValid,
  TidegateError,
} from 'tidegate'
import { copied } from './bits.ts'
import { callable, refuse } from './callable.ts'
import { orderStatistics, type Values } from './order-statistics.ts'
import type { Holds } from './row-types.ts'

export interface OutlierOptions extends CheckOptions {
  /** `z` (default): distance from the mean in sample standard deviations. `iqr`: distance from the middle half in its own widths. */
  readonly method?: 'z' | 'iqr'
  /** How far is too far; default 3 for `z`, 1.5 for `iqr`. */
  readonly beyond?: number
}

type OutliersFn = <K extends string>(column: K, options?: OutlierOptions) => Check<Holds<K, number | bigint>>

/**
 * No value lies far from the others of the whole dataset. `z`: |value - mean| <= beyond * s, s being the sample standard deviation (Grubbs,
 * Technometrics 11, 1969, section 2); nothing fails below three values or where s is 0. `iqr`: q1 - beyond * (q3 - q1) <= value <= q3 + beyond *
 * (q3 - q1), Tukey's fences ("Exploratory Data Analysis", 1977) with quartiles interpolated linearly (type 7 of Hyndman and Fan, The American
 * Statistician 50, 1996). Null passes. NaN and infinite values fail and count for nothing. Computed in doubles, 8 bytes a row are kept with each
 * part, and the fold reads them part by part (twice for `z`, five times for `iqr`).
 */
export const noOutliers = callable(
  { check: 'noOutliers', arguments: ['column'], options: ['method', 'beyond'] },
  (column: string, { method = 'z', beyond = method === 'z' ? 3 : 1.5, ...options }: OutlierOptions) => {
    const name = `noOutliers(${column}, ${method}, ${beyond})`
    if ((method !== 'z' && method !== 'iqr') || !(beyond >= 0))
      refuse(`${name}: this is no way to find outliers.`, "method is 'z' or 'iqr', beyond a number from 0 on.")
    return createCheck(name, [column], { column, method, beyond }, options, outlierRule(name, column, method, beyond))
  },
) as OutliersFn

/** Stands for an absent value; a NaN of the data is an infinity, which fails in the same way. */
const absent = Number.NaN

function outlierRule(name: string, column: string, method: 'z' | 'iqr', beyond: number): CondemningRule {
  return {
    scope: 'condemning',
    version: 1,
    collect(schema) {
      const { index } = fieldOf(schema, column, name, ['int', 'float', 'decimal'], 'a number')
      const pieces: Float64Array[] = []
      return {
        add: (batch: Batch) => void pieces.push(kept(batch.columns[index] as Column)),
        finish() {
          const all = new Float64Array(pieces.reduce((size, piece) => size + piece.length, 0))
          let at = 0
          for (const piece of pieces) {
            all.set(piece, at)
            at += piece.length
          }
          return new Uint8Array(all.buffer)
        },
      }
    },
    async condemn(parts) {
      const read = async (index: number) => valuesOf(await parts[index]!.partial(), parts[index]!.rows, name)
      const all: Values = async function* () {
        for (let index = 0; index < parts.length; index++) yield await read(index)
      }
      const [low, high] = await (method === 'z' ? aroundMean(all, beyond) : aroundMiddle(all, beyond))
      const condemned = new Map<number, Bits>()
      for (let index = 0; index < parts.length; index++) {
        const values = await read(index)
        const bits = new Uint8Array((values.length + 7) >> 3)
        let any = false
        for (let row = 0; row < values.length; row++) {
          const value = values[row] as number
          if (Number.isNaN(value) || (value >= low && value <= high && Number.isFinite(value))) continue
          bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
          any = true
        }
        if (any) condemned.set(index, bits)
      }
      return { rows: condemned }
    },
  }
}

function kept(column: Column): Float64Array {
  if (column.type.kind === 'null') return new Float64Array(column.length).fill(absent)
  const values = doubles(column).slice()
  for (let row = 0; row < values.length; row++)
    if (Number.isNaN(values[row] as number)) values[row] = Number.POSITIVE_INFINITY
  if (column.nullCount > 0)
    for (let row = 0; row < values.length; row++) if (!isValid(column.validity, row)) values[row] = absent
  return values
}

function valuesOf(bytes: Uint8Array, rows: number, name: string): Float64Array {
  if (bytes.length !== 8 * rows)
    throw new TidegateError(
      'WORKSPACE_CORRUPT',
      `${name}: the values of a part have ${bytes.length} bytes instead of ${8 * rows}.`,
      {
        hint: 'Run with --full to compute the records again.',
        data: { check: name },
      },
    )
  return new Float64Array(copied(bytes).buffer)
}

type Fences = readonly [low: number, high: number]
const everything: Fences = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]

/** Row by row after Welford (Technometrics 4, 1962): the same whatever the parts are. */
async function aroundMean(all: Values, beyond: number): Promise<Fences> {
  let [n, mean, squares] = [0, 0, 0]
  for await (const values of all()) {
    for (let row = 0; row < values.length; row++) {
      const value = values[row] as number
      if (!Number.isFinite(value)) continue
      n++
      const distance = value - mean
      mean += distance / n
      squares += distance * (value - mean)
    }
  }
  const deviation = Math.sqrt(squares / (n - 1))
  return n < 3 || !(deviation > 0) ? everything : [mean - beyond * deviation, mean + beyond * deviation]
}

async function aroundMiddle(all: Values, beyond: number): Promise<Fences> {
  const [first, third] = await orderStatistics(all, [0.25, 0.75])
  if (first === undefined || third === undefined) return everything
  const reach = beyond * (third - first)
  return [first - reach, third + reach]
}
