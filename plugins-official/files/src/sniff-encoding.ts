import { isAscii, isUtf8 } from 'node:buffer'
import type { Encoding } from './encoding.ts'

export interface FoundEncoding {
  readonly name: Encoding
  /** The file says so by a byte order mark. */
  readonly marked: boolean
  readonly confidence: number
  readonly evidence: string
}

/** The encoding of a sample: by its byte order mark; by zeros in every other byte; valid UTF-8; else windows-1252, which takes any byte. */
export function findEncoding(bytes: Uint8Array, whole: boolean): FoundEncoding {
  const [a, b, c] = bytes
  if (a === 0xef && b === 0xbb && c === 0xbf) return marked('utf8', 'UTF-8')
  if (a === 0xff && b === 0xfe) return marked('utf16le', 'UTF-16, little-endian')
  if (a === 0xfe && b === 0xff) return marked('utf16be', 'UTF-16, big-endian')
  const wide = zeros(bytes)
  if (wide !== undefined) return wide
  const end = whole ? bytes.length : lastWhole(bytes)
  const text = bytes.subarray(0, end)
  if (isAscii(text)) return found('utf8', 1, 'only ASCII')
  if (isUtf8(text)) return found('utf8', 0.99, 'bytes beyond ASCII, all of them valid UTF-8')
  let high = 0
  let control = 0
  let undefinedBytes = 0
  let first = -1
  for (const [i, byte] of text.entries()) {
    if (byte < 0x80) continue
    high++
    if (first < 0) first = i
    if (byte < 0xa0) control++
    if (byte === 0x81 || byte === 0x8d || byte === 0x8f || byte === 0x90 || byte === 0x9d) undefinedBytes++
  }
  const line = text.subarray(0, first).filter((byte) => byte === 10).length + 1
  const where = `no valid UTF-8: ${high} bytes beyond ASCII, the first (0x${(text[first] as number).toString(16)}) in line ${line}`
  if (undefinedBytes > 0) return found('latin1', 0.4, `${where}; ${undefinedBytes} of them windows-1252 does not know`)
  return found('windows1252', control > 0 ? 0.85 : 0.75, where)
}

function marked(name: Encoding, words: string): FoundEncoding {
  return { name, marked: true, confidence: 1, evidence: `byte order mark of ${words}` }
}

function found(name: Encoding, confidence: number, evidence: string): FoundEncoding {
  return { name, marked: false, confidence, evidence }
}

function zeros(bytes: Uint8Array): FoundEncoding | undefined {
  const size = Math.min(bytes.length, 4096) & ~1
  const count = [0, 0]
  for (let i = 0; i < size; i++) if (bytes[i] === 0) count[i & 1] = (count[i & 1] as number) + 1
  const [even, odd] = count as [number, number]
  if (size < 4 || Math.max(even, odd) < size * 0.3 || Math.min(even, odd) > size * 0.05) return undefined
  return found(odd > even ? 'utf16le' : 'utf16be', 0.9, 'every other byte is zero')
}

/** The end of the last character that is whole: a sample may cut one. */
function lastWhole(bytes: Uint8Array): number {
  let end = bytes.length
  while (end > 0 && end > bytes.length - 4 && ((bytes[end - 1] as number) & 0xc0) === 0x80) end--
  return end > 0 && (bytes[end - 1] as number) >= 0xc0 ? end - 1 : bytes.length
}
