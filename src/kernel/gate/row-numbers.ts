import type { RejectedRow } from '../../plugins/source.ts'
import { type Bits, createBits, rowsSet, setBit } from '../bits.ts'

/** Numbers of rows in their part, over good and bad ones: batches hold good ones alone, and what could not be parsed comes beside them. */
export interface RowNumbers {
  /** Good rows so far. */
  readonly count: number
  enter(rows: number): void
  /** Rows that could not be parsed, in ascending order; those of a batch come before it. */
  reject(rows: readonly RejectedRow[]): void
  /** The number of good row `index`, counting good ones from 0. */
  of(index: number): number
  /** Good rows that do not pass, as indexes. Noted where `watched`. */
  remove(rows: Int32Array, first: number): void
  /** Bitmap by number: rows that did not pass or could not be parsed; undefined where there are none. */
  removed(): Bits | undefined
}

export function createRowNumbers(watched: boolean): RowNumbers {
  let count = 0
  /** How many good rows stand before each rejected one; ascending. */
  const before: number[] = []
  let gone: Bits = new Uint8Array(0)
  const of = (index: number) => {
    let [low, high] = [0, before.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((before[middle] as number) <= index) low = middle + 1
      else high = middle
    }
    return index + low
  }
  return {
    get count() {
      return count
    },
    enter(rows) {
      count += rows
    },
    reject(rows) {
      for (const { row } of rows) before.push(Math.max(before.at(-1) ?? 0, row - before.length))
    },
    of,
    remove(rows, first) {
      if (!watched || rows.length === 0) return
      const bytes = (count + 7) >> 3
      if (gone.length < bytes) {
        const larger = new Uint8Array(Math.max(bytes, 2 * gone.length))
        larger.set(gone)
        gone = larger
      }
      for (const row of rows) setBit(gone, first + row)
    },
    removed() {
      const good = rowsSet(gone, count)
      if (!watched || good.length + before.length === 0) return undefined
      const last = (before.at(-1) ?? 0) + before.length
      const bits = createBits(Math.max(count + before.length, last))
      for (const index of good) setBit(bits, of(index))
      for (let i = 0; i < before.length; i++) setBit(bits, (before[i] as number) + i)
      return bits
    },
  }
}
