import { TidegateError } from 'tidegate'

/**
 * UTF-16 text as UTF-8. Half of a surrogate pair becomes the three bytes that UTF-8 would have for it (and forbids).
 * @throws `SOURCE_CORRUPT` where the last unit is cut in half.
 */
export async function* decodeUtf16(
  chunks: AsyncIterable<Uint8Array>,
  bigEndian: boolean,
  shown: string,
): AsyncIterable<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0)
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk])
    const whole = wholeCharacters(bytes, bigEndian)
    rest = Uint8Array.from(bytes.subarray(whole))
    if (whole > 0) yield decoded(bytes.subarray(0, whole), bigEndian)
  }
  if (rest.length % 2 === 1) {
    throw new TidegateError('SOURCE_CORRUPT', `"${shown}" is truncated: its UTF-16 text ends within a character`, {
      hint: 'Fetch or write the file again; a file should be written beside and renamed into place when it is complete.',
      data: { path: shown },
    })
  }
  if (rest.length > 0) yield decoded(Buffer.from(rest), bigEndian)
}

/** Without an odd byte and the first half of a pair at the end. */
function wholeCharacters(bytes: Buffer, bigEndian: boolean): number {
  const even = bytes.length & ~1
  if (even === 0) return 0
  const lead = bytes[bigEndian ? even - 2 : even - 1] as number
  return lead >= 0xd8 && lead <= 0xdb ? even - 2 : even
}

function decoded(bytes: Buffer, bigEndian: boolean): Uint8Array {
  if (bigEndian) bytes.swap16()
  const text = bytes.toString('utf16le')
  return text.isWellFormed() ? Buffer.from(text) : withHalves(text)
}

/** As WTF-8 (https://simonsapin.github.io/wtf-8/) spells it. */
function withHalves(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 3)
  let at = 0
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i)
    if (code < 0x80) {
      out[at++] = code
      continue
    }
    if (code < 0x800) {
      out[at++] = 0xc0 | (code >> 6)
      out[at++] = 0x80 | (code & 63)
      continue
    }
    const next = code >= 0xd800 && code < 0xdc00 ? text.charCodeAt(i + 1) : 0
    if (next >= 0xdc00 && next < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00)
      i++
      out[at++] = 0xf0 | (code >> 18)
      out[at++] = 0x80 | ((code >> 12) & 63)
    } else out[at++] = 0xe0 | (code >> 12)
    out[at++] = 0x80 | ((code >> 6) & 63)
    out[at++] = 0x80 | (code & 63)
  }
  return out.subarray(0, at)
}
