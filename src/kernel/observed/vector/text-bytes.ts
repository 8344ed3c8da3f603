import { BytesColumn } from '../../columns/text.ts'
import { isValid } from '../../columns/validity.ts'

/** Predicates on UTF-8 text that need no strings: 1 where they hold, 0 where not and where a value is absent. */
export type BytesTest = 'equals' | 'startswith' | 'endswith' | 'includes'

const encoder = new TextEncoder()

/** True for texts whose bytes stand for them alone: what does not decode reads as U+FFFD, and a lone surrogate has no bytes. */
export function isPlainText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\ufffd')
}

export function testBytes(column: BytesColumn, test: BytesTest, text: string): Uint8Array {
  const wanted = encoder.encode(text)
  if (test === 'includes') return findBytes(column, wanted)
  const { offsets, bytes, validity, length } = column
  const size = wanted.length
  const out = new Uint8Array(length)
  for (let i = 0; i < length; i++) {
    const start = offsets[i] as number
    const end = offsets[i + 1] as number
    if (test === 'equals' ? end - start !== size : end - start < size) continue
    const from = test === 'endswith' ? end - size : start
    // From the end: texts that begin alike differ there.
    let at = size - 1
    while (at >= 0 && bytes[from + at] === wanted[at]) at--
    if (at < 0) out[i] = 1
  }
  clearAbsent(out, validity)
  return out
}

/** Searches all texts at once; a match across two texts is none. */
function findBytes({ offsets, bytes, validity, length }: BytesColumn, wanted: Uint8Array): Uint8Array {
  const out = new Uint8Array(length)
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const last = offsets[length] as number
  let row = 0
  let at = all.indexOf(wanted, offsets[0])
  while (at >= 0 && at + wanted.length <= last) {
    while ((offsets[row + 1] as number) <= at) row++
    const inside = at + wanted.length <= (offsets[row + 1] as number)
    if (inside) out[row] = 1
    at = all.indexOf(wanted, inside ? (offsets[row + 1] as number) : at + 1)
  }
  clearAbsent(out, validity)
  return out
}

function clearAbsent(out: Uint8Array, validity: Uint8Array | undefined): void {
  if (validity === undefined) return
  for (let i = 0; i < out.length; i++) if (out[i] === 1 && !isValid(validity, i)) out[i] = 0
}

/** Lengths in UTF-16 units as JavaScript counts them; 0 where a value is absent. */
export function textLengths(column: BytesColumn): Float64Array {
  const { offsets, bytes, validity, length } = column
  const out = new Float64Array(length)
  const ascii = isAscii(column)
  for (let i = 0; i < length; i++) {
    const start = offsets[i] as number
    const end = offsets[i + 1] as number
    out[i] = ascii ? end - start : units(bytes, start, end)
  }
  if (validity !== undefined) for (let i = 0; i < length; i++) if (!isValid(validity, i)) out[i] = 0
  return out
}

function units(bytes: Uint8Array, start: number, end: number): number {
  let count = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    // Continuation bytes begin with 10; four bytes are a surrogate pair.
    if ((byte & 0xc0) !== 0x80) count += byte >= 0xf0 ? 2 : 1
  }
  return count
}

const plainness = new WeakMap<BytesColumn, boolean>()

/** Whether every text of a column is ASCII; looked at once. */
function isAscii(column: BytesColumn): boolean {
  let known = plainness.get(column)
  if (known === undefined) {
    const { offsets, bytes, length } = column
    const end = offsets[length] as number
    let all = 0
    for (let at = offsets[0] as number; at < end; at++) all |= bytes[at] as number
    known = all < 0x80
    plainness.set(column, known)
  }
  return known
}

/** ASCII text in lower or upper case, still as bytes; undefined for other text. */
export function asciiCase(column: BytesColumn, to: 'lower' | 'upper'): BytesColumn | undefined {
  if (!isAscii(column)) return undefined
  const { offsets, bytes, validity, type } = column
  const first = to === 'lower' ? 0x41 : 0x61
  const out = new Uint8Array(bytes.length)
  const end = offsets[column.length] as number
  for (let at = offsets[0] as number; at < end; at++) {
    const byte = bytes[at] as number
    out[at] = (byte - first) >>> 0 < 26 ? byte ^ 0x20 : byte
  }
  return new BytesColumn(type, offsets, out, validity)
}
