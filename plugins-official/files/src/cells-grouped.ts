import type { Column } from 'tidegate'
import type { Block, CellReader } from './block.ts'
import { tagBits } from './block.ts'

/**
 * Numbers with a mark between groups of three digits (`1,234,567.5`), handed to `inner` without it. Cells whose groups are not of three digits, or
 * that mix both ways, are handed over as they are, so that `inner` refuses them.
 */
export function createGroupedCells(
  inner: CellReader<Column>,
  rules: { readonly thousands: number; readonly decimal: number },
): CellReader<Column> {
  const { thousands, decimal } = rules
  let scratch = new Uint8Array(0)
  let starts = new Int32Array(0)
  let ends = new Int32Array(0)
  let outer: Block | undefined
  let column = 0
  const block: Block = {
    bytes: scratch,
    starts,
    ends,
    width: 1,
    rows: 0,
    reject: (row, _, reason) => outer?.reject(row, column, reason),
  }
  return {
    read(given, cell, at) {
      const { bytes, width, rows } = given
      if (starts.length < rows) {
        starts = new Int32Array(rows)
        ends = new Int32Array(rows)
      }
      let size = 0
      for (let row = 0, i = cell; row < rows; row++, i += width) {
        const start = given.starts[i] as number
        const tagged = given.ends[i] as number
        const end = tagged >> tagBits
        if (size + end - start > scratch.length) {
          const more = new Uint8Array((size + end - start) * 2 + 1024)
          more.set(scratch.subarray(0, size))
          scratch = more
        }
        starts[row] = size
        const grouped = groups(bytes, start, end, thousands, decimal)
        for (let p = start; p < end; ) {
          const mark = grouped ? markAt(bytes, p, end, thousands) : 0
          if (mark === 0) scratch[size++] = bytes[p++] as number
          else p += mark
        }
        ends[row] = (size << tagBits) | (tagged & ((1 << tagBits) - 1))
      }
      outer = given
      column = cell
      Object.assign(block, { bytes: scratch, starts, ends, rows })
      inner.read(block, 0, at)
    },
    take: (rows) => inner.take(rows),
  }
}

/** Bytes of the mark at `p`, 0 where there is none. A space is also U+00A0 and U+202F, which programs put between groups so that lines do not break there. */
function markAt(bytes: Uint8Array, p: number, end: number, thousands: number): number {
  if (bytes[p] === thousands) return 1
  if (thousands !== 32) return 0
  if (bytes[p] === 0xc2 && bytes[p + 1] === 0xa0 && p + 1 < end) return 2
  return bytes[p] === 0xe2 && bytes[p + 1] === 0x80 && bytes[p + 2] === 0xaf && p + 2 < end ? 3 : 0
}

/** Whether the whole part of the number in `bytes[start .. end)` is one to three digits and then groups of three, each behind a mark. */
export function groups(bytes: Uint8Array, start: number, end: number, thousands: number, decimal: number): boolean {
  let p = start
  if (bytes[p] === 45 || bytes[p] === 43) p++
  let run = 0
  let marks = 0
  while (p < end) {
    if (((bytes[p] as number) - 48) >>> 0 <= 9) {
      run++
      p++
      continue
    }
    const mark = markAt(bytes, p, end, thousands)
    if (mark === 0) break
    if (run === 0 || run > 3 || (marks > 0 && run !== 3)) return false
    marks++
    run = 0
    p += mark
  }
  if (marks === 0 || run !== 3) return false
  if (p === end) return true
  if (bytes[p] !== decimal) return false
  for (p++; p < end; p++) if (((bytes[p] as number) - 48) >>> 0 > 9) return false
  return true
}
