import type { Clock } from '../../../src/kernel/deadline/alarm.ts'

export interface FakeClock extends Clock {
  /** Lets time pass to a moment: every timer on the way goes off in order, and what it sets off comes to rest. */
  to(moment: number | string): Promise<void>
  readonly timers: () => number
}

/** Time that passes only when it is told to. */
export function fakeClock(start: string): FakeClock {
  let now = Date.parse(start)
  let timers: { readonly at: number; readonly act: () => void }[] = []
  /** Files are read and written meanwhile: rest is when nothing has happened for some turns of the event loop. */
  const rest = async () => {
    for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setTimeout(resolve, 0))
  }
  return {
    now: () => now,
    after(milliseconds, act) {
      const own = { at: now + milliseconds, act }
      timers.push(own)
      return () => {
        timers = timers.filter((timer) => timer !== own)
      }
    },
    async to(moment) {
      const until = typeof moment === 'string' ? Date.parse(moment) : moment
      await rest()
      for (;;) {
        const next = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        timers = timers.filter((timer) => timer !== next)
        now = Math.max(now, next.at)
        next.act()
        await rest()
      }
      now = until
      await rest()
    },
    timers: () => timers.length,
  }
}
