import { absent, quoted, tagBits } from './block.ts'
import { type Dialect, nullTest } from './csv-dialect.ts'
import type { RecordScanner } from './read-records.ts'
import { createRecordIndex, reserveCells } from './record-index.ts'

const LF = 10
const CR = 13

/** What becomes of a record of another width: nothing, its missing cells are absent, its surplus cells are left out, or either. */
export type Ragged = 'reject' | 'pad' | 'trim' | 'fit'

/**
 * Finds cells by RFC 4180, and for what that leaves open: LF, CRLF and CR end a record; an empty line is a record only where records have one
 * cell; a quote inside a cell that does not begin with one is an ordinary character; text after a closing quote makes the record malformed.
 * `width` is the number of cells that every record must have, 0 for any.
 */
export function createCsvScanner(
  dialect: Dialect,
  width: number,
  maxRecordBytes: number,
  ragged: Ragged = 'reject',
): RecordScanner {
  const pads = ragged === 'pad' || ragged === 'fit'
  const trims = ragged === 'trim' || ragged === 'fit'
  const { delimiter, quote, escape: escaper, comment, trim } = dialect
  const index = createRecordIndex(width)
  const special = new Uint8Array(256)
  special[delimiter] = special[LF] = special[CR] = 1
  const emptyTag = dialect.emptyIsNull ? absent : 0
  const isNull = nullTest(dialect)
  const spelt = dialect.spellings.length > 0

  return { index, scan, skip: lineAfter }

  function scan(given: Uint8Array, start: number, end: number, most: number, last: boolean, firstLine: number): void {
    let bytes = given
    const stops = special
    const top = Math.max(delimiter, CR)
    let scratch = end
    let p = start
    let line = firstLine
    let records = 0
    index.begin(bytes, start, line)

    while (p < end) {
      const first = bytes[p] as number
      if (width !== 1 && (first === LF || first === CR)) {
        if (first === CR && p + 1 === end && !last) return
        p += first === CR && bytes[p + 1] === LF && p + 1 < end ? 2 : 1
        index.skipTo(p, ++line)
        continue
      }
      if (first === comment) {
        const after = lineAfter(bytes, p, end, last)
        if (after < 0 || after - p > maxRecordBytes) return
        p = after
        index.skipTo(p, ++line)
        continue
      }
      if (records >= most) return
      const recordStart = p
      const recordLine = line
      const base = index.cells
      let cells = 0
      let problem = ''
      let problemCell = 0
      let complete = false
      // One turn per cell.
      for (;;) {
        // Cells beyond the width only count: they all take the place after the last.
        const slot = base + (cells < width || width === 0 ? cells : width)
        if (slot >= index.starts.length) reserveCells(index, slot)
        let cellStart = p
        if (trim)
          while (
            cellStart < end &&
            (bytes[cellStart] === 32 || bytes[cellStart] === 9) &&
            bytes[cellStart] !== delimiter
          )
            cellStart++
        let cellEnd: number
        let tag = 0
        if (cellStart < end && bytes[cellStart] === quote) {
          let q = ++cellStart
          let escapes = 0
          let closed = false
          for (; q < end; q++) {
            const byte = bytes[q] as number
            if (byte === quote || byte === escaper) {
              if (byte === escaper && q + 1 < end && (escaper !== quote || bytes[q + 1] === quote)) {
                escapes++
                if (bytes[++q] === LF) line++
              } else if (byte === quote) {
                // At the end of what is known so far, the next byte could still make it an escaped quote.
                if (q + 1 === end && !last) return
                closed = true
                break
              } else if (!last) return
            } else if (byte === LF || (byte === CR && bytes[q + 1] !== LF)) line++
          }
          if (!closed) {
            if (!last) return
            problem ||= 'the quote that opens this cell is never closed'
            problemCell = cells
            p = end
            complete = true
            break
          }
          cellEnd = q
          tag = quoted
          p = q + 1
          if (trim) while (p < end && (bytes[p] === 32 || bytes[p] === 9) && bytes[p] !== delimiter) p++
          if (p < end && special[bytes[p] as number] === 0) {
            if (problem === '') [problem, problemCell] = ['text follows the closing quote', cells]
            while (p < end && special[bytes[p] as number] === 0) p++
          }
          if (escapes > 0) {
            if (scratch + (cellEnd - cellStart) > bytes.length) bytes = index.enlarge(scratch, cellEnd - cellStart)
            const at = scratch
            for (let from = cellStart; from < cellEnd; from++) {
              if (bytes[from] === escaper && from + 1 < cellEnd) from++
              bytes[scratch++] = bytes[from] as number
            }
            cellStart = at
            cellEnd = scratch
          }
        } else {
          p = cellStart
          // Most bytes of a cell lie above the delimiter: one comparison, no look-up.
          while (p < end && ((bytes[p] as number) > top || stops[bytes[p] as number] === 0)) p++
          cellEnd = p
          if (trim) while (cellEnd > cellStart && (bytes[cellEnd - 1] === 32 || bytes[cellEnd - 1] === 9)) cellEnd--
          if (cellEnd === cellStart) tag = emptyTag
          else if (spelt && isNull(bytes, cellStart, cellEnd)) tag = absent
        }
        index.starts[slot] = cellStart
        index.ends[slot] = (cellEnd << tagBits) | tag
        cells++
        if (p === end) {
          if (!last) return
          complete = true
          break
        }
        const byte = bytes[p++] as number
        if (byte === delimiter) continue
        if (byte === CR) {
          if (p === end && !last) return
          if (p < end && bytes[p] === LF) p++
        }
        line++
        complete = true
        break
      }
      if (!complete || p - recordStart > maxRecordBytes) return
      if (cells < width && pads) {
        for (let slot = base + cells; slot < base + width; slot++) {
          if (slot >= index.starts.length) reserveCells(index, slot)
          index.starts[slot] = p
          index.ends[slot] = (p << tagBits) | absent
        }
      } else if (problem === '' && width !== 0 && cells !== width && !(cells > width && trims)) {
        problem = `${cells} ${cells === 1 ? 'cell' : 'cells'} instead of ${width}`
        problemCell = Math.min(cells, width)
      }
      index.add(recordStart, p, recordLine, cells, problem, problemCell)
      index.skipTo(p, line)
      records++
    }
  }
}

/** Start of the next line, or -1 when it is not known yet. */
export function lineAfter(bytes: Uint8Array, start: number, end: number, last: boolean): number {
  for (let p = start; p < end; p++) {
    if (bytes[p] === LF) return p + 1
    if (bytes[p] !== CR) continue
    if (p + 1 === end && !last) return -1
    return p + 1 < end && bytes[p + 1] === LF ? p + 2 : p + 1
  }
  return last ? end : -1
}
