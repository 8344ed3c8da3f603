import { isAscii, transcode } from 'node:buffer'

/** ISO 8859-1 text as UTF-8. */
export async function* fromLatin1(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) yield isAscii(chunk) ? chunk : transcode(chunk, 'latin1', 'utf8')
}
