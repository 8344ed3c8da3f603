import { TidegateError } from 'tidegate'
import type { LengthInFile, TextChunks } from './encoding.ts'

/** A moving view of a stream of bytes: what was not consumed yet is `bytes[from .. to)`, in one piece. */
export interface ByteWindow {
  bytes: Uint8Array
  from: number
  to: number
  /** Position in the (unpacked) file of `bytes[at]`, where a character begins. Asked in ascending order it costs one pass over the window. */
  positionOf(at: number): number
  /** True once the stream has ended: nothing follows `to`. */
  readonly last: boolean
  /** Adds at least `more` bytes, or all there are. */
  fill(more: number): Promise<void>
  close(): Promise<void>
}

/** A byte order mark of UTF-8 is skipped; positions are those of the file where `chunks` can tell. @throws `SOURCE_CORRUPT` for UTF-16 text. */
export async function createByteWindow(
  chunks: AsyncIterable<Uint8Array> & Partial<Pick<TextChunks, 'lengthInFile'>>,
  shown: string,
): Promise<ByteWindow> {
  const stream = chunks[Symbol.asyncIterator]()
  const lengthInFile: (() => LengthInFile | undefined) | undefined = chunks.lengthInFile
  /** Position in the file of `bytes[base]`. */
  let position = 0
  let base = 0
  let last = false
  const window: ByteWindow = {
    bytes: new Uint8Array(0),
    from: 0,
    to: 0,
    positionOf(at) {
      moveTo(at)
      return position
    },
    get last() {
      return last
    },
    async fill(more) {
      const wanted = window.to - window.from + more
      while (!last && window.to - window.from < wanted) {
        const { done, value } = await stream.next()
        if (done === true) last = true
        else append(value)
      }
    },
    async close() {
      await stream.return?.()
    },
  }

  function moveTo(at: number): void {
    const measure = lengthInFile?.()
    const length = (start: number, end: number) => measure?.(window.bytes, start, end) ?? end - start
    position += at < base ? -length(at, base) : length(base, at)
    base = at
  }

  function append(chunk: Uint8Array): void {
    const used = window.to - window.from
    if (window.to + chunk.length > window.bytes.length) {
      moveTo(window.from)
      base = 0
      // Twice the need leaves room for unescaped text behind the end.
      const target =
        used + chunk.length > window.bytes.length ? new Uint8Array((used + chunk.length) * 2) : window.bytes
      if (target === window.bytes) target.copyWithin(0, window.from, window.to)
      else target.set(window.bytes.subarray(window.from, window.to))
      window.bytes = target
      window.from = 0
      window.to = used
    }
    window.bytes.set(chunk, window.to)
    window.to += chunk.length
  }

  await window.fill(3)
  const [a, b, c] = window.bytes.subarray(0, window.to)
  if (a === 0xef && b === 0xbb && c === 0xbf) window.from = 3
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    await window.close()
    throw new TidegateError('SOURCE_CORRUPT', `"${shown}" is UTF-16 text, which is not read`, {
      hint: "Set encoding: 'auto', or save it as UTF-8.",
      data: { path: shown },
    })
  }
  return window
}
