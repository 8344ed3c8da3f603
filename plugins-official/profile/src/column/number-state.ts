import { type Column, DecimalColumn, type Field, FlatColumn, Int64Column, TemporalColumn } from 'tidegate'
import { createFrequencies, type Frequencies } from '../sketch/frequencies.ts'
import { mix, mixAgain } from '../sketch/mix.ts'
import { addBlock, createMoments, joinMoments, type Moments } from '../sketch/moments.ts'
import { createSpread, type Spread } from '../sketch/spread.ts'
import { decimalText } from './cell-text.ts'
import { exactCell, fillDoubles } from './doubles.ts'
import { addCell, addExactDoubles, createOrder, joinOrder, type Order } from './order.ts'

/** Rows that are computed together, counted from the first row: so no result depends on where batches end. */
export const blockRows = 4096
const beyond = 2 ** 53

/** Everything about a column of numbers or times, in bounded memory. */
export interface NumberState {
  readonly kind: 'number'
  readonly field: Field
  /** The block as deviations from `shift`, after `flush`. */
  readonly centred: Float64Array
  shift: number
  readonly frequencies: Frequencies
  readonly spread: Spread
  readonly moments: Readonly<Moments>
  readonly order: Order
  readonly tally: Record<'nulls' | 'nan' | 'infinite' | 'zeros' | 'negatives' | 'fractions', number>
  /** Counts what needs no block: nulls, NaN, and values that are no doubles. */
  addColumn(column: Column): void
  /** Cells `from .. to` of the batch into the block at `at`. */
  fill(column: Column, from: number, to: number, at: number): void
  /** The first `rows` of the block are full. */
  flush(rows: number): void
  /** `more` holds later rows; both are flushed. */
  merge(more: NumberState): void
}

export function createNumberState(field: Field): NumberState {
  const values = new Float64Array(blockRows)
  const words = new Int32Array(values.buffer)
  const centred = new Float64Array(blockRows)
  const frequencies = createFrequencies()
  const spread = createSpread()
  const moments = createMoments()
  const order = createOrder()
  const tally = { nulls: 0, nan: 0, infinite: 0, zeros: 0, negatives: 0, fractions: 0 }
  const decimal = field.type.kind === 'decimal'
  const state: NumberState = {
    field,
    kind: 'number',
    centred,
    shift: 0,
    frequencies,
    spread,
    moments,
    order,
    tally,
    addColumn(column) {
      tally.nulls += column.type.kind === 'null' ? column.length : column.nullCount
      if (column.type.kind === 'null') return
      const validity = column.nullCount === 0 ? undefined : column.validity
      const wide = column instanceof Int64Column || column instanceof TemporalColumn ? column.values : undefined
      if (wide instanceof BigInt64Array || wide instanceof BigUint64Array) {
        const cells = new Int32Array(wide.buffer, wide.byteOffset, wide.length * 2)
        frequencies.addWords(cells, validity, 0, column.length)
      } else if (column instanceof DecimalColumn) {
        frequencies.addHashes(decimalKeys(column), validity, 0, column.length)
        frequencies.settle((row) => decimalText(column.unscaled(row), field.type))
      } else if (column instanceof FlatColumn && column.type.kind === 'float') {
        const { nullCount, length } = column
        let nan = 0
        for (let row = 0; row < length; row++) if (Number.isNaN(column.values[row])) nan++
        if (nan > 0 && nullCount > 0) {
          nan = 0
          for (let row = 0; row < length; row++) if (Number.isNaN(column.at(row))) nan++
        }
        tally.nan += nan
      }
    },
    fill(column, from, to, at) {
      fillDoubles(column, from, to, values, at)
      const end = at + to - from
      let rounded = decimal
      if (column instanceof Int64Column || (column instanceof TemporalColumn && column.type.kind !== 'date')) {
        for (let i = at; i < end && !rounded; i++)
          rounded = (values[i] as number) >= beyond || (values[i] as number) <= -beyond
      } else if (!decimal) frequencies.addDoubles(values, words, at, end)
      if (!rounded) return addExactDoubles(order, values, at, end)
      for (let row = from, i = at; row < to; row++, i++) {
        const value = values[i] as number
        if (Number.isNaN(value)) continue
        const exact = decimal || value >= beyond || value <= -beyond
        addCell(order, { value, exact: exact ? exactCell(column, row) : undefined })
      }
    },
    flush(rows) {
      let { infinite, zeros, negatives, fractions } = tally
      for (let i = 0; i < rows; i++) {
        const value = values[i] as number
        if (value === 0) zeros++
        else if (value < 0) negatives++
        if (!Number.isFinite(value)) {
          if (!Number.isNaN(value)) infinite++
        } else if (Math.floor(value) !== value) fractions++
      }
      Object.assign(tally, { infinite, zeros, negatives, fractions })
      spread.add(values, words, 0, rows)
      const block = createMoments()
      addBlock(block, values, rows, centred)
      state.shift = block.mean
      joinMoments(moments, block.n, block.mean, block.squares)
    },
    merge(more) {
      for (const key of Object.keys(tally) as (keyof typeof tally)[]) tally[key] += more.tally[key]
      frequencies.merge(more.frequencies)
      spread.merge(more.spread)
      joinMoments(moments, more.moments.n, more.moments.mean, more.moments.squares)
      joinOrder(order, more.order)
    },
  }
  return state
}

/** 128 bits as 64: themselves where they fit, else a hash. */
function decimalKeys({ words, length }: DecimalColumn): Int32Array {
  const cells = new Int32Array(words.buffer, words.byteOffset, words.length * 2)
  const keys = new Int32Array(2 * length)
  for (let row = 0; row < length; row++) {
    const [a, b, c, d] = [cells[4 * row], cells[4 * row + 1], cells[4 * row + 2], cells[4 * row + 3]] as number[]
    const sign = (b as number) >> 31
    const fits = c === sign && d === sign
    keys[2 * row] = fits ? (a as number) : mix(mix(a as number, b as number), mix(c as number, d as number))
    keys[2 * row + 1] = fits
      ? (b as number)
      : mixAgain(mixAgain(c as number, b as number), mixAgain(a as number, d as number))
  }
  return keys
}
