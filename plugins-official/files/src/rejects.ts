import { isUtf8 } from 'node:buffer'
import type { RejectedRow } from 'tidegate'
import { type Block, beforeCut, rawOf, tagBits } from './block.ts'
import type { ByteWindow } from './byte-window.ts'
import type { RecordIndex } from './record-index.ts'

/** Raw text of a rejected record is kept up to here. */
export const rawBytes = 64 << 10

export interface Positions {
  /** Cells have a number in their record. */
  readonly cells: boolean
  /** Bytes of the window are bytes of the (unpacked) file. */
  readonly bytes: boolean
}

interface Fault {
  readonly record: number
  readonly cell: number
  readonly reason: string
  /** Where in the window. */
  readonly at: number
}

/** Collects what is wrong with the records of one scan and tells it to people: line, cell, byte, reason, raw text. */
export interface Rejects {
  row(row: number, cell: number, reason: string): void
  /** Sets aside the rows that are not valid UTF-8. */
  invalidText(block: Block): void
  /** All faults in record order and the rows among them; `base` is the number of the first record. Begins anew. */
  take(base: number): { readonly rejected: readonly RejectedRow[]; readonly badRows: readonly number[] }
  /** The record that begins at the window's start and is longer than `most` bytes. */
  overlong(record: number, line: number, most: number): RejectedRow
}

export function createRejects(window: ByteWindow, index: RecordIndex, positions: Positions): Rejects {
  let faults = new Map<number, Fault>()

  function reject(row: number, cell: number, reason: string): void {
    if (faults.has(row)) return
    const record = index.recordOf[row] as number
    const start = index.starts[row * index.width + cell] as number
    // A cell with escapes lies unescaped behind the text.
    const inText = start >= (index.recordStarts[record] as number) && start < (index.recordEnds[record] as number)
    faults.set(row, { record, cell, reason, at: inText ? start : (index.recordStarts[record] as number) })
  }

  function told({ record, cell, reason, at }: Fault, base: number): RejectedRow {
    const start = index.recordStarts[record] as number
    const end = lineEnd(index.bytes, start, index.recordEnds[record] as number)
    const cut = end - start > rawBytes
    return {
      row: base + record,
      line: index.lines[record] as number,
      ...(positions.cells ? { column: cell + 1 } : {}),
      ...(positions.bytes ? { byte: window.positionOf(at) } : {}),
      reason: cut ? `${reason} (raw text cut to 64 KiB of ${end - start} bytes)` : reason,
      raw: rawOf(index.bytes, start, cut ? beforeCut(index.bytes, start, start + rawBytes) : end),
    }
  }

  return {
    row: reject,
    invalidText({ bytes, starts, ends, width, rows }) {
      for (let row = 0; row < rows; row++) {
        const record = index.recordOf[row] as number
        if (isUtf8(bytes.subarray(index.recordStarts[record], index.recordEnds[record]))) continue
        let cell = 0
        while (
          cell < width - 1 &&
          isUtf8(bytes.subarray(starts[row * width + cell], (ends[row * width + cell] as number) >> tagBits))
        )
          cell++
        reject(row, cell, 'is not valid UTF-8')
      }
    },
    take(base) {
      if (faults.size === 0 && index.problems.length === 0) return none
      const problems = index.problems.map(({ record, cell, reason }) => ({
        record,
        cell,
        reason,
        at: index.recordStarts[record] as number,
      }))
      const all = [...problems, ...faults.values()].sort((a, b) => a.record - b.record)
      const badRows = [...faults.keys()]
      faults = new Map()
      return { rejected: all.map((fault) => told(fault, base)), badRows }
    },
    overlong(record, line, most) {
      const { bytes, from, to } = window
      return {
        row: record,
        line,
        ...(positions.bytes ? { byte: window.positionOf(from) } : {}),
        reason: `longer than ${most} bytes (maxRecordBytes); reading goes on behind it (raw text cut to ${Math.min(rawBytes, most)} bytes)`,
        raw: rawOf(bytes, from, beforeCut(bytes, from, from + Math.min(rawBytes, most, to - from))),
      }
    },
  }
}

const none = { rejected: [], badRows: [] }

function lineEnd(bytes: Uint8Array, start: number, end: number): number {
  if (end > start && bytes[end - 1] === 10) end--
  return end > start && bytes[end - 1] === 13 ? end - 1 : end
}
