import { isAscii } from 'node:buffer'
import { TidegateError } from 'tidegate'
import { z } from 'zod'
import { decodeLatin1, decodeWindows1252 } from './encoding-single.ts'
import { decodeUtf16 } from './encoding-utf16.ts'

/** Encodings of text. `latin1` is ISO 8859-1; `windows1252` is what browsers and spreadsheets mean by "ANSI" in western Europe. */
export const encodings = ['utf8', 'utf16le', 'utf16be', 'latin1', 'windows1252'] as const
export type Encoding = (typeof encodings)[number]

/** `auto` (default): what a byte order mark says (UTF-8, UTF-16), else UTF-8. */
export const sourceEncoding = z.enum(['auto', ...encodings]).default('auto')
export type SourceEncoding = z.output<typeof sourceEncoding>

/** How many bytes of the file the UTF-8 bytes [start, end) were made from; both stand between characters. */
export type LengthInFile = (bytes: Uint8Array, start: number, end: number) => number

/** Text as UTF-8 bytes, whatever the file is written in. */
export interface TextChunks extends AsyncIterable<Uint8Array> {
  /** Known once the first chunk was given; undefined where the bytes are those of the file. */
  lengthInFile(): LengthInFile | undefined
}

/**
 * Text as UTF-8. A byte order mark is passed on (as UTF-8), so that positions in the file can be told. Half of a surrogate pair becomes bytes that are
 * no UTF-8 (as in WTF-8), so the record that holds it is set aside; the five bytes that windows-1252 leaves open are control characters, as in the
 * WHATWG encoding standard (https://encoding.spec.whatwg.org/#windows-1252).
 * @throws `SOURCE_CORRUPT` for UTF-16 text that ends within a unit, for a byte order mark of another encoding than the one stated, and for UTF-32.
 */
export function toUtf8(chunks: AsyncIterable<Uint8Array>, encoding: SourceEncoding, shown: string): TextChunks {
  let lengthInFile: LengthInFile | undefined
  async function* decoded(): AsyncIterable<Uint8Array> {
    const stream = chunks[Symbol.asyncIterator]()
    try {
      const { head, last } = await takeHead(stream)
      const marked = markOf(head)
      // Of text that is said to be UTF-16, such a beginning is its mark and a NUL.
      if (marked === 'utf32' && (encoding === 'auto' || encoding === 'utf8')) throw utf32(shown)
      const unicode = encoding === 'auto' || encoding.startsWith('utf')
      if (unicode && encoding !== 'auto' && marked !== undefined && marked !== 'utf32' && marked !== encoding)
        throw otherMark(shown, encoding, marked)
      const own = encoding === 'auto' ? ((marked as Encoding | undefined) ?? 'utf8') : encoding
      const all = resumed(head, stream, last)
      if (own === 'utf8') {
        yield* all
        return
      }
      lengthInFile = own === 'latin1' || own === 'windows1252' ? countCharacters : countUtf16Bytes
      if (own === 'latin1') yield* decodeLatin1(all)
      else if (own === 'windows1252') yield* decodeWindows1252(all)
      else yield* decodeUtf16(all, own === 'utf16be', shown)
    } finally {
      await stream.return?.()
    }
  }
  return { lengthInFile: () => lengthInFile, [Symbol.asyncIterator]: () => decoded()[Symbol.asyncIterator]() }
}

function markOf([a, b, c, d]: Uint8Array): Encoding | 'utf32' | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf8'
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff))
    return 'utf32'
  if (a === 0xff && b === 0xfe) return 'utf16le'
  return a === 0xfe && b === 0xff ? 'utf16be' : undefined
}

/** At least four bytes, or all there are. Almost always the first chunk itself. */
async function takeHead(stream: AsyncIterator<Uint8Array>): Promise<{ head: Uint8Array; last: boolean }> {
  let head: Uint8Array = new Uint8Array(0)
  for (;;) {
    const { done, value } = await stream.next()
    if (done === true) return { head, last: true }
    head = head.length === 0 ? value : Buffer.concat([head, value])
    if (head.length >= 4) return { head, last: false }
  }
}

async function* resumed(head: Uint8Array, stream: AsyncIterator<Uint8Array>, last: boolean): AsyncIterable<Uint8Array> {
  if (head.length > 0) yield head
  for (let next = last ? undefined : await stream.next(); next?.done === false; next = await stream.next())
    yield next.value
}

/** One byte a character: bytes of UTF-8 that do not continue one. */
function countCharacters(bytes: Uint8Array, start: number, end: number): number {
  if (isAscii(bytes.subarray(start, end))) return end - start
  let count = 0
  for (let p = start; p < end; p++) if (((bytes[p] as number) & 0xc0) !== 0x80) count++
  return count
}

/** Two bytes a character, four for those of four bytes in UTF-8. */
function countUtf16Bytes(bytes: Uint8Array, start: number, end: number): number {
  if (isAscii(bytes.subarray(start, end))) return 2 * (end - start)
  let units = 0
  for (let p = start; p < end; p++) {
    const byte = bytes[p] as number
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1
  }
  return 2 * units
}

function utf32(shown: string): TidegateError {
  return new TidegateError('SOURCE_CORRUPT', `"${shown}" is UTF-32 text, which is not read`, {
    hint: 'Save it as UTF-8.',
    data: { path: shown },
  })
}

function otherMark(shown: string, encoding: string, marked: string): TidegateError {
  return new TidegateError(
    'SOURCE_CORRUPT',
    `"${shown}" is read as ${encoding}, but begins with the byte order mark of ${marked}`,
    {
      hint: `Set encoding: 'auto' or '${marked}'.`,
      data: { path: shown },
    },
  )
}
