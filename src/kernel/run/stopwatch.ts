import { TidegateError } from '../errors.ts'

/** Limits the time that one node's code takes for one part; what other nodes of the same task take does not count. */
export interface Stopwatch {
  /** What `act` gives; `STEP_TIMEOUT` when the time is over, the signal's reason as soon as the run is cancelled. */
  race<T>(act: () => T | Promise<T>): Promise<T>
}

/**
 * `limit` in milliseconds; undefined for none. Code that does not listen to the signal is left behind; code that never gives control back cannot
 * be stopped in the same process.
 */
export function createStopwatch(
  node: string,
  part: string | undefined,
  limit: number | undefined,
  signal: AbortSignal,
): Stopwatch {
  let left = limit ?? Number.POSITIVE_INFINITY
  return {
    async race(act) {
      signal.throwIfAborted()
      const started = performance.now()
      let timer: NodeJS.Timeout | undefined
      let stop = (): void => undefined
      const over = new Promise<never>((_, reject) => {
        stop = () => reject(signal.reason)
        signal.addEventListener('abort', stop, { once: true })
        if (limit !== undefined) timer = setTimeout(() => reject(timedOut(node, part, limit)), Math.max(left, 0))
      })
      try {
        const result = await Promise.race([Promise.resolve().then(act), over])
        left -= performance.now() - started
        if (limit !== undefined && left < 0) throw timedOut(node, part, limit)
        return result
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', stop)
      }
    },
  }
}

/** Whether a call that nobody waits for any more ends in so many milliseconds, well or badly. */
export async function endsWithin(call: Promise<unknown> | undefined, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds)
  })
  const ended = Promise.resolve(call).then(
    () => true,
    () => true,
  )
  try {
    return await Promise.race([ended, over])
  } finally {
    clearTimeout(timer)
  }
}

function timedOut(node: string, part: string | undefined, limit: number): TidegateError {
  const where = part === undefined || part === 'all' ? '' : ` on ${part}`
  return new TidegateError('STEP_TIMEOUT', `Step "${node}" took longer than ${limit / 1000} s${where}`, {
    hint: 'Raise `timeout`, or find out why the step does not end.',
    data: { node, limit, ...(part === undefined ? {} : { part }) },
  })
}
