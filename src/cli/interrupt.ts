import type { Output } from './output.ts'

export interface Interrupt {
  readonly signal: AbortSignal
  close(): void
}

/** The first Ctrl-C (or SIGTERM) aborts, so that the command ends cleanly; a second ends the process at once, with 130 as shells expect. */
export function watchInterrupt(self: NodeJS.Process, output: Output): Interrupt {
  const controller = new AbortController()
  const stop = (): void => {
    if (controller.signal.aborted) self.exit(130)
    output.note('Stopping: finished work is kept. Press Ctrl-C again to stop at once.')
    controller.abort()
  }
  self.on('SIGINT', stop)
  self.on('SIGTERM', stop)
  return {
    signal: controller.signal,
    close() {
      self.off('SIGINT', stop)
      self.off('SIGTERM', stop)
    },
  }
}
