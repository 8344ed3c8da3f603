import { isUtf8 } from 'node:buffer'
import { type Column, type Field, type SourceChunk, takeBatch } from 'tidegate'
import type { Block, CellReader } from './block.ts'
import type { ByteWindow } from './byte-window.ts'
import type { RecordIndex } from './record-index.ts'
import { createRejects, type Positions } from './rejects.ts'

/** Finds records in bytes: what formats differ in. */
export interface RecordScanner {
  readonly index: RecordIndex
  /**
   * Finds records in `bytes[start .. end)` and fills `index`, until `most` records stand in it, the bytes end inside one (`last`: nothing
   * follows), or one is longer than the limit of the scanner.
   * `line` is that of `start`. The buffer may be used behind `end` and may be replaced (`index.bytes`).
   */
  scan(bytes: Uint8Array, start: number, end: number, most: number, last: boolean, line: number): void
  /** Where the record after an overlong one begins, or -1 when that is not in these bytes. `fresh` on the first call, which starts behind the limit. */
  skip(bytes: Uint8Array, start: number, end: number, last: boolean, fresh: boolean): number
}

export interface RecordFormat {
  readonly scanner: RecordScanner
  readonly fields: readonly Field[]
  /** For each field the cell of the record it is read from. */
  readonly cells: readonly number[]
  readonly readers: readonly CellReader<Column>[]
  readonly batchRows: number
  readonly maxRecordBytes: number
  /** Bytes scanned at a time. */
  readonly windowBytes: number
  /** What positions of a cell mean to people: its number in the record, its byte in the file. */
  readonly positions: Positions
}

/** A batch ends early where its records take more bytes than this. */
const batchBytes = 64 << 20

/**
 * Records as batches of at most `batchRows` records, in order; what cannot be read is yielded as rejected rows before the batch it would stand in.
 * Memory: one window (grown for a record longer than that, up to `maxRecordBytes`) and one batch.
 */
export async function* readRecords(
  window: ByteWindow,
  format: RecordFormat,
  firstLine: number,
): AsyncIterable<SourceChunk> {
  const { scanner, fields, cells, readers, maxRecordBytes } = format
  const { index } = scanner
  const rejects = createRejects(window, index, format.positions)
  const block: Block = {
    bytes: index.bytes,
    starts: index.starts,
    ends: index.ends,
    width: index.width,
    rows: 0,
    reject: rejects.row,
  }
  const schema = { fields }
  let line = firstLine
  let record = 0
  let rows = 0
  let size = 0
  let bad: number[] = []

  for (;;) {
    scanner.scan(window.bytes, window.from, window.to, format.batchRows - rows, window.last, line)
    if (index.records === 0) {
      window.from = index.next
      line = index.line
      if (window.to - window.from > maxRecordBytes) {
        yield { rejected: [rejects.overlong(record++, line, maxRecordBytes)] }
        line = await skipOverlong(line)
      } else if (window.last) break
      else await window.fill(Math.max(format.windowBytes, window.to - window.from))
      continue
    }
    read()
    const { rejected, badRows } = rejects.take(record)
    for (const row of badRows) bad.push(rows + row)
    record += index.records
    rows += index.rows
    size += index.next - window.from
    window.from = index.next
    line = index.line
    if (rejected.length > 0) yield { rejected }
    if (rows >= format.batchRows || size >= batchBytes) yield* flush()
  }
  yield* flush()

  function read(): void {
    window.bytes = index.bytes
    Object.assign(block, { bytes: index.bytes, starts: index.starts, ends: index.ends, rows: index.rows })
    if (!isUtf8(index.bytes.subarray(window.from, index.next))) rejects.invalidText(block)
    for (let i = 0; i < readers.length; i++) (readers[i] as CellReader).read(block, cells[i] as number, rows)
  }

  async function skipOverlong(at: number): Promise<number> {
    let fresh = true
    let lines = at
    for (;;) {
      const start = fresh ? window.from + maxRecordBytes : window.from
      const next = scanner.skip(window.bytes, start, window.to, window.last, fresh)
      // A CR at the end may be half of a line break.
      const known = window.bytes[window.to - 1] === 13 && !window.last ? window.to - 1 : window.to
      const end = next < 0 ? Math.max(window.from, known) : next
      lines += countLines(window.bytes, window.from, end)
      window.from = end
      if (next >= 0 || window.last) return lines
      fresh = false
      await window.fill(1)
    }
  }

  function* flush(): Iterable<SourceChunk> {
    const columns = readers.map((reader) => reader.take(rows))
    const batch = { schema, length: rows, columns }
    if (bad.length === 0 && rows > 0) yield batch
    if (bad.length > 0 && bad.length < rows) yield takeBatch(batch, others(bad, rows))
    rows = 0
    size = 0
    bad = []
  }
}

/** The numbers below `n` that are not in `bad`. */
function others(bad: readonly number[], n: number): Int32Array {
  const left = new Set(bad)
  const out = new Int32Array(n - left.size)
  let size = 0
  for (let row = 0; row < n; row++) if (!left.has(row)) out[size++] = row
  return out
}

function countLines(bytes: Uint8Array, start: number, end: number): number {
  let lines = 0
  for (let p = bytes.indexOf(10, start); p >= 0 && p < end; p = bytes.indexOf(10, p + 1)) lines++
  return lines
}
