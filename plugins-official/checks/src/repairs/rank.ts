import {
  type Batch,
  type Column,
  doubles,
  fieldOf,
  Int64Column,
  isValid,
  type TableSchema,
  TemporalColumn,
} from 'tidegate'

/** What rows are preferred by: two doubles a row, compared one after the other, so that 64-bit integers and nanoseconds are exact. */
export interface Ranks {
  add(batch: Batch): void
  /** `near` and `rest` of each row in turn. Absent cells are NaN. */
  finish(): Float64Array
}

const unitsPerMillisecond = { s: 0n, ms: 1n, us: 1000n, ns: 1_000_000n } as const
const kinds = ['int', 'float', 'decimal', 'date', 'time', 'timestamp'] as const

export function createRanks(schema: TableSchema, column: string, name: string): Ranks {
  const { index } = fieldOf(schema, column, name, kinds, 'a number, date or time')
  const pieces: Float64Array[] = []
  return {
    add(batch) {
      pieces.push(ranksOf(batch.columns[index] as Column))
    },
    finish() {
      const all = new Float64Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
      let at = 0
      for (const piece of pieces) {
        all.set(piece, at)
        at += piece.length
      }
      return all
    },
  }
}

function ranksOf(cells: Column): Float64Array {
  const out = new Float64Array(2 * cells.length)
  const near = cells.type.kind === 'null' || cells instanceof TemporalColumn ? undefined : doubles(cells)
  for (let row = 0; row < cells.length; row++) {
    if (cells.type.kind === 'null' || !isValid(cells.validity, row)) {
      out[2 * row] = Number.NaN
      continue
    }
    if (cells instanceof TemporalColumn) {
      rankTime(cells, row, out)
      continue
    }
    const value = near?.[row] as number
    out[2 * row] = value
    if (cells instanceof Int64Column && Math.abs(value) > Number.MAX_SAFE_INTEGER)
      out[2 * row + 1] = Number((cells.values[row] as bigint) - BigInt(value))
  }
  return out
}

/** Whole milliseconds, and units beyond them. */
function rankTime(cells: TemporalColumn, row: number, out: Float64Array): void {
  const { type } = cells
  const value = cells.values[row] as number | bigint
  const per = 'unit' in type ? unitsPerMillisecond[type.unit] : 0n
  if (typeof value === 'number' || per <= 1n) {
    out[2 * row] = cells.milliseconds(row)
    return
  }
  const whole = value / per - (value % per < 0n ? 1n : 0n)
  out[2 * row] = Number(whole)
  // In nanoseconds, whatever the unit, so that parts of different units compare.
  out[2 * row + 1] = Number((value - whole * per) * (1_000_000n / per))
}

/** Whether row b is preferred to row a, in the order of `sign` (1: the larger). Absent and NaN are preferred to nothing. */
export function isBetter(a: readonly [number, number], b: readonly [number, number], sign: 1 | -1): boolean {
  if (Number.isNaN(b[0])) return false
  if (Number.isNaN(a[0])) return true
  return a[0] === b[0] ? sign * (b[1] - a[1]) > 0 : sign * (b[0] - a[0]) > 0
}
