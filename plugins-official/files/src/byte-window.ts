import { TidegateError } from 'tidegate'

/** A moving view of a stream of bytes: what was not consumed yet is `bytes[from .. to)`, in one piece. */
export interface ByteWindow {
  bytes: Uint8Array
  from: number
  to: number
  /** Position in the stream of `bytes[0]`. */
  readonly offset: number
  /** True once the stream has ended: nothing follows `to`. */
  readonly last: boolean
  /** Adds at least `more` bytes, or all there are. */
  fill(more: number): Promise<void>
  close(): Promise<void>
}

/** A byte order mark of UTF-8 is skipped. @throws `SOURCE_CORRUPT` for UTF-16 text. */
export async function createByteWindow(chunks: AsyncIterable<Uint8Array>, shown: string): Promise<ByteWindow> {
  const stream = chunks[Symbol.asyncIterator]()
  let offset = 0
  let last = false
  const window: ByteWindow = {
    bytes: new Uint8Array(0),
    from: 0,
    to: 0,
    get offset() {
      return offset
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

  function append(chunk: Uint8Array): void {
    const used = window.to - window.from
    if (window.to + chunk.length > window.bytes.length) {
      // Twice the need leaves room for unescaped text behind the end.
      const target =
        used + chunk.length > window.bytes.length ? new Uint8Array((used + chunk.length) * 2) : window.bytes
      if (target === window.bytes) target.copyWithin(0, window.from, window.to)
      else target.set(window.bytes.subarray(window.from, window.to))
      offset += window.from
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
      hint: 'Save it as UTF-8.',
      data: { path: shown },
    })
  }
  return window
}
