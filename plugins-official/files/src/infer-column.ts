import type { Column } from 'tidegate'
import { types, ValuesColumn } from 'tidegate'
import { absent, type CellReader, quote, quoted, tagBits } from './block.ts'
import { compileDateFormat } from './date-format.ts'
import { everything, fit, look, seen, typeBits } from './infer-bits.ts'
import { type CellRulesOfInference, classify } from './infer-cell.ts'
import { finenessOf } from './infer-dates.ts'
import type { Moment } from './moment.ts'
import type { RecordIndex } from './record-index.ts'

/** The first value that rules a type out, and the line it stands on. */
export interface Refutation {
  readonly line: number
  readonly value: string
  readonly file?: string
}

/** `after`: how many values had fitted before. */
export interface Ruling extends Refutation {
  readonly after: number
}

/** All that was found out about one column. Mergeable: the state of several files is the state of their rows one after the other. */
export interface ColumnState {
  /** Cells looked at, and how many of them hold nothing. */
  rows: number
  absent: number
  /** What every cell fits (bits of `fit`), and what any of them was (bits of `seen`). */
  fits: number
  seen: number
  /** By bit of `fit`. */
  readonly refuted: Map<number, Ruling>
  /** The first value beyond 2^53, the first with an offset, without one. */
  readonly firsts: Map<number, Refutation>
}

export function createColumnState(): ColumnState {
  return { rows: 0, absent: 0, fits: everything, seen: 0, refuted: new Map(), firsts: new Map() }
}

/** Adds what was found in a further file. */
export function mergeColumnState(into: ColumnState, more: ColumnState): void {
  const before = into.rows - into.absent
  into.rows += more.rows
  into.absent += more.absent
  into.fits &= more.fits
  into.seen |= more.seen
  for (const [bit, found] of more.refuted)
    if (!into.refuted.has(bit)) into.refuted.set(bit, { ...found, after: found.after + before })
  for (const [bit, found] of more.firsts) if (!into.firsts.has(bit)) into.firsts.set(bit, found)
}

const remembered = [seen.beyond53, seen.zoned, seen.unzoned, seen.days]

/**
 * Looks at the cells of one column, block after block, without making values of them. The narrowest type that still fits decides what is tried
 * first, so that a column of one kind costs one pass over its bytes; a column that is text already costs next to nothing.
 */
export function createColumnObserver(
  state: ColumnState,
  index: RecordIndex,
  rules: CellRulesOfInference & {
    isNull(bytes: Uint8Array, start: number, end: number): boolean
    /** The pattern of dates that was given for the column. */
    readonly dateFormat?: string | undefined
  },
  file?: string,
): CellReader<Column> {
  const { decimal } = rules
  const parseGiven = rules.dateFormat === undefined ? undefined : compileDateFormat(rules.dateFormat)
  const moment: Moment = { seconds: 0, nanos: 0 }
  if (parseGiven === undefined) state.fits &= ~fit.given
  return {
    read(block, column) {
      const { bytes, starts, ends, width, rows } = block
      let missing = 0
      for (let row = 0, i = column; row < rows; row++, i += width) {
        const tagged = ends[i] as number
        const start = starts[i] as number
        const end = tagged >> tagBits
        if ((tagged & absent) !== 0 || start === end || ((tagged & quoted) !== 0 && rules.isNull(bytes, start, end))) {
          missing++
          continue
        }
        const { fits } = state
        if ((fits & (typeBits | fit.whole)) === 0) continue
        if ((fits & fit.given) !== 0) {
          const found = parseGiven?.(bytes, start, end, moment) === true
          if (found) state.seen |= finenessOf(moment.nanos)
          else refute(row, start, end, fit.given)
        } else if ((fits & fit.float) !== 0 && (fits & fit.boolean) === 0) {
          // Digits, perhaps with a decimal mark between them: what nearly every cell of such a column is.
          let p = bytes[start] === 45 ? start + 1 : start
          const from = p
          while (p < end && ((bytes[p] as number) - 48) >>> 0 <= 9) p++
          const digits = p - from
          if (digits > 0 && digits <= 15 && (bytes[from] !== 48 || (digits === 1 && from === start))) {
            if (p === end && (state.seen & seen.number) !== 0) continue
            if ((fits & fit.whole) === 0 && bytes[p] === decimal && (state.seen & seen.number) !== 0) {
              const point = ++p
              while (p < end && ((bytes[p] as number) - 48) >>> 0 <= 9) p++
              if (p === end && p > point) continue
            }
          }
        }
        const found = classify(bytes, start, end, rules) | fit.given
        if ((fits & found) !== fits) refute(row, start, end, fits & ~found)
        const fresh = look.seen & ~state.seen
        if (fresh === 0) continue
        state.seen |= fresh
        for (const bit of remembered) if ((fresh & bit) !== 0) state.firsts.set(bit, told(row, start, end))
      }
      state.rows += rows
      state.absent += missing

      function refute(row: number, start: number, end: number, bits: number): void {
        state.fits &= ~bits
        const after = state.rows - state.absent + row - missing
        for (let bit = 1; bit <= bits; bit <<= 1)
          if ((bits & bit) !== 0 && !state.refuted.has(bit)) state.refuted.set(bit, { ...told(row, start, end), after })
      }

      function told(row: number, start: number, end: number): Refutation {
        return {
          line: index.lines[index.recordOf[row] as number] as number,
          value: quote(bytes, start, end),
          ...(file === undefined ? {} : { file }),
        }
      }
    },
    take: () => nothing,
  }
}

const nothing = new ValuesColumn(types.null, [])
