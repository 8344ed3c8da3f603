import type { Field } from 'tidegate'
import { createJsonRecords } from './json-record.ts'
import { space } from './json-syntax.ts'
import type { RecordScanner } from './read-records.ts'
import { createRecordIndex } from './record-index.ts'

const LF = 10

/** One object a line; lines of nothing but spaces are no records. */
export function createNdjsonScanner(fields: readonly Field[], maxRecordBytes: number): RecordScanner {
  const index = createRecordIndex(fields.length)
  const records = createJsonRecords(index, fields)
  const lineEnd = (bytes: Uint8Array, start: number, end: number, last: boolean) => {
    const found = bytes.indexOf(LF, start)
    return found >= 0 && found < end ? found + 1 : last ? end : -1
  }
  return {
    index,
    skip: lineEnd,
    scan(bytes, start, end, most, last, firstLine) {
      index.begin(bytes, start, firstLine)
      let used = end
      for (let p = start, line = firstLine; p < end; line++) {
        const next = lineEnd(index.bytes, p, end, last)
        if (next < 0 || next - p > maxRecordBytes) return
        if (space(index.bytes, p, next) < next) {
          if (index.records >= most) return
          const problem = records.read(p, next, used)
          if (problem === '') used = records.used
          index.add(p, next, line, fields.length, problem, 0)
        }
        p = next
        index.skipTo(p, line + 1)
      }
    },
  }
}

const quoteByte = 34
const backslash = 92
const comma = 44
const close = 93

/** Bytes that matter when a value is cut out of an array: quotes, brackets, comma, line feed. */
const matters = new Uint8Array(256)
for (const char of '"\\{}[],\n') matters[char.charCodeAt(0)] = 1

/**
 * Elements of a JSON array whose opening bracket has been read. An element is cut out by counting brackets, so a broken one does not spoil its
 * neighbours, and is then read strictly. What is wrong with the array itself counts as one more malformed record.
 */
export function createJsonArrayScanner(
  fields: readonly Field[],
  nested: boolean,
  maxRecordBytes: number,
): RecordScanner {
  const index = createRecordIndex(fields.length)
  const records = createJsonRecords(index, fields)
  let state: 'elements' | 'closed' | 'over' = 'elements'
  let first = true
  const skipping = { depth: 0, inString: false, escaped: false, lines: 0 }

  return { index, scan, skip }

  function scan(given: Uint8Array, start: number, end: number, most: number, last: boolean, firstLine: number): void {
    index.begin(given, start, firstLine)
    let p = start
    let line = firstLine
    let used = end
    for (;;) {
      for (; p < end && space(index.bytes, p, p + 1) > p; p++) if (index.bytes[p] === LF) line++
      if (state !== 'elements' && (state === 'over' || nested)) p = end
      index.skipTo(p, line)
      if (p === end && !(last && state === 'elements')) return
      if (index.records >= most) return
      if (state === 'closed' || p === end) {
        index.add(
          p,
          p,
          line,
          0,
          state === 'closed' ? 'text follows the end of the array' : 'the file ends before its array is closed',
          0,
        )
        state = 'over'
        continue
      }
      const cut = { depth: 0, inString: false, escaped: false, lines: 0 }
      const stop = findDelimiter(index.bytes, p, end, cut)
      if (stop < 0 && !last) return
      const valueEnd = stop < 0 ? end : stop
      if (valueEnd - p > maxRecordBytes) return
      const closes = stop >= 0 && index.bytes[stop] === close
      if (valueEnd > p) {
        const problem =
          stop < 0 && cut.depth + Number(cut.inString) > 0
            ? 'the file ends inside this element'
            : records.read(p, valueEnd, used)
        if (problem === '') used = records.used
        index.add(p, valueEnd, line, fields.length, problem, 0)
        if (stop < 0 && problem !== '') state = 'over'
      } else if (!(first && closes)) index.add(p, valueEnd, line, 0, 'an element is missing between commas', 0)
      first = false
      line += cut.lines
      p = stop < 0 ? end : stop + 1
      if (closes) state = 'closed'
      index.skipTo(p, line)
    }
  }

  function skip(bytes: Uint8Array, start: number, end: number, _last: boolean, fresh: boolean): number {
    if (fresh) Object.assign(skipping, { depth: 0, inString: false, escaped: false })
    first = false
    const stop = findDelimiter(bytes, fresh ? start - maxRecordBytes : start, end, skipping)
    if (stop >= 0 && bytes[stop] === close) state = 'closed'
    return stop < 0 ? -1 : stop + 1
  }
}

interface Cut {
  depth: number
  inString: boolean
  /** The first byte of the next stretch follows a backslash. */
  escaped: boolean
  lines: number
}

/** The comma or bracket that ends the element, or -1; `cut` carries what is open over to the next stretch of bytes. */
function findDelimiter(bytes: Uint8Array, start: number, end: number, cut: Cut): number {
  let from = start
  if (cut.escaped && from < end) {
    from++
    cut.escaped = false
  }
  for (let p = from; p < end; p++) {
    const byte = bytes[p] as number
    if (matters[byte] === 0) continue
    if (byte === LF) cut.lines++
    else if (cut.inString) {
      if (byte === backslash) cut.escaped = ++p >= end
      else if (byte === quoteByte) cut.inString = false
    } else if (byte === quoteByte) cut.inString = true
    else if (byte === 123 || byte === 91) cut.depth++
    else if (byte === comma) {
      if (cut.depth === 0) return p
    } else if (byte !== backslash && cut.depth-- === 0) return p
  }
  return -1
}
