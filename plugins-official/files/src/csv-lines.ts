import type { ByteWindow } from './byte-window.ts'

const LF = 10
const CR = 13

/** The first `to` lines of a stream (LF, CRLF and CR end a line), and nothing behind them. */
export async function* untilLine(chunks: AsyncIterable<Uint8Array>, to: number): AsyncIterable<Uint8Array> {
  let left = to
  let afterCr = false
  for await (const chunk of chunks) {
    for (let p = 0; p < chunk.length; p++) {
      const byte = chunk[p] as number
      if (byte === LF && afterCr) afterCr = false
      else {
        if (left === 0) {
          yield chunk.subarray(0, p)
          return
        }
        afterCr = byte === CR
        if (byte === LF || afterCr) left--
      }
    }
    yield chunk
    if (left === 0 && !afterCr) return
  }
}

/** Moves the window behind `count` lines, or to its end where there are fewer. Returns the line it stands on. */
export async function skipLines(window: ByteWindow, count: number): Promise<number> {
  let line = 1
  while (line <= count) {
    let p = window.from
    const { bytes, to } = window
    while (p < to && bytes[p] !== LF && bytes[p] !== CR) p++
    // A CR at the end of what is known may be half of a line break.
    const open = p === to || (bytes[p] === CR && p + 1 === to)
    if (open && !window.last) {
      window.from = p
      await window.fill(Math.max(1 << 16, to - p + 1))
      continue
    }
    if (p === to) {
      window.from = to
      return line
    }
    window.from = bytes[p] === CR && p + 1 < to && bytes[p + 1] === LF ? p + 2 : p + 1
    line++
  }
  return line
}
