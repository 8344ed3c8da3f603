import { TidegateError } from '../errors.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
/** Rows encoded at once: large enough to amortise the call, small enough that the joined text stays in cache. */
const chunk = 8192

export interface Layout {
  readonly offsets: Int32Array
  readonly bytes: Uint8Array
}

/** Arrow layout of `strings`, absent rows taking no bytes. Texts must be well-formed Unicode. */
export function encodeStrings(texts: readonly string[], validity?: Uint8Array): Layout {
  const strings = validity === undefined ? texts : texts.map((text, row) => (isPresent(validity, row) ? text : ''))
  const n = strings.length
  const offsets = new Int32Array(n + 1)
  let bytes = new Uint8Array(Math.max(64, n * 16))
  let size = 0
  for (let start = 0; start < n; start += chunk) {
    const end = Math.min(n, start + chunk)
    const text = n <= chunk ? strings.join('') : strings.slice(start, end).join('')
    if (bytes.length - size < text.length * 3) bytes = grown(bytes, size, text.length * 3)
    const { written } = encoder.encodeInto(text, bytes.subarray(size))
    let offset = size
    if (written === text.length) {
      for (let i = start; i < end; i++) offsets[i + 1] = offset += (strings[i] as string).length
    } else {
      for (let i = start; i < end; i++) offsets[i + 1] = offset += byteLength(strings[i] as string)
    }
    size += written
    if (size > 0x7fffffff) throw tooLarge()
  }
  return { offsets, bytes: bytes.subarray(0, size) }
}

/** A column's texts share one buffer with 32-bit offsets, as in Arrow. */
export function tooLarge(): TidegateError {
  return new TidegateError('TYPE_UNSUPPORTED', 'A column of one batch holds more than 2 GB of text.', {
    hint: 'Use a smaller batch size, or stream the table with "each" instead of reading it whole.',
  })
}

function isPresent(validity: Uint8Array, row: number): boolean {
  return (((validity[row >> 3] as number) >> (row & 7)) & 1) === 1
}

function grown(bytes: Uint8Array, size: number, more: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.max(bytes.length * 2, size + more))
  out.set(bytes.subarray(0, size))
  return out
}

/** UTF-8 length of a well-formed string. */
function byteLength(value: string): number {
  let size = value.length
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code < 0x80) continue
    // A surrogate pair is two units and four bytes, any other unit from U+0800 three.
    size += code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 1 : 2
  }
  return size
}

export function decodeStrings(offsets: Int32Array, bytes: Uint8Array): readonly string[] {
  const length = offsets.length - 1
  const first = offsets[0] as number
  const text = decoder.decode(bytes.subarray(first, offsets[length]))
  const out = new Array<string>(length)
  if (text.length === (offsets[length] as number) - first) {
    for (let i = 0; i < length; i++)
      out[i] = text.slice((offsets[i] as number) - first, (offsets[i + 1] as number) - first)
  } else {
    for (let i = 0; i < length; i++) out[i] = decoder.decode(bytes.subarray(offsets[i], offsets[i + 1]))
  }
  return out
}

/** The texts at `rows`; empty where a row is -1. */
export function gatherStrings(strings: readonly string[], rows: Int32Array): readonly string[] {
  const out = new Array<string>(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number
    out[i] = row < 0 ? '' : (strings[row] as string)
  }
  return out
}

/**
 * The texts at `rows` as bytes; empty where a row is -1. Four bytes are moved at a time; what this writes past the end of a text, the next one
 * overwrites.
 */
export function gatherBytes(from: Int32Array, source: Uint8Array, rows: Int32Array): Layout {
  const n = rows.length
  const offsets = new Int32Array(n + 1)
  const starts = new Int32Array(n)
  let size = 0
  for (let i = 0; i < n; i++) {
    const row = rows[i] as number
    if (row >= 0) {
      const start = from[row] as number
      starts[i] = start
      size += (from[row + 1] as number) - start
      if (size > 0x7fffffff) throw tooLarge()
    }
    offsets[i + 1] = size
  }
  const bytes = new Uint8Array(size + 4)
  const out = new DataView(bytes.buffer)
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength)
  const last = source.byteLength - 4
  let to = 0
  for (let i = 0; i < n; i++) {
    const end = offsets[i + 1] as number
    let at = starts[i] as number
    if (at + (end - to) <= last) {
      for (; to < end; to += 4, at += 4) out.setUint32(to, view.getUint32(at, true), true)
    } else {
      while (to < end) bytes[to++] = source[at++] as number
    }
    to = end
  }
  return { offsets, bytes: bytes.subarray(0, size) }
}
