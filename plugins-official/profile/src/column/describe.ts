import type { Field } from 'tidegate'
import type { ColumnState } from '../profiler.ts'
import { capacity, type Entry, type Frequencies } from '../sketch/frequencies.ts'
import type { ColumnProfile, Meaning, NumberProfile, ProfileValue, TextProfile } from '../types.ts'
import { cutText, numberValue, unitMilliseconds } from './cell-text.ts'
import { meaningOf } from './meaning.ts'
import type { NumberState } from './number-state.ts'
import { orderName } from './order.ts'
import { patternsOf } from './patterns.ts'
import type { TextState } from './text-state.ts'

/** What stands in place of values of columns tagged `pii`, as wherever Tidegate shows cells. */
export const masked = '***'
const shares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
const shownValues = 10
const shownBins = 24

export function isMasked(field: Field): boolean {
  return field.meta?.tags?.includes('pii') === true
}

export function describeColumn(state: ColumnState, rows: number, sample: readonly unknown[]): ColumnProfile {
  const { field, frequencies, tally } = state
  const count = rows - tally.nulls
  const nan = state.kind === 'number' ? state.tally.nan : 0
  const hidden = isMasked(field)
  return {
    name: field.name,
    type: field.type,
    masked: hidden,
    count,
    nulls: tally.nulls,
    distinct: frequencies.distinct,
    constant: frequencies.distinct.count + Math.min(1, nan) === 1,
    ...(state.kind === 'number' ? describeNumbers(state, hidden) : describeText(state, count, sample, hidden)),
    ...(count - nan === 0 ? {} : { top: topOf(state, hidden) }),
  }
}

function describeNumbers(state: NumberState, hidden: boolean): Partial<ColumnProfile> {
  const { field, order, tally, moments, spread } = state
  const { n } = moments
  const unit = unitMilliseconds(field)
  const integers = tally.fractions === 0
  const named = orderName(order)
  const edge = (value: number) => numberValue(value, field)
  const { edges, counts } = spread.histogram(shownBins, integers ? 1 : 0)
  const numbers: NumberProfile = {
    nan: tally.nan,
    infinite: tally.infinite,
    zeros: tally.zeros,
    negatives: tally.negatives,
    integers,
    ...(named === undefined ? {} : { order: named }),
    ...(n === 0 || hidden
      ? {}
      : {
          ...finite('mean', clamp(moments.mean, spread.min, spread.max) * unit),
          ...(n < 2 ? {} : finite('std', Math.sqrt(Math.max(0, moments.squares) / (n - 1)) * unit)),
          quantiles: quantilesOf(state).map(({ p, value, error }) => ({ p, value: edge(value), error: error * unit })),
          histogram: { edges: edges.map(edge), counts },
        }),
  }
  const { min, max } = order
  const meaning = numberMeaning(state)
  return {
    numbers,
    ...(min === undefined || max === undefined
      ? {}
      : {
          min: hidden ? masked : numberValue(min.value, field, min.exact),
          max: hidden ? masked : numberValue(max.value, field, max.exact),
        }),
    ...(meaning === undefined ? {} : { meaning }),
  }
}

/** Sums of the greatest doubles are none: then there is no figure. */
function finite<K extends string>(name: K, value: number): { readonly [P in K]?: number } {
  return Number.isFinite(value) ? ({ [name]: value + 0 } as { readonly [P in K]: number }) : {}
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value))
}

function numberMeaning({ field, frequencies, moments, tally }: NumberState): Meaning | undefined {
  if (field.type.kind !== 'int' || moments.n === 0) return undefined
  if (!frequencies.exact || frequencies.distinct.count > 2 || tally.negatives > 0) return undefined
  const words = frequencies.entries().every((entry) => [0, 1].includes(numberOf(entry, field)))
  return words ? { name: 'boolean-like', share: 1, basis: 'all rows', examined: moments.n } : undefined
}

/** Exact from counted values, else from the sketch. */
function quantilesOf({ field, frequencies, spread }: NumberState) {
  if (!frequencies.exact) {
    return shares.flatMap((p) => {
      const found = spread.quantile(p)
      return found === undefined ? [] : [{ p, ...found }]
    })
  }
  const values = frequencies
    .entries()
    .map((entry) => [numberOf(entry, field), entry.count] as const)
    .filter(([value]) => Number.isFinite(value))
    .sort(([x], [y]) => x - y)
  const n = values.reduce((sum, [, times]) => sum + times, 0)
  const at = (rank: number) => {
    let seen = 0
    for (const [value, times] of values) {
      seen += times
      if (seen > rank) return value
    }
    return Number.NaN
  }
  return shares.map((p) => {
    const rank = p * (n - 1)
    const below = Math.floor(rank)
    const low = at(below)
    if (rank === below) return { p, value: low, error: 0 }
    const high = at(below + 1)
    const share = rank - below
    return { p, value: low === high ? low : low * (1 - share) + high * share, error: 0 }
  })
}

const scratch = new DataView(new ArrayBuffer(8))

/** The number that an entry of a column of numbers stands for, in the stored unit. */
function numberOf(entry: Entry, field: Field): number {
  if (entry.text !== undefined) return Number(entry.text)
  const exact = wholeOf(entry, field)
  if (exact !== undefined) return Number(exact)
  scratch.setInt32(0, entry.b)
  scratch.setInt32(4, entry.a)
  return scratch.getFloat64(0)
}

/** The stored integer, where keys are 64-bit integers. */
function wholeOf({ a, b }: Entry, { type }: Field): bigint | undefined {
  const wide = (type.kind === 'int' && type.bits === 64) || type.kind === 'timestamp' || type.kind === 'time'
  if (!wide) return undefined
  const bits = (BigInt(b >>> 0) << 32n) | BigInt(a >>> 0)
  return type.kind === 'int' && !type.signed ? bits : BigInt.asIntN(64, bits)
}

function shownValue(entry: Entry, field: Field): ProfileValue {
  if (entry.text !== undefined) return field.type.kind === 'boolean' ? entry.text === 'true' : entry.text
  const exact = wholeOf(entry, field)
  const value = numberOf(entry, field)
  const rounded = exact !== undefined && !(field.type.kind === 'int' && Number.isSafeInteger(value))
  return numberValue(value, field, rounded ? exact : undefined)
}

/** Values that no other can be more frequent than: their counts are at least what is unknown. */
function topOf({ field, frequencies }: ColumnState, hidden: boolean): NonNullable<ColumnProfile['top']> {
  const { exact, error } = frequencies
  const sure = frequencies
    .entries()
    .filter(({ count }) => exact || count >= error)
    .sort((x, y) => y.count - x.count || compareEntries(x, y, field))
  return {
    method: exact ? 'exact' : 'Misra-Gries',
    error,
    values: sure
      .slice(0, shownValues)
      .map((entry) => ({ value: hidden ? masked : shownValue(entry, field), count: entry.count })),
  }
}

/** By value, so that equally frequent ones stand in an order that people see. */
function compareEntries(x: Entry, y: Entry, field: Field): number {
  if (x.text === undefined || y.text === undefined) return numberOf(x, field) - numberOf(y, field)
  return x.text < y.text ? -1 : x.text > y.text ? 1 : 0
}

function describeText(
  { field, frequencies, lengths, tally, min, max }: TextState,
  count: number,
  sample: readonly unknown[],
  hidden: boolean,
): Partial<ColumnProfile> {
  const { kind } = field.type
  if (count === 0) return {}
  const decoder = new TextDecoder()
  const shown = (bytes: Uint8Array): ProfileValue =>
    hidden ? masked : kind === 'boolean' ? decoder.decode(bytes) === 'true' : cutText(decoder.decode(bytes))
  const ends =
    min === undefined || max === undefined || (kind !== 'string' && kind !== 'boolean')
      ? {}
      : { min: shown(min), max: shown(max) }
  if (kind !== 'string' && kind !== 'binary') return ends
  const [basis, values] = examined(frequencies, sample)
  const text: TextProfile = {
    empty: tally.empty,
    length: {
      min: lengths.min,
      max: lengths.max,
      mean: tally.length / count,
      median: Math.round(lengths.quantile(0.5)?.value ?? 0),
    },
    patterns: kind === 'binary' || hidden ? [] : patternsOf(values),
    basis,
  }
  const meaning = kind === 'binary' ? undefined : meaningOf(values, basis)
  return { ...ends, text, ...(meaning === undefined ? {} : { meaning }) }
}

type Weighted = readonly (readonly [text: string, times: number])[]

/** Texts to look at: all of them while they are counted, else those of the sample. */
function examined(frequencies: Frequencies, sample: readonly unknown[]): readonly ['all rows' | 'sample', Weighted] {
  if (frequencies.exact && frequencies.distinct.count <= capacity)
    return ['all rows', frequencies.entries().map(({ text = '', count }) => [text, count] as const)]
  return ['sample', sample.filter((cell) => typeof cell === 'string').map((cell) => [cell, 1] as const)]
}
