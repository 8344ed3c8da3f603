import { type Batch, BytesColumn, type Column, DictionaryColumn } from 'tidegate'
import { exactCell } from '../column/doubles.ts'
import { mix, mixAgain } from '../sketch/mix.ts'

/** Rows that stand for the table: those whose row number has the smallest hashes, a uniform sample that merges exactly. */
export interface Sample {
  /** Row `first` of the table is the first of `batch`. */
  add(batch: Batch, first: number): void
  merge(other: Sample): void
  /** Cells by column, in row order: text (long ones as their beginning and a hash), numbers, bigints, `null`. */
  columns(): readonly (readonly unknown[])[]
  /** @internal */
  rows(): readonly SampledRow[]
}

interface SampledRow {
  readonly rank: number
  readonly row: number
  readonly cells: readonly unknown[]
}

/** In [0, 2^32): which rows belong to the sample, and which are held out. */
export function rowRank(row: number, salt = 0): number {
  return mix(row | 0, mixAgain(Math.floor(row / 4_294_967_296), salt)) >>> 0
}

export function createSample(most: number): Sample {
  let kept: SampledRow[] = []
  let limit = 4_294_967_296
  function shrink(to: number): void {
    if (kept.length <= to) return
    kept.sort((x, y) => x.rank - y.rank || x.row - y.row)
    kept.length = most
    limit = (kept[most - 1]?.rank ?? 0) + 1
  }
  return {
    add(batch, first) {
      for (let row = 0; row < batch.length; row++) {
        const rank = mix((first + row) | 0, mixAgain(Math.floor((first + row) / 4_294_967_296), 0)) >>> 0
        if (rank >= limit) continue
        kept.push({ rank, row: first + row, cells: batch.columns.map((column) => cellOf(column, row)) })
        shrink(2 * most)
      }
    },
    merge(other) {
      kept = kept.concat(other.rows())
      shrink(2 * most)
    },
    rows: () => kept,
    columns() {
      shrink(most)
      kept.sort((x, y) => x.row - y.row)
      const width = kept[0]?.cells.length ?? 0
      return Array.from({ length: width }, (_, i) => kept.map(({ cells }) => cells[i]))
    },
  }
}

const longest = 256
const decoder = new TextDecoder()

/** One cell without decoding the column that it stands in. */
function cellOf(column: Column, row: number): unknown {
  if (column.validity !== undefined && (((column.validity[row >> 3] as number) >> (row & 7)) & 1) === 0) return null
  if (column instanceof DictionaryColumn) return shortened(String(column.at(row)))
  if (column instanceof BytesColumn) {
    const { bytes, offsets } = column
    const cell = bytes.subarray(offsets[row], offsets[row + 1])
    if (column.type.kind === 'string' && cell.length <= longest) return decoder.decode(cell)
    return `${decoder.decode(cell.subarray(0, longest))}…${hashOf(cell)}`
  }
  const exact = exactCell(column, row)
  if (exact !== undefined) return exact
  const value = column.at(row)
  if (typeof value !== 'object' || value === null) return value
  const json = JSON.stringify(value, (_, cell: unknown) => (typeof cell === 'bigint' ? String(cell) : cell))
  return shortened(json)
}

function shortened(text: string): string {
  if (text.length * 3 <= longest) return text
  const cell = new TextEncoder().encode(text)
  return cell.length <= longest ? text : `${decoder.decode(cell.subarray(0, longest))}…${hashOf(cell)}`
}

function hashOf(cell: Uint8Array): string {
  let a = cell.length
  let b = 0
  for (const byte of cell) {
    a = mix(a, byte)
    b = mixAgain(b, byte)
  }
  return `${(a >>> 0).toString(16)}${(b >>> 0).toString(16)}`
}

/** Cells as small integers, equal ones alike: what keys and dependencies count with. */
export function codesOf(cells: readonly unknown[]): { readonly codes: Int32Array; readonly different: number } {
  const known = new Map<unknown, number>()
  const codes = new Int32Array(cells.length)
  cells.forEach((cell, i) => {
    let code = known.get(cell)
    if (code === undefined) {
      code = known.size
      known.set(cell, code)
    }
    codes[i] = code
  })
  return { codes, different: known.size }
}
