import { isAscii, transcode } from 'node:buffer'

/** What windows-1252 has at 0x80 to 0x9f where ISO 8859-1 has control characters. */
const special = [
  0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f,
  0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
]

/** Every byte from 0x80 as the code point it stands for. */
export const windows1252: readonly number[] = Array.from({ length: 128 }, (_, i) => special[i] ?? 128 + i)

/** ISO 8859-1 text as UTF-8. */
export async function* decodeLatin1(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) yield isAscii(chunk) ? chunk : transcode(chunk, 'latin1', 'utf8')
}

/** windows-1252 text as UTF-8. */
export async function* decodeWindows1252(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) yield isAscii(chunk) ? chunk : decoded(chunk)
}

/** Three bytes for each byte from 0x80: the first 0 where two are enough. */
const spelt = Uint8Array.from(
  windows1252.flatMap((code) =>
    code < 0x800
      ? [0, 0xc0 | (code >> 6), 0x80 | (code & 63)]
      : [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)],
  ),
)

function decoded(chunk: Uint8Array): Uint8Array {
  const out = new Uint8Array(chunk.length * 3)
  let at = 0
  for (let i = 0; i < chunk.length; i++) {
    const byte = chunk[i] as number
    if (byte < 0x80) {
      out[at++] = byte
      continue
    }
    const from = (byte - 0x80) * 3
    if (spelt[from] !== 0) out[at++] = spelt[from] as number
    out[at++] = spelt[from + 1] as number
    out[at++] = spelt[from + 2] as number
  }
  return out.subarray(0, at)
}
