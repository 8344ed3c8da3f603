import { stopwatch, wallClock } from '../../kernel/context.ts'
import type { Output } from '../output.ts'
import { progressLines } from './progress-lines.ts'
import type { Tracker } from './tracker.ts'

export interface LiveScreen {
  /** Draws, unless it did so within the last 100 ms. */
  draw(): void
  /** Wipes what was drawn and gives the cursor back. */
  close(): void
}

const interval = 100
const [hideCursor, showCursor, clearBelow] = ['\u001b[?25l', '\u001b[?25h', '\u001b[0J']

/** Progress that is drawn over itself at the bottom of the terminal, at most ten times a second. */
export function createLiveScreen(output: Output, tracker: Tracker): LiveScreen {
  let drawn = 0
  let last = Number.NEGATIVE_INFINITY
  let open = true
  const wipe = (): string => (drawn === 0 ? '\r' : `\u001b[${drawn}A\r`) + clearBelow
  const aside = (): void => {
    if (drawn > 0) output.raw(wipe())
    drawn = 0
  }
  const paint = (): void => {
    if (!open) return
    last = stopwatch()
    const lines = progressLines(tracker, {
      now: wallClock(),
      width: output.width() - 1,
      height: output.height(),
      paint: output.paint,
    })
    const before = drawn === 0 ? hideCursor : wipe()
    drawn = lines.length
    output.raw(`${before}${lines.join('\n')}\n`)
  }
  const timer = setInterval(paint, interval)
  timer.unref()
  const restore = (): void => output.raw(showCursor)
  process.once('exit', restore)
  output.aside = aside
  return {
    draw() {
      if (stopwatch() - last >= interval) paint()
    },
    close() {
      if (!open) return
      open = false
      clearInterval(timer)
      aside()
      output.aside = undefined
      process.off('exit', restore)
      restore()
    },
  }
}
