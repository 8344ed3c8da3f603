/** What time does: read it, and be woken later. Runs and schedules use the real one. */
export interface Clock {
  readonly now: () => number
  /** Calls `act` after so many milliseconds; returns the way to prevent it. */
  readonly after: (milliseconds: number, act: () => void) => () => void
}

/** The longest wait of one timer: beyond, Node's timers go off at once. */
const longest = 2 ** 31 - 1

/** The real clock. Its timers keep the process alive only where `waits` says that it has nothing else to live for. */
export function createClock(now: () => number, { waits = false }: { readonly waits?: boolean } = {}): Clock {
  return {
    now,
    after(milliseconds, act) {
      const timer = setTimeout(act, Math.min(Math.max(milliseconds, 0), longest))
      if (!waits) timer.unref()
      return () => clearTimeout(timer)
    },
  }
}

/** Calls `act` once at the moment `at` (epoch milliseconds), however far away; returns the way to prevent it. */
export function alarm(clock: Clock, at: number, act: () => void): () => void {
  let stop = () => {}
  const wait = () => {
    // Timers count elapsed time: the clock may have been set meanwhile, and long waits are taken in steps.
    stop = clock.after(Math.min(at - clock.now(), longest), () => (clock.now() < at ? wait() : act()))
  }
  wait()
  return () => stop()
}

/** Waits until the moment `at`, or until the signal is aborted, whichever comes first. Never rejects. */
export function waitUntil(clock: Clock, at: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = () => {
      stop()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const stop = alarm(clock, at, end)
    signal.addEventListener('abort', end, { once: true })
  })
}
