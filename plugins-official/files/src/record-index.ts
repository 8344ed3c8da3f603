/** A record that cannot be split into cells. */
export interface Problem {
  /** Number of the record among those of the scan. */
  readonly record: number
  readonly cell: number
  readonly reason: string
}

/** Where the records and cells of a stretch of bytes lie. Arrays are reused from scan to scan; `ends` carry tags (see `Block`). */
export interface RecordIndex {
  /** Cells of every good record, 0 where that differs. */
  readonly width: number
  bytes: Uint8Array
  /** Cells of good records, one record after the other. */
  starts: Int32Array
  ends: Int32Array
  cells: number
  /** All records, good and bad: where each begins and ends, its line. */
  recordStarts: Int32Array
  recordEnds: Int32Array
  lines: Int32Array
  records: number
  /** Good records: row to record. */
  recordOf: Int32Array
  rows: number
  problems: Problem[]
  /** Where the next scan begins, and its line. */
  next: number
  line: number
  begin(bytes: Uint8Array, start: number, line: number): void
  add(start: number, end: number, line: number, cells: number, problem: string, cell: number): void
  skipTo(next: number, line: number): void
  /** A larger buffer with the same bytes up to `used` and room for `more`. */
  enlarge(used: number, more: number): Uint8Array
}

/** `width` cells a record, 0 for any number. */
export function createRecordIndex(width: number): RecordIndex {
  const index: RecordIndex = {
    width,
    bytes: new Uint8Array(0),
    starts: new Int32Array(1024),
    ends: new Int32Array(1024),
    cells: 0,
    recordStarts: new Int32Array(256),
    recordEnds: new Int32Array(256),
    lines: new Int32Array(256),
    records: 0,
    recordOf: new Int32Array(256),
    rows: 0,
    problems: [],
    next: 0,
    line: 1,
    begin(bytes, start, line) {
      index.bytes = bytes
      index.cells = index.records = index.rows = 0
      if (index.problems.length > 0) index.problems = []
      index.skipTo(start, line)
    },
    add(start, end, line, cells, problem, cell) {
      const record = index.records
      if (record === index.lines.length) reserveRecords(index)
      index.recordStarts[record] = start
      index.recordEnds[record] = end
      index.lines[record] = line
      index.records = record + 1
      if (problem !== '') {
        index.problems.push({ record, cell, reason: problem })
        return
      }
      index.recordOf[index.rows++] = record
      index.cells += width === 0 ? cells : width
    },
    skipTo(next, line) {
      index.next = next
      index.line = line
    },
    enlarge(used, more) {
      const larger = new Uint8Array(Math.max(used + more, index.bytes.length * 2))
      larger.set(index.bytes.subarray(0, used))
      index.bytes = larger
      return larger
    },
  }
  return index
}

/** Makes room for cell number `cell`. */
export function reserveCells(index: RecordIndex, cell: number): void {
  const length = Math.max(index.starts.length * 2, cell + 1)
  index.starts = grown(index.starts, length)
  index.ends = grown(index.ends, length)
}

function reserveRecords(index: RecordIndex): void {
  const length = index.lines.length * 2
  index.recordStarts = grown(index.recordStarts, length)
  index.recordEnds = grown(index.recordEnds, length)
  index.lines = grown(index.lines, length)
  index.recordOf = grown(index.recordOf, length)
}

function grown(values: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const more = new Int32Array(length)
  more.set(values)
  return more
}
